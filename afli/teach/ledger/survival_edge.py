"""Claims of the chapter "How deep a signal survives": beside the edge, and which activation."""

import numpy as np

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.survival_bounds import edges, layers_between


@claim(
    "R11",
    "With $\\chi_1 = 1 + x/L$ instead of 1, $1 - \\rho^L$ is multiplied by $g(x) = x/(1 - e^{-x})$ "
    "for a smooth activation and by $g(x/2)^2$ for one with kinks, for large $L$.",
    source="ours",
    fails_with={"scale": 1.01},
)
def beside_the_edge(scale=1.0):
    """tanh and the clip at 2 at depth 10 000: layers up to the predicted distance, an integral."""
    worst, depth = 0.0, 10_000
    nodes, weights = np.polynomial.legendre.leggauss(100)
    for phi, edge in edges([("tanh", {}, 0.1), ("shtanh", {"a": 2.0}, 0.1)]):
        decay, b = afli.correlation_decay(phi, edge.q), edge.sigma_b2
        factors = edge.sigma_w2 * np.array([0.9999, 1.0001])
        slopes = afli.chi1(phi, afli.fixed_point(phi, factors, b), factors)
        for x in (-2.0, -1.0, 1.0, 2.0):
            w = edge.sigma_w2 + x / depth * np.diff(factors)[0] / np.diff(slopes)[0]
            q = afli.fixed_point(phi, w, b)
            part = scale * x / decay.power
            stretched = part / -np.expm1(-part)
            last = (stretched * decay.depth / depth) ** decay.power
            middle, half = np.log(last) / 2, -np.log(last) / 2
            e = np.exp(middle + half * nodes)
            f = afli.correlation_map(phi, 1 - e, q, w, b) - (1 - e)
            layers = weights @ (e / f) * half
            worst = max(worst, abs(layers / depth - 1))
    return bool(worst < 0.01), f"within {100 * worst:.1f} % of the depth"


@claim(
    "R12",
    "Along fixed $\\sigma_b^2$, $\\frac{d\\ln\\chi_1}{d\\ln\\sigma_w^2} = 1 + \\frac{q^*\\mu_1'}"
    "{\\mu_1} \\frac{1 - \\sigma_b^2/q^*}{1 - V'(q^*)}$, where $\\mu_1 = \\mathbb{E}"
    "[\\phi'(\\sqrt{q^*}Z)^2]$. It is 0.43 for tanh and 0.54 for the clip at $\\pm2$ on the edge "
    "with $\\sigma_b^2 = 0.1$.",
    source="ours",
    fails_with={"one": 1.002},
)
def sensitivity_of_the_slope(one=1.0):
    """Differences of chi_1 for five activations; mu_1' by differences of mu_1."""
    error, seen = 0.0, {}
    cases = [(name, {}, 0.1) for name in ("tanh", "erf", "elu", "selu")]
    for phi, edge in edges([*cases, ("shtanh", {"a": 2.0}, 0.1)]):
        w = edge.sigma_w2 * np.array([0.9999, 1.0001])
        chi = afli.chi1(phi, afli.fixed_point(phi, w, 0.1), w)
        measured = np.log(chi[1] / chi[0]) / np.log(w[1] / w[0])
        mu = afli.derivative_moment(phi, edge.q * np.array([0.9999, 1.0001]), 1)
        bend = np.log(mu[1] / mu[0]) / 2e-4
        formula = one + bend * (1 - 0.1 / edge.q) / (1 - edge.variance_slope)
        error, seen[phi.name] = max(error, abs(measured - formula)), measured
    good = error < 1e-3 and abs(seen["tanh"] - 0.43) < 0.005 and abs(seen["shtanh"] - 0.54) < 0.005
    return bool(good), f"formula within {bound(error)}"


