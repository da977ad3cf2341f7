"""Where q - E[phi^2] / E[phi'^2], the curve of the edge of chaos, crosses a bias variance."""

import numpy as np

from .fixed_points import NoFixedPoint, scan
from .moments import Moments, average, slope_square
from .roots import bracketed_newton

ACCURACY = 1e-6  # relative: a q* that rounding may move by more is refused


def critical_variances(phi, sigma_b2):
    """The smallest q at which the curve has the height sigma_b2, for each bias variance.

    Parameters
    ----------
    phi : Activation
    sigma_b2 : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    NoFixedPoint
        If the curve does not reach a height within the range of q that is looked at.
    ValueError
        If rounding may move a q by more than `ACCURACY`.
    """
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
        # Rounding moves the curve by less than 4 eps q, most often far less than a step of the grid
        step = np.minimum(np.abs(curve[left + 1] - curve[left]), sigma_b2[solve])
        doubtful = solve[1e-15 * result[solve] > 0.01 * ACCURACY * step]
        if doubtful.size:
            _refuse_rounding(phi, sigma_b2[doubtful], result[doubtful])
    return result


def _why_none(phi, sigma_b2, grid, curve):
    start = f"{phi.name} has no edge of chaos at sigma_b2 = {sigma_b2:.6g} that could be found: "
    cure = "take a smaller a" if phi.oscillates and phi.half_width else "take another activation"
    if 0 < curve.max() <= sigma_b2:
        cure += " or a smaller sigma_b2"
    if 0 < sigma_b2 <= curve.min():
        cure = "take a larger sigma_b2" + (", or 0" if phi.value(0.0) == 0 else "")
    return start + (
        f"q - E[phi^2] / E[phi'^2] lies between {curve.min():.3g} and {curve.max():.3g} for q from "
        f"{grid[0]:.3g} to {grid[-1]:.3g}"
        + (", beyond which the oscillation is not resolved; " if phi.oscillates else "; ")
        + cure
    )


def _curve(phi, q):
    """q - E[phi^2] / E[phi'^2] and its derivative in ln q; neither cancels where phi is linear."""
    moments = Moments(phi, q)
    mu, growth = moments.slope_square, moments.slope_square_growth
    value = moments.deficit / mu
    return value, (q * (growth - moments.instability) - value * growth) / mu


def _refuse_rounding(phi, sigma_b2, q):
    """Refuse a q* that the rounding of phi(x) - c x, and of its slope, may have moved too far."""
    c, eps = phi.slope, np.finfo(float).eps

    def terms(z, x, q):
        value, slope = phi(x), phi.derivative(x)
        tilt = np.where(abs(x) > phi.half_width, np.maximum(abs(slope - c), eps * abs(c)), 0)
        tilt = q * tilt * (abs(slope) + abs(c))
        bend = abs(value - c * x) * (abs(value) + abs(c * x))
        return eps * (tilt + bend), eps * (q * slope**2 + value**2)

    noise = np.minimum(*average(phi, q, terms)) / slope_square(phi, q)
    # From 0 the curve grows as a power of q; its slope is noise itself where nothing is left.
    sure = np.abs(_curve(phi, q)[1])
    sure = np.minimum(sure, sigma_b2) if phi.value(0.0) == 0 else sure
    wrong = (sigma_b2 > 0) & (noise > ACCURACY * sure)
    if wrong.any():
        raise ValueError(
            f"sigma_b2 = {sigma_b2[wrong][0]:.6g} gives a q* at which {phi.name} cannot be told "
            "from straight lines in double precision; take sigma_b2 closer to 1"
            + (", or 0 for the limit" if phi.value(0.0) == 0 else "")
        )


def _newton(phi, sigma_b2, low, high, curve_low, curve_high, rising):
    def function(u, index):
        value, slope = _curve(phi, np.exp(u))
        return value - sigma_b2[index], slope

    # The curve is close to a power of q: guess the crossing on logarithmic axes.
    positive = (curve_low > 0) & (curve_high > 0) & np.isfinite(curve_high) & (sigma_b2 > 0)
    start = 0.5 * (low + high)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (np.log(sigma_b2) - np.log(curve_low)) / (np.log(curve_high) - np.log(curve_low))
    start = np.where(positive, low + (high - low) * np.where(positive, share, 0.5), start)
    return bracketed_newton(function, low, high, rising, start, what=f"edge of chaos of {phi.name}")
