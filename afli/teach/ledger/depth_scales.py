"""Claims of the chapter "The correlation map and the edge of chaos": how far memory reaches."""

import numpy as np

import afli
from afli.teach.claims import claim
from afli.teach.ledger.common import KINKED, SMOOTH, on_the_edge


@claim(
    "C6",
    "Away from the edge $|\\rho^l - \\rho^*| \\sim e^{-l/\\xi_c}$ with $1/\\xi_c = "
    "-\\ln R'(\\rho^*)$, and $|q^l - q^*| \\sim e^{-l/\\xi_q}$ with "
    "$1/\\xi_q = -\\ln |V'(q^*)|$.",
    source="schoenholz2017",
    fails_with={"factor": 1.005},
)
def depth_scales_are_seen(factor=1.0):
    """Both maps iterated for tanh at three settings; the rate over the last layers."""
    phi, error = afli.activation("tanh"), 0.0
    for w in (1.0, 2.4, 4.0):
        xi_q, xi_c = afli.depth_scales(phi, w, 0.05)
        q = afli.fixed_point(phi, w, 0.05)
        limit = afli.limiting_correlation(phi, w, 0.05)
        rho, length = [0.05], [2 * q]
        for _ in range(int(12 * xi_c)):
            rho.append(afli.correlation_map(phi, rho[-1], q, w, 0.05))
        for _ in range(int(12 * xi_q)):
            length.append(afli.variance_map(phi, length[-1], w, 0.05))
        for path, end, scale in ((rho, limit, xi_c), (length, q, xi_q)):
            gap = np.abs(np.array(path) - end)
            first = gap.size // 2
            seen = (gap.size - 1 - first) / np.log(gap[first] / gap[-1])
            error = max(error, abs(seen / (factor * scale) - 1))
    return error < 1e-3, f"largest relative difference {100 * error:.2f} %"


@claim(
    "C7",
    "Near the edge $\\xi_c \\approx 1/|\\chi_1 - 1|$, except on the chaotic side of an activation "
    "with kinks: there $\\xi_c \\approx 2/(\\chi_1 - 1)$.",
    source="ours",
    fails_with={"kinked": 1.9},
)
def kinks_double_the_depth_scale(kinked=2.0):
    """Seven activations, weight variances 0.03 % from the edge; tanh where the scale is 20."""
    from scipy.optimize import brentq

    worst = 0.0
    for cases, chaotic in ((SMOOTH, 1), (KINKED, kinked)):
        for phi, edge in on_the_edge(cases):
            for factor, expected in ((0.9997, 1), (1.0003, chaotic)):
                w = factor * edge.sigma_w2
                q = afli.fixed_point(phi, w, edge.sigma_b2)
                excess = abs(afli.chi1(phi, q, w) - 1)
                seen = afli.depth_scales(phi, w, edge.sigma_b2)[1] * excess
                worst = max(worst, abs(seen / expected - 1))
    phi = afli.activation("tanh")
    w = brentq(lambda w: afli.depth_scales(phi, w, 0.05)[1] - 20, 2.0, 2.2, xtol=1e-4)
    farther = 1 / (afli.chi1(phi, afli.fixed_point(phi, w, 0.05), w) - 1)
    good = worst < 0.02 and abs(farther - 15.7) < 0.05
    return good, f"within {100 * worst:.1f} % of 1 or 2; tanh at scale 20 has {farther:.1f}"


@claim(
    "C8",
    "On the edge of chaos of a smooth activation $1 - \\rho^l \\sim \\beta/l$ with $\\beta = "
    "2\\mathbb{E}[\\phi'^2]/(q^*\\mathbb{E}[\\phi''^2])$.",
    source="hayou2019",
    fails_with={"factor": 2.05},
)
def smooth_rate(factor=2.0):
    """For four activations, how much 1/(1 - rho) grows in one layer, against 1/beta."""
    worst = 0.0
    for phi, edge in on_the_edge(SMOOTH):
        root, step = np.sqrt(edge.q), 1e-4
        z = np.linspace(-12, 12, 4801)
        density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
        bend = (phi.derivative(root * z + step) - phi.derivative(root * z - step)) / (2 * step)
        slope = phi.derivative(root * z)
        beta = factor * np.sum(density * slope**2) / (edge.q * np.sum(density * bend**2))
        gap = 1e-4
        mapped = afli.correlation_map(phi, 1 - gap, edge.q, edge.sigma_w2, edge.sigma_b2)
        growth = 1 / (1 - mapped) - 1 / gap
        constant = afli.correlation_decay(phi, edge.q).constant
        worst = max(worst, abs(growth * beta - 1), abs(constant / beta - 1))
    return worst < 0.01, f"largest relative difference {100 * worst:.1f} %"


