"""Claims of the chapter "Letting a decrease": what narrowing does to a network on the edge."""

import numpy as np
from scipy.interpolate import CubicSpline

import afli
from afli import lab
from afli.lab.schedules import half_width
from afli.teach.claims import claim


def clip(a):
    """The clip of half-width a."""
    return afli.activation("shtanh", a=float(a))


def narrowed(a, b, sigma_b2):
    """(q, chi_1) of a network on the edge of chaos for a, once its clips have half-width b."""
    sigma_w2 = afli.edge_of_chaos(clip(a), sigma_b2).sigma_w2
    q = afli.fixed_point(clip(b), sigma_w2, sigma_b2)
    return q, afli.chi1(clip(b), q, sigma_w2)


@claim(
    "Q1",
    "Narrow the clips of a network on the edge of chaos and leave its weights alone: then "
    "$\\chi_1 < 1$, lengths shrink, and they would be kept at the larger $\\sigma_w^2$ of the "
    "narrow clip's own edge only.",
    source="ours",
    fails_with={"factors": (0.5, 1.01)},
)
def narrowing_is_ordered(factors=(0.1, 0.5, 0.9, 0.99)):
    """Four half-widths, three bias variances, and narrowing by several factors."""
    least, good = 1.0, True
    for sigma_b2 in (0.01, 0.1, 1.0):
        for a in (1.0, 3.0, 10.0, 30.0):
            wide = afli.edge_of_chaos(clip(a), sigma_b2)
            for factor in factors:
                own = afli.edge_of_chaos(clip(factor * a), sigma_b2)
                q, chi = narrowed(a, factor * a, sigma_b2)
                least = min(least, 1 - chi)
                good &= q < own.q < wide.q and own.sigma_w2 > wide.sigma_w2
    return bool(good and least > 0), f"1 - chi_1 at least {least:.1e} in 48 cases"


@claim(
    "Q2",
    "With $\\sigma_b^2 = 0.1$, narrowing from $a = 10$ to 2 gives $\\chi_1 = 0.951$: squared "
    "gradients are multiplied by 0.0067 over 100 layers. Weights 4.5 % larger would keep them.",
    source="ours",
    fails_with={"a_end": 2.05},
)
def from_ten_to_two(a_end=2.0):
    """The fixed point and chi_1 after the change, and the two edges of chaos."""
    q, chi = narrowed(10, a_end, 0.1)
    wide, narrow = (afli.edge_of_chaos(clip(a), 0.1).sigma_w2 for a in (10, a_end))
    factor = np.sqrt(narrow / wide)
    rescaled = afli.fixed_point(clip(a_end), wide * factor**2, 0.1)
    kept = abs(afli.chi1(clip(a_end), rescaled, wide * factor**2) - 1) < 1e-9
    holds = abs(chi - 0.951) < 5e-4 and abs(chi**100 - 0.0067) < 5e-5 and abs(factor - 1.045) < 5e-4
    return bool(holds and kept), f"chi_1 = {chi:.4f}, chi_1^100 = {chi**100:.4f}, {factor:.4f}"


@claim(
    "Q3",
    "Networks of width 200 do that: narrowed from 10 to 2, their squared gradients are multiplied "
    "by $\\chi_1$ in every layer; with rescaled weights they keep their size.",
    source="ours",
    fails_with={"per_layer": 1.5},
)
def gradients_of_narrowed_networks(per_layer=1.0):
    """Two networks of 30 layers, orthogonal weights, from layer 28 back to layer 8."""
    data = lab.prepare(lab.load_dataset("shapeset", train=100, test=40))
    base = lab.Run(data="shapeset", a=10.0, sigma_b2=0.1, depth=30, width=200)
    chi = narrowed(10, 2, 0.1)[1] ** (20 * per_layer)
    wide, narrow = (afli.edge_of_chaos(clip(a), 0.1).sigma_w2 for a in (10, 2))
    found = []
    for factor in (1.0, np.sqrt(narrow / wide)):
        stack = lab.build([base.replace(seed=seed) for seed in range(2)], data, device="cpu")
        stack.phi = clip(2)
        for weight in stack.weights[:-1]:
            weight *= float(factor)
        rows = lab.layer_statistics(stack, data.test_inputs, data.test_labels, learning_rate=1)
        spread = np.array([row["gradient_spread"] for row in rows]) ** 2
        found.append((spread[:, 7] / spread[:, 27]).mean())
    holds = abs(np.log(found[0] / chi)) < 0.2 and abs(np.log(found[1])) < 0.2
    return bool(holds), f"{found[0]:.2f} over 20 layers, theory {chi:.2f}; rescaled {found[1]:.2f}"


