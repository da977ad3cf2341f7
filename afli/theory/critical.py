"""The edge of chaos: the settings (sigma_w2, sigma_b2) at which chi_1 = 1."""

from dataclasses import dataclass

import numpy as np

from . import checks
from .fixed_points import NoFixedPoint, scan
from .moments import Moments
from .roots import bracketed_newton


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
        If there is no such point, as for ReLU at any sigma_b2 > 0.
    TypeError, ValueError
        If `sigma_b2` is not a number or negative.

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
    q = _fixed_points(phi, np.ravel(sigma_b2)).reshape(sigma_b2.shape)
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


def _fixed_points(phi, sigma_b2):
    """Smallest root q of deficit(q) / E[phi'^2] = sigma_b2 for each bias variance."""
    if phi.homogeneous:
        if np.any(sigma_b2 > 0):
            gain = Moments(phi, np.ones(1)).slope_square[0]
            raise NoFixedPoint(
                f"{phi.name} has no edge of chaos at sigma_b2 = {sigma_b2[sigma_b2 > 0][0]:.6g}: "
                "E[phi^2] / E[phi'^2] = q for every q, so q = sigma_b2 + q has no solution; "
                f"take sigma_b2 = 0 (then sigma_w2 = {1 / gain:.6g} "
                "and every q is fixed) or an activation that is not positively homogeneous"
            )
        return np.ones_like(sigma_b2)
    grid, moments = scan(phi)
    with np.errstate(divide="ignore", invalid="ignore"):
        curve = np.nan_to_num(moments.deficit / moments.slope_square, nan=np.inf)
    # Without biases the curve starts at 0 for most activations: rounding must not cross it.
    noise = np.where(sigma_b2[:, None] == 0, 1e-12 * grid, 0.0)
    above = curve - sigma_b2[:, None] > -noise
    cross = above[:, 1:] != above[:, :-1]
    result = np.zeros_like(sigma_b2)
    found = cross.any(1)
    at_zero = ~found & (sigma_b2 == 0) & (phi.value(0.0) == 0)
    missing = ~found & ~at_zero
    if missing.any():
        raise NoFixedPoint(_why_none(phi, sigma_b2[missing][0], grid, curve))
    solve = np.flatnonzero(found)
    if solve.size:
        left = cross[solve].argmax(1)
        low, high = np.log(grid[left]), np.log(grid[left + 1])
        result[solve] = np.exp(
            _newton(
                phi,
                sigma_b2[solve],
                low,
                high,
                curve[left],
                curve[left + 1],
                rising=above[solve, left + 1],
            )
        )
    return result


def _why_none(phi, sigma_b2, grid, curve):
    start = f"{phi.name} has no edge of chaos at sigma_b2 = {sigma_b2:.6g} that could be found: "
    cure = "take a smaller a" if phi.oscillates and phi.half_width else "take another activation"
    return start + (
        f"q - E[phi^2] / E[phi'^2] lies between {curve.min():.3g} and {curve.max():.3g} for q from "
        f"{grid[0]:.3g} to {grid[-1]:.3g}"
        + (", beyond which the oscillation is not resolved; " if phi.oscillates else "; ")
        + cure
    )


def _newton(phi, sigma_b2, low, high, curve_low, curve_high, rising):
    def function(u, index):
        q = np.exp(u)
        moments = Moments(phi, q)
        mu = moments.slope_square
        value = moments.deficit / mu - sigma_b2[index]
        psi_slope = (
            moments.square_rate * mu - (q * mu - moments.deficit) * moments.slope_square_rate
        ) / mu**2
        return value, q * (1 - psi_slope)

    # The curve is close to a power of q: guess the crossing on logarithmic axes.
    positive = (curve_low > 0) & (curve_high > 0) & np.isfinite(curve_high) & (sigma_b2 > 0)
    start = 0.5 * (low + high)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (np.log(sigma_b2) - np.log(curve_low)) / (np.log(curve_high) - np.log(curve_low))
    start = np.where(positive, low + (high - low) * np.where(positive, share, 0.5), start)
    return bracketed_newton(function, low, high, rising, start, what=f"edge of chaos of {phi.name}")
