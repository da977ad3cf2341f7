"""Claims of the chapter "The Hermite picture": what the coefficients say about the maps."""

import itertools

import numpy as np

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import CLIP, GELU, KINKED, RELU, SMOOTH, TANH, on_the_edge
from afli.teach.ledger.hermite_basis import coefficients, grid, weights_of_map

EDGES = (*SMOOTH, *KINKED, ("elu", {}, 0.1), ("relu", {}, 0.0))


@claim(
    "H4",
    "$\\chi_1 - r_1 = \\sigma_w^2 \\operatorname{Var}[\\phi'(\\sqrt{q^*} Z)]$. On the edge of "
    "chaos of an activation whose slope is 0 or one other number, $r_1$ is the share of units "
    "where it is not 0.",
    source="ours",
    fails_with={"factor": 1.0001},
)
def linear_part_and_spread_of_the_slope(factor=1.0):
    """Nine activations on their edges and beside them; the clip at four half-widths, ReLU."""
    error = 0.0
    for phi, edge in on_the_edge(EDGES):
        root = np.sqrt(edge.q)
        z, weight = grid(np.array(phi.kinks) / root)
        slope = phi.derivative(root * z)
        for w in (edge.sigma_w2, 0.7):
            r1 = w * coefficients(phi, edge.q, 2)[1] ** 2 / edge.q
            spread = w * ((slope - slope @ weight) ** 2 @ weight)
            chi = w * afli.derivative_moment(phi, edge.q, 1)
            error = max(error, abs(chi - r1 - factor * spread))
    for a in (0.5, 1.0, 2.0, 4.0):
        phi = afli.activation("shtanh", a=a)
        edge = afli.edge_of_chaos(phi, 0.1)
        linear = afli.derivative_moment(phi, edge.q, 1)  # the slope is 0 or 1
        error = max(error, abs(factor * weights_of_map(phi, edge, 2)[1] - linear))
    return error < 1e-9, f"largest difference below {bound(error)}"


@claim(
    "H5",
    "On $[0, 1]$, $-(1 - r_0 - r_1)\\rho \\le R(\\rho) - \\rho \\le r_0 (1 - \\rho)$; on $[-1, "
    "1]$, $|R(\\rho) - \\rho| \\le 2 (1 - r_1)$, with equality at $\\rho = -1$ where no odd power "
    "above the first occurs, as for ReLU.",
    source="ours",
    fails_with={"factor": 1.999},
)
def bounds_from_two_coefficients(factor=2.0):
    """R at 81 correlations for thirteen settings, on the edge and in both phases."""
    rho, good = np.linspace(-1, 1, 81), True
    settings = [(phi, e.q, e.sigma_w2, e.sigma_b2) for phi, e in on_the_edge(EDGES)]
    for phi, w, b in ((TANH, 3.0, 0.05), (TANH, 0.8, 0.1), (CLIP, 3.0, 0.0), (GELU, 1.0, 0.5)):
        settings.append((phi, afli.fixed_point(phi, w, b), w, b))
    for phi, q, w, b in settings:
        a = coefficients(phi, q, 2)
        r0, r1 = (w * a[0] ** 2 + b) / q, w * a[1] ** 2 / q
        gap = afli.correlation_map(phi, rho, q, w, b) - rho
        right = rho >= 0
        good &= bool((gap <= r0 * (1 - rho) + 1e-9)[right].all())
        good &= bool((gap >= -(1 - r0 - r1) * rho - 1e-9)[right].all())
        good &= bool((np.abs(gap) <= factor * (1 - r1) + 1e-9).all())
        if phi is RELU:
            good &= abs(gap[0] - 2 * (1 - r1)) < 1e-9
    return bool(good), f"{len(settings)} settings; ReLU attains the last bound"


@claim(
    "H6",
    "On the edge of chaos $r_0 = \\sum_{k \\ge 2} (k-1) r_k$. So $1 - r_0 - r_1 \\le r_0$, and "
    "$\\le r_0 / 2$ for odd $\\phi$; GELU and tanh attain these as $\\sigma_b^2 \\to 0$.",
    source="ours",
    fails_with={"half": 0.499},
)
def nonlinear_share_on_the_edge(half=0.5):
    """Nine activations on their edges; GELU and tanh with a bias variance of 1e-6."""
    good, count, last = True, 0, {}
    for phi, edge in on_the_edge((*EDGES, ("gelu", {}, 1e-6), ("tanh", {}, 1e-6))):
        r = weights_of_map(phi, edge, 400 if phi.kinks else 250)
        share = 1 - r[0] - r[1]
        good &= share <= (half if phi.odd else 1) * r[0] + 1e-9
        if not phi.kinks:
            total = np.sum(r[2:] * np.arange(1, r.size - 1))
            good &= abs(total - r[0]) < 1e-5
        count, last[phi.name] = count + 1, share / r[0]
    good &= last["gelu"] > 0.995 and last["tanh"] > 0.4995
    shown = f"GELU reaches {last['gelu']:.4f}, tanh {last['tanh']:.4f} of R(0)"
    return bool(good), f"{count} settings; {shown}"


