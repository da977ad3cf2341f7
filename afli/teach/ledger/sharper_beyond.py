"""Claims of the chapter "Sharper than the paper": negative correlations, and fewer assumptions."""

import numpy as np

import afli
from afli.teach.claims import claim
from afli.teach.ledger.common import KINKED, SMOOTH, density, on_the_edge
from afli.teach.ledger.sharper_bounds import beyond, square_excess
from afli.theory import gaussian

RHO = np.linspace(-1, 1, 41)


def piecewise(name, right, left, **more):
    """Slope 1 around 0; beyond, slopes on pieces of each side: ((start, slope), ...)."""

    def side(u, pieces):
        edges = [start for start, _ in pieces] + [np.inf]
        value, slope = np.minimum(u, edges[0]), np.where(u < edges[0], 1.0, 0.0)
        for (start, rate), stop in zip(pieces, edges[1:], strict=True):
            value = value + rate * (np.clip(u, start, stop) - start)
            slope = np.where((u >= start) & (u < stop), rate, slope)
        return value, slope

    def both(x):
        pairs = side(np.maximum(x, 0), right), side(np.maximum(-x, 0), left)
        return [np.where(x >= 0, a, sign * b) for a, b, sign in zip(*pairs, (-1, 1), strict=True)]

    kinks = (*(-start for start, _ in left), *(start for start, _ in right))
    return afli.Activation(
        name,
        lambda x: both(x)[0],
        lambda x: both(x)[1],
        kinks=kinks,
        half_width=min(right[0][0], left[0][0]),
        linear_pieces=True,
        **more,
    )


FLAT = ((1.0, 0.0),)
BOUNDED = (
    piecewise("clip and rise", FLAT, ((1.0, -1.0), (3.0, 0.0))),
    piecewise("clip and saw", FLAT, ((1.0, -1.0), (2.0, 0.0))),
    piecewise("half a clip lower", FLAT, ((1.0, -0.5), (2.0, 0.0))),
)
UNBOUNDED = (
    piecewise("clip on one side", FLAT, ((1e9, 0.0),)),
    piecewise("leaky on one side", FLAT, ((1.0, 0.5),)),
    piecewise("leaky", ((1.0, 0.25),), ((1.0, 0.25),), odd=True),
    piecewise("nearly linear", ((1.0, 0.9),), ((1.0, 0.9),), odd=True),
    piecewise("step", ((1.0, 0.0), (2.0, 1.0)), ((1.0, 0.0), (2.0, 1.0)), odd=True),
)


def on_edge(phis, ys):
    """Edge of chaos, y, Lambda, R(0) and the largest gap on [-1, 1] for half-width 1."""
    for phi in phis:
        for y in ys:
            edge = afli.edge_of_chaos(phi, y)
            gap = afli.correlation_map(phi, RHO, edge.q, edge.sigma_w2, y) - RHO
            yield phi, edge, y, 1 / np.sqrt(edge.q), gap[20], abs(gap).max()


@claim(
    "X9",
    "On the edge of chaos the largest $|R(\\rho) - \\rho|$ over $[-1, 1]$ is $1 + R(-1)$, which is "
    "$2 R(0)$ for odd $\\phi$.",
    source="ours",
    fails_with={"factor": 1.999},
)
def largest_gap_on_all_correlations(factor=2.0):
    """R at 41 correlations from -1 to 1 for eight activations, and 2 R(0) for the odd ones."""
    good, odd = True, 0
    for phi, edge in on_the_edge((*SMOOTH, *KINKED, ("ssin", {"a": 2.0}, 0.1))):
        gap = afli.correlation_map(phi, RHO, edge.q, edge.sigma_w2, edge.sigma_b2) - RHO
        good &= abs(abs(gap).max() - gap[0]) < 1e-12
        if phi.odd:
            good &= abs(gap[0] - factor * gap[20]) < 1e-9
            odd += 1
    return bool(good), f"eight activations, of which {odd} are odd"


@claim(
    "X10",
    "Without oddness, but with $|\\phi| \\le ka$: $R(0) \\le (1 + y/4)\\, y\\Lambda^2$, and the "
    "largest $|R(\\rho) - \\rho|$ over $[-1, 1]$ is at most $2y\\Lambda^2 + y$.",
    source="ours",
    fails_with={"extra": 0.3},
)
def oddness_costs_little(extra=1.0):
    """Three activations that are not odd, at five values of y."""
    good, largest = True, 0.0
    for _, _, y, ratio, at_zero, top in on_edge(BOUNDED, (1e-3, 1e-2, 0.1, 1.0, 10.0)):
        good &= at_zero <= (1 + y / 4) * y * ratio**2 * (1 + 1e-10)
        good &= top <= 2 * y * ratio**2 + extra * y + 1e-12
        largest = max(largest, (top - 2 * y * ratio**2) / y)
    return bool(good), f"the term beside 2 y Lambda^2 is {largest:.2f} y at most"


