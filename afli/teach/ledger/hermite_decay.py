"""Claims of the chapter "The Hermite picture": how coefficients fall, and how to compute."""

import math

import numpy as np

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import CLIP, RELU, TANH, density, on_the_edge
from afli.teach.ledger.hermite_basis import coefficients, hermite, weights_of_map

WITH_KINKS = (
    ("hard_tanh", {}, 0.05),
    ("shtanh", {"a": 2.0}, 0.1),
    ("selu", {}, 0.1),
    ("relu", {}, 0.0),
)


@claim(
    "H10",
    "If $\\phi$ is linear between kinks $x_i$ where its slope jumps by $J_i$, then for $k \\ge 2$ "
    "$a_k = \\sqrt{q^*} \\sum_i J_i\\, n(\\Lambda_i)\\, \\mathrm{he}_{k-2}(\\Lambda_i) / "
    "\\sqrt{k(k-1)}$ with $\\Lambda_i = x_i / \\sqrt{q^*}$. On the edge of chaos the average of "
    "$k^{5/2} r_k$ tends to $\\kappa / (2\\sqrt\\pi)$.",
    source="ours",
    fails_with={"power": 2.51},
)
def tail_of_a_kink(power=2.5):
    """Three activations to degree 60 by quadrature; averages over degrees 1000 to 2000 of four."""
    error, ratios = 0.0, []
    for phi, edge in on_the_edge(WITH_KINKS):
        k, at = np.arange(2, 61), np.array(phi.kinks) / np.sqrt(edge.q)
        if phi.linear_pieces:
            rows = hermite(at, 59) * density(at) * np.array(phi.jumps)
            formula = np.sqrt(edge.q / (k * (k - 1.0))) * rows.sum(axis=1)
            error = max(error, np.abs(formula - coefficients(phi, edge.q, 61)[2:]).max())
        r, k = weights_of_map(phi, edge, 2000), np.arange(1000, 2000)
        kappa = 3 / afli.correlation_decay(phi, edge.q).depth
        ratios.append(np.mean(r[1000:] * k**power) / (kappa / (2 * np.sqrt(np.pi))))
    off = np.abs(np.array(ratios) - 1).max()
    good = error < 1e-12 and off < 0.005
    return bool(good), f"formula within {bound(error)}, averages within {100 * off:.1f} %"


@claim(
    "H11",
    "The coefficients of tanh fall like $k^{-1/4} e^{-c\\sqrt k}$ with $c = \\pi / (2\\sqrt q)$: "
    "the distance of its poles from the real line sets the rate.",
    source="boyd1984",
    fails_with={"distance": 1.55},
)
def rate_of_tanh(distance=np.pi / 2):
    """Rates fitted to odd degrees from 101 to 300 at three variances."""
    worst = 0.0
    for q in (1.0, 2.0, 4.0):
        k = np.arange(101, 300, 2)
        a = np.log(np.abs(coefficients(TANH, q, 300)[k])) + 0.25 * np.log(k)
        rate = -np.polyfit(np.sqrt(k), a, 1)[0]
        worst = max(worst, abs(rate * np.sqrt(q) / distance - 1))
    return bool(worst < 0.008), f"fitted rates within {100 * worst:.1f} % of the formula"


def tensor(phi, n, rho, q):
    """E[phi(U1) phi(U2)] by n times n Gauss-Hermite nodes."""
    x, w = np.polynomial.hermite_e.hermegauss(n)
    w = w / w.sum()
    other = rho * x[:, None] + np.sqrt(1 - rho**2) * x
    return w @ (phi(np.sqrt(q) * x)[:, None] * phi(np.sqrt(q) * other)) @ w


@claim(
    "H12",
    "Gauss-Hermite quadrature with $n \\times n$ nodes, at $q = 1$ and $\\rho = \\frac12$: for "
    "tanh the relative error is below $10^{-8}$ at $n = 64$. For the clip it is still above "
    "$10^{-3}$ at $n = 50, 64, 100, 128, 150$; for ReLU it falls like $1/n$ only.",
    source="ours",
    fails_with={"power": 1.05},
)
def nodes_across_a_kink(power=1.0):
    """The rule for three activations against the integral split at the kinks."""
    exact = {
        phi: float(afli.correlation_map(phi, 0.5, 1.0, w, 0.0)) / w
        for phi in (TANH, CLIP, RELU)
        for w in [1 / float(afli.variance_map(phi, 1.0, 1.0, 0.0))]
    }

    def error(phi, n):
        return abs(tensor(phi, n, 0.5, 1.0) / exact[phi] - 1)

    clip = min(error(CLIP, n) for n in (50, 64, 100, 128, 150))
    relu = [error(RELU, n) * n**power for n in (64, 100, 128, 150)]
    spread = max(relu) / min(relu) - 1
    good = error(TANH, 64) < 1e-8 and clip > 1e-3 and spread < 0.03
    return bool(good), f"clip at best {clip:.1e}; n times the error of ReLU varies {spread:.1%}"


