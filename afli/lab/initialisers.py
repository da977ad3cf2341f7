"""Initialisers of weights and biases, in place and named like those of torch.nn.init.

Every one draws in float64 on the CPU and rounds to the tensor's own type, so the same generator
gives the same weights on every device, and the same up to rounding in every precision. How many
random numbers are taken depends on the shape alone. Weights have PyTorch's shape (out, in).
"""

import math

import torch
from torch import nn

from ..theory import checks
from ..theory.critical import edge_of_chaos

LAWS = ("orthogonal", "gaussian")


def lecun_uniform_(weight, *, generator):
    """Fill `weight` from the uniform law on +-1 / sqrt(fan_in), the old heuristic.

    Its variance is 1 / (3 fan_in), so signals shrink by 3 in every linear layer. (Some libraries
    give this name to the uniform law of variance 1 / fan_in, which is three times as large.)

    Parameters
    ----------
    weight : Tensor, shape (out, in)
        In float32 or float64.
    generator : torch.Generator
        On the CPU.

    Returns
    -------
    Tensor
        `weight`.

    Raises
    ------
    TypeError, ValueError
        If `weight` is not such a tensor or `generator` not such a generator.

    References
    ----------
    Glorot and Bengio (2010), equation (1), who call it commonly used.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> bool(lecun_uniform_(torch.empty(50, 100), generator=generator).abs().max() <= 0.1)
    True
    """
    bound = 1 / math.sqrt(_matrix(weight).shape[1])
    return _fill(weight, nn.init.uniform_, -bound, bound, generator=generator)


def glorot_uniform_(weight, *, generator):
    """Fill `weight` from the uniform law on +-sqrt(6 / (fan_in + fan_out)).

    Its variance 2 / (fan_in + fan_out) is the compromise between keeping the size of signals on
    their way forward, 1 / fan_in, and of gradients on their way back, 1 / fan_out.

    Parameters, returned value and errors are those of `lecun_uniform_`.

    References
    ----------
    Glorot and Bengio (2010), equation (16).

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> bool(glorot_uniform_(torch.empty(200, 400), generator=generator).abs().max() <= 0.1)
    True
    """
    return _fill(_matrix(weight), nn.init.xavier_uniform_, generator=generator)


def glorot_normal_(weight, *, generator):
    """Fill `weight` from the normal law of variance 2 / (fan_in + fan_out).

    Parameters, returned value and errors are those of `lecun_uniform_`.

    References
    ----------
    Glorot and Bengio (2010), equation (12).

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> round(glorot_normal_(torch.empty(300, 500), generator=generator).std().item(), 3)
    0.05
    """
    return _fill(_matrix(weight), nn.init.xavier_normal_, generator=generator)


def he_normal_(weight, *, generator):
    """Fill `weight` from the normal law of variance 2 / fan_in, the edge of chaos of ReLU.

    Parameters, returned value and errors are those of `lecun_uniform_`.

    References
    ----------
    He, Zhang, Ren and Sun (2015), equation (10).

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> round(he_normal_(torch.empty(300, 800), generator=generator).std().item(), 3)
    0.05
    """
    return gaussian_(weight, 2.0, generator=generator)


def gaussian_(weight, sigma_w2=1.0, *, generator):
    """Fill `weight` from the normal law of variance sigma_w2 / fan_in.

    Parameters
    ----------
    weight : Tensor, shape (out, in)
        In float32 or float64.
    sigma_w2 : float
        Variance of the entries times the fan-in, at least 0.
    generator : torch.Generator
        On the CPU.

    Returns
    -------
    Tensor
        `weight`.

    Raises
    ------
    TypeError, ValueError
        If `weight` is not such a tensor, `sigma_w2` negative, or `generator` not such a
        generator.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> round(gaussian_(torch.empty(300, 400), 4.0, generator=generator).std().item(), 3)
    0.1
    """
    deviation = math.sqrt(_variance("sigma_w2", sigma_w2) / _matrix(weight).shape[1])
    return _fill(weight, nn.init.normal_, 0.0, deviation, generator=generator)


def orthogonal_(weight, sigma_w2=1.0, *, generator):
    """Fill `weight` with a multiple of a Haar-distributed orthogonal matrix.

    Entries have variance sigma_w2 / fan_in, as the mean-field theory assumes, whatever the shape.
    A square matrix is sqrt(sigma_w2) times an orthogonal one. One with fewer rows than columns
    has orthogonal rows of length sqrt(sigma_w2); one with more rows has orthogonal columns of
    length sqrt(sigma_w2 out / in).

    Parameters
    ----------
    weight : Tensor, shape (out, in)
        In float32 or float64.
    sigma_w2 : float
        Variance of the entries times the fan-in, at least 0.
    generator : torch.Generator
        On the CPU.

    Returns
    -------
    Tensor
        `weight`.

    Raises
    ------
    TypeError, ValueError
        If `weight` is not such a tensor, `sigma_w2` negative, or `generator` not such a
        generator.

    Notes
    -----
    "Haar" means that the law stays the same when the matrix is multiplied by any orthogonal one.
    The QR factorisation of a normal matrix alone does not have it: the signs that the algorithm
    chooses must be undone, as ``torch.nn.init.orthogonal_`` does.

    References
    ----------
    Mezzadri (2007); Saxe, McClelland and Ganguli (2014).

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> weight = orthogonal_(torch.empty(2, 3, dtype=torch.float64), 4.0, generator=generator)
    >>> torch.allclose(weight @ weight.T, 4 * torch.eye(2, dtype=torch.float64))
    True
    """
    rows, columns = _matrix(weight).shape
    gain = math.sqrt(_variance("sigma_w2", sigma_w2) * max(1.0, rows / columns))
    return _fill(weight, nn.init.orthogonal_, gain, generator=generator)


