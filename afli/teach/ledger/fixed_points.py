"""Claims of the chapter "The variance map": its fixed points."""

import numpy as np
from scipy import special

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import (
    GELU,
    RELU,
    TANH,
    iterate,
)


@claim(
    "V4",
    "For tanh, the error function, the clip, arctan and softsign with $\\sigma_b^2 > 0$ the "
    "variance map is concave and has exactly one fixed point, with "
    "$0 \\le V'(q^*) \\le 1 - \\sigma_b^2/q^*$.",
    source="ours",
    fails_with={"share": 1.01},
)
def one_stable_fixed_point(share=1.0):
    """Second differences of V on 400 equally spaced variances, the number of sign changes of
    V(q) - q on 300 variances from 1e-6 to 1e6, and the bound, for 25 pairs of variances."""
    even, wide = np.linspace(0, 20, 401), np.geomspace(1e-6, 1e6, 300)
    holds, slack = True, np.inf
    for name in ("tanh", "erf", "hard_tanh", "arctan", "softsign"):
        phi = afli.activation(name)
        holds &= bool(np.diff(afli.variance_map(phi, even, 1.0, 0.0), 2).max() < 1e-9)
        square = afli.variance_map(phi, wide, 1.0, 0.0)
        for sigma_w2 in (0.3, 1.0, 2.0, 5.0, 20.0):
            for sigma_b2 in (1e-3, 0.01, 0.1, 1.0, 10.0):
                signs = np.sign(sigma_w2 * square + sigma_b2 - wide)
                star = afli.fixed_point(phi, sigma_w2, sigma_b2)
                slope = afli.variance_slope(phi, star, sigma_w2)
                holds &= np.count_nonzero(np.diff(signs)) == 1 and slope >= 0
                slack = min(slack, 1 - share * sigma_b2 / star - slope)
    return bool(holds and slack > -1e-9), "125 maps, one fixed point each, no bound exceeded"


@claim(
    "V6",
    "The variance map of ReLU has the fixed point $\\sigma_b^2/(1 - \\sigma_w^2/2)$ for "
    "$\\sigma_w^2 < 2$, and none for $\\sigma_w^2 \\ge 2$ and $\\sigma_b^2 > 0$. For "
    "$\\sigma_w^2 > 2$ and $\\sigma_b^2 = 0$ the only one is 0, and it is unstable.",
    source="murray2022",
    fails_with={"half": 0.501},
)
def relu_fixed_points(half=0.5):
    """`afli.fixed_point` at 12 settings: the formula for 8, `NoFixedPoint` for 4; and without a
    bias the factor V(q)/q at 13 lengths from 1e-6 to 1e6, for two weight variances above 2."""
    error, raised = 0.0, 0
    for sigma_b2 in (0.01, 1.0):
        for sigma_w2 in (0.5, 1.0, 1.5, 1.99):
            q = afli.fixed_point(RELU, sigma_w2, sigma_b2)
            error = max(error, abs(q * (1 - half * sigma_w2) / sigma_b2 - 1))
        for sigma_w2 in (2.0, 2.5):
            try:
                afli.fixed_point(RELU, sigma_w2, sigma_b2)
            except afli.NoFixedPoint:
                raised += 1
    q, factor = np.geomspace(1e-6, 1e6, 13), np.inf
    for sigma_w2 in (2.1, 2.5):
        factor = min(factor, (afli.variance_map(RELU, q, sigma_w2, 0.0) / q).min())
    holds = error < 1e-10 and raised == 4 and factor > 1.04
    return bool(holds), (
        f"relative error below {bound(error)}; raised {raised} of 4; without a bias every length "
        f"grows by a factor of {factor:.2f} or more"
    )


@claim(
    "V8",
    "On the edge of chaos of GELU at $\\sigma_b^2 = 0.01$, where $\\sigma_w^2 = 2.983$, the map "
    "has the fixed points 0.0547, stable, and 0.1835, unstable with slope 1.098. The second is "
    "the one on the edge of chaos. Iteration from 0.18 leads to the first, and from 0.19 to "
    "infinity.",
    source="ours",
    fails_with={"unstable": 0.1837},
)
def gelu_has_two_fixed_points(unstable=0.1835):
    """Sign changes of V(q) - q on 2000 variances from 1e-6 to 1e6, the slopes there, and 300
    iterations from either start."""
    edge = afli.edge_of_chaos(GELU, 0.01)
    q = np.geomspace(1e-6, 1e6, 2000)
    signs = np.sign(afli.variance_map(GELU, q, edge.sigma_w2, 0.01) - q)
    crossings = q[np.flatnonzero(np.diff(signs))]
    low = afli.fixed_point(GELU, edge.sigma_w2, 0.01)
    slopes = [afli.variance_slope(GELU, v, edge.sigma_w2) for v in (low, edge.q)]
    down, up = (iterate(GELU, start, edge.sigma_w2, 0.01, 300) for start in (0.18, 0.19))
    holds = crossings.size == 2 and np.allclose(crossings, [0.0547, 0.1835], rtol=0.02)
    holds &= abs(low - 0.0547) < 5e-5 and abs(edge.q - unstable) < 5e-5 and not edge.stable
    holds &= abs(edge.sigma_w2 - 2.983) < 5e-4 and slopes[0] < 1 and abs(slopes[1] - 1.098) < 5e-4
    holds &= abs(down / low - 1) < 1e-6 and up > 1e20
    return bool(holds), "q = {:.4f} and {:.4f}, slopes {:.3f} and {:.3f}".format(
        low, edge.q, *slopes
    )


