"""Pair averages by Hermite series: E[phi(U1) phi(U2)] = sum over k of a_k^2 rho^k (Mehler 1866).

a_k = E[phi(sqrt(q) Z) he_k(Z)] with orthonormal Hermite polynomials he_k. By Parseval the terms
that are left out sum to at most (E[phi^2] - sum a_k^2) |rho|^(last + 1), so each answer comes
with its own bound.
"""

from functools import lru_cache

import numpy as np

from . import gaussian

_REACH = 12.5  # exp(-z^2/4), which bounds he_k times the density, is 1e-17 there


def coefficients(phi, q, terms):
    """a_0, ..., a_(terms - 1) for each variance.

    Parameters
    ----------
    phi : Activation
    q : ndarray, shape (n,)
    terms : int

    Returns
    -------
    ndarray, shape (n, terms)
    """
    root = np.sqrt(q)[:, None]
    if not any(phi.kinks):
        z, basis = _fixed_basis(terms, bool(phi.kinks), phi.odd, phi.even)
        return phi(root * z) @ basis
    half = phi.odd or phi.even
    z, weight = gaussian.panel_nodes(_edges(phi, root, half, terms))
    values = phi(root * z) * weight
    return _expand(z, values, terms, phi.odd, phi.even)


@lru_cache(maxsize=16)
def _fixed_basis(terms, kink, odd, even):
    """Nodes, and the matrix from values there to coefficients, where no kink moves with q."""
    half = odd or even
    if kink:
        edges = np.linspace(
            0.0 if half else -_REACH, _REACH, _panel_count(terms) * (1 if half else 2) + 1
        )
        z, weight = gaussian.panel_nodes(edges)
    else:
        # The trapezoid rule converges exponentially for a smooth, decaying integrand.
        step = 1 / 32
        z = np.arange(0.0 if half else -_REACH, _REACH, step)
        weight = np.full_like(z, step)
        if half:
            weight[0] /= 2
    basis = np.empty((z.size, terms))
    for k, column in _functions(z, terms):
        basis[:, k] = 0.0 if (odd and k % 2 == 0) or (even and k % 2) else column * weight
    basis *= 2.0 if half else 1.0
    return z, basis


def _functions(z, terms):
    """he_k(z) times the normal density, for k = 0, 1, ...: the recurrence never overflows."""
    older, old = np.zeros_like(z), np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    for k in range(terms):
        yield k, old
        older, old = old, (z * old - np.sqrt(k) * older) / np.sqrt(k + 1.0)


def _expand(z, values, terms, odd, even):
    result = np.zeros((z.shape[0], terms))
    for k, column in _functions(z, terms):
        if (odd and k % 2 == 0) or (even and k % 2):
            continue
        result[:, k] = gaussian.mean(values, column)
    return result * (2.0 if odd or even else 1.0)


def _panel_count(terms):
    """Panels on half the line: he_k has up to sqrt(k) radians to the unit."""
    return int(np.ceil(_REACH * np.sqrt(terms) / 9.0)) + 8


def _edges(phi, root, half, terms):
    """Even panels, with the kinks added."""
    count = _panel_count(terms)
    even = np.linspace(0.0 if half else -_REACH, _REACH, count * (1 if half else 2) + 1)
    even = np.broadcast_to(even, (root.shape[0], even.size))
    kinks = np.array(phi.kinks) / root
    if half:
        kinks = np.abs(kinks)
    return np.sort(np.concatenate([even, np.clip(kinks, even[0, 0], _REACH)], axis=-1), axis=-1)


def series(a, total, slope_total, rho):
    """Sum the series and its derivative, with bounds on what is left out.

    Parameters
    ----------
    a : ndarray, shape (n, terms)
    total, slope_total : ndarray, shape (n,)
        E[phi^2] and q E[phi'^2].
    rho : ndarray, shape (n,)

    Returns
    -------
    value, slope : ndarray, shape (n,)
        The sum and its derivative in rho.
    value_error, slope_error : ndarray, shape (n,)
        Bounds on the parts that are left out.
    """
    square = a * a
    k = np.arange(a.shape[1])
    powers = np.ones((rho.size, k.size))
    powers[:, 1:] = rho[:, None]
    np.multiply.accumulate(powers, axis=1, out=powers)
    value = gaussian.mean(square, powers)
    slope = gaussian.mean(square[:, 1:] * k[1:], powers[:, :-1])
    left = np.maximum(total - square.sum(-1), 0.0)
    slope_left = np.maximum(slope_total - square @ k, 0.0)
    return value, slope, left * np.abs(rho) ** k.size, slope_left * np.abs(rho) ** (k.size - 1)
