"""The design rule: how wide a linear region a network of given depth and bias variance needs."""

import numpy as np
from scipy import special

from . import checks
from .half_width import log_bias_ratio
from .roots import bracketed_newton


def isometry_depth(half_width_ratio):
    """Depth at which the Jacobian spectrum of a clip network reaches variance 1.

    On the edge of chaos with orthogonal weights the variance grows by 1 / erf(Lambda / sqrt 2) - 1
    a layer if the activation is a clip of half-width ratio Lambda = a / sqrt(q*), and by less for
    any other scaled-bounded activation. This is the inverse of that rate.

    Parameters
    ----------
    half_width_ratio : array_like of float
        Lambda, greater than 0, at most 35.

    Returns
    -------
    float or ndarray
        Number of layers.

    Raises
    ------
    TypeError, ValueError
        If `half_width_ratio` is not a number or out of range.

    References
    ----------
    Murray, Abrol and Tanner (2021), equation (13), for a clip.

    Examples
    --------
    >>> round(isometry_depth(2.0), 3)
    20.978
    """
    t = _ratio(half_width_ratio) / np.sqrt(2)
    return checks.unwrap(special.erf(t) / special.erfc(t))


def correlation_depth(half_width_ratio):
    """Depth to which a clip network on the edge of chaos keeps different inputs apart.

    With slope R'(1 - e) = 1 - kappa sqrt(e) near 1, correlations approach 1 as
    1 - rho_l ~ 9 / (kappa l)^2: this is 3 / kappa, or (3 sqrt(pi) / 2) erf(Lambda / sqrt 2) /
    n(Lambda) with n the standard normal density. It is exact for a clip only.

    Parameters
    ----------
    half_width_ratio : array_like of float
        Lambda = a / sqrt(q*), greater than 0, at most 35.

    Returns
    -------
    float or ndarray
        Number of layers.

    Raises
    ------
    TypeError, ValueError
        If `half_width_ratio` is not a number or out of range.

    References
    ----------
    Hayou, Doucet and Rousseau (2019), for the rate 1 / l^2 of activations with kinks.

    Examples
    --------
    >>> round(correlation_depth(1.6824315781167285), 1)
    24.9
    """
    return checks.unwrap(np.exp(_log_correlation_depth(_ratio(half_width_ratio))[0]))


def half_width_for_depth(depth, sigma_b2, tolerance):
    """The smallest half-width a with which a network of the given depth can be trained.

    With this a, every scaled-bounded activation on the edge of chaos keeps the variance of its
    Jacobian spectrum (orthogonal weights, whole depth) at or below `tolerance`, because
    `isometry_depth` is at least depth / tolerance; and for a clip `correlation_depth` is at
    least `depth`. Both are taken at Lambda_min(sigma_b2 / a^2), the smallest half-width ratio
    that a member of the class can have. A clip of this a meets the stricter of the two exactly.

    Parameters
    ----------
    depth : array_like of float
        Number of layers, from 1 to 1e100.
    sigma_b2 : array_like of float
        Bias variance, at least 0.
    tolerance : array_like of float
        Largest variance of the spectrum of J J^T allowed over the whole depth, from 1e-100 to
        1e100; the mean of the spectrum is 1, so 0.1 to 1 is usual.

    Returns
    -------
    float or ndarray
        Half-width a; the arguments broadcast. It is proportional to sqrt(sigma_b2), and 0 at
        sigma_b2 = 0, where any a > 0 will do.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number, out of range, or its shape does not fit.

    References
    ----------
    Answers the first open question of Murray, Abrol and Tanner (2021), section 5.

    Examples
    --------
    >>> a = half_width_for_depth(100, 0.1, 0.5)
    >>> round(a, 4)
    13.748
    >>> from afli.theory import activation, edge_of_chaos, isometry
    >>> phi = activation("shtanh", a=a)
    >>> round(isometry.spectrum_variance(phi, edge_of_chaos(phi, 0.1).q, 100), 9)
    0.5
    """
    depth = checks.real("depth", depth, low=1, high=1e100)
    sigma_b2 = checks.real("sigma_b2", sigma_b2, low=0)
    tolerance = checks.real("tolerance", tolerance, low=1e-100, high=1e100)
    depth, sigma_b2, tolerance = checks.broadcast(
        depth=depth, sigma_b2=sigma_b2, tolerance=tolerance
    )
    # erf / erfc = depth / tolerance, solved for erfc without loss at either end.
    isometry = np.sqrt(2) * special.erfcinv(tolerance / (tolerance + depth))
    ratio = np.maximum(isometry, _correlation_ratio(depth))
    return checks.unwrap(np.sqrt(sigma_b2) * np.exp(-0.5 * log_bias_ratio(ratio)))


def _ratio(value):
    return checks.real("half_width_ratio", value, above=0, high=35)


def _log_correlation_depth(ratio):
    """ln of the correlation depth and its derivative in Lambda; both factors grow with Lambda."""
    gain = special.erf(ratio / np.sqrt(2))
    value = np.log(1.5 * np.sqrt(2) * np.pi * gain) + 0.5 * ratio**2
    return value, np.sqrt(2 / np.pi) * np.exp(-0.5 * ratio**2) / gain + ratio


def _correlation_ratio(depth):
    """Lambda at which the correlation depth of a clip is `depth`."""
    log_depth = np.log(np.ravel(depth))

    def function(ratio, index):
        value, slope = _log_correlation_depth(ratio)
        return value - log_depth[index], slope

    # The factor exp(Lambda^2 / 2) alone reaches the depth at `high`, for erf >= 0.22 there.
    low, high = np.full_like(log_depth, 1e-3), np.sqrt(2 * log_depth) + 0.3
    ratio = bracketed_newton(function, low, high, True, what="correlation depth")
    return ratio.reshape(depth.shape)