@claim(
    "R13",
    "In a layer of $N$ units whose preactivations are independent with variance $q^*$ on the edge "
    "of chaos, $\\chi_1$ measured as an average has standard deviation "
    "$\\sqrt{(\\mu_2/\\mu_1^2 - 1)/N}$.",
    source="ours",
    fails_with={"factor": 1.05},
)
def fluctuation_of_the_slope(factor=1.0):
    """5000 layers of 100 units for tanh, ReLU, and the clip at 1."""
    rng, worst = np.random.default_rng(0), 0.0
    for phi, edge in edges([("tanh", {}, 0.1), ("relu", {}, 0.0), ("shtanh", {"a": 1.0}, 0.1)]):
        h = np.sqrt(edge.q) * rng.standard_normal((5000, 100))
        seen = (edge.sigma_w2 * (phi.derivative(h) ** 2).mean(axis=1)).std()
        predicted = factor * np.sqrt((afli.moment_ratio(phi, edge.q) - 1) / 100)
        worst = max(worst, abs(seen / predicted - 1))
    return worst < 0.035, f"largest relative difference {100 * worst:.1f} %"


@claim(
    "R14",
    "At equal slope and equal bound 1, tanh keeps a pair ($\\rho^1 = 0$) longer than the clip at "
    "$\\pm1$, until $1 - \\rho^l \\le 0.1$, for $\\sigma_b^2 = 0.1$, 0.01 and 0.001; the clip is "
    "ahead below $\\sigma_b^2 \\approx 1.3 \\cdot 10^{-4}$. Until $1 - \\rho^l \\le 0.5$ the clip "
    "is ahead for $\\sigma_b^2 \\le 0.001$ already.",
    source="ours",
    fails_with={"crossing": 1.8e-4},
)
def tanh_and_the_clip(crossing=1.3e-4):
    """Depths of both at seven bias variances, by the integral formula."""

    def ratio(sigma_b2, keep):
        cases = [("tanh", {}, sigma_b2), ("shtanh", {"a": 1.0}, sigma_b2)]
        smooth, kinked = (layers_between(*case, 0.0, 1 - keep) for case in edges(cases))
        return kinked / smooth

    good = all(ratio(b, 0.1) < 1 for b in (0.1, 0.01, 1e-3, 1.15 * crossing))
    good &= all(ratio(b, 0.1) > 1 for b in (0.85 * crossing, 1e-5))
    good &= ratio(1e-2, 0.5) < 1 < ratio(1e-3, 0.5)
    seen = ratio(1e-4, 0.1), ratio(0.01, 0.1)
    return bool(good), f"clip over tanh: {seen[0]:.2f} at 1e-4, {seen[1]:.2f} at 0.01"


@claim(
    "R15",
    "On the edge of chaos $\\sigma_b^2 = \\sigma_w^2 [\\sum_{k\\ge2} (k-1) a_k^2 - a_0^2]$. For "
    "softplus the bracket is negative for every $q$ from $10^{-4}$ to $10^4$: it has no edge.",
    source="ours",
    fails_with={"mean": 0.9},
)
def softplus_has_no_edge(mean=1.0):
    """The sum, from E[phi^2] and q E[phi'^2]; the identity for tanh and GELU by quadrature."""
    z = np.linspace(-12, 12, 4801)
    weight = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    error, largest = 0.0, -np.inf

    def parts(phi, q):
        a0 = weight @ phi(np.sqrt(q) * z)
        excess = q * afli.derivative_moment(phi, q, 1) - afli.variance_map(phi, q, 1.0, 0.0)
        return excess + a0**2, a0**2

    for phi, edge in edges([("tanh", {}, 0.1), ("gelu", {}, 1.0)]):
        rest, square = parts(phi, edge.q)
        error = max(error, abs(edge.sigma_w2 * (rest - square) / edge.sigma_b2 - 1))
    for q in np.geomspace(1e-4, 1e4, 33):
        rest, square = parts(afli.activation("softplus"), q)
        largest = max(largest, rest / (mean * square))
    return largest < 1 and error < 1e-6, f"sum at most {largest:.4f} of the square of the mean"