@claim(
    "H7",
    "At a fixed point $V'(q^*) = \\chi_1 + \\frac{\\sigma_w^2}{q^*} \\sum_k \\sqrt{(k+1)(k+2)}\\, "
    "a_k a_{k+2}$. For given $a_k^2$ it is smallest when the signs of $a_k$, $a_{k+2}$ alternate, "
    "and never below $-\\frac12$.",
    source="ours",
    fails_with={"shift": 2.01},
)
def signs_decide_stability(shift=2.0):
    """The formula for six smooth activations; all signs of 30 random polynomials of degree 7."""
    error = 0.0
    for name, w, b in (
        ("tanh", 1.5, 0.1),
        ("erf", 1.0, 0.3),
        ("sin", 2.0, 0.2),
        ("gelu", 1.0, 0.5),
        ("softplus", 0.7, 0.1),
        ("sigmoid", 4.0, 0.1),
    ):
        phi = afli.activation(name)
        q = afli.fixed_point(phi, w, b)
        a = coefficients(phi, q, 300)
        k = np.arange(298)
        mixed = np.sum(np.sqrt((k + 1) * (k + shift)) * a[:-2] * a[2:])
        exact = afli.variance_slope(phi, q, w)
        error = max(error, abs(afli.chi1(phi, q, w) + w / q * mixed - exact))
    rng, k, lowest, good = np.random.default_rng(0), np.arange(6), np.inf, True
    signs = np.array(list(itertools.product((1, -1), repeat=8)))
    alternate = np.flatnonzero((signs[:, :-2] == -signs[:, 2:]).all(axis=1))
    for _ in range(30):
        a = np.sqrt(rng.dirichlet(np.full(8, 0.3))) * signs
        slope = (a * a) @ np.arange(8) + (np.sqrt((k + 1) * (k + 2)) * a[:, :-2] * a[:, 2:]).sum(1)
        good &= slope[alternate].max() <= slope.min() + 1e-12
        lowest = min(lowest, slope.min())
    good &= error < 1e-8 and lowest >= -0.5
    return bool(good), f"formula within {bound(error)}, smallest slope {lowest:.3f}"


@claim(
    "H8",
    "$\\sin x$ and $e^{-q^*} \\sinh x$ have the same correlation map at $q^*$, the same $\\chi_1$ "
    "too; but with $\\sigma_w^2$ on the edge of chaos $q^*$ is stable for the first and unstable "
    "for the second, with $V'(q^*) = \\sigma_w^2 e^{-2 q^*}$ and $\\sigma_w^2$.",
    source="ours",
    fails_with={"exponent": 0.999},
)
def two_activations_with_one_map(exponent=1.0):
    """Both maps by quadrature in the plane at nine correlations, at three variances."""
    error, good = 0.0, True
    z, weight = grid(panels=40)
    for q in (0.5, 1.0, 2.0):
        root, w = np.sqrt(q), 2 / (1 + np.exp(-2 * q))
        for rho in np.linspace(-0.8, 0.8, 5):
            one, other = root * z[:, None], root * (rho * z[:, None] + np.sqrt(1 - rho**2) * z)
            first = weight @ (np.sin(one) * np.sin(other)) @ weight
            second = weight @ (np.sinh(one) * np.sinh(other)) @ weight * np.exp(-2 * q * exponent)
            error = max(error, abs(first - second), abs(first - np.exp(-q) * np.sinh(q * rho)))
        slopes = [
            w * (f * df * z) @ weight / root
            for f, df in (
                (np.sin(root * z), np.cos(root * z)),
                (np.exp(-q) * np.sinh(root * z), np.exp(-q) * np.cosh(root * z)),
            )
        ]
        error = max(error, abs(slopes[0] - w * np.exp(-2 * q)), abs(slopes[1] - w))
        good &= slopes[0] < 1 < slopes[1]
    return bool(good and error < 1e-9), f"three variances, largest difference below {bound(error)}"


@claim(
    "H9",
    "If every individual independently has $k$ children with probability $r_k$, then $\\rho^l$ "
    "from $\\rho^1 = 0$ is the probability that a family has died out by generation $l - 1$.",
    source="harris1963",
    fails_with={"late": 1},
)
def correlations_are_extinctions(late=0):
    """100,000 families for three maps on the edge of chaos, ten generations."""
    rng, worst = np.random.default_rng(1), 0.0
    for phi, edge in on_the_edge((("tanh", {}, 0.1), ("gelu", {}, 0.5), ("elu", {}, 0.1))):
        r = np.maximum(weights_of_map(phi, edge, 40), 0)
        alive, rho = np.ones(100_000, int), 0.0
        for _ in range(late):
            rho = float(afli.correlation_map(phi, rho, edge.q, edge.sigma_w2, edge.sigma_b2))
        for generation in range(10):
            # The children of all individuals of one generation, summed family by family.
            owner = np.repeat(np.arange(alive.size), alive)
            children = np.searchsorted(np.cumsum(r / r.sum()), rng.random(owner.size))
            alive = np.bincount(owner, children, minlength=alive.size).astype(int)
            rho = float(afli.correlation_map(phi, rho, edge.q, edge.sigma_w2, edge.sigma_b2))
            if generation >= late:
                error = np.sqrt(rho * (1 - rho) / alive.size)
                worst = max(worst, abs(np.mean(alive == 0) - rho) / error)
    return worst < 4, f"largest deviation {worst:.1f} standard errors of 30"
