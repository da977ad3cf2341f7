"""The claims of the chapter on the correlation map and the edge of chaos."""

import numpy as np

import afli
from afli.teach.claims import bound, claim

# Activations with a bias variance at which each has a stable edge of chaos.
SMOOTH = (("tanh", {}, 0.05), ("erf", {}, 0.1), ("sin", {}, 0.1), ("gelu", {}, 0.5))
KINKED = (("hard_tanh", {}, 0.05), ("shtanh", {"a": 2.0}, 0.1), ("selu", {}, 0.1))


def _on_the_edge(cases):
    for name, options, sigma_b2 in cases:
        phi = afli.activation(name, **options)
        yield phi, afli.edge_of_chaos(phi, sigma_b2)


def _every_activation():
    """Every activation of the registry, with a weight variance at which lengths settle."""
    for name in afli.activations():
        family = name in ("shtanh", "ssin", "sexp", "ssaw")
        yield afli.activation(name, **({"a": 1.5} if family else {})), 0.9, 0.2


@claim(
    "C1",
    "If $q^*$ is a fixed point of the variance map, then $R(1) = 1$: equal inputs stay equal.",
    source="poole2016",
)
def equal_inputs_stay_equal():
    """R(1) for every activation of the registry, at its fixed point."""
    error = 0.0
    for phi, w, b in _every_activation():
        q = afli.fixed_point(phi, w, b)
        error = max(error, abs(afli.correlation_map(phi, 1.0, q, w, b) - 1))
    return error < 1e-9, f"largest error below {bound(error)}"


@claim(
    "C2",
    "For ReLU with $\\sigma_w^2 = 2$ and $\\sigma_b^2 = 0$, $R(\\rho) = [\\sqrt{1-\\rho^2} + "
    "\\rho(\\pi - \\arccos\\rho)]/\\pi$, whatever the length.",
    source="cho2009",
)
def arc_cosine_kernel():
    """A sum of ReLU's two-dimensional integral in polar angle, at 41 correlations."""
    rho = np.linspace(-1, 1, 41)
    formula = (np.sqrt(1 - rho**2) + rho * (np.pi - np.arccos(rho))) / np.pi
    # E[relu(U1) relu(U2)] = (1/pi) times the integral of cos(t) cos(t - alpha) where both are
    # positive, alpha = arccos(rho); the radius gives a factor 2 out of 2 pi.
    nodes, weights = np.polynomial.legendre.leggauss(40)
    alpha = np.arccos(rho)[:, None]
    middle, half = alpha / 2, (np.pi - alpha) / 2
    angle = middle + half * nodes
    integral = np.sum(weights * half * np.cos(angle) * np.cos(angle - alpha), axis=1) / np.pi
    error = np.abs(2 * integral - formula).max()
    for q in (1e-3, 1.0, 1e3):
        mapped = afli.correlation_map(afli.activation("relu"), rho, q, 2.0, 0.0)
        error = max(error, np.abs(mapped - formula).max())
    return error < 1e-12, f"largest error below {bound(error)}"


@claim(
    "C3",
    "On $[0, 1]$ the correlation map is increasing and convex, with $R'(\\rho) = \\sigma_w^2 "
    "\\mathbb{E}[\\phi'(U_1)\\phi'(U_2)]$.",
    source="daniely2016",
)
def map_is_increasing_and_convex():
    """R and R' at 21 correlations for every activation: signs, order, and Simpson's rule on R'."""
    rho = np.linspace(0, 1, 21)
    count, error, monotone = 0, 0.0, True
    for phi, w, b in _every_activation():
        q = afli.fixed_point(phi, w, b)
        value = afli.correlation_map(phi, rho, q, w, b)
        slope = afli.correlation_slope(phi, rho, q, w)
        monotone &= bool((slope >= -1e-12).all() and (np.diff(slope) >= -1e-12).all())
        # Near 1 a kink makes R' behave like a square root, which Simpson's rule does not like.
        integral = (slope[:-6:2] + 4 * slope[1:-5:2] + slope[2:-4:2]) * (rho[1] / 3)
        error = max(error, np.abs(np.diff(value[:-4:2]) - integral).max())
        count += 1
    return monotone and error < 1e-5, f"{count} activations, slope formula within {bound(error)}"


