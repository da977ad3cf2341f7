"""Answers to the exercises of the chapter "A heatmap of depth and linearity"."""

import numpy as np
from scipy import stats

import afli
from afli.lab.benchmark import flops
from afli.teach import exercise, judged


@exercise(
    "VI.1.1",
    hint="Runs, times epochs, times full batches in an epoch.",
    rtol=1e-6,
    mistakes={
        "You counted the batch that is not full.": lambda: 4000 * 100 * 782,
        "That is for batches of 128.": lambda: 4000 * 100 * 390,
        "That is without the seeds.": lambda: 400 * 100 * 781,
    },
)
def updates():
    return 4 * 10 * 5 * 2 * 10 * 100 * (50_000 // 64)


@exercise("VI.1.2", hint="Only sigma_b2 / a^2 matters.", mistakes={"Mind the square.": lambda: 50})
def other_units():
    return 2 / np.sqrt(0.04)


@exercise(
    "VI.1.3",
    hint="Two operations for each entry, image and product; two products in the first layer.",
    mistakes={
        "You have three products in the first layer, too.": (
            lambda: flops(100, 300, 64) + 2 * 64 * 3072 * 300
        ),
        "An entry takes part in a multiplication and an addition.": (
            lambda: flops(100, 300, 64) / 2
        ),
    },
)
def operations():
    return flops(100, 300, 64)


@exercise("VI.1.4", hint="The rule, rounded up.", mistakes={"Too narrow: round up.": lambda: 4})
def whole_half_width():
    return int(np.ceil(afli.half_width_for_depth(100, 0.01, 0.5)))


@exercise(
    "VI.1.5",
    hint="Find the least n with t / sqrt(n) at most 0.5.",
    mistakes={"That is with the normal quantile 1.96 in place of t.": lambda: 16},
)
def seeds_for_half_a_point():
    n = np.arange(2, 100)
    half = stats.t.ppf(0.975, n - 1) / np.sqrt(n)
    return int(n[half <= 0.5][0])


@exercise(
    "VI.1.6",
    hint="The length of the target over the length of the axis, both in logarithms.",
    mistakes={"That is on an axis that is not logarithmic.": lambda: (4.5 - 2) / 7},
)
def dart():
    return np.log(1.5**2) / np.log(8)


@judged(
    "VI.1.7",
    hint="afli.half_width_for_depth with tolerance 1.",
    example=lambda: float(afli.half_width_for_depth(200, 0.1, 1.0)),
)
def half_width_for_one(answer):
    phi = afli.activation("shtanh", a=float(answer))
    edge = afli.edge_of_chaos(phi, 0.1)
    found = afli.spectrum_variance(phi, edge.q, 200)
    if abs(found - 1) > 0.05:
        return f"There the variance is {found:.2f}."


@judged(
    "VI.1.8",
    hint="Many shallow runs, few deep ones.",
    example=lambda: [20] * 16 + [50] * 16 + [100] * 8,
)
def depths_to_train(answer):
    depths = [int(depth) for depth in answer]
    if len(depths) > 40 or min(depths) < 1 or max(depths) > 200:
        return "Give at most 40 depths between 1 and 200."
    spent = sum(flops(depth, 300, 64) for depth in depths)
    share = spent / (40 * flops(200, 300, 64))
    if share > 1 / 3:
        return f"They take {share:.2f} of the operations."
    if depths.count(max(depths)) < 8:
        return "There are fewer than eight runs at the deepest depth."
    if max(depths) < 4 * min(depths):
        return "The deepest is less than four times as deep as the shallowest."
