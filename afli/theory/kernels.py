"""Closed-form kernels: E[phi(U1) phi(U2)] and E[phi'(U1) phi'(U2)] for U1, U2 of variance q.

U1 and U2 are jointly Gaussian with mean 0, variance `q` and correlation `rho`.
"""

import numpy as np


def linear(q, rho):
    """The kernel of phi(x) = x."""
    return q * rho, np.ones_like(q * rho)


def erf(q, rho):
    """The arcsine kernel of phi = erf (Williams 1997)."""
    inner = 2 * q / (1 + 2 * q) * rho
    rest = np.sqrt((1 + 2 * q * (1 - rho)) * (1 + 2 * q * (1 + rho)))
    return 2 / np.pi * np.arctan2(inner * (1 + 2 * q), rest), 4 / np.pi / rest


def sin(q, rho):
    """The kernel of phi = sin: exp(-q) sinh(q rho), written so that nothing overflows."""
    size = np.abs(rho)
    near, far = np.exp(-q * (1 - size)), np.exp(-q * (1 + size))
    return np.sign(rho) * near * -np.expm1(-2 * q * size) / 2, (near + far) / 2
