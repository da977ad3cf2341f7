"""Half-width ratios: how far the linear region of a scaled-bounded activation must reach.

The half-width ratio Lambda = a / sqrt(q*) is the half-width of the linear region in standard
deviations of the preactivations. On the edge of chaos it is bounded by y = sigma_b2 / a^2 alone.
"""

from . import checks, ratio_curves

LOWEST, HIGHEST = 1e-300, 1e100  # range of y; at y = 0 the ratio is infinite


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

    Raises
    ------
    TypeError, ValueError
        If `y` is not a number or out of range.

    References
    ----------
    Inequality (34) of Murray, Abrol and Tanner (2021), with equality.

    Examples
    --------
    >>> round(half_width_ratio_min(0.01), 4)
    1.9644
    """
    return checks.unwrap(ratio_curves.solve(ratio_curves.clip, checked(y)))


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

    Raises
    ------
    TypeError, ValueError
        If `y` is not a number or out of range.

    References
    ----------
    The chapter "Sharper than the paper" of this course.

    Examples
    --------
    >>> half_width_ratio_min(0.01) < half_width_ratio_max(0.01) < half_width_ratio_simple(0.01)
    True
    """
    return checks.unwrap(ratio_curves.solve(ratio_curves.saw, checked(y)))


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

    Raises
    ------
    TypeError, ValueError
        If `y` is not a number or out of range.

    References
    ----------
    The step before the last in the proof of Lemma 3.4 of Murray, Abrol and Tanner (2021).

    Examples
    --------
    >>> round(half_width_ratio_simple(0.01), 4)
    2.6544
    """
    return checks.unwrap(ratio_curves.solve(ratio_curves.linear_part, checked(y)))


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

    Raises
    ------
    TypeError, ValueError
        If `y` is not a number or out of range.

    References
    ----------
    Corless et al. (1996), for Lambert's function; the chapter "Sharper than the paper" of this
    course, for the bound.

    Examples
    --------
    >>> round(half_width_ratio_explicit(0.01), 4)
    2.8387
    """
    return checks.unwrap(ratio_curves.explicit_max(checked(y)))


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

    Raises
    ------
    TypeError, ValueError
        If `y` is not a number or out of range.

    References
    ----------
    Murray, Abrol and Tanner (2021), Lemma 3.4.

    Examples
    --------
    >>> round(half_width_ratio_published(0.01), 4)
    1.7969
    """
    return checks.unwrap(ratio_curves.published_min(checked(y)))


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

    Examples
    --------
    >>> import numpy as np
    >>> float(np.exp(log_bias_ratio(half_width_ratio_min(0.01))).round(9))
    0.01
    """
    return ratio_curves.clip(half_width_ratio)[0]


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