@claim(
    "Q4",
    "A network on the edge of chaos is nonlinear in between only: of the output of 100 layers "
    "with $\\sigma_b^2 = 0.1$ the nonlinear share is largest near $a = 6.6$, and less than half as "
    "large at $a = 2$ and at $a = 20$.",
    source="ours",
    fails_with={"depth": 20},
)
def share_of_the_whole_network(depth=100):
    """The correlation map iterated, its value and its slope at 0, on a grid of half-widths."""
    grid = np.array([2.0, *np.arange(5, 9, 0.2), 20.0])
    shares = np.array([shares_of_network(a, depth, 0.1)[2] for a in grid])
    best = grid[shares.argmax()]
    half = max(shares[0], shares[-1]) < shares.max() / 2
    return bool(half and abs(best - 6.6) < 0.3), f"{shares.max():.3f} at a = {best:.1f}"


def shares_of_network(a, depth, sigma_b2):
    """Constant, linear and nonlinear share of the output of a whole network."""
    phi, grid = clip(a), 1 - np.linspace(1, 0, 201) ** 2
    edge = afli.edge_of_chaos(phi, sigma_b2)
    value = CubicSpline(grid, afli.correlation_map(phi, grid, edge.q, edge.sigma_w2, sigma_b2))
    rate = CubicSpline(grid, afli.correlation_slope(phi, grid, edge.q, edge.sigma_w2))
    rho, slope = 0.0, 1.0
    for _ in range(depth):
        rho, slope = float(value(rho)), slope * float(rate(rho))
    return rho, slope, 1 - rho - slope


@claim(
    "Q5",
    "On a circle of $2m$ equal sectors that bear two labels in turn, no affine classifier is right "
    "for a larger share than $\\frac12 + \\frac1{2m}$.",
    source="ours",
    fails_with={"excess": 0.9},
)
def floor_of_the_sectors(excess=1.0):
    """All arcs between 3600 points of the circle, for two to six pairs of sectors."""
    error = 0.0
    for pairs in (2, 3, 5, 6):
        label = np.arange(3600) * 2 * pairs // 3600 % 2
        gain = np.append(0, np.cumsum(np.tile(1 - 2 * label, 2)))  # right less wrong, of an arc
        best = max((gain[arc:] - gain[: len(gain) - arc]).max() for arc in range(0, 3601, 25))
        error = max(error, abs(0.5 + best / 3600 - 0.5 - excess / (2 * pairs)))
    return bool(error < 1e-12), "equal for 4, 6, 10 and 12 sectors"


@claim(
    "Q6",
    "Over 100 epochs the published schedule is at its end after four fifths; the steepest step of "
    "a cosine is $\\pi/2$ times a step of the line.",
    source="ours",
    fails_with={"share": 0.75},
)
def steps_of_the_schedules(share=0.8):
    """Half-widths in all epochs of 100, from 10 to 2."""
    path = {
        name: np.array([half_width(name, epoch, 100, 10, 2) for epoch in range(100)])
        for name in ("authors", "linear", "cosine")
    }
    end = int(np.flatnonzero(path["authors"] == 2)[0]) + 1
    ratio = np.diff(path["cosine"]).min() / np.diff(path["linear"]).min()
    holds = end == round(100 * share) and abs(ratio / (np.pi / 2) - 1) < 1e-3
    return bool(holds), f"at its end in epoch {end}; the steepest step {ratio:.3f} times"
