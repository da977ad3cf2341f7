"""Pair averages of a piecewise-linear activation, from Price's theorem.

Price (1958): d^2/drho^2 E[phi(U1) phi(U2)] = q^2 E[phi''(U1) phi''(U2)]. For a piecewise-linear
phi the right side is a sum of bivariate normal densities at pairs of kinks, and with
rho = sin(theta) the integral over rho has a smooth integrand.
"""

import numpy as np

from . import gaussian
from .moments import mean

_RINGS = 0.5 ** np.arange(0, 60)


def pair_averages(phi, q, rho):
    """E[phi(U1) phi(U2)] and q E[phi'(U1) phi'(U2)] for arrays of variances and correlations.

    Parameters
    ----------
    phi : Activation
        With ``linear_pieces=True``.
    q, rho : ndarray, shape (n,)

    Returns
    -------
    value, slope : ndarray, shape (n,)
        `slope` is the derivative of `value` in `rho`.
    """
    levels, inverse = np.unique(q, return_inverse=True)
    at_zero = mean(phi, levels)[inverse] ** 2
    slope_at_zero = (levels * mean_slope(phi, levels) ** 2)[inverse]
    theta = np.arcsin(rho)
    nodes, weight = gaussian.panel_nodes(_edges(phi, q, theta))
    sine, cosine = np.sin(nodes), np.cos(nodes)
    density = _kink_density(phi, q[:, None], sine, cosine) * weight
    slope = slope_at_zero + density.sum(-1)
    value = at_zero + slope_at_zero * rho + gaussian.mean(density, rho[:, None] - sine)
    return value, slope


def mean_slope(phi, q):
    """E[phi'(sqrt(q) Z)]."""
    if phi.even:
        return np.zeros_like(q)
    z, x, weight = gaussian.nodes(phi, q)
    return gaussian.mean(weight, phi.derivative(x))


def _kink_density(phi, q, sine, cosine):
    """q^2 E[phi'' phi''] cos(theta): sum over pairs of kinks of the normal density there."""
    z = np.array(phi.kinks) / np.sqrt(q)[..., None]
    jump = phi.jumps
    sign = np.where(sine < 0, -1.0, 1.0)
    total = np.zeros_like(sine)
    for i in range(len(jump)):
        for j in range(i + 1):
            times = jump[i] * jump[j] * (1 if i == j else 2)
            # The quadratic form, written without cancellation at either end.
            mirror = sign * z[..., j]
            gap = (z[..., i] - mirror) / cosine
            total += times * np.exp(-0.5 * gap**2 - z[..., i] * mirror / (1 + np.abs(sine)))
    return total * q / (2 * np.pi)


def _edges(phi, q, theta):
    """Panels from 0 to theta, finer where two kinks nearly meet: towards pi/2 and -pi/2."""
    kinks = np.array(phi.kinks)
    distances = np.abs(
        np.concatenate([(kinks[:, None] - kinks).ravel(), (kinks[:, None] + kinks).ravel()])
    )
    distances = distances[distances > 0]
    smallest = distances.min(initial=np.inf) / np.sqrt(q.max())
    depth = (
        2
        if not np.isfinite(smallest)
        else int(np.clip(np.ceil(np.log2(1.6 / smallest)) + 5, 2, 59))
    )
    fractions = np.concatenate([[0.0], (np.pi / 2) * (1 - _RINGS[1 : depth + 1])])
    size = np.abs(theta)[:, None]
    edges = np.concatenate([np.minimum(fractions, size), size], axis=-1)
    return np.sign(theta)[:, None] * edges
