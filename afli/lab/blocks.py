"""What a hidden layer may do besides W phi(h) + b: normalise first, and keep what came in.

A plain layer makes W phi(h) + b of h. With a norm, phi is applied to (h - mean) / deviation. A
residual layer makes h + c (W phi(h) + b); its activation comes first, as in He et al. (2016b), so
that what is added has mean zero. No norm has parameters of its own.
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


def linearised(h, deviation, norm):
    """The derivative of the normalised values of one image in the values before: a square matrix.

    For "batch" with mean and deviation held fixed: one image of many hardly moves them.

    Parameters
    ----------
    h : Tensor, shape (width,)
        Normalised.
    deviation : Tensor
        A number for "layer", shape (width,) for "batch".
    norm : {"layer", "batch"} or None
        None gives the identity.

    Returns
    -------
    Tensor, shape (width, width)
    """
    eye = torch.eye(len(h), dtype=h.dtype, device=h.device)
    if norm is None:
        return eye
    if norm == "layer":
        eye = eye - 1 / len(h) - torch.outer(h, h) / len(h)
    return eye / deviation.view(-1, 1)
