"""What a user would write with SciPy: the yardstick of the benchmarks.

It is written with care: every integral is split at the kinks, which scipy.integrate.quad does not
find by itself, and the equation is bracketed. Only vectorisation and analysis are missing.
"""

import numpy as np
from scipy import integrate, optimize

REACH = 9.0


def density(z):
    return np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)


def average(function, phi, q):
    """E[function(sqrt(q) Z)]."""
    root = np.sqrt(q)
    inside = [k / root for k in phi.kinks if abs(k) < REACH * root]
    edges = np.unique([-REACH, 0.0, REACH, *inside])
    return sum(
        integrate.quad(
            lambda z: function(root * z) * density(z), low, high, epsrel=1e-10, limit=200
        )[0]
        for low, high in zip(edges[:-1], edges[1:], strict=True)
    )


def ratio(phi, q):
    square = average(lambda x: phi(x) ** 2, phi, q)
    return square / average(lambda x: phi.derivative(x) ** 2, phi, q)


def edge_of_chaos(phi, sigma_b2):
    """q* and sigma_w2."""
    q = optimize.brentq(lambda q: sigma_b2 + ratio(phi, q) - q, 1e-8, 1e2, xtol=1e-14, rtol=1e-12)
    return q, 1 / average(lambda x: phi.derivative(x) ** 2, phi, q)


def curve(phi, q):
    sigma_w2 = 1 / average(lambda x: phi.derivative(x) ** 2, phi, q)
    return sigma_w2, q - sigma_w2 * average(lambda x: phi(x) ** 2, phi, q)


def correlation_map(phi, rho, q, sigma_w2, sigma_b2):
    """R(rho), the inner integral split where the second variable crosses a kink."""
    root, rest = np.sqrt(q), np.sqrt(1 - rho * rho)

    def inner(z):
        cuts = [(k / root - rho * z) / rest for k in phi.kinks]
        edges = np.unique([-REACH, REACH, *(c for c in cuts if abs(c) < REACH)])
        return sum(
            integrate.quad(
                lambda w: phi(root * (rho * z + rest * w)) * density(w), low, high, epsrel=1e-9
            )[0]
            for low, high in zip(edges[:-1], edges[1:], strict=True)
        )

    inside = [k / root for k in phi.kinks if abs(k) < REACH * root]
    edges = np.unique([-REACH, 0.0, REACH, *inside])
    value = sum(
        integrate.quad(lambda z: phi(root * z) * inner(z) * density(z), low, high, epsrel=1e-8)[0]
        for low, high in zip(edges[:-1], edges[1:], strict=True)
    )
    return (sigma_w2 * value + sigma_b2) / q


def limiting_correlation(phi, sigma_w2, sigma_b2):
    """rho* at one setting in the chaotic phase, by iterating R from 0 fifteen times."""
    q = optimize.brentq(
        lambda q: sigma_w2 * average(lambda x: phi(x) ** 2, phi, q) + sigma_b2 - q, 1e-8, 1e2
    )
    rho = 0.0
    for _ in range(15):
        rho = correlation_map(phi, rho, q, sigma_w2, sigma_b2)
    return rho
