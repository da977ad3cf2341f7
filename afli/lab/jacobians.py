"""The Jacobian of a deep network and its singular values, however small.

The derivative of layer L's activations with respect to the input is a product of factors
A_l = diag(phi'(h_l)) W_l. After 200 layers its singular values may span hundreds of orders of
magnitude: the product as one matrix of floats keeps only the largest ones. Here it stays
factorised.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

from ..theory import checks
from .graded import graded_qr, triangular


@dataclass(frozen=True)
class JacobianMoments:
    """First moments of the squared singular values s_i^2 of one matrix.

    Attributes
    ----------
    log_mean : float
        Natural logarithm of m_1, the mean of s_i^2; minus infinity for a matrix of zeros.
    variance : float
        Their variance divided by m_1^2, so that m_2 / m_1^2 = 1 + variance; 0 for a matrix of
        zeros.
    """

    log_mean: float
    variance: float


def jacobian_factors(weights, preactivations, phi):
    """The factors diag(phi'(h_l)) W_l of a network's Jacobian at one input, first layer first.

    Their product, the last factor leftmost, is the derivative of the last layer's activations
    with respect to the input; a shorter list gives that of an earlier layer.

    Parameters
    ----------
    weights : sequence of tensor or array_like, each of shape (out, in)
        One matrix a layer.
    preactivations : sequence of tensor or array_like, each of shape (out,)
        The same network's preactivations h_l of one input.
    phi : Activation

    Returns
    -------
    list of ndarray, each of shape (out, in), float64

    Raises
    ------
    TypeError, ValueError
        If something is not a real number or finite, or shapes do not fit together.

    References
    ----------
    Murray, Abrol and Tanner (2021), equation (10).

    Examples
    --------
    >>> import afli
    >>> weights, preactivations = [[[2.0, 1.0], [1.0, 3.0]]], [[1.0, -1.0]]
    >>> jacobian_factors(weights, preactivations, afli.activation("relu"))[0].tolist()
    [[2.0, 1.0], [0.0, 0.0]]
    """
    checks.activation(phi)
    weights = _chain("weights", weights)
    signals = [checks.real("preactivations", _array(signal)) for signal in preactivations]
    if [signal.shape for signal in signals] != [weight.shape[:1] for weight in weights]:
        raise ValueError(
            "preactivations must be one vector of each layer's width, "
            f"{[weight.shape[:1] for weight in weights]}, got {[s.shape for s in signals]}"
        )
    pairs = zip(weights, signals, strict=True)
    return [phi.derivative(signal)[:, None] * weight for weight, signal in pairs]


def jacobian_moments(factors):
    """Mean and relative variance of the squared singular values of A_L ... A_1.

    The product is rescaled at each layer, so it neither overflows nor underflows.

    Parameters
    ----------
    factors : sequence of array_like, each of shape (out, in)
        A_1 first, as `jacobian_factors` returns them.

    Returns
    -------
    JacobianMoments
        Over the min(out, in) singular values of the product, zeros included.

    Raises
    ------
    TypeError, ValueError
        If a factor is not a matrix of finite numbers or does not fit the one before it.

    Notes
    -----
    Large values dominate both moments. If a factor cancels what earlier ones have amplified by
    more than 1e15, the result is rounding; the values of `log_singular_values` are not.

    Examples
    --------
    >>> result = jacobian_moments([1e-200 * np.diag([3.0, 1.0])] * 2)
    >>> round(result.log_mean, 3), round(result.variance, 3)
    (-1838.355, 0.952)
    """
    factors = _chain("factors", factors)
    count, factors = _count(factors), _narrow(factors)
    product, log_scale = np.eye(factors[0].shape[1]), 0.0
    for factor in factors:
        for matrix in (factor, product):
            log_scale += _log_size(matrix)
        product = _rescaled(factor) @ _rescaled(product)
    if not product.any():
        return JacobianMoments(-np.inf, 0.0)
    log_scale += _log_size(product)
    product = _rescaled(product)
    if len(product) < product.shape[1]:
        product = product.T
    gram = product.T @ product
    mean = np.trace(gram) / count
    # A narrow first layer leaves out values that are 0: each adds (0 - 1)^2 to the sum.
    squares = np.sum((gram / mean - np.eye(len(gram))) ** 2) + count - len(gram)
    return JacobianMoments(float(np.log(mean) + 2.0 * log_scale), float(squares / count))


def log_singular_values(factors):
    """Natural logarithms of the singular values of A_L ... A_1, whatever their range.

    Parameters
    ----------
    factors : sequence of array_like, each of shape (out, in)
        A_1 first, as `jacobian_factors` returns them.

    Returns
    -------
    ndarray, shape (min(out, in),)
        In descending order; minus infinity for each zero that the shapes of the factors or their
        rows of zeros (units that are not active) imply.

    Raises
    ------
    TypeError, ValueError
        If a factor is not a matrix of finite numbers or does not fit the one before it.

    Notes
    -----
    Layer by layer, the product so far is kept as Q diag(e^d) T: Q has orthonormal columns, T is
    well conditioned, and the sizes d are logarithms. QR with column pivoting of A Q diag(e^d)
    gives the next three. In the end one more such step, of the transpose of diag(e^d) T, leaves a
    triangle whose entries fall off from the diagonal like the sizes; LAPACK's one-sided Jacobi
    method `dgejsv`, which is not disturbed by the scales of columns, finds its values.

    All are those of a product whose factors were changed by roundings, each row relative to its
    own size: rows may be as small as derivatives of saturated units are, but columns of one
    factor should be comparable. A rank that is lost in another way shows as a value of about
    1e-16 times its neighbours.

    References
    ----------
    Loh et al. (1989) and Bai, Lee, Li and Xu (2011) for the factorised product; Cox and Higham
    (1998) for rows of different sizes; Drmac and Veselic (2008) for `dgejsv`.

    Examples
    --------
    >>> turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    >>> log_singular_values([turn] + [np.diag([2.0, 1e-5])] * 200).round(3)
    array([  138.629, -2302.585])
    """
    factors = _chain("factors", factors)
    values, factors = np.full(_count(factors), -np.inf), _narrow(factors)
    basis = rows = np.eye(factors[0].shape[1])
    sizes, log_scale = np.zeros(len(rows)), 0.0
    for factor in factors:
        basis, sizes, new, order = graded_qr(_rescaled(factor) @ basis, sizes)
        rows = new @ rows[order]
        log_scale += _log_size(factor)
    _, sizes, upper, _ = graded_qr(rows.T, sizes)
    values[: len(sizes)] = triangular(sizes, upper) + log_scale
    return values


def _count(factors):
    """How many singular values the product has."""
    return min(len(factors[-1]), factors[0].shape[1])


def _narrow(factors):
    """The same but for a wide first factor L V: its triangle L has the same singular values."""
    first, *others = factors
    if len(first) < first.shape[1]:
        first = qr(first.T, mode="r")[0][: len(first)].T
    return [first, *others]


def _exponent(matrix):
    return int(np.frexp(np.abs(matrix).max())[1])


def _rescaled(matrix):
    """Times a power of 2, exactly, so that the largest entry is about 1."""
    return np.ldexp(matrix, -_exponent(matrix))


def _log_size(matrix):
    """Logarithm of the power of 2 that `_rescaled` divides by."""
    return _exponent(matrix) * math.log(2)


def _chain(name, matrices):
    """Matrices that can be multiplied, as float64 arrays, or what is wrong with them."""
    matrices = [checks.real(name, _array(matrix)) for matrix in matrices]
    shapes = [matrix.shape for matrix in matrices]
    if not matrices or any(len(shape) != 2 or 0 in shape for shape in shapes):
        raise ValueError(f"{name} must be one or more matrices, got shapes {shapes}")
    for i, (before, after) in enumerate(zip(shapes, shapes[1:], strict=False), 1):
        if after[1] != before[0]:
            raise ValueError(
                f"{name}[{i}] must have {before[0]} columns, one for each row of the matrix "
                f"before it, got shape {after}"
            )
    return matrices


def _array(values):
    """What NumPy can read of a torch tensor, on any device and in any float type."""
    return values.detach().cpu().double().numpy() if hasattr(values, "detach") else values