@claim(
    "C4",
    "For an activation that is not linear, correlations from $0 < \\rho^1 < 1$ tend to 1 if "
    "$\\chi_1 \\le 1$, and to a single $\\rho^* < 1$ if $\\chi_1 > 1$.",
    source="poole2016",
)
def slope_at_one_decides():
    """Iteration of R for tanh and hard tanh, from four starts, beside the edge and on it."""
    good, error, lowest = True, 0.0, 1.0
    starts = np.array([0.01, 0.3, 0.7, 0.99])
    for name in ("tanh", "hard_tanh"):
        phi = afli.activation(name)
        edge = afli.edge_of_chaos(phi, 0.1)
        for factor in (0.7, 1.5):
            w = factor * edge.sigma_w2
            q = afli.fixed_point(phi, w, 0.1)
            rho = starts
            for _ in range(150):
                rho = np.minimum(afli.correlation_map(phi, rho, q, w, 0.1), 1)
            limit = afli.limiting_correlation(phi, w, 0.1)
            good &= (limit == 1) == (afli.chi1(phi, q, w) <= 1)
            error = max(error, np.abs(rho - limit).max())
        # On the edge the approach is slow, so the limit itself is out of reach.
        rho = starts
        for _ in range(150):
            mapped = afli.correlation_map(phi, rho, edge.q, edge.sigma_w2, 0.1)
            good &= bool((mapped > rho).all())
            rho = mapped
        lowest = min(lowest, rho.min())
    good = good and error < 1e-6 and 0.9 < lowest and rho.max() < 1
    evidence = f"within {bound(error)} of the limit; on the edge rising, above 0.9 after 150 layers"
    return good, evidence


@claim(
    "C5",
    "The edge of chaos of ReLU is the single point $\\sigma_w^2 = 2$, $\\sigma_b^2 = 0$.",
    source="hayou2019",
)
def relu_has_one_point():
    """E[phi^2] / (q E[phi'^2]) is 1 at nine lengths; bias variances from 1e-9 to 10 are refused."""
    relu = afli.activation("relu")
    q = np.logspace(-6, 6, 9)
    quotient = afli.variance_map(relu, q, 1.0, 0.0) / (q * afli.derivative_moment(relu, q, 1))
    error = np.abs(quotient - 1).max()
    refused = 0
    for sigma_b2 in (1e-9, 1e-3, 0.1, 10.0):
        try:
            afli.edge_of_chaos(relu, sigma_b2)
        except afli.NoFixedPoint:
            refused += 1
    point = afli.edge_of_chaos(relu, 0.0)
    good = refused == 4 and abs(point.sigma_w2 - 2) < 1e-12 and error < 1e-12
    return good, "four bias variances refused, weight variance 2 at bias variance 0"


@claim(
    "C6",
    "Away from the edge $|\\rho^l - \\rho^*| \\sim e^{-l/\\xi_c}$ with $1/\\xi_c = "
    "-\\ln R'(\\rho^*)$, and $|q^l - q^*| \\sim e^{-l/\\xi_q}$ with "
    "$1/\\xi_q = -\\ln |V'(q^*)|$.",
    source="schoenholz2017",
)
def depth_scales_are_seen():
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
            error = max(error, abs(seen / scale - 1))
    return error < 1e-3, f"largest relative difference {100 * error:.2f} %"


