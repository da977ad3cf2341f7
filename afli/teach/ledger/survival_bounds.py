"""Claims of the chapter "How deep a signal survives": what R(0) says about the depth."""

import numpy as np

import afli
from afli.teach.claims import claim

# Activations with a bias variance at which each has an edge of chaos (all but ReLU's kind).
SETTINGS = (
    *((name, {}, b) for name in ("tanh", "erf", "elu", "selu") for b in (1.0, 0.1, 0.01, 1e-4)),
    ("gelu", {}, 1.0),
    ("silu", {}, 1.0),
    *(
        (name, {"a": 2.0}, b)
        for name in ("shtanh", "ssin", "sexp", "ssaw")
        for b in (1, 0.1, 0.01, 1e-4)
    ),
    ("relu", {}, 0.0),
    ("leaky_relu", {}, 0.0),
)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(60)


def edges(settings=SETTINGS):
    """Each activation with its edge of chaos."""
    for name, options, sigma_b2 in settings:
        phi = afli.activation(name, **options)
        yield phi, afli.edge_of_chaos(phi, sigma_b2)


def gap(phi, edge, rho):
    """R(rho) - rho on the edge."""
    return afli.correlation_map(phi, rho, edge.q, edge.sigma_w2, edge.sigma_b2) - rho


def path(phi, edge, start, layers):
    """rho^1, ..., rho^layers."""
    rho = [float(start)]
    while len(rho) < layers:
        rho.append(rho[-1] + float(gap(phi, edge, rho[-1])))
    return np.array(rho)


def layers_between(phi, edge, start, end, log_factor=0.5):
    """The integral formula for the number of layers from one correlation to another."""
    low, high = np.sqrt(1 - end), np.sqrt(1 - start)
    u = np.concatenate([[low], low + (high - low) * (_NODES + 1) / 2, [high]])
    f = gap(phi, edge, 1 - u**2)
    integral = _WEIGHTS @ (2 * u[1:-1] / f[1:-1]) * (high - low) / 2
    return integral + log_factor * np.log(f[0] / f[-1])


@claim(
    "R1",
    "On the edge of chaos, from $\\rho^1 \\ge 0$, $\\rho^l \\le \\rho^1 + (l-1) R(0)$ and "
    "$1 - \\rho^l \\ge (1 - R(0))^{l-1} (1 - \\rho^1)$.",
    source="ours",
    fails_with={"factor": 0.999},
)
def sup_gap_bounds_the_path(factor=1.0):
    """Twelve layers from 0 and from 0.5 for ten activations, R(0) times the factor."""
    good, closest = True, np.inf
    for phi, edge in edges([*SETTINGS[1:17:4], *SETTINGS[19:35:4], *SETTINGS[-2:]]):
        r0 = factor * float(gap(phi, edge, 0.0))
        for start in (0.0, 0.5):
            rho = path(phi, edge, start, 12)
            steps = np.arange(12)
            ratio = (1 - rho) / ((1 - r0) ** steps * (1 - start))
            good &= bool((ratio >= 1 - 1e-12).all())
            good &= bool((rho <= start + steps * r0 + 1e-12).all())
            closest = min(closest, ratio[1:].min())
    return good, f"both hold; 1 - rho at least {closest:.3f} times the second bound"


@claim(
    "R2",
    "On the edge of chaos $R(0)(1-\\rho)^2 \\le R(\\rho) - \\rho \\le R(0)(1-\\rho)$ for "
    "$0 \\le \\rho \\le 1$, and neither power can be improved: GELU with $\\sigma_b^2 = 10^{-6}$ "
    "comes close to the first, the clip at $\\pm 10^4$ with $\\sigma_b^2 = 10^{-4}$ nears the "
    "second near 0.",
    source="ours",
    fails_with={"power": 1.99},
)
def gap_between_a_line_and_a_parabola(power=2.0):
    """The gap at 31 correlations for every setting; the two extreme cases."""
    rho, good = np.linspace(0, 0.95, 31), True
    every = [*edges(), *edges([("gelu", {}, 1e-6)])]
    for phi, edge in every:
        f = gap(phi, edge, rho)
        good &= bool((f <= f[0] * (1 - rho) + 1e-12).all())
        good &= bool((f >= f[0] * (1 - rho) ** power * (1 - 1e-9)).all())
    low = (f / f[0] / (1 - rho) ** 2).max()
    phi, edge = next(edges([("shtanh", {"a": 1e4}, 1e-4)]))
    half = gap(phi, edge, 0.5) / gap(phi, edge, 0.0) / 0.5
    good &= low < 1.05 and half > 0.95
    return bool(good), f"GELU at most {low:.3f} times the parabola, the clip {half:.3f} of the line"


@claim(
    "R3",
    "If $\\phi$ is odd, $R(\\rho) - \\rho \\ge R(0)(1-\\rho)^2(1 + \\rho/2)$ on the edge of chaos; "
    "tanh comes within 1 % of it as $\\sigma_b^2 \\to 0$.",
    source="ours",
    fails_with={"share": 0.51},
)
def gap_of_an_odd_activation(share=0.5):
    """The gap at 31 correlations for the odd settings, and tanh with bias variance 1e-6."""
    rho, good = np.linspace(0, 0.95, 31), True
    for phi, edge in [*edges(), *edges([("tanh", {}, 1e-6)])]:
        if phi.odd:
            f = gap(phi, edge, rho)
            ratio = f / f[0] / ((1 - rho) ** 2 * (1 + share * rho))
            good &= bool(ratio.min() > 1 - 1e-7)
    good &= ratio.max() < 1.01
    return bool(good), f"tanh with the smallest bias variance at most {ratio.max():.4f} times it"


