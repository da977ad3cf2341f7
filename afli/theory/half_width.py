"""Half-width ratios: how far the linear region of a scaled-bounded activation must reach.

The half-width ratio Lambda = a / sqrt(q*) is the half-width of the linear region in standard
deviations of the preactivations. On the edge of chaos it is bounded by y = sigma_b2 / a^2 alone.
"""

import numpy as np
from scipy import special

from . import checks
from .roots import bracketed_newton

LOWEST, HIGHEST = 1e-300, 1e100  # range of y; at y = 0 the ratio is infinite
_C = np.sqrt(2 / np.pi)


def half_width_ratio_min(y):
    """Lambda_min(y): the half-width ratio of the clip, below that of any other member.

    Root of 2 n(L) / L = y + (1 - y) erfc(L / sqrt 2), n being the standard normal density.

    Parameters
    ----------
    y : array_like of float
        sigma_b2 / a^2: 0, or between 1e-300 and 1e100.

    Returns
    -------
    float or ndarray
        Without unit; infinite at y = 0.

    References
    ----------
    Inequality (34) of Murray, Abrol and Tanner (2021), with equality.

    Examples
    --------
    >>> round(half_width_ratio_min(0.01), 4)
    1.9644
    """
    return checks.unwrap(_solve(_clip, checked(y)))


def half_width_ratio_max(y):
    """Lambda_max(y): no member's half-width ratio reaches it, and a fine saw comes close.

    Root of y L^2 = 1 - E[min(abs(Z), max(2 L - abs(Z), 0))^2].

    Parameters
    ----------
    y : array_like of float
        sigma_b2 / a^2: 0, or between 1e-300 and 1e100.

    Returns
    -------
    float or ndarray
        Without unit; infinite at y = 0.

    Examples
    --------
    >>> half_width_ratio_min(0.01) < half_width_ratio_max(0.01) < half_width_ratio_simple(0.01)
    True
    """
    return checks.unwrap(_solve(_saw, checked(y)))


def half_width_ratio_simple(y):
    """An upper bound on the half-width ratio that uses the linear part of the activation alone.

    Root of y L^2 = erfc(L / sqrt 2) + 2 L n(L), n being the standard normal density.

    Parameters
    ----------
    y : array_like of float
        sigma_b2 / a^2: 0, or between 1e-300 and 1e100.

    Returns
    -------
    float or ndarray
        Without unit; infinite at y = 0.

    References
    ----------
    The step before the last in the proof of Lemma 3.4 of Murray, Abrol and Tanner (2021).

    Examples
    --------
    >>> round(half_width_ratio_simple(0.01), 4)
    2.6544
    """
    return checks.unwrap(_solve(_linear_part, checked(y)))


def half_width_ratio_explicit(y):
    """max(1, sqrt(W(8 / (pi y^2)))), W Lambert's function: above `half_width_ratio_simple`.

    Parameters
    ----------
    y : array_like of float
        sigma_b2 / a^2: 0, or between 1e-300 and 1e100.

    Returns
    -------
    float or ndarray
        Without unit; infinite at y = 0.

    Examples
    --------
    >>> round(half_width_ratio_explicit(0.01), 4)
    2.8387
    """
    return checks.unwrap(_explicit_max(checked(y)))


def half_width_ratio_published(y):
    """nu(y), the lower bound on the half-width ratio that the paper proves.

    Parameters
    ----------
    y : array_like of float
        sigma_b2 / a^2: 0, or between 1e-300 and 1e100.

    Returns
    -------
    float or ndarray
        Without unit; infinite at y = 0.

    References
    ----------
    Murray, Abrol and Tanner (2021), Lemma 3.4.

    Examples
    --------
    >>> round(half_width_ratio_published(0.01), 4)
    1.7969
    """
    return checks.unwrap(_published_min(checked(y)))


