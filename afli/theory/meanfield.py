"""The variance map: how the squared length of a signal changes from layer to layer."""

import numpy as np

from . import checks, moments


def variance_map(phi, q, sigma_w2, sigma_b2):
    """V(q) = sigma_w2 E[phi(sqrt(q) Z)^2] + sigma_b2: the preactivation variance a layer later.

    Parameters
    ----------
    phi : Activation
    q : array_like of float
        Preactivation variance, at least 0.
    sigma_w2, sigma_b2 : array_like of float
        Variance of the weights times the fan-in, and of the biases; at least 0.

    Returns
    -------
    float or ndarray
        A variance; the arguments broadcast.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number, out of range, or its shape does not fit.

    References
    ----------
    Poole et al. (2016); Murray, Abrol and Tanner (2021), equation (3).

    Examples
    --------
    >>> import afli
    >>> afli.variance_map(afli.activation("relu"), 3.0, 2.0, 0.5)
    3.5
    """
    checks.activation(phi)
    q, sigma_w2, sigma_b2 = checks.variances(q=q, sigma_w2=sigma_w2, sigma_b2=sigma_b2)
    return checks.unwrap(sigma_w2 * moments.square(phi, q) + sigma_b2)


def variance_slope(phi, q, sigma_w2):
    """V'(q): a fixed point is stable under iteration of V if its absolute value is below 1.

    Parameters
    ----------
    phi : Activation
    q : array_like of float
        Preactivation variance, greater than 0; at least 1e-18 where phi(0) is not 0, because V'
        is lost in the rounding of phi(0) below.
    sigma_w2 : array_like of float
        Variance of the weights times the fan-in, at least 0.

    Returns
    -------
    float or ndarray
        Without unit; the arguments broadcast.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number, out of range, or its shape does not fit.

    References
    ----------
    Poole et al. (2016); Hayou, Doucet and Rousseau (2019), for the edge of chaos.

    Examples
    --------
    >>> import afli
    >>> round(afli.variance_slope(afli.activation("linear"), 1.0, 0.5), 6)
    0.5
    """
    checks.activation(phi)
    q, sigma_w2 = checks.broadcast(
        q=checks.real("q", q, above=0), sigma_w2=checks.real("sigma_w2", sigma_w2, low=0)
    )
    lost = (q < 1e-18) & (phi.value(0.0) != 0)
    if np.any(lost):
        raise ValueError(
            f"q must be at least 1e-18 for {phi.name}, or V' is lost in the rounding of phi(0), "
            f"got {q[lost].flat[0]:.3g}: take a larger q"
        )
    return checks.unwrap(sigma_w2 * moments.Moments(phi, q).square_rate)


def chi1(phi, q, sigma_w2):
    """chi_1 = sigma_w2 E[phi'(sqrt(q) Z)^2]: the slope of the correlation map at 1.

    Also the factor by which the variance of a gradient changes from one layer to the one
    before. Below 1 the network is ordered, above 1 chaotic, at 1 on the edge of chaos.

    Parameters
    ----------
    phi : Activation
    q : array_like of float
        Preactivation variance, at least 0 (0 means the limit from above).
    sigma_w2 : array_like of float
        Variance of the weights times the fan-in, at least 0.

    Returns
    -------
    float or ndarray
        Without unit; the arguments broadcast.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number, out of range, or its shape does not fit.

    References
    ----------
    Schoenholz et al. (2017); Murray, Abrol and Tanner (2021), equation (7).

    Examples
    --------
    >>> import afli
    >>> afli.chi1(afli.activation("relu"), 1.0, 2.0)
    1.0
    """
    checks.activation(phi)
    q, sigma_w2 = checks.variances(q=q, sigma_w2=sigma_w2)
    return checks.unwrap(sigma_w2 * moments.slope_square(phi, q))
