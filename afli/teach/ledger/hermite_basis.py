"""Claims of the chapter "The Hermite picture": the polynomials, coefficients, and Mehler."""

import math

import numpy as np

from afli.teach.claims import bound, claim
from afli.teach.ledger.common import CLIP, GELU, RELU, TANH, density


def grid(kinks=(), reach=13.0, panels=104):
    """Nodes and weights of E[f(Z)]: Gauss-Legendre panels that end at the kinks of f."""
    kinks = np.asarray(kinks, float)
    edges = np.union1d(np.linspace(-reach, reach, panels + 1), kinks[np.abs(kinks) < reach])
    x, w = np.polynomial.legendre.leggauss(16)
    half = np.diff(edges)[:, None] / 2
    z = (edges[:-1, None] + half + half * x).ravel()
    return z, (half * w).ravel() * density(z)


def hermite(z, terms):
    """he_0, ..., he_(terms-1) at z, one polynomial a row."""
    rows, older, he = [], np.zeros_like(z), np.ones_like(z)
    for k in range(terms):
        rows.append(he)
        older, he = he, (z * he - np.sqrt(k) * older) / np.sqrt(k + 1)
    return np.array(rows)


def coefficients(phi, q, terms):
    """a_0, ..., a_(terms-1) of phi at variance q."""
    z, weight = grid(np.array(phi.kinks) / np.sqrt(q))
    return hermite(z, terms) @ (phi(np.sqrt(q) * z) * weight)


def weights_of_map(phi, edge, terms):
    """r_0, ..., r_(terms-1) of the correlation map at a setting."""
    r = edge.sigma_w2 * coefficients(phi, edge.q, terms) ** 2 / edge.q
    r[0] += edge.sigma_b2 / edge.q
    return r


@claim(
    "H1",
    "The functions $\\mathrm{he}_k$ defined by $e^{tz - t^2/2} = \\sum_k t^k \\mathrm{he}_k(z) / "
    "\\sqrt{k!}$ are orthonormal polynomials, with $\\mathrm{he}_k' = \\sqrt k\\, "
    "\\mathrm{he}_{k-1}$ and $\\sqrt{k+1}\\, \\mathrm{he}_{k+1} = z\\, \\mathrm{he}_k - \\sqrt "
    "k\\, \\mathrm{he}_{k-1}$.",
    source="szego1975",
    fails_with={"half": 0.5001},
)
def orthonormal_polynomials(half=0.5):
    """Taylor coefficients of the generating function by a contour sum, for k up to 20."""
    z, weight = grid(panels=52)
    k = np.arange(21)
    scale = np.sqrt([float(math.factorial(j)) for j in k])
    turn = np.exp(2j * np.pi * np.arange(128) / 128)
    radius = 3.0
    t = radius * turn
    values = np.exp(np.outer(t, z) - half * (t * t)[:, None])
    taylor = (turn[None, :] ** -k[:, None] @ values).real / 128 / radius ** k[:, None]
    he = taylor * scale[:, None]
    gram = (he * weight) @ he.T
    error = np.abs(gram - np.eye(21)).max()
    near = np.abs(z) < 4
    rows = hermite(z[near], 21)
    error = max(error, np.abs(he[:, near] - rows).max() / np.abs(rows).max())
    x = np.linspace(-3, 3, 13)
    step = 1e-5
    slope = (hermite(x + step, 21) - hermite(x - step, 21)) / (2 * step)
    expected = np.sqrt(k[1:, None]) * hermite(x, 20)
    error = max(error, np.abs(slope[1:] - expected).max() / np.abs(expected).max())
    return error < 1e-8, f"orthonormal, same as by recurrence, slopes right within {bound(error)}"


@claim(
    "H2",
    "The coefficients of $f$ are the Taylor coefficients of the smoothed function: "
    "$\\mathbb{E}[f(Z + t)] = \\sum_k a_k t^k / \\sqrt{k!}$. So $a_k = \\mathbb{E}[f^{(k)}(Z)] / "
    "\\sqrt{k!}$ where these derivatives exist.",
    source="stein1981",
    fails_with={"power": 0.501},
)
def smoothing_generates_the_coefficients(power=0.5):
    """Sums against quadrature at nine shifts for four activations; tanh's third derivative."""
    t, error = np.linspace(-2, 2, 9), 0.0
    k = np.arange(80)
    size = np.array([float(math.lgamma(j + 1)) for j in k])
    for phi in (TANH, CLIP, RELU, GELU):
        a = coefficients(phi, 1.0, 80)
        series = (a * t[:, None] ** k * np.exp(-power * size)).sum(axis=1)
        exact = []
        for shift in t:
            z, weight = grid(np.array(phi.kinks) - shift)
            exact.append(phi(z + shift) @ weight)
        error = max(error, np.abs(series - exact).max())
    z, weight = grid()
    th = np.tanh(z)
    third = (1 - th**2) * (6 * th**2 - 2)
    a = coefficients(TANH, 1.0, 4)
    error = max(error, abs(a[3] - third @ weight / np.exp(power * math.lgamma(4))))
    return error < 1e-10, f"largest difference below {bound(error)}"


@claim(
    "H3",
    "Averaging over $Z_2$ shrinks the Hermite polynomials: $\\mathbb{E}[\\mathrm{he}_k(\\rho z + "
    "\\sqrt{1-\\rho^2} Z_2)] = \\rho^k\\, \\mathrm{he}_k(z)$. So $\\mathbb{E}[f(U_1) g(U_2)] = "
    "\\sum_k a_k b_k \\rho^k$ for $U_1$, $U_2$ of variance 1.",
    source="mehler1866",
    fails_with={"power": 1.001},
)
def mehlers_formula(power=1.0):
    """Averages of he_0 to he_12 at five correlations; tanh with GELU against quadrature."""
    z, weight = grid(reach=11.0, panels=44)
    x, error = np.linspace(-3, 3, 7), 0.0
    k = np.arange(13)
    for rho in (-0.7, -0.2, 0.3, 0.8, 0.99):
        inner = rho * x[:, None] + np.sqrt(1 - rho**2) * z
        rows = hermite(inner.ravel(), 13).reshape(13, *inner.shape) @ weight
        factor = np.sign(rho) ** k * np.abs(rho) ** (power * k)
        expected = factor[:, None] * hermite(x, 13)
        error = max(error, np.abs(rows - expected).max() / np.abs(expected).max())
    a, b, rho = coefficients(TANH, 1.0, 200), coefficients(GELU, 1.0, 200), 0.6
    # U1 and U2 in independent coordinates: quadrature in the plane.
    plane = np.tanh(z)[:, None] * GELU(rho * z[:, None] + 0.8 * z)
    error = max(error, abs(weight @ plane @ weight - np.sum(a * b * rho ** np.arange(200))))
    return error < 1e-10, f"largest difference below {bound(error)}"
