"""Bounds that hold for every scaled-bounded activation: as published, and as sharp as can be.

A scaled-bounded activation (Murray, Abrol and Tanner 2021, Definition 2.1) is odd, continuous,
equal to k x on [-a, a], of size at most k a beyond, with slopes between -k and k. On the edge of
chaos everything is governed by y = sigma_b2 / a^2, and is expressed by the half-width ratio
Lambda = a / sqrt(q*): the half-width of the linear region in standard deviations.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from . import checks
from .half_width import (
    LOWEST,
    checked,
    half_width_ratio_explicit,
    half_width_ratio_max,
    half_width_ratio_min,
    half_width_ratio_published,
    half_width_ratio_simple,
)

__all__ = [
    "Bounds",
    "explicit",
    "half_width_ratio_explicit",
    "half_width_ratio_max",
    "half_width_ratio_min",
    "half_width_ratio_published",
    "half_width_ratio_simple",
    "published",
    "sharp",
]


@dataclass(frozen=True)
class Bounds:
    """What is known of every scaled-bounded activation on the edge of chaos.

    Attributes
    ----------
    half_width_ratio : tuple
        Lower and upper bound on Lambda = a / sqrt(q*).
    correlation : float or ndarray
        Upper bound on the largest abs(R(rho) - rho) over rho in [0, 1].
    moment_ratio : float or ndarray
        Upper bound on mu_2 / mu_1^2 - 1, which is at least 0.

    References
    ----------
    Murray, Abrol and Tanner (2021), Lemma 3.4 and Theorem 2.1.

    Examples
    --------
    >>> import afli
    >>> phi = afli.activation("sexp", a=2.0)
    >>> edge, bound = afli.edge_of_chaos(phi, 0.1), afli.bounds.sharp(0.1, 2.0)
    >>> bound.half_width_ratio[0] < phi.half_width / edge.q**0.5 < bound.half_width_ratio[1]
    True
    """

    half_width_ratio: tuple
    correlation: float
    moment_ratio: float


def published(sigma_b2, a):
    """The bounds of the paper: Lemma 3.4 and Theorem 2.1.

    Parameters
    ----------
    sigma_b2 : array_like of float
        Bias variance, at least 0.
    a : array_like of float
        Half-width of the linear region, greater than 0; broadcasts with `sigma_b2`.

    Returns
    -------
    Bounds
        Lambda between nu(y) and (8/pi)^(1/6) y^(-1/3); correlation (8 y / pi)^(1/3); moment ratio
        erf(nu / sqrt 2)^(-2) - 1. At sigma_b2 = 0 the limits: Lambda infinite, the others 0.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number or out of range, or y = sigma_b2 / a^2 is neither 0 nor
        between 1e-300 and 1e100.

    References
    ----------
    Murray, Abrol and Tanner (2021), Lemma 3.4 and Theorem 2.1, equations (15) and (16).

    Examples
    --------
    >>> bound = published(0.1, 1.0)
    >>> round(bound.half_width_ratio[0], 4), round(bound.correlation, 3)
    (0.9796, 0.634)
    """
    y = _ratio(sigma_b2, a)
    lower = half_width_ratio_published(y)
    with np.errstate(divide="ignore"):
        upper = (8 / np.pi) ** (1 / 6) * y ** (-1 / 3)
    gain = special.erf(lower / np.sqrt(2))
    moment_ratio = special.erfc(lower / np.sqrt(2)) * (1 + gain) / gain**2
    return _bounds(lower, upper, (8 * y / np.pi) ** (1 / 3), moment_ratio)


def sharp(sigma_b2, a):
    """Bounds that cannot be improved for the class as a whole.

    The lower bound on Lambda and the moment ratio are attained by the clip (shtanh); the upper
    bound on Lambda and the correlation are approached by an ever finer saw with slopes k and -k.

    Parameters
    ----------
    sigma_b2 : array_like of float
        Bias variance, at least 0.
    a : array_like of float
        Half-width of the linear region, greater than 0; broadcasts with `sigma_b2`.

    Returns
    -------
    Bounds
        Lambda between Lambda_min(y) and Lambda_max(y); correlation y Lambda_max^2; moment ratio
        1 / erf(Lambda_min / sqrt 2) - 1. At sigma_b2 = 0 the limits: Lambda infinite, the others 0.

    Raises
    ------
    TypeError, ValueError
        As for `published`.

    References
    ----------
    The chapter "Sharper than the paper" of this course.

    Examples
    --------
    >>> bound = sharp(0.1, 1.0)
    >>> round(bound.half_width_ratio[0], 4), round(bound.moment_ratio, 3)
    (1.2577, 0.263)
    """
    y = _ratio(sigma_b2, a)
    lower, upper = half_width_ratio_min(y), half_width_ratio_max(y)
    return _bounds(lower, upper, _correlation(y, upper), _clip_ratio(lower))


def explicit(sigma_b2, a):
    """Weaker than `sharp`, but in closed form and still quadratic in 1/a up to a logarithm.

    Parameters
    ----------
    sigma_b2 : array_like of float
        Bias variance, at least 0.
    a : array_like of float
        Half-width of the linear region, greater than 0; broadcasts with `sigma_b2`.

    Returns
    -------
    Bounds
        Lambda between the published nu(y) and max(1, sqrt(W(8 / (pi y^2)))), W being Lambert's
        function; correlation y max(1, W(8 / (pi y^2))), which behaves as 2 y ln(1/y); moment
        ratio 1 / erf(nu / sqrt 2) - 1. At sigma_b2 = 0 the limits: Lambda infinite, the others 0.

    Raises
    ------
    TypeError, ValueError
        As for `published`.

    References
    ----------
    Corless et al. (1996), for Lambert's function; the chapter "Sharper than the paper" of this
    course, for the bounds.

    Examples
    --------
    >>> round(explicit(1e-4, 1.0).half_width_ratio[1], 4)
    4.0681
    """
    y = _ratio(sigma_b2, a)
    lower, upper = half_width_ratio_published(y), half_width_ratio_explicit(y)
    return _bounds(lower, upper, _correlation(y, upper), _clip_ratio(lower))


def _ratio(sigma_b2, a):
    sigma_b2, a = checks.real("sigma_b2", sigma_b2, low=0), checks.real("a", a, above=0)
    sigma_b2, a = checks.broadcast(sigma_b2=sigma_b2, a=a)
    with np.errstate(over="ignore", under="ignore"):
        y = np.asarray(sigma_b2 / a / a)
    lost = (y == 0) & (sigma_b2 > 0)
    return checked(np.where(lost, 0.5 * LOWEST, np.minimum(y, 1e308)), "sigma_b2 / a^2")


def _bounds(lower, upper, correlation, moment_ratio):
    values = [checks.unwrap(np.asarray(v)) for v in (lower, upper, correlation, moment_ratio)]
    return Bounds((values[0], values[1]), *values[2:])


def _correlation(y, ratio):
    """max abs(R(rho) - rho) = R(0) = sigma_b2 / q* = y Lambda^2; 0 at y = 0."""
    return np.where(y > 0, y * np.where(y > 0, ratio, 0.0) ** 2, 0.0)


def _clip_ratio(ratio):
    """1 / erf - 1, written so that it does not cancel where erf is close to 1."""
    return special.erfc(ratio / np.sqrt(2)) / special.erf(ratio / np.sqrt(2))