@claim(
    "V9",
    "On the edge of chaos of tanh, iterating $V$ until a step is smaller than $10^{-5}$ leaves an "
    "error about fifty times as large at $\\sigma_b^2 = 10^{-6}$, where $V'(q^*) = 0.982$.",
    source="ours",
    fails_with={"slope": 0.984},
)
def iteration_stops_early(slope=0.982):
    """Iteration from q = 1, stopped by the size of its step, against `afli.edge_of_chaos`."""
    edge = afli.edge_of_chaos(TANH, 1e-6)
    q, step = 1.0, 1.0
    while step > 1e-5:
        following = afli.variance_map(TANH, q, edge.sigma_w2, 1e-6)
        q, step = following, abs(following - q)
    ratio = abs(q - edge.q) / step
    holds = abs(edge.variance_slope - slope) < 5e-4 and 40 < ratio < 60
    return bool(holds), (
        f"stopped {ratio:.0f} steps' worth away, {100 * abs(q / edge.q - 1):.0f} % of q*"
    )


@claim(
    "V10",
    "For a scaled-bounded activation "
    "$|V'(q)| \\le \\sigma_w^2 k^2 \\operatorname{erf}(a/\\sqrt{2q})$, and on the edge of chaos "
    "$|V'(q^*)| < 1$: its fixed point is stable.",
    source="ours",
    fails_with={"power": 1.99},
)
def scaled_bounded_is_stable(power=2):
    """The four families of the paper with a = 1, 2, 4 and 8 and slopes 1 and 1.5, at 25 bias
    variances from 1e-6 to 10 times a^2: the slope at the fixed point, and the bound at 40
    variances from 0.01 to 1000 (to 1e-8, the accuracy of the slope)."""
    largest, excess = 0.0, 0.0
    q = np.geomspace(0.01, 1e3, 40)
    for name in ("shtanh", "ssin", "sexp", "ssaw"):
        for a in (1.0, 2.0, 4.0, 8.0):
            for k in (1.0, 1.5):
                phi = afli.activation(name, a=a, k=k)
                edge = afli.edge_of_chaos(phi, a * a * np.geomspace(1e-6, 10, 25))
                largest = max(largest, abs(edge.variance_slope).max())
                limit = k**power * special.erf(a / np.sqrt(2 * q))
                excess = max(excess, (abs(afli.variance_slope(phi, q, 1.0)) / limit).max() - 1)
    evidence = f"largest slope {largest:.5f}; the bound is never exceeded"
    return bool(largest < 1 and excess < 1e-8), evidence


@claim(
    "V17",
    "For the four scaled-bounded families with $a = 1, 2, 5$ and bias variances from $10^{-6}$ to "
    "100 there is no fixed point of $V$ below $q^*$ on the edge of chaos.",
    source="ours",
    fails_with={"up_to": 1.001},
)
def no_fixed_point_below(up_to=0.999):
    """V(q) - q at 300 lengths below each of 108 fixed points."""
    share = np.concatenate([np.geomspace(1e-4, 0.5, 100), np.linspace(0.5, up_to, 200)])
    lowest, count = np.inf, 0
    for name in ("shtanh", "ssin", "sexp", "ssaw"):
        for a in (1.0, 2.0, 5.0):
            phi = afli.activation(name, a=a)
            point = afli.edge_of_chaos(phi, np.geomspace(1e-6, 100, 9))
            q = point.q[:, None] * share
            excess = afli.variance_map(phi, q, point.sigma_w2[:, None], point.sigma_b2[:, None]) - q
            lowest = min(lowest, (excess / point.sigma_b2[:, None]).min())
            count += len(point.q)
    return lowest > 1e-5, f"{count} edges of chaos, V(q) > q at every length below"