@claim(
    "R4",
    "On the edge of chaos a pair with $\\rho^1 = 0$ first has $1 - \\rho^l \\le \\varepsilon$ "
    "after $l - 1$ layers, at least $\\ln(1/\\varepsilon) / \\ln\\frac{1}{1-R(0)}$ and at most "
    "$(1/\\varepsilon - 1)/R(0)$, rounded up. For $\\varepsilon = \\frac12$ the two are "
    "$0.69/R(0)$ or less and $1/R(0)$.",
    source="ours",
    fails_with={"most": 0.99},
)
def depth_between_two_numbers(most=1.0):
    """Depths for 36 settings at distances 1/2 and 0.1; GELU and the clip with tiny biases."""
    good, seen = True, {0.5: [], 0.1: []}
    extreme = [*edges([("gelu", {}, 1e-6), ("shtanh", {"a": 1e4}, 1e-4)])]
    for phi, edge in [*edges(), *extreme]:
        r0 = float(gap(phi, edge, 0.0))
        for epsilon, products in seen.items():
            count = layers_between(phi, edge, 0.0, 1 - epsilon)
            good &= bool(count >= np.log(epsilon) / np.log1p(-r0) - 0.01)
            good &= bool(np.ceil(count - 0.01) <= np.ceil(most * (1 / epsilon - 1) / r0))
            products.append(count * r0)
    shown = ", ".join(f"{min(p):.2f} to {max(p):.2f} at {e}" for e, p in seen.items())
    return bool(good), f"layers times R(0): {shown}"


@claim(
    "R5",
    "On the edge of chaos the layers from $\\rho_a \\ge 0$ to $\\rho_b \\le 0.9$ are "
    "$\\int d\\rho / f + \\frac12 \\ln [f(\\rho_b)/f(\\rho_a)]$ with $f = R(\\rho) - \\rho$, to "
    "within $R(0)/2$ of a layer in every setting tried.",
    source="ours",
    fails_with={"log_factor": 0.49},
)
def layers_are_an_integral(log_factor=0.5):
    """Nine settings, iterated up to 0.9 or for 30 layers, against the formula."""
    worst = 0.0
    for phi, edge in edges([*SETTINGS[:16:3], *SETTINGS[18:34:9], SETTINGS[-2]]):
        rho = path(phi, edge, 0.0, 30)
        for layer in (2, np.flatnonzero(rho <= 0.9)[-1]):
            count = layers_between(phi, edge, 0.0, rho[layer], log_factor)
            worst = max(worst, abs(count - layer) / (rho[1] - rho[0]))
    return bool(worst < 0.5), f"largest difference {worst:.2f} times R(0)"


@claim(
    "R6",
    "On the edge of chaos of a smooth activation $\\beta \\le 1/R(0)$, and $\\beta \\le 2/(3R(0))$ "
    "if it is odd. Both are attained in the limit of small $\\sigma_b^2$, by GELU and by tanh.",
    source="ours",
    fails_with={"factor": 0.99},
)
def asymptote_and_gap(factor=1.0):
    """Products of beta and R(0) for the smooth settings, and with a bias variance of 1e-6."""
    extra = [(name, {}, 1e-6) for name in ("elu", "gelu", "silu", "tanh", "erf")]
    good, largest = True, {True: 0.0, False: 0.0}
    for phi, edge in edges([*SETTINGS[:12], *SETTINGS[16:18], *extra]):
        product = afli.correlation_decay(phi, edge.q).constant * float(gap(phi, edge, 0.0))
        good &= product < factor * (2 / 3 if phi.odd else 1)
        largest[phi.odd] = max(largest[phi.odd], product)
    good &= largest[True] > 0.66 and largest[False] > 0.98
    seen = f"{largest[True]:.4f} for odd ones, {largest[False]:.4f} for others"
    return bool(good), f"beta times R(0) at most {seen}"


@claim(
    "R7",
    "On the edge of chaos a pair with $\\rho^1 = -s < 0$ is not negative any more after "
    "$\\ln(1+s)/\\ln\\frac{1}{1-R(0)}$ layers (rounded up), at most $0.69/R(0)$; if $\\phi$ is odd "
    "it takes at least $s/(2R(0))$. The first bound is met within 10 %.",
    source="ours",
    fails_with={"most": 0.9},
)
def negative_pairs(most=1.0):
    """Every setting, and a clip at 1e4, from two negative starts, by the integral formula."""
    good, closest = True, 0.0
    for phi, edge in [*edges(), *edges([("shtanh", {"a": 1e4}, 1e-4)])]:
        r0 = float(gap(phi, edge, 0.0))
        for s in (0.9, 0.3):
            if r0 > 0.04:  # few layers: count them
                rho, needed = -s, 0
                while rho < 0:
                    rho, needed = rho + float(gap(phi, edge, rho)), needed + 1
            else:
                needed = np.ceil(layers_between(phi, edge, -s, 0.0) - 0.2)
            bound = np.log1p(s) / -np.log1p(-r0)
            good &= bool(needed <= np.ceil(most * bound))
            good &= not phi.odd or bool(needed >= s / 2 / r0)
            closest = max(closest, needed / bound if r0 < 0.01 else 0.0)
    return good and closest > 0.9, f"at most {closest:.3f} of the bound where R(0) is below 0.01"
