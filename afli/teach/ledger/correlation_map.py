"""Claims of the chapter "The correlation map and the edge of chaos": the map."""

import numpy as np

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import KINKED, SMOOTH, on_the_edge, registered


def _every_activation():
    """Every activation of the registry, with a weight variance at which lengths settle."""
    for phi in registered():
        yield phi, 0.9, 0.2


@claim(
    "C1",
    "If $q^*$ is a fixed point of the variance map, then $R(1) = 1$: equal inputs stay equal.",
    source="poole2016",
    fails_with={"share": 1.001},
)
def equal_inputs_stay_equal(share=1.0):
    """R(1) for every activation of the registry, at its fixed point."""
    error = 0.0
    for phi, w, b in _every_activation():
        q = afli.fixed_point(phi, w, b)
        error = max(error, abs(afli.correlation_map(phi, 1.0, share * q, w, b) - 1))
    return error < 1e-9, f"largest error below {bound(error)}"


@claim(
    "C2",
    "For ReLU with $\\sigma_w^2 = 2$ and $\\sigma_b^2 = 0$, $R(\\rho) = [\\sqrt{1-\\rho^2} + "
    "\\rho(\\pi - \\arccos\\rho)]/\\pi$, whatever the length.",
    source="cho2009",
    fails_with={"sigma_w2": 2.001},
)
def arc_cosine_kernel(sigma_w2=2.0):
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
    error = np.abs(sigma_w2 * integral - formula).max()
    for q in (1e-3, 1.0, 1e3):
        mapped = afli.correlation_map(afli.activation("relu"), rho, q, sigma_w2, 0.0)
        error = max(error, np.abs(mapped - formula).max())
    return error < 1e-12, f"largest error below {bound(error)}"


@claim(
    "C3",
    "On $[0, 1]$ the correlation map is increasing and convex, with $R'(\\rho) = \\sigma_w^2 "
    "\\mathbb{E}[\\phi'(U_1)\\phi'(U_2)]$.",
    source="daniely2016",
    fails_with={"factor": 1.001},
)
def map_is_increasing_and_convex(factor=1.0):
    """R and R' at 21 correlations for every activation: signs, order, and Simpson's rule on R'."""
    rho = np.linspace(0, 1, 21)
    count, error, monotone = 0, 0.0, True
    for phi, w, b in _every_activation():
        q = afli.fixed_point(phi, w, b)
        value = afli.correlation_map(phi, rho, q, w, b)
        slope = factor * afli.correlation_slope(phi, rho, q, w)
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
    fails_with={"threshold": 1.02},
)
def slope_at_one_decides(threshold=1.0):
    """Iteration of R for tanh and hard tanh, from four starts, beside the edge and on it; which
    of the two limits it is also 2 % from the edge."""
    good, error, lowest = True, 0.0, 1.0
    starts = np.array([0.01, 0.3, 0.7, 0.99])
    for name in ("tanh", "hard_tanh"):
        phi = afli.activation(name)
        edge = afli.edge_of_chaos(phi, 0.1)
        for factor in (0.7, 0.98, 1.02, 1.5):
            w = factor * edge.sigma_w2
            q = afli.fixed_point(phi, w, 0.1)
            limit = afli.limiting_correlation(phi, w, 0.1)
            good &= (limit == 1) == (afli.chi1(phi, q, w) <= threshold)
            if factor in (0.98, 1.02):
                continue  # too slow to see the limit
            rho = starts
            for _ in range(150):
                rho = np.minimum(afli.correlation_map(phi, rho, q, w, 0.1), 1)
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
    fails_with={"sigma_w2": 2.001},
)
def relu_has_one_point(sigma_w2=2.0):
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
    good = refused == 4 and abs(point.sigma_w2 - sigma_w2) < 1e-12 and error < 1e-12
    return good, "four bias variances refused, weight variance 2 at bias variance 0"


@claim(
    "C11",
    "On the edge of chaos the largest $|R(\\rho) - \\rho|$ on $[0, 1]$ is $R(0)$, which is "
    "$\\sigma_b^2/q^*$ for odd $\\phi$.",
    source="murray2022",
    fails_with={"share": 1.001},
)
def largest_gap_is_at_zero(share=1.0):
    """R at 41 correlations for eight activations; the value at 0 for the odd ones."""
    rho, good, error = np.linspace(0, 1, 41), True, 0.0
    cases = (*SMOOTH, *KINKED, ("elu", {}, 0.1))
    for phi, edge in on_the_edge(cases):
        gap = afli.correlation_map(phi, rho, edge.q, edge.sigma_w2, edge.sigma_b2) - rho
        good &= bool((gap >= -1e-12).all() and gap.argmax() == 0)
        if phi.odd:
            error = max(error, abs(gap[0] - share * edge.sigma_b2 / edge.q))
    return good and error < 1e-12, f"eight activations, at 0 within {bound(error)}"


@claim(
    "C12",
    "A negative correlation rises by at least $R(0)\\,(1 + |\\rho|)$ in one layer.",
    source="ours",
    fails_with={"share": 1.001},
)
def negative_correlations_rise(share=1.0):
    """R at 41 correlations from -1 to 0 for every activation; equality at -1 for the odd ones."""
    rho, least, error, count = np.linspace(-1, 0, 41), np.inf, 0.0, 0
    for phi, w, b in _every_activation():
        q = afli.fixed_point(phi, w, b)
        mapped = afli.correlation_map(phi, rho, q, w, b)
        excess = mapped - rho - share * mapped[-1] * (1 - rho)
        least = min(least, excess.min())
        if phi.odd:
            error = max(error, abs(excess[0]))
        count += 1
    return least > -1e-9 and error < 1e-9, f"{count} activations, for odd ones an equality at -1"
