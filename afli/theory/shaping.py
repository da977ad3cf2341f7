"""Activations tailored to a depth, after Martens et al. (2021) and Zhang et al. (2022).

Both papers change the activation, and not the bias variance, so that the correlation map of the
whole network has a given shape. Here for the plainest case: fully connected layers that are all
alike, without skip connections, at sigma_w2 = 1 and sigma_b2 = 0 with preactivations of variance 1.
"""

import numpy as np
from scipy import optimize

from . import checks, gaussian
from .activations import Activation
from .elementwise import sign

__all__ = ["shaped", "tailored_leaky_relu"]

_Z, _WEIGHT = gaussian.panel_nodes(np.linspace(-12.0, 12.0, 49))
_WEIGHT = _WEIGHT * np.exp(-0.5 * _Z * _Z) / np.sqrt(2 * np.pi)
DEEPEST = 1_000_000  # layers of a tailored leaky ReLU, one by one: a quarter of a minute
_STARTS = [(a, b) for a in (0.1, 0.3, 1.0) for b in (1.0, -1.0, 0.3, -0.3)]


def shaped(phi, depth, zeta=1.5):
    """The activation g (phi(a x + b) + d) whose correlation map has slope `zeta` at 1 after `depth`
    layers.

    With sigma_w2 = 1 and sigma_b2 = 0 the four constants are chosen such that a preactivation
    variance of 1 is kept (Q(1) = 1) and deviations from it are neither damped nor amplified
    (Q'(1) = 1), that independent inputs stay so (C(0) = 0), and that one layer has the slope
    C'(1) = zeta^(1 / depth).

    Parameters
    ----------
    phi : Activation
        A smooth one, such as tanh or softplus, that is not linear.
    depth : int
        Number of layers, from 1 to 1000000.
    zeta : float
        Slope of the correlation map of the whole network at 1, greater than 1; the authors
        take 1.5.

    Returns
    -------
    Activation

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number or out of range, phi has a kink, or no constants are found.

    Notes
    -----
    The papers treat convolutional and residual networks too, where the largest slope over all
    subnetworks counts; in a chain of equal layers this is the slope of the whole.

    References
    ----------
    Martens et al. (2021), Deep Kernel Shaping.

    Examples
    --------
    >>> import afli
    >>> phi = shaped(afli.activation("tanh"), 100)
    >>> round(afli.variance_map(phi, 1.0, 1.0, 0.0), 9), round(afli.chi1(phi, 1.0, 1.0) ** 100, 6)
    (1.0, 1.5)
    """
    checks.activation(phi)
    depth = checks.whole("depth", depth, low=1, high=DEEPEST)
    zeta = _one("zeta", zeta, above=1)
    if phi.kinks:
        raise ValueError(
            f"phi must be smooth, as tanh and softplus are, got {phi.name} with a kink at "
            f"{phi.kinks[0]:g}: take tailored_leaky_relu for an activation with a kink"
        )
    if np.isinf(phi.half_width):
        raise ValueError(f"phi must not be linear, got {phi.name}: take tanh or softplus")
    excess = np.expm1(np.log(zeta) / depth)  # C'(1) - 1 of one layer

    def residual(constants):
        scale, shift = constants
        value, slope, _ = _normalised(phi, scale, shift)
        length = _WEIGHT @ (value * slope * _Z) - 1
        return np.array([length, _WEIGHT @ slope**2 - 1 - excess]) / excess

    for start in _STARTS:
        with np.errstate(all="ignore"):
            found = optimize.root(residual, start, tol=1e-13)
        scale, shift = found.x
        if np.all(np.abs(found.fun) < 1e-6) and 1e-6 < scale < 3:
            return _composed(phi, float(scale), float(shift), depth)
    raise ValueError(
        f"phi = {phi.name} has no constants that could be found for depth = {depth}, zeta = "
        f"{zeta:g}: take tanh or softplus, a larger depth or a zeta closer to 1"
    )


def tailored_leaky_relu(depth, eta=0.9):
    """The leaky ReLU that carries two independent inputs to correlation `eta` after `depth` layers.

    It is sqrt(2 / (1 + s^2)) times the function x for x > 0 and s x below. With sigma_w2 = 1 and
    sigma_b2 = 0 it keeps every length; the slope s makes the correlation map, applied `depth`
    times to 0, give `eta`.

    Parameters
    ----------
    depth : int
        Number of layers, from 1 to 1000000.
    eta : float
        Correlation to be reached, above 0 and below what ReLU (s = 0) reaches; the authors
        take 0.9.

    Returns
    -------
    Activation
        With `slope` the mean of its two slopes.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number or out of range.

    References
    ----------
    Zhang, Botev and Martens (2022).

    Examples
    --------
    >>> import afli
    >>> phi, rho = tailored_leaky_relu(50), 0.0
    >>> for layer in range(50):
    ...     rho = afli.correlation_map(phi, rho, 1.0, 1.0, 0.0)
    >>> round(rho, 9)
    0.9
    """
    depth = checks.whole("depth", depth, low=1, high=DEEPEST)
    eta = _one("eta", eta, above=0)
    highest = _leaky_correlation(0.0, depth)
    if not eta < highest:
        raise ValueError(
            f"eta must be less than {highest:.4g} at depth = {depth}, which is what ReLU reaches, "
            f"got {eta}: take a smaller eta or more layers"
        )
    slope = optimize.brentq(
        lambda s: _leaky_correlation(s, depth) - eta, 0.0, 1.0, xtol=1e-15, rtol=1e-14
    )
    gain = np.sqrt(2 / (1 + slope**2))
    mean, half = gain * (1 + slope) / 2, gain * (1 - slope) / 2
    return Activation(
        f"leaky ReLU for depth {depth}",
        value=lambda x: mean * x + half * abs(x),
        derivative=lambda x: mean + half * sign(x),
        kinks=(0,),
        linear_pieces=True,
    )


def _one(name, value, **limits):
    number = checks.real(name, value, **limits)
    if number.ndim:
        raise TypeError(f"{name} must be one number, got an array of shape {number.shape}")
    return float(number)


def _normalised(phi, scale, shift):
    """g (phi(a x + b) + d), of mean 0 and variance 1, and its derivative at the nodes; g and d."""
    x = scale * _Z + shift
    value = phi(x)
    mean = _WEIGHT @ value
    value = value - mean
    gain = 1 / np.sqrt(_WEIGHT @ value**2)
    return gain * value, gain * scale * phi.derivative(x), (gain, -mean)


def _composed(phi, scale, shift, depth):
    gain, offset = _normalised(phi, scale, shift)[2]
    gain, offset = float(gain), float(offset)
    return Activation(
        f"{phi.name} for depth {depth}",
        value=lambda x: gain * (phi.value(scale * x + shift) + offset),
        derivative=lambda x: gain * scale * phi.derivative(scale * x + shift),
        oscillates=phi.oscillates,
    )


def _leaky_correlation(slope, depth):
    """The correlation of two inputs after `depth` layers, from 0."""
    weight = (1 - slope) ** 2 / (np.pi * (1 + slope**2))
    rho = 0.0
    for _ in range(depth):
        rho = min(1.0, rho + weight * (np.sqrt(1 - rho * rho) - rho * np.arccos(rho)))
    return rho