def log_bias_ratio(half_width_ratio):
    """The inverse of `half_width_ratio_min`: ln y for a clip of the given half-width ratio.

    Parameters
    ----------
    half_width_ratio : ndarray of float
        Lambda, greater than 0.

    Returns
    -------
    ndarray
        ln(sigma_b2 / a^2), in logarithms because y falls below 1e-300 at Lambda = 37.
    """
    return _clip(half_width_ratio)[0]


def checked(y, name="y"):
    """`y` as an array, or an error that says which values the curves below are good for."""
    y = checks.real(name, y, low=0)
    wrong = (y > 0) & ((y < LOWEST) | (y > HIGHEST))
    if wrong.any():
        raise ValueError(
            f"{name} must be 0 or between {LOWEST:g} and {HIGHEST:g}, got {y[wrong].flat[0]:.3g}: "
            "take sigma_b2 = 0 for the limit, or another half-width a"
        )
    return y


# Each curve is decreasing in Lambda, and Lambda(y) is where it equals y: given are ln(y) and its
# derivative in ln(Lambda). exp(-Lambda^2 / 2) is taken out of every term, so nothing underflows.


def _clip(ratio):
    t = ratio / np.sqrt(2)
    rest, gain = _C / ratio - special.erfcx(t), special.erf(t)
    slope = -_C / ratio / rest - _C * ratio * np.exp(-t * t) / gain
    return np.log(rest) - t * t - np.log(gain), slope


def _linear_part(ratio):
    t = ratio / np.sqrt(2)
    rest = special.erfcx(t) + _C * ratio
    return np.log(rest) - t * t - 2 * np.log(ratio), -_C * ratio**3 / rest - 2


def _saw(ratio):
    t = ratio / np.sqrt(2)
    # Tails beyond Lambda and beyond 2 Lambda, both in units of exp(-Lambda^2 / 2).
    beyond, factor = special.erfcx(t), np.exp(-3 * t * t)
    far = factor * special.erfcx(2 * t)
    rest = 4 * ratio * (_C - ratio * beyond) - 2 * _C * ratio * factor + (4 * ratio**2 + 1) * far
    rate = 4 * _C - 8 * ratio * beyond - 4 * _C * factor + 8 * ratio * far
    return np.log(rest) - t * t - 2 * np.log(ratio), ratio * rate / rest - 2


def _solve(curve, y):
    """Lambda at which `curve` passes through y, infinite where y = 0."""
    flat = np.ravel(y)
    result, some = np.full(flat.shape, np.inf), np.flatnonzero(flat > 0)
    if some.size:
        log_y = np.log(flat[some])
        high = np.where(log_y > 0, -0.5 * log_y, np.log(_explicit_max(flat[some]))) + 1e-9
        low = np.minimum(0.0, -0.5 * log_y) - 3.0

        def function(u, index):
            value, slope = curve(np.exp(u))
            return value - log_y[index], slope

        what = "half-width ratio of the bounds"
        result[some] = np.exp(bracketed_newton(function, low, high, False, start=high, what=what))
    return result.reshape(np.shape(y))


def _lambert_root(log_x):
    """ln sqrt(W(x)) and W(x) from ln x: W(e^l) is the Wright omega function of l."""
    w = special.wrightomega(log_x)
    return 0.5 * (log_x - w), w


def _explicit_max(y):
    y = np.asarray(y, float)
    log_y = np.log(np.where(y > 0, y, 1.0))
    root, _ = _lambert_root(np.log(8 / np.pi) - 2 * log_y)
    return np.where(y > 0, np.maximum(1.0, np.exp(root)), np.inf)


def _published_min(y):
    """nu(y) of Lemma 3.4: where 2 n(L) / L has the height at which its tangent at delta begins."""
    log_y = np.log(np.where(y > 0, y, 1.0))
    log_delta, w = _lambert_root(np.log(2 / np.pi) - 2 * log_y)
    log_beta = 0.5 * np.log(2 / np.pi) - 0.5 * w + np.log(w + 2) - log_delta
    log_nu, _ = _lambert_root(np.log(2 / np.pi) - 2 * log_beta)
    return np.where(y > 0, np.exp(log_nu), np.inf)
