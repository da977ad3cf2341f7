"""How fast correlations approach 1 on the edge of chaos: as 1/l, or 1/l^2 where phi' jumps."""

from dataclasses import dataclass

import numpy as np

from . import checks, gaussian
from .moments import Moments


@dataclass(frozen=True)
class CorrelationDecay:
    """1 - rho_l ~ constant / l^power as the depth l grows.

    Attributes
    ----------
    power : int
        1 for a continuous derivative, 2 where the derivative jumps, 0 for a linear activation,
        whose correlations do not decay on the edge of chaos.
    constant : float
        The factor, without unit.
    depth : float
        The depth at which the asymptote equals 1: about how far correlations survive.

    Examples
    --------
    >>> import afli
    >>> phi = afli.activation("shtanh", a=2.0)
    >>> decay = afli.correlation_decay(phi, afli.edge_of_chaos(phi, 0.1).q)
    >>> decay.power, round(decay.depth, 1), round(decay.constant, 1)
    (2, 24.9, 620.2)
    """

    power: int
    constant: float
    depth: float


def correlation_decay(phi, q):
    """The asymptotic rate at which correlations converge to 1 on the edge of chaos.

    Near 1 the correlation map is R(1 - e) = 1 - e + (2/3) kappa e^(3/2) + ... where phi' jumps,
    with kappa = sum of jump^2 n(kink/sqrt(q)) / (sqrt(pi) E[phi'^2]), n the normal density; then
    1 - rho_l ~ 9 / (kappa l)^2. Where it does not, R(1 - e) = 1 - e + e^2 / beta + ... with
    beta = 2 E[phi'^2] / (q E[phi''^2]), and 1 - rho_l ~ beta / l.

    Parameters
    ----------
    phi : Activation
    q : float
        Fixed point q* of the variance map on the edge of chaos, greater than 0.

    Returns
    -------
    CorrelationDecay

    Raises
    ------
    TypeError, ValueError
        If `q` is not one positive number.

    References
    ----------
    Hayou, Doucet and Rousseau (2019), Proposition 3, for smooth activations and ReLU.

    Examples
    --------
    >>> import afli
    >>> decay = afli.correlation_decay(afli.activation("relu"), 1.0)
    >>> decay.power, round(decay.constant / (9 * 3.141592653589793**2 / 2), 12)
    (2, 1.0)
    """
    checks.activation(phi)
    q = checks.real("q", q, above=0)
    if q.ndim:
        raise TypeError(f"q must be one number, got an array of shape {q.shape}")
    slope_square = float(Moments(phi, q).slope_square)
    jumps = phi.jumps
    sharp = np.abs(jumps) > 1e-6
    if sharp.any():
        z = np.array(phi.kinks)[sharp] / np.sqrt(q)
        density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
        kappa = float(jumps[sharp] ** 2 @ density / np.sqrt(np.pi)) / slope_square
        if kappa**2 < 1e-300:  # 9 / kappa^2 would not be a float
            raise ValueError(_too_linear(phi, q))
        return CorrelationDecay(2, 9 / kappa**2, 3 / kappa)
    if phi.linear_pieces:
        return CorrelationDecay(0, 0.0, np.inf)
    bend = float(q) * _mean_square_second_derivative(phi, float(q))
    if bend < 1e-20:
        raise ValueError(_too_linear(phi, q))
    beta = 2 * slope_square / bend
    return CorrelationDecay(1, beta, beta)


def _too_linear(phi, q):
    return f"q = {q:.3g} is so small that {phi.name} is linear in double precision: take a larger q"


def _mean_square_second_derivative(phi, q):
    """E[phi''^2], phi' being differentiated as a polynomial on each panel of the quadrature."""
    root = np.full((1, 1), np.sqrt(q))
    edges = np.unique(gaussian.panels(phi, root, half=False))
    middle, half = 0.5 * (edges[1:] + edges[:-1]), 0.5 * (edges[1:] - edges[:-1])
    points, weights = np.polynomial.legendre.leggauss(gaussian.ORDER)
    z = middle[:, None] + half[:, None] * points
    fit = np.polynomial.legendre.Legendre.fit
    second = np.array(
        [
            fit(points, row, gaussian.ORDER - 1, domain=[-1, 1]).deriv()(points)
            for row in phi.derivative(root * z)
        ]
    ) / (root * half[:, None])
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    return float(np.sum(second**2 * density * weights * half[:, None]))
