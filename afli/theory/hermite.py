"""Pair averages by Hermite series: E[phi(U1) phi(U2)] = sum over k of a_k^2 rho^k (Mehler 1866).

a_k = E[phi(sqrt(q) Z) he_k(Z)] with orthonormal Hermite polynomials he_k. By Parseval the terms
that are left out sum to at most (E[phi^2] - sum a_k^2) |rho|^(last + 1), so each answer comes
with its own bound.
"""

from functools import lru_cache

import numpy as np

from . import gaussian

_REACH = 12.5  # exp(-z^2/4), which bounds he_k times the density, is 1e-17 there
_STRETCH = 4.0  # standard deviation, in scales of phi, up to which nodes at fixed z resolve it
_LONGEST = 1500.0  # reach in x over which an oscillation is worth following


def coefficients(phi, q, terms, total):
    """a_0, ..., a_(terms - 1) for each variance, NaN where phi could not be resolved.

    Parameters
    ----------
    phi : Activation
    q : ndarray, shape (n,)
    terms : int
    total : ndarray, shape (n,)
        E[phi^2]: the nodes must reproduce it, or they do not resolve phi.

    Returns
    -------
    ndarray, shape (n, terms)
    """
    root = np.sqrt(q)[:, None]
    result = np.full((q.size, terms), np.nan)
    plain = (root[:, 0] <= _STRETCH * phi.scale) & (not any(phi.kinks))
    if plain.any():
        z, basis, weight = _fixed_basis(terms, bool(phi.kinks), phi.odd, phi.even)
        values = phi(root[plain] * z)
        resolved = _resolved(values**2 @ weight, total[plain])
        result[plain] = np.where(resolved, values @ basis, np.nan)
    rest = np.flatnonzero(~plain)
    if rest.size and not (phi.oscillates and root[rest].max() * _REACH > _LONGEST):
        result[rest] = _with_moving_nodes(phi, root[rest], terms, total[rest])
    return result


def _resolved(captured, total):
    return (np.abs(captured - total) <= 1e-13 * total)[:, None]


def _with_moving_nodes(phi, root, terms, total):
    z, weight = gaussian.panel_nodes(_edges(phi, root, terms))
    values = phi(root * z)
    times = 2.0 if phi.odd or phi.even else 1.0
    density = np.exp(-0.5 * z * z) * (times / np.sqrt(2 * np.pi))
    resolved = _resolved(gaussian.mean(values**2, weight * density), total)
    values = values * weight * times
    result = np.zeros((root.size, terms))
    for k, column in _functions(z, terms):
        if not ((phi.odd and k % 2 == 0) or (phi.even and k % 2)):
            result[:, k] = gaussian.mean(values, column)
    return np.where(resolved, result, np.nan)


@lru_cache(maxsize=16)
def _fixed_basis(terms, kink, odd, even):
    """Nodes, the matrix from values there to coefficients, and the weights of an average."""
    half = odd or even
    if kink:
        count = _panel_count(terms) * (1 if half else 2)
        z, weight = gaussian.panel_nodes(np.linspace(0.0 if half else -_REACH, _REACH, count + 1))
    else:
        # The trapezoid rule converges exponentially for a smooth, decaying integrand.
        step = 1 / 32
        z = np.arange(0.0 if half else -_REACH, _REACH, step)
        weight = np.full_like(z, step)
        if half:
            weight[0] /= 2
    weight = weight * (2.0 if half else 1.0)
    basis = np.zeros((z.size, terms))
    for k, column in _functions(z, terms):
        if not ((odd and k % 2 == 0) or (even and k % 2)):
            basis[:, k] = column * weight
    return z, basis, weight * np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)


def _functions(z, terms):
    """he_k(z) times the normal density, for k = 0, 1, ...: the recurrence never overflows."""
    older, old = np.zeros_like(z), np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    for k in range(terms):
        yield k, old
        older, old = old, (z * old - np.sqrt(k) * older) / np.sqrt(k + 1.0)


def _panel_count(terms):
    """Panels on half the line: he_k has up to sqrt(k) radians to the unit."""
    return int(np.ceil(_REACH * np.sqrt(terms) / 9.0)) + 8


def _edges(phi, root, terms):
    """Even panels for he_k, with the kinks and the features of phi added."""
    half = phi.odd or phi.even
    low, count = (0.0, 1) if half else (-_REACH, 2)
    even = np.linspace(low, _REACH, _panel_count(terms) * count + 1)
    kinks = np.array(phi.kinks) / root
    marks = gaussian.features(phi, root, _REACH, phi.half_width) / root
    added = [np.abs(kinks), marks] if half else [kinks, marks, -marks]
    edges = [np.broadcast_to(even, (root.shape[0], even.size)), *added]
    return np.sort(np.clip(np.concatenate(edges, axis=-1), low, _REACH), axis=-1)


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
    left, slope_left = total - square.sum(-1), slope_total - square @ k
    # More than everything has been captured: the coefficients are wrong.
    wrong = (left < -1e-13 * total) | (slope_left < -1e-12 * slope_total)
    left = np.where(wrong, np.inf, np.maximum(left, 0.0))
    slope_left = np.where(wrong, np.inf, np.maximum(slope_left, 0.0))
    return value, slope, left * np.abs(rho) ** k.size, slope_left * np.abs(rho) ** (k.size - 1)
