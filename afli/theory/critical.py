"""The edge of chaos: the settings (sigma_w2, sigma_b2) at which chi_1 = 1."""

from dataclasses import dataclass

import numpy as np

from . import checks
from .crossing import critical_variances
from .moments import Moments


@dataclass(frozen=True)
class EdgeOfChaos:
    """One point, or an array of points, of the edge of chaos.

    Attributes
    ----------
    q : float or ndarray
        Fixed point q* of the variance map, a variance.
    sigma_w2, sigma_b2 : float or ndarray
        Variance of the weights times the fan-in, and of the biases.
    chi1 : float or ndarray
        sigma_w2 E[phi'^2] at q*: 1 up to rounding.
    variance_slope : float or ndarray
        V'(q*).
    stable : bool or ndarray
        Whether lengths near q* approach it: abs(V'(q*)) < 1. On the edge of chaos GELU's and
        SiLU's q* is unstable for small sigma_b2.

    Examples
    --------
    >>> import afli
    >>> points = afli.edge_of_chaos(afli.activation("gelu"), [0.01, 1.0])
    >>> points.q.round(4).tolist(), points.stable.tolist()
    ([0.1835, 82.3128], [False, True])
    """

    q: float
    sigma_w2: float
    sigma_b2: float
    chi1: float
    variance_slope: float
    stable: bool


def edge_of_chaos(phi, sigma_b2):
    """The weight variance that puts a network on the edge of chaos, and its fixed point q*.

    Solves q = sigma_b2 + E[phi^2] / E[phi'^2] (smallest solution) and sets sigma_w2 =
    1 / E[phi'^2]. At sigma_b2 = 0 an odd activation has q* = 0; for a homogeneous one, such as
    ReLU, every variance is then fixed and q* = 1 stands for all of them.

    Parameters
    ----------
    phi : Activation
    sigma_b2 : array_like of float
        Bias variance, at least 0.

    Returns
    -------
    EdgeOfChaos
        Fields shaped like `sigma_b2`.

    Raises
    ------
    NoFixedPoint
        If there is no such point, as for ReLU at any sigma_b2 > 0, or q* lies beyond where it is
        looked for: 1e20, or 1e4 times the square of the outermost kink if that is more (1e7 or
        so where the activation oscillates).
    TypeError, ValueError
        If `sigma_b2` is not a number, negative, or so small or large that rounding moves q* by
        more than one part in a million: below 1e-27 for tanh, 1e-18 for SELU. Where there is a
        linear region, as in a clip, q* is right for sigma_b2 as small as 1e-300 times a^2.

    References
    ----------
    Schoenholz et al. (2017); Murray, Abrol and Tanner (2021), Lemma 3.1, equation (18).

    Examples
    --------
    >>> import afli
    >>> point = afli.edge_of_chaos(afli.activation("shtanh", a=2.0), 0.1)
    >>> round(point.q, 5), round(point.sigma_w2, 5), point.stable
    (1.41314, 1.10191, True)
    """
    checks.activation(phi)
    sigma_b2 = checks.real("sigma_b2", sigma_b2, low=0)
    q = critical_variances(phi, np.ravel(sigma_b2)).reshape(sigma_b2.shape)
    moments = Moments(phi, q)
    sigma_w2 = 1 / moments.slope_square
    excess = (
        np.zeros_like(q)
        if phi.homogeneous
        else np.where(q > 0, sigma_w2 * moments.instability, 0.0)
    )
    values = q, sigma_w2, sigma_b2, sigma_w2 * moments.slope_square, 1 + excess
    stable = (excess < 0) & (excess > -2)
    return EdgeOfChaos(
        *map(checks.unwrap, values), stable=bool(stable) if stable.ndim == 0 else stable
    )


def edge_of_chaos_curve(phi, q):
    """The edge of chaos parametrised by its fixed point: no equation needs to be solved.

    Parameters
    ----------
    phi : Activation
    q : array_like of float
        Fixed points q*, greater than 0.

    Returns
    -------
    sigma_w2, sigma_b2 : float or ndarray
        Variances of weights (times the fan-in) and biases, shaped like `q`. A negative
        sigma_b2 means that no network on the edge of chaos has this fixed point.

    Raises
    ------
    TypeError, ValueError
        If `q` is not a number or not positive, or if E[phi'^2] = 0 there.

    References
    ----------
    Murray, Abrol and Tanner (2021), Lemma 3.1, equation (18).

    Examples
    --------
    >>> import afli
    >>> sigma_w2, sigma_b2 = afli.edge_of_chaos_curve(afli.activation("relu"), [0.5, 2.0])
    >>> sigma_w2.tolist(), sigma_b2.tolist()
    ([2.0, 2.0], [0.0, 0.0])
    """
    checks.activation(phi)
    q = checks.real("q", q, above=0)
    moments = Moments(phi, q)
    if np.any(moments.slope_square == 0):
        raise ValueError(f"q = {q.max():.3g} gives E[phi'^2] = 0 for {phi.name}: take a smaller q")
    return (
        checks.unwrap(1 / moments.slope_square),
        checks.unwrap(moments.deficit / moments.slope_square),
    )
