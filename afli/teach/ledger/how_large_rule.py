"""Claims of the chapter "How large must a be?": the rule and what it guarantees."""

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq
from scipy.special import erf, erfc, erfcinv, erfcx

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import density

FAMILIES = ("shtanh", "ssin", "sexp", "ssaw")


def clip_on_the_edge(a, sigma_b2=0.1):
    phi = afli.activation("shtanh", a=a)
    return phi, afli.edge_of_chaos(phi, sigma_b2)


def trajectory(phi, q, sigma_w2, sigma_b2, depth, rho):
    """rho^1, ..., rho^depth: R is tabulated in the angle once, its gap R - rho is interpolated."""
    angle = np.linspace(0, np.pi, 161)
    gap = afli.correlation_map(phi, np.cos(angle), q, sigma_w2, sigma_b2) - np.cos(angle)
    gap[0] = 0
    spline, path = CubicSpline(angle, gap), [np.asarray(rho, float)]
    while len(path) < depth:
        path.append(np.clip(path[-1] + spline(np.arccos(path[-1])), -1, 1))
    return np.array(path)


@claim(
    "P1",
    "With $a$ from the rule every scaled-bounded activation keeps the variance of the spectrum of "
    "$JJ^T$ over the whole depth at or below the tolerance (orthogonal weights); the clip meets it "
    "exactly.",
    source="ours",
    fails_with={"shrink": 0.999},
)
def the_rule_keeps_the_tolerance(shrink=1.0):
    """The four families at depths 20 and 200, with a multiplied by the shrink factor."""
    good, error = True, 0.0
    for depth, tolerance in ((20, 0.5), (200, 0.1)):
        a = shrink * afli.half_width_for_depth(depth, 0.1, tolerance)
        for name in FAMILIES:
            phi = afli.activation(name, a=a)
            variance = afli.spectrum_variance(phi, afli.edge_of_chaos(phi, 0.1).q, depth)
            good &= variance <= tolerance * (1 + 1e-9)
            if name == "shtanh":
                error = max(error, abs(variance / tolerance - 1))
    return bool(good and error < 1e-9), f"four families at two depths; clip within {bound(error)}"


@claim(
    "P2",
    "For the isometry condition alone the rule is explicit: $\\operatorname{erf}(\\Lambda/\\sqrt2) "
    "= L/(L+T)$, then $y = [2n(\\Lambda)/\\Lambda - P(|Z|>\\Lambda)]/P(|Z| \\le \\Lambda)$, "
    "then $a = \\sigma_b/\\sqrt y$. With $L = 100$, $T = 0.5$ and $\\sigma_b^2 = 0.1$ this is "
    "13.748.",
    source="ours",
    fails_with={"power": 0.49},
)
def three_lines(power=0.5):
    """Against the package at twelve settings; the power is that of sigma_b2 / y."""
    depth, tolerance, sigma_b2 = np.array([[10.0], [100], [1000]]), 0.5, np.array([1e-3, 0.1, 2, 9])
    outside = tolerance / (depth + tolerance)
    ratio = np.sqrt(2) * erfcinv(outside)
    y = (2 * density(ratio) / ratio - outside) / (1 - outside)
    a = (sigma_b2 / y) ** power
    error = abs(a / afli.half_width_for_depth(depth, sigma_b2, tolerance) - 1).max()
    return error < 1e-9 and abs(a[1, 1] - 13.748) < 5e-4, f"twelve settings within {bound(error)}"


@claim(
    "P5",
    "For a clip on the edge of chaos $R(0) < \\mu_2/\\mu_1^2 - 1$, and the two become equal as "
    "$\\Lambda$ grows. So where the spectrum has variance $T$ at depth $L$, no correlation in "
    "$[0,1]$ has moved by more than $T$.",
    source="ours",
    fails_with={"factor": 1.003},
)
def isometry_controls_correlation(factor=1.0):
    """Scaled so that nothing underflows, at 101 half-width ratios from 0.05 to 30; the whole
    map at depths 20 and 200 with tolerance 0.5."""
    x = np.geomspace(0.05, 30, 101)
    # R(0) / (mu_2 / mu_1^2 - 1) = 2 x n(x) / P(|Z| > x) - x^2
    share = x * np.sqrt(2 / np.pi) / erfcx(x / np.sqrt(2)) - x**2
    good = bool((factor * share < 1).all()) and share[-1] > 0.99
    for depth in (20, 200):
        phi, edge = clip_on_the_edge(afli.half_width_for_depth(depth, 0.1, 0.5))
        start = np.linspace(0, 1, 21)
        path = trajectory(phi, edge.q, edge.sigma_w2, 0.1, depth + 1, start)
        good &= bool(abs(path[-1] - start).max() < 0.5)
        good &= abs(edge.sigma_b2 / edge.q / np.interp(phi.half_width / edge.q**0.5, x, share)) < 1
    return bool(good), f"quotient from {share[0]:.3f} to {share[-1]:.4f}, increasing"


@claim(
    "P6",
    "For tolerances up to 1 and depths up to three million the isometry condition asks for the "
    "larger $a$: the condition on $\\ell_c$ is then met with room to spare.",
    source="ours",
    fails_with={"million": 4.0},
)
def isometry_decides(million=3.0):
    """l_c at the Lambda of the isometry condition, over depths and tolerances; the crossing."""
    depth = np.geomspace(1, million * 1e6, 40)[:, None]
    tolerance = np.array([1e-3, 0.01, 0.1, 0.5, 1.0])
    ratio = np.sqrt(2) * erfcinv(tolerance / (depth + tolerance))
    room = afli.correlation_depth(ratio) / depth
    crossing = brentq(
        lambda x: np.log(afli.correlation_depth(x) / afli.isometry_depth(x)), 1.0, 10.0
    )
    good = bool((room > 1).all())
    return bool(
        good
    ), f"equal at Lambda = {crossing:.2f}, depth {afli.isometry_depth(crossing):.3g}"


@claim(
    "P9",
    "A clip network that obeys the rule with tolerance $T$ puts a share $T/(L+T)$ of "
    "its units outside the linear region: over all layers fewer than $T$ times the width.",
    source="ours",
    fails_with={"layers": 1.01},
)
def share_outside(layers=1.0):
    """Probability that |h| > a at q*, for nine settings; depth multiplied by the perturbation."""
    error = 0.0
    for depth in (10, 100, 1000):
        for tolerance in (0.1, 0.5, 1.0):
            phi, edge = clip_on_the_edge(afli.half_width_for_depth(depth, 0.1, tolerance))
            share = erfc(phi.half_width / np.sqrt(2 * edge.q))
            error = max(error, abs(share * (layers * depth + tolerance) / tolerance - 1))
            error = max(error, abs(edge.sigma_w2 * erf(phi.half_width / np.sqrt(2 * edge.q)) - 1))
    return bool(error < 1e-8), f"nine settings within {bound(error)}"
