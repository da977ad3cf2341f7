"""What a hidden layer may do besides phi(W z + b): normalise, and keep what came in.

A plain layer computes z' = phi(h), h = W z + b. With a norm, h = (W z + b - mean) / deviation. A
residual layer computes z' = z + c phi(h). No norm has parameters of its own.
"""

import torch

NORMS = {"layer": 2, "batch": 1}  # over which axis of (K, batch, width)
EPSILON = 1e-5  # added to the variance, as in torch.nn.LayerNorm


def normalised(h, norm):
    """Subtract the mean and divide by the standard deviation.

    Parameters
    ----------
    h : Tensor, shape (K, batch, width)
    norm : {"layer", "batch"}
        "layer": over the units, for each image. "batch": over the images of the batch, for each
        unit, in the evaluation too.

    Returns
    -------
    h : Tensor, shape (K, batch, width)
    deviation : Tensor
        What was divided by.

    References
    ----------
    Ba, Kiros and Hinton (2016); Ioffe and Szegedy (2015).
    """
    dim = NORMS[norm]
    centred = h - h.mean(dim, keepdim=True)
    deviation = (centred.square().mean(dim, keepdim=True) + EPSILON).sqrt()
    return centred / deviation, deviation


def through_norm(gradient, h, deviation, norm):
    """From the gradient in the normalised values `h` to that in the values before."""
    dim = NORMS[norm]
    along = (gradient * h).mean(dim, keepdim=True)
    return (gradient - gradient.mean(dim, keepdim=True) - h * along) / deviation


def linearised(weight, h, deviation, norm):
    """The derivative of the normalised preactivations of one image in what goes into the layer.

    For "batch" with mean and deviation held fixed: one image of many hardly moves them.

    Parameters
    ----------
    weight : Tensor, shape (width, inputs)
    h : Tensor, shape (width,)
        Normalised.
    deviation : Tensor
        A number for "layer", shape (width,) for "batch".
    norm : {"layer", "batch"}

    Returns
    -------
    Tensor, shape (width, inputs)
    """
    if norm == "layer":
        weight = weight - weight.mean(0) - torch.outer(h, h @ weight) / len(h)
    return weight / deviation.view(-1, 1)


class Block(torch.nn.Module):
    """A hidden layer as an ordinary module."""

    def __init__(self, linear, phi, norm=None, branch=None):
        super().__init__()
        self.linear, self.phi, self.norm, self.branch = linear, phi, norm, branch

    def forward(self, x):
        h = self.linear(x)
        if self.norm:
            h = normalised(h.unsqueeze(0), self.norm)[0].squeeze(0)
        z = self.phi(h)
        return z if self.branch is None else x + self.branch * z