@claim(
    "H13",
    "In closed form, for variance $q$: $\\mathbb{E}[\\operatorname{sign} U_1 \\operatorname{sign} "
    "U_2] = \\frac2\\pi \\arcsin\\rho$; ReLU $\\frac{q}{2\\pi}[\\sqrt{1-\\rho^2} + "
    "\\rho(\\frac\\pi2 + \\arcsin\\rho)]$; erf $\\frac2\\pi \\arcsin\\frac{q\\rho}{q + 1/2}$; sine "
    "$e^{-q} \\sinh(q\\rho)$.",
    source="williams1997",
    fails_with={"half": 0.5001},
)
def closed_kernels(half=0.5):
    """Quadrature split at the kinks, at seven correlations and two variances."""
    error = 0.0
    for q in (0.5, 2.0):
        for rho in (-0.9, -0.5, -0.1, 0.0, 0.3, 0.6, 0.9):
            arc = np.arcsin(rho)
            relu = np.sqrt(1 - rho**2) + rho * (np.pi / 2 + arc)
            for phi, formula in (
                (np.sign, 2 / np.pi * arc),
                (RELU, q / (2 * np.pi) * relu),
                (afli.activation("erf"), 2 / np.pi * np.arcsin(q * rho / (q + half))),
                (np.sin, np.exp(-q) * np.sinh(q * rho)),
            ):
                error = max(error, abs(split_average(phi, (0.0,), q, rho) - formula))
    return bool(error < 1e-10), f"largest difference below {bound(error)}"


@claim(
    "H14",
    "The sign has $r_k = \\frac2\\pi \\binom{2m}{m} / (4^m (2m+1))$ at odd $k = 2m + 1$, the "
    "Taylor coefficients of $\\frac2\\pi\\arcsin\\rho$; $k^{3/2} r_k$ tends to $(2/\\pi)^{3/2}$.",
    source="sheppard1899",
    fails_with={"power": 1.51},
)
def coefficients_of_a_jump(power=1.5):
    """Quadrature on the half line to degree 99; the formula at degree 100,001."""
    x, w = np.polynomial.legendre.leggauss(16)
    edges = np.linspace(0, 13, 105)
    half = np.diff(edges)[:, None] / 2
    z = (edges[:-1, None] + half * (1 + x)).ravel()
    measured = 4 * (hermite(z, 100) @ ((half * w).ravel() * density(z)))[1::2] ** 2

    def formula(m):
        size = math.lgamma(2 * m + 1) - 2 * math.lgamma(m + 1) - m * math.log(4)
        return 2 / np.pi * math.exp(size) / (2 * m + 1)

    error = np.abs(measured - [formula(m) for m in range(50)]).max()
    limit = formula(50_000) * 100_001.0**power / (2 / np.pi) ** 1.5
    good = error < 1e-12 and abs(limit - 1) < 1e-4
    return bool(good), f"coefficients within {bound(error)}, limit within 0.01 %"


def split_average(phi, kinks, q, rho):
    """E[phi(U1) phi(U2)], both integrals split at the kinks or jumps of phi."""
    x, w = np.polynomial.legendre.leggauss(20)
    rest = np.sqrt(1 - rho**2)
    even = np.linspace(-9, 9, 37)
    kinks, root = np.asarray(kinks, float) / np.sqrt(q), np.sqrt(q)

    def panels(edges):
        half = np.diff(edges, axis=-1)[..., None] / 2
        z = edges[..., :-1, None] + half * (1 + x)
        return z, half * w * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)

    z, outer = (part.ravel() for part in panels(np.union1d(even, kinks)))
    moved = (kinks - rho * z[:, None]) / rest
    edges = np.concatenate([np.broadcast_to(even[::4], (z.size, 10)), moved], axis=1)
    y, inner = panels(np.sort(np.clip(edges, -9, 9), axis=1))
    u = rho * z[:, None, None] + rest * y
    return np.sum(outer * phi(root * z) * np.sum(inner * phi(root * u), axis=(1, 2)))
