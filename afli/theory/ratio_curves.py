"""The equations behind the half-width ratios, and their solution.

Each curve is decreasing in Lambda, and Lambda(y) is where it equals y: given are ln(y) and its
derivative in ln(Lambda). exp(-Lambda^2 / 2) is taken out of every term, so nothing underflows.
"""

import numpy as np
from scipy import special

from .roots import bracketed_newton

_C = np.sqrt(2 / np.pi)


def clip(ratio):
    """y of a clip at its half-width ratio."""
    t = ratio / np.sqrt(2)
    rest, gain = _C / ratio - special.erfcx(t), special.erf(t)
    slope = -_C / ratio / rest - _C * ratio * np.exp(-t * t) / gain
    return np.log(rest) - t * t - np.log(gain), slope


def linear_part(ratio):
    """The largest y at a half-width ratio that the linear region alone allows."""
    t = ratio / np.sqrt(2)
    rest = special.erfcx(t) + _C * ratio
    return np.log(rest) - t * t - 2 * np.log(ratio), -_C * ratio**3 / rest - 2


def saw(ratio):
    """y of the limit of ever finer saws at their half-width ratio."""
    t = ratio / np.sqrt(2)
    # Tails beyond Lambda and beyond 2 Lambda, both in units of exp(-Lambda^2 / 2).
    beyond, factor = special.erfcx(t), np.exp(-3 * t * t)
    far = factor * special.erfcx(2 * t)
    rest = 4 * ratio * (_C - ratio * beyond) - 2 * _C * ratio * factor + (4 * ratio**2 + 1) * far
    rate = 4 * _C - 8 * ratio * beyond - 4 * _C * factor + 8 * ratio * far
    return np.log(rest) - t * t - 2 * np.log(ratio), ratio * rate / rest - 2


def solve(curve, y):
    """Lambda at which `curve` passes through y, infinite where y = 0."""
    flat = np.ravel(y)
    result, some = np.full(flat.shape, np.inf), np.flatnonzero(flat > 0)
    if some.size:
        log_y = np.log(flat[some])
        high = np.where(log_y > 0, -0.5 * log_y, np.log(explicit_max(flat[some]))) + 1e-9
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


def explicit_max(y):
    """A bound on the root of `linear_part`, by Lambert's function."""
    y = np.asarray(y, float)
    log_y = np.log(np.where(y > 0, y, 1.0))
    root, _ = _lambert_root(np.log(8 / np.pi) - 2 * log_y)
    return np.where(y > 0, np.maximum(1.0, np.exp(root)), np.inf)


def published_min(y):
    """nu(y) of Lemma 3.4: where 2 n(L) / L has the height at which its tangent at delta begins."""
    log_y = np.log(np.where(y > 0, y, 1.0))
    log_delta, w = _lambert_root(np.log(2 / np.pi) - 2 * log_y)
    log_beta = 0.5 * np.log(2 / np.pi) - 0.5 * w + np.log(w + 2) - log_delta
    log_nu, _ = _lambert_root(np.log(2 / np.pi) - 2 * log_beta)
    return np.where(y > 0, np.exp(log_nu), np.inf)