@claim(
    "X11",
    "If $e$ is Lipschitz and vanishes on $[-\\Lambda, \\Lambda]$ with $\\Lambda \\le 1$, then "
    "$\\mathbb{E}[e'(Z)^2] \\ge (1 + \\Lambda/2)\\,\\mathbb{E}[e(Z)^2]$.",
    source="ours",
    fails_with={"rate": 0.85},
)
def better_poincare_inequality(rate=0.5):
    """|Z| - L in closed form, and 200 random piecewise-linear e, for eight L from 0.01 to 1."""
    good, least, rng = True, np.inf, np.random.default_rng(0)
    for ratio in (0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0):
        least = min(least, (beyond(ratio) / square_excess(ratio) - 1) / ratio)
        z = ratio + np.linspace(0, 9, 2001)
        middle, step = (z[1:] + z[:-1]) / 2, z[1] - z[0]
        slope = np.repeat(rng.uniform(-0.3, 1, (25, 40)), 50, axis=1)
        e = np.cumsum(slope, axis=1) * step - slope * step / 2
        quotient = (slope**2 @ density(middle)) / (e**2 @ density(middle))
        least = min(least, ((quotient - 1) / ratio).min())
        good &= bool((quotient >= 1 + rate * ratio).all())
    return bool(good and least >= rate), f"the factor beside Lambda is never below {least:.2f}"


@claim(
    "X12",
    "With neither oddness nor boundedness ($\\phi = kx$ on $[-a, a]$, $|\\phi'| \\le k$): the "
    "largest $|R(\\rho) - \\rho|$ over $[-1, 1]$ is at most $6B$, $\\varepsilon^2 = "
    "\\mathbb{E}[(1 - \\phi'/k)^2] \\le 3B$ and $\\mu_2/\\mu_1^2 - 1 \\le 4\\varepsilon^2/"
    "(1-\\varepsilon)^4$, with $B = y \\max(1, W(8/(\\pi y^2)))$.",
    source="ours",
    fails_with={"six": 1.2},
)
def neither_odd_nor_bounded(six=6.0):
    """Eight activations at four values of y; Lambda stays below Lambda_max."""
    good, largest = True, 0.0
    for phi, edge, y, ratio, _, top in on_edge(BOUNDED + UNBOUNDED, (1e-4, 1e-2, 0.1, 1.0)):
        bound = afli.bounds.explicit(y, 1.0).correlation
        _, h, weight = gaussian.nodes(phi, np.array([edge.q]))
        square = np.sum(weight * (1 - phi.derivative(h)) ** 2)
        good &= ratio < afli.bounds.half_width_ratio_max(y)
        good &= top <= six * bound and square <= 3 * bound
        excess_ratio = afli.moment_ratio(phi, edge.q) - 1
        good &= square >= 1 or excess_ratio <= 4 * square / (1 - np.sqrt(square)) ** 4
        largest = max(largest, top / bound)
    return bool(good), f"the largest gap is {largest:.2f} B at most"


@claim(
    "X13",
    "Without boundedness the fixed point on the edge of chaos can be unstable: slope 0.9 between "
    "$|x| = 0.5$ and 1, slope 1 elsewhere, $q^* = 1$.",
    source="ours",
    fails_with={"dent": 0.6},
)
def unbounded_can_be_unstable(dent=0.1):
    """V'(1) by the package and by the sum over kinks of phi times the jump of phi'."""
    sides = ((0.5, 1 - dent), (1.0, 1.0))
    phi = piecewise("dent", sides, sides, odd=True)
    sigma_w2, _ = afli.edge_of_chaos_curve(phi, 1.0)
    slope = afli.variance_slope(phi, 1.0, sigma_w2)
    # V' = chi_1 + sigma_w2 E[phi phi''], and phi'' is a sum of points with a mass.
    points = phi(np.array(phi.kinks)) * phi.jumps * density(np.array(phi.kinks))
    agree = abs(slope - 1 - sigma_w2 * points.sum()) < 1e-9
    return bool(agree and slope > 1), f"V'(q*) = {slope:.4f}"
