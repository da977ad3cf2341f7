"""Order and chaos: where correlations end up with depth, and how fast."""

import numpy as np

from . import checks
from .correlation import correlation_slope
from .fixed_points import fixed_point
from .moments import Moments
from .pairs import PairAverages
from .rates import correlation_decay

MAX_STEPS = 200
ON_THE_EDGE = 1e-9  # how far from 1 chi_1 or V' may be and still count as 1


def limiting_correlation(phi, sigma_w2, sigma_b2):
    """rho*, to which the correlation of any two inputs with rho in [0, 1) tends with depth.

    It is 1 if chi_1 <= 1. Otherwise it is the only fixed point of R in [0, 1): R has non-negative
    Taylor coefficients, so it is convex there, and Newton's method from 0 cannot overshoot.

    Parameters
    ----------
    phi : Activation
    sigma_w2, sigma_b2 : array_like of float
        Variance of the weights times the fan-in, and of the biases; at least 0.

    Returns
    -------
    float or ndarray
        Without unit; the arguments broadcast over a grid, as for a phase diagram.

    Raises
    ------
    NoFixedPoint
        If the variance map has no stable fixed point at one of the settings.
    TypeError, ValueError
        If an argument is not a number, out of range, or its shape does not fit.
    ArithmeticError
        If the iteration does not end within its bound.

    References
    ----------
    Poole et al. (2016), figure 2; Murray, Abrol and Tanner (2021), figure 2(b).

    Examples
    --------
    >>> import afli
    >>> limits = afli.limiting_correlation(afli.activation("tanh"), [1.0, 4.0], 0.1)
    >>> limits.round(6).tolist()
    [1.0, 0.285524]
    """
    checks.activation(phi)
    sigma_w2, sigma_b2 = checks.variances(sigma_w2=sigma_w2, sigma_b2=sigma_b2)
    w, b = sigma_w2.ravel(), sigma_b2.ravel()
    q = np.atleast_1d(fixed_point(phi, w, b))
    result = np.ones_like(q)
    chaotic = np.flatnonzero((w * Moments(phi, q).slope_square > 1 + 1e-14) & (q > 0))
    if chaotic.size:
        result[chaotic] = 1 - _chaotic(phi, q[chaotic], w[chaotic], b[chaotic])[0]
    return checks.unwrap(result.reshape(sigma_w2.shape))


def depth_scales(phi, sigma_w2, sigma_b2):
    """(xi_q, xi_c): the depths over which lengths and correlations forget their start.

    Away from the edge of chaos, abs(q_l - q*) ~ exp(-l / xi_q) and abs(rho_l - rho*) ~
    exp(-l / xi_c), with 1/xi_q = -log abs(V'(q*)) and 1/xi_c = -log R'(rho*).

    Parameters
    ----------
    phi : Activation
    sigma_w2, sigma_b2 : array_like of float
        Variance of the weights times the fan-in, and of the biases; at least 0.

    Returns
    -------
    xi_q, xi_c : float or ndarray
        In layers; `inf` where the slope is 1 to within 1e-9, as xi_c on the edge of chaos; 0 where
        the slope is 0. Closer to the edge than 1 - rho* = 1e-5 (1e-6 where phi' jumps), xi_c is
        1 / (chi_1 - 1) (twice that), good to half a per cent. The arguments broadcast.

    Raises
    ------
    NoFixedPoint
        If the variance map has no stable fixed point at one of the settings.
    TypeError, ValueError
        If an argument is not a number, out of range, or its shape does not fit.

    References
    ----------
    Schoenholz et al. (2017), equations (9) and (12).

    Examples
    --------
    >>> import afli
    >>> xi_q, xi_c = afli.depth_scales(afli.activation("linear"), 0.5, 0.1)
    >>> round(xi_q, 4), round(xi_c, 4)
    (1.4427, 1.4427)
    """
    checks.activation(phi)
    sigma_w2, sigma_b2 = checks.variances(sigma_w2=sigma_w2, sigma_b2=sigma_b2)
    w, b = sigma_w2.ravel(), sigma_b2.ravel()
    q = np.atleast_1d(fixed_point(phi, w, b))
    moments = Moments(phi, q)
    length_slope = np.where(q > 0, w * moments.square_rate, w * moments.slope_square)
    angle_slope = w * moments.slope_square
    chaotic = np.flatnonzero((angle_slope > 1) & (q > 0))
    if chaotic.size:
        angle_slope[chaotic] = _chaotic(phi, q[chaotic], w[chaotic], b[chaotic])[1]
    return tuple(
        checks.unwrap(_scale(s).reshape(sigma_w2.shape)) for s in (length_slope, angle_slope)
    )


def _scale(slope):
    """-1 / log(slope), with its limits."""
    size = np.abs(slope)
    edge = np.abs(size - 1) <= ON_THE_EDGE
    inner = np.where(edge | (size == 0), 0.5, size)
    return np.where(edge, np.inf, np.where(size == 0, 0.0, -1 / np.log(inner)))


def _chaotic(phi, q, w, b):
    """1 - rho* and R'(rho*) in the chaotic phase.

    Very close to the edge rho* cannot be told from 1 by evaluating R. There it follows from
    R(1 - e) = 1 - chi_1 e + e^2 / beta, or + (2/3) kappa e^(3/2) where phi' jumps.
    """
    above = w * Moments(phi, q).slope_square - 1
    distance, slope = np.ones_like(q), np.zeros_like(q)
    far = np.ones(q.size, bool)
    for i in np.flatnonzero(above < 1e-2):
        try:
            decay = correlation_decay(phi, q[i])
        except ValueError:  # linear in double precision: there is no expansion to use
            continue
        # power 2: constant = 9 / kappa^2
        distance[i] = decay.constant * above[i] * (1 if decay.power == 1 else above[i] / 4)
        slope[i] = 1 - above[i] / max(decay.power, 1)
        far[i] = not 0 < distance[i] < (1e-5 if decay.power == 1 else 1e-6)
    if far.any():
        rho = _newton_from_zero(phi, q[far], w[far], b[far])
        distance[far] = 1 - rho
        slope[far] = correlation_slope(phi, rho, q[far], w[far])
    return distance, slope


def _newton_from_zero(phi, q, w, b):
    pairs = PairAverages(phi, q, for_newton=True)
    rho = np.zeros_like(q)
    open_ = np.arange(q.size)
    for _ in range(MAX_STEPS):
        here = rho[open_]
        gap = (w[open_] * pairs.value(here, open_) + b[open_]) / q[open_] - here
        slope = w[open_] * pairs.slope(here, open_) / q[open_] - 1
        step = np.divide(-gap, slope, out=np.zeros_like(gap), where=slope < 0)
        rho[open_] = np.minimum(here + step, 1.0)
        open_ = open_[(gap > 0) & (step > 1e-12)]
        if not open_.size:
            return rho
    raise ArithmeticError(
        f"limiting correlation of {phi.name}: {open_.size} points open after {MAX_STEPS} steps"
    )