@claim(
    "C7",
    "Near the edge $\\xi_c \\approx 1/|\\chi_1 - 1|$, except on the chaotic side of an activation "
    "with kinks: there $\\xi_c \\approx 2/(\\chi_1 - 1)$.",
    source="ours",
)
def kinks_double_the_depth_scale():
    """Seven activations, weight variances 0.03 % from the edge; tanh where the scale is 20."""
    from scipy.optimize import brentq

    worst = 0.0
    for cases, chaotic in ((SMOOTH, 1), (KINKED, 2)):
        for phi, edge in _on_the_edge(cases):
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
)
def smooth_rate():
    """For four activations, how much 1/(1 - rho) grows in one layer, against 1/beta."""
    worst = 0.0
    for phi, edge in _on_the_edge(SMOOTH):
        root, step = np.sqrt(edge.q), 1e-4
        z = np.linspace(-12, 12, 4801)
        density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
        bend = (phi.derivative(root * z + step) - phi.derivative(root * z - step)) / (2 * step)
        slope = phi.derivative(root * z)
        beta = 2 * np.sum(density * slope**2) / (edge.q * np.sum(density * bend**2))
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
)
def kinked_rate():
    """For ReLU and three others, how much (1 - rho)^(-1/2) grows in a layer; ReLU's path."""
    worst = 0.0
    cases = (*KINKED, ("relu", {}, 0.0))
    for phi, edge in _on_the_edge(cases):
        kinks = np.array(phi.kinks)
        jumps = phi.derivative(kinks + 1e-9) - phi.derivative(kinks - 1e-9)
        density = np.exp(-(kinks**2) / (2 * edge.q)) / np.sqrt(2 * np.pi)
        mean = afli.derivative_moment(phi, edge.q, 1)
        kappa = np.sum(jumps**2 * density) / (np.sqrt(np.pi) * mean)
        gap = 1e-5
        mapped = afli.correlation_map(phi, 1 - gap, edge.q, edge.sigma_w2, edge.sigma_b2)
        growth = (1 - mapped) ** -0.5 - gap**-0.5
        constant = afli.correlation_decay(phi, edge.q).constant
        worst = max(worst, abs(3 * growth / kappa - 1), abs(constant * kappa**2 / 9 - 1))
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
)
def survival_of_a_clip():
    """For a = 1, 2 and 3 the formula, the rate, and the layers from rho = 0 to 0.9."""
    from scipy.special import erf

    error, layers, depths = 0.0, [], []
    for a in (1.0, 2.0, 3.0):
        phi = afli.activation("shtanh", a=a)
        edge = afli.edge_of_chaos(phi, 0.1)
        half_width = a / np.sqrt(edge.q)
        density = np.exp(-(half_width**2) / 2) / np.sqrt(2 * np.pi)
        formula = 1.5 * np.sqrt(np.pi) * erf(half_width / np.sqrt(2)) / density
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


@claim(
    "C11",
    "On the edge of chaos the largest $|R(\\rho) - \\rho|$ on $[0, 1]$ is $R(0)$, which is "
    "$\\sigma_b^2/q^*$ for odd $\\phi$.",
    source="murray2022",
)
def largest_gap_is_at_zero():
    """R at 41 correlations for eight activations; the value at 0 for the odd ones."""
    rho, good, error = np.linspace(0, 1, 41), True, 0.0
    cases = (*SMOOTH, *KINKED, ("elu", {}, 0.1))
    for phi, edge in _on_the_edge(cases):
        gap = afli.correlation_map(phi, rho, edge.q, edge.sigma_w2, edge.sigma_b2) - rho
        good &= bool((gap >= -1e-12).all() and gap.argmax() == 0)
        if phi.odd:
            error = max(error, abs(gap[0] - edge.sigma_b2 / edge.q))
    return good and error < 1e-12, f"eight activations, at 0 within {bound(error)}"


@claim(
    "C12",
    "A negative correlation rises by at least $R(0)\\,(1 + |\\rho|)$ in one layer.",
    source="ours",
)
def negative_correlations_rise():
    """R at 41 correlations from -1 to 0 for every activation; equality at -1 for the odd ones."""
    rho, least, error, count = np.linspace(-1, 0, 41), np.inf, 0.0, 0
    for phi, w, b in _every_activation():
        q = afli.fixed_point(phi, w, b)
        mapped = afli.correlation_map(phi, rho, q, w, b)
        excess = mapped - rho - mapped[-1] * (1 - rho)
        least = min(least, excess.min())
        if phi.odd:
            error = max(error, abs(excess[0]))
        count += 1
    return least > -1e-9 and error < 1e-9, f"{count} activations, for odd ones an equality at -1"