def bias_normal_(bias, sigma_b2, *, generator):
    """Fill `bias` from the normal law of variance sigma_b2.

    Parameters
    ----------
    bias : Tensor, shape (out,)
        In float32 or float64.
    sigma_b2 : float
        At least 0. With 0 the random numbers are taken as well.
    generator : torch.Generator
        On the CPU.

    Returns
    -------
    Tensor
        `bias`.

    Raises
    ------
    TypeError, ValueError
        If `bias` is not such a tensor, `sigma_b2` negative, or `generator` not such a generator.

    Examples
    --------
    >>> bias_normal_(torch.empty(3), 0.0, generator=torch.Generator().manual_seed(0))
    tensor([0., 0., 0.])
    """
    deviation = math.sqrt(_variance("sigma_b2", sigma_b2))
    return _fill(_checked("bias", bias, 1), nn.init.normal_, 0.0, deviation, generator=generator)


def critical_(weight, bias, phi, sigma_b2, *, weights="orthogonal", generator):
    """Fill one layer such that a network of them is on the edge of chaos of its activation.

    Parameters
    ----------
    weight : Tensor, shape (out, in)
        In float32 or float64.
    bias : Tensor, shape (out,)
        Likewise.
    phi : Activation
    sigma_b2 : float
        Variance of the biases, at least 0.
    weights : {"orthogonal", "gaussian"}
        See `orthogonal_` and `gaussian_`.
    generator : torch.Generator
        On the CPU; the weights are drawn first.

    Returns
    -------
    EdgeOfChaos
        The sigma_w2 that was used, and the variance q to which inputs are to be scaled.

    Raises
    ------
    NoFixedPoint
        If `phi` has no edge of chaos at this sigma_b2, as ReLU at any but 0.
    TypeError, ValueError
        If an argument is not what it says above. Nothing is filled then.

    References
    ----------
    Schoenholz et al. (2017); Murray, Abrol and Tanner (2021), equation (18).

    Examples
    --------
    >>> import afli
    >>> generator = torch.Generator().manual_seed(0)
    >>> weight, bias = torch.empty(300, 300), torch.empty(300)
    >>> critical_(weight, bias, afli.activation("relu"), 0.0, generator=generator).sigma_w2
    2.0
    >>> round(weight.square().mean().item() * 300, 3)
    2.0
    """
    checks.choice("weights", weights, LAWS)
    if len(_checked("bias", bias, 1)) != len(_matrix(weight)):
        raise ValueError(
            f"bias must have one entry for each of the {len(weight)} rows of weight, "
            f"got shape {tuple(bias.shape)}"
        )
    point = edge_of_chaos(phi, _variance("sigma_b2", sigma_b2))
    draw = orthogonal_ if weights == "orthogonal" else gaussian_
    draw(weight, point.sigma_w2, generator=generator)
    bias_normal_(bias, sigma_b2, generator=generator)
    return point


def _fill(tensor, draw, *parameters, generator):
    """Draw in float64 on the CPU and copy to where the tensor is."""
    if not isinstance(generator, torch.Generator):
        raise TypeError(
            f"generator must be a torch.Generator, as torch.Generator().manual_seed(0) is, "
            f"got {generator!r}"
        )
    if generator.device.type != "cpu":
        raise ValueError(
            f"generator must be on the CPU, got one on {generator.device}: weights are drawn there "
            "and copied, so that they are the same on every device"
        )
    drawn = torch.empty(tensor.shape, dtype=torch.float64)
    draw(drawn, *parameters, generator=generator)
    with torch.no_grad():
        return tensor.copy_(drawn)


def _matrix(weight):
    return _checked("weight", weight, 2)


def _checked(name, tensor, dimensions):
    """Return `tensor` if it is one that can be filled, or say what is wrong with it."""
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"{name} must be a torch tensor, got {tensor!r}")
    if tensor.dtype not in (torch.float32, torch.float64):
        raise TypeError(f"{name} must be float32 or float64, got {tensor.dtype}")
    if tensor.ndim != dimensions or not tensor.numel():
        shape = "(out, in)" if dimensions == 2 else "(out,)"
        raise ValueError(f"{name} must have the shape {shape}, got {tuple(tensor.shape)}")
    return tensor


def _variance(name, value):
    number = checks.real(name, value, low=0)
    if number.ndim:
        raise ValueError(f"{name} must be one number, got an array of shape {number.shape}")
    return float(number)
