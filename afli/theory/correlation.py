"""The correlation map: how the angle between two signals changes from layer to layer."""

import numpy as np

from . import checks
from .pairs import PairAverages


def correlation_map(phi, rho, q, sigma_w2, sigma_b2):
    """R(rho) = (sigma_w2 E[phi(U1) phi(U2)] + sigma_b2) / q, the correlation a layer later.

    U1 and U2 are Gaussian with variance `q` and correlation `rho`. R is the correlation of the
    next preactivations if `q` is a fixed point of the variance map; then R(1) = 1.

    Parameters
    ----------
    phi : Activation
    rho : array_like of float
        Correlation, from -1 to 1.
    q : array_like of float
        Preactivation variance, greater than 0.
    sigma_w2, sigma_b2 : array_like of float
        Variance of the weights times the fan-in, and of the biases; at least 0.

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
    Poole et al. (2016); Murray, Abrol and Tanner (2021), equation (5).

    Examples
    --------
    >>> import afli
    >>> round(afli.correlation_map(afli.activation("relu"), 0.0, 1.0, 2.0, 0.0), 6)
    0.31831
    """
    checks.activation(phi)
    rho, q, sigma_w2, sigma_b2 = checks.broadcast(
        rho=_correlation(rho),
        q=checks.real("q", q, above=0),
        sigma_w2=checks.real("sigma_w2", sigma_w2, low=0),
        sigma_b2=checks.real("sigma_b2", sigma_b2, low=0),
    )
    averages = PairAverages(phi, q.ravel()).value(rho.ravel(), np.arange(q.size)).reshape(q.shape)
    return checks.unwrap((sigma_w2 * averages + sigma_b2) / q)


def correlation_slope(phi, rho, q, sigma_w2):
    """R'(rho) = sigma_w2 E[phi'(U1) phi'(U2)]; at rho = 1 this is chi_1.

    Parameters
    ----------
    phi : Activation
    rho : array_like of float
        Correlation, from -1 to 1.
    q : array_like of float
        Preactivation variance, greater than 0.
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
    Poole et al. (2016); Murray, Abrol and Tanner (2021), equation (6).

    Examples
    --------
    >>> import afli
    >>> afli.correlation_slope(afli.activation("relu"), 0.0, 1.0, 2.0)
    0.5
    """
    checks.activation(phi)
    rho, q, sigma_w2 = checks.broadcast(
        rho=_correlation(rho),
        q=checks.real("q", q, above=0),
        sigma_w2=checks.real("sigma_w2", sigma_w2, low=0),
    )
    averages = PairAverages(phi, q.ravel()).slope(rho.ravel(), np.arange(q.size)).reshape(q.shape)
    return checks.unwrap(sigma_w2 * averages / q)


def _correlation(rho):
    """A correlation from -1 to 1; rounding may have carried it past the end."""
    rho = checks.real("rho", rho)
    rho = np.where((np.abs(rho) > 1) & (np.abs(rho) < 1 + 1e-12), np.sign(rho), rho)
    return checks.real("rho", rho, low=-1, high=1)
