"""Claims of the chapter "The whole spectrum": products of layers, clips and ReLU, the edge."""

import numpy as np

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import RELU
from afli.teach.ledger.spectrum_freeness import haar


def clip_curve(p, depth, count=400):
    """s^2, density and weight of a quadrature over the angle, for a clip and orthogonal weights."""
    node, weight = np.polynomial.legendre.leggauss(count)
    angle, weight = np.pi / depth * (node + 1) / 2, np.pi / depth * weight / 2
    above, below, first = (np.sin(k * angle) for k in (depth, depth - 1, 1))
    v = (1 - p) / p
    t = above / below * np.exp(1j * angle)
    s2 = v * np.exp(depth * np.log(above / below)) * below / first
    density = v * t.imag / (np.pi * s2 * np.abs(1 / p - t) ** 2)
    cot = [1 / np.tan(k * angle) for k in (depth, depth - 1, 1)]
    rate = s2 * (depth**2 * cot[0] - (depth - 1) ** 2 * cot[1] - cot[2])
    return s2, density, weight * np.abs(rate)


@claim(
    "F4",
    "For a clip and orthogonal weights the density is explicit at every depth: $s^2 = \\tau\\, "
    "\\sin(L\\theta)^L / [\\sin\\theta\\, \\sin((L-1)\\theta)^{L-1}]$ runs through it as $\\theta$ "
    "goes from 0 to $\\pi/L$.",
    source="ours",
    fails_with={"factor": 1.001},
)
def clip_in_closed_form(factor=1.0):
    """Mass, mean and variance with the atoms at twelve settings, and the package's density."""
    error = 0.0
    for depth in (2, 5, 20, 60):
        for half_width in (0.7, 1.5, 2.5):
            phi = afli.activation("shtanh", a=half_width)
            p = float(afli.derivative_moment(phi, 1.0, 1))
            s2, density, weight = clip_curve(p, depth)
            s2 = factor * s2
            top = max(0.0, 1 - depth * (1 - p))
            sums = [(density * weight * s2**k).sum() + top * p ** (-k * depth) for k in (0, 1, 2)]
            expected = (p, 1.0, 1 + depth * (1 - p) / p)
            error = max(error, np.abs(np.array(sums) / expected - 1).max())
            inner = np.flatnonzero(s2 > 1e-6)[20::60]  # at the edge the package is less accurate
            some, ours = s2[inner], density[inner] / factor
            package = afli.spectral_density(phi, 1.0, depth, some)
            error = max(error, np.abs(package / ours - 1).max())
    return bool(error < 1e-7), f"twelve settings, relative error below {bound(error)}"


def _clip_network(rng, width, depth, sigma_w2, half_width):
    """Singular values of the Jacobian and the number of saturated units of all layers."""
    z, jacobian, saturated = rng.standard_normal(width), np.eye(width), 0
    z *= np.sqrt(width / (z @ z) / sigma_w2)
    for _ in range(depth):
        weights = np.sqrt(sigma_w2) * haar(rng, width)
        h = weights @ z
        inside = np.abs(h) < half_width
        z, jacobian = np.clip(h, -half_width, half_width), inside[:, None] * (weights @ jacobian)
        saturated += int((~inside).sum())
    return np.linalg.svd(jacobian, compute_uv=False), saturated


@claim(
    "F5",
    "In a clip network with orthogonal weights, $N$ minus the number of saturated units of all "
    "layers counts the singular values that are exactly $\\sigma_w^L$, at every width.",
    source="ours",
    fails_with={"each": 0.99},
)
def untouched_directions(each=1.0):
    """Ten networks of width 80 and depth 6: the singular values within 1e-9 of sigma_w^L."""
    rng, difference, total = np.random.default_rng(0), 0.0, 0
    for _ in range(10):
        values, saturated = _clip_network(rng, 80, 6, 1.1, 2.0)
        untouched = int((np.abs(values / 1.1**3 - 1) < 1e-9).sum())
        difference = max(difference, abs(untouched - (80 - each * saturated)))
        total += untouched
    return difference < 1e-9, f"equal in all ten networks, {total} of 800 directions untouched"


@claim(
    "F6",
    "In a ReLU network half of the limiting singular values are 0, at every depth and for every "
    "input; with orthogonal weights the largest square is $L^L/(L-1)^{L-1}$.",
    source="pennington2017",
    fails_with={"share": 0.501},
)
def relu_is_no_isometry(share=0.5):
    """Atoms and edges at five depths and two lengths; the rank of six networks of width 120."""
    error, rng, count = 0.0, np.random.default_rng(0), True
    for depth in (2, 3, 10, 30, 100):
        edge = share / (1 - share) * depth * (1 + 1 / (depth - 1)) ** (depth - 1)
        for q in (0.01, 5.0):
            error = max(error, abs(afli.spectral_edge(RELU, q, depth) / edge - 1))
            for weights in ("orthogonal", "gaussian"):
                ((place, mass),) = afli.spectral_atoms(RELU, q, depth, weights)
                error = max(error, abs(place), abs(mass - share))
    for _ in range(6):
        z, jacobian, active = rng.standard_normal(120), np.eye(120), []
        for _ in range(4):
            weights = np.sqrt(2) * haar(rng, 120)
            h = weights @ z
            z, jacobian = np.maximum(h, 0), (h > 0)[:, None] * (weights @ jacobian)
            active.append(int((h > 0).sum()))
        rank = np.linalg.matrix_rank(jacobian)
        count &= bool(rank <= min(active)) and abs(rank / 120 - 1 + share) < 0.15
    good = count and error < 1e-9
    return good, f"atoms and edges within {bound(error)}, no rank above the fewest active units"


@claim(
    "F7",
    "On the edge of chaos the largest squared singular value is about $e$ times the variance "
    "$v = L(\\tau + g)$ of the spectrum: at fixed $q^*$ their ratio tends to $e$ with depth, for "
    "every activation and both kinds of weights, unless $v = 0$.",
    source="ours",
    fails_with={"limit": 2.7181},
)
def edge_is_e_times_the_variance(limit=np.e):
    """The ratio at depths 1000 and 2000, extrapolated, for eight networks."""
    cases = [(name, "orthogonal") for name in ("tanh", "hard_tanh", "relu", "leaky_relu")]
    cases += [(name, "gaussian") for name in ("tanh", "hard_tanh", "relu", "linear")]
    error, raw = 0.0, 0.0
    for name, weights in cases:
        phi = afli.activation(name)
        v = afli.spectrum_variance(phi, 1.0, 1, weights)
        once, twice = (afli.spectral_edge(phi, 1.0, n, weights) / (n * v) for n in (1000, 2000))
        raw = max(raw, abs(twice - limit))
        error = max(error, abs(2 * twice - once - limit))
    good = error < 5e-5 and raw < 0.01
    return good, f"within 0.01 of e at depth 2000, extrapolated within {bound(error)}"