@claim(
    "C9",
    "On the edge of chaos of an activation with kinks $t$ and slope jumps $J_t$, $1 - \\rho^l "
    "\\sim 9/(\\kappa l)^2$ with $\\kappa = \\sum_t J_t^2 n(t/\\sqrt{q^*})/(\\sqrt\\pi\\, "
    "\\mathbb{E}[\\phi'^2])$.",
    source="ours",
    fails_with={"factor": 9.3},
)
def kinked_rate(factor=9.0):
    """For ReLU and three others, how much (1 - rho)^(-1/2) grows in a layer; ReLU's path."""
    worst = 0.0
    cases = (*KINKED, ("relu", {}, 0.0))
    for phi, edge in on_the_edge(cases):
        kinks = np.array(phi.kinks)
        jumps = phi.derivative(kinks + 1e-9) - phi.derivative(kinks - 1e-9)
        density = np.exp(-(kinks**2) / (2 * edge.q)) / np.sqrt(2 * np.pi)
        mean = afli.derivative_moment(phi, edge.q, 1)
        kappa = np.sum(jumps**2 * density) / (np.sqrt(np.pi) * mean)
        gap = 1e-5
        mapped = afli.correlation_map(phi, 1 - gap, edge.q, edge.sigma_w2, edge.sigma_b2)
        growth = (1 - mapped) ** -0.5 - gap**-0.5
        constant = afli.correlation_decay(phi, edge.q).constant
        worst = max(worst, abs(factor**0.5 * growth / kappa - 1))
        worst = max(worst, abs(constant * kappa**2 / factor - 1))
    relu = afli.activation("relu")
    constant = afli.correlation_decay(relu, 1.0).constant
    rho, layer = 0.5, 1
    while rho <= 0.99:
        rho, layer = afli.correlation_map(relu, rho, 1.0, 2.0, 0.0), layer + 1
    good = worst < 0.02 and abs(constant / (4.5 * np.pi**2) - 1) < 1e-9 and layer == 55
    seen = f"ReLU's constant is 9 pi^2/2, and from 0.5 it passes 0.99 at layer {layer}"
    return good, f"largest relative difference {100 * worst:.1f} %; {seen}"


@claim(
    "C10",
    "On the edge of chaos of a clip at $\\pm a$, with $\\Lambda = a/\\sqrt{q^*}$, the "
    "constants set the depth scale $3/\\kappa = \\tfrac{3\\sqrt\\pi}{2} "
    "\\operatorname{erf}(\\Lambda/\\sqrt2)/n(\\Lambda)$, which grows like $e^{\\Lambda^2/2}$; from "
    "$\\rho^1 = 0$, correlation 0.9 is reached after 2 to 2.4 times as many layers for "
    "$a = 1, 2, 3$ and $\\sigma_b^2 = 0.1$.",
    source="ours",
    fails_with={"factor": 1.501},
)
def survival_of_a_clip(factor=1.5):
    """For a = 1, 2 and 3 the formula, the rate, and the layers from rho = 0 to 0.9."""
    from scipy.special import erf

    error, layers, depths = 0.0, [], []
    for a in (1.0, 2.0, 3.0):
        phi = afli.activation("shtanh", a=a)
        edge = afli.edge_of_chaos(phi, 0.1)
        half_width = a / np.sqrt(edge.q)
        density = np.exp(-(half_width**2) / 2) / np.sqrt(2 * np.pi)
        formula = factor * np.sqrt(np.pi) * erf(half_width / np.sqrt(2)) / density
        error = max(error, abs(afli.correlation_decay(phi, edge.q).depth / formula - 1))
        rho, count = 0.0, 0
        while rho < 0.9:
            rho, count = afli.correlation_map(phi, rho, edge.q, edge.sigma_w2, 0.1), count + 1
        layers.append(count)
        depths.append(formula)
    ratio = np.array(layers) / depths
    good = error < 1e-9 and np.all((ratio > 2) & (ratio < 2.4)) and np.all(np.diff(depths) > 0)
    shown = ", ".join(f"{n} layers at {d:.1f}" for n, d in zip(layers, depths, strict=True))
    return good, f"correlation 0.9 is reached after {shown}, for a = 1, 2, 3"
