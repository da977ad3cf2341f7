"""Claims of the chapter "A heatmap of depth and linearity"."""

import numpy as np
from scipy import stats

import afli
from afli.lab import experiment
from afli.lab.costs import steps_of, training_flops
from afli.teach.claims import claim
from afli.teach.records import recorded


@claim(
    "M1",
    "The paper's grid has 4000 runs of 78,100 updates and takes $1.14 \\cdot 10^{18}$ operations "
    "of matrix products, evaluation included.",
    source="murray2022",
    fails_with={"products": 2.9},
)
def cost_of_the_grid(products=3.0):
    """The runs of the experiment, and the entries of each weight matrix times three products, two
    in the first layer."""
    runs = [run.replace(data="cifar10") for run in experiment("heatmap").runs("paper")]
    total = 0.0
    for depth in (20, 50, 100, 200):
        first, others = 3072 * 300, (depth - 1) * 300**2 + 300 * 10
        update = 2 * 64 * ((products - 1) * first + products * others)
        total += 1000 * 100 * (781 * update + 10_000 * 2 * (first + others))
    holds = len(runs) == 4000 and {steps_of(run) for run in runs} == {78_100}
    holds &= abs(sum(map(training_flops, runs)) / total - 1) < 1e-12
    return holds and abs(total - 1.14e18) < 5e15, f"{len(runs)} runs, {total:.3g} operations"


@claim(
    "M2",
    "At $T = 0.5$ the rule asks for half-widths above 8 at $\\sigma_b^2 = 1$ and below 1 at "
    "$10^{-4}$, for 20 to 200 layers; at 0.01 for 1.61 to 6.56.",
    source="ours",
    fails_with={"sigma_b2": 0.0101},
)
def where_the_rule_is_inside(sigma_b2=0.01):
    """`afli.half_width_for_depth` at four depths and three bias variances."""
    depths = np.array([20, 50, 100, 200])
    wide, inside, narrow = (
        afli.half_width_for_depth(depths, b, 0.5) for b in (1.0, sigma_b2, 1e-4)
    )
    holds = wide.min() > 8 and narrow.max() < 1
    holds &= abs(inside[0] - 1.61) < 5e-3 and abs(inside[-1] - 6.56) < 5e-3
    return bool(holds), f"from {inside[0]:.2f} to {inside[-1]:.2f}, {wide.min():.0f} or more at 1"


@claim(
    "M3",
    "On digits, after ten epochs, 40 layers at $\\sigma_b^2 = 1$ gain more than 30 points of test "
    "accuracy between half-widths 0.5 and 5; at 0.01 they lose less than 10 points anywhere "
    "between 0.5 and 10.",
    source="ours",
    fails_with={"sigma_b2": 0.01},
)
def biases_ask_for_width(sigma_b2=1.0):
    """The recorded runs of the quick budget."""
    rows = recorded("heatmap-quick").where(depth=40).last()
    accuracy = {
        (b, a): value
        for b, a, value in zip(rows["sigma_b2"], rows["a"], rows["test_accuracy"], strict=True)
    }
    gain = accuracy[sigma_b2, 5.0] - accuracy[sigma_b2, 0.5]
    small = [value for (b, _), value in accuracy.items() if b == 0.01]
    spread = max(small) - min(small)
    return bool(gain > 0.3 and spread < 0.1), f"a gain of {gain:.2f}; a range of {spread:.2f}"


@claim(
    "M4",
    "Five settings with true accuracies 0, 1, 1, 4 and 4 points below the best, and runs that "
    "scatter by one point: the best mean of two seeds is the best setting with probability 0.745.",
    source="ours",
    fails_with={"seeds": 3},
)
def best_of_five(seeds=2):
    """The integral of a product of normal tails, against 200,000 draws within 4 standard errors."""
    below, error = np.array([0.0, 1.0, 1.0, 4.0, 4.0]), 1 / np.sqrt(seeds)
    z = np.linspace(-6, 6, 2401)
    ahead = stats.norm.cdf(z[:, None] + below[1:] / error).prod(axis=1)
    chance = np.trapezoid(stats.norm.pdf(z) * ahead, z)
    draws = np.random.default_rng(0).normal(-below, error, (200_000, 5))
    found = np.mean(draws.argmax(axis=1) == 0)
    holds = abs(chance - 0.745) < 5e-4 and abs(found - chance) < 4 * 0.44 / 200_000**0.5
    return bool(holds), f"{chance:.4f}, drawn {found:.4f}"


WIDTHS, DEPTHS = np.array([1.0, 2.0, 3.0, 5.0, 8.0]), np.array([20, 50, 100, 200])
BIASES, LAWS = (1.0, 0.01, 0.0001), ("gaussian", "orthogonal")


def _map():
    """Mean accuracy of two seeds, in per cent, by law, bias variance, depth and half-width."""
    last = recorded("heatmap-laptop").last()
    keys = zip(*(last[n].tolist() for n in ("weights", "sigma_b2", "depth", "a")), strict=True)
    found = {}
    for key, accuracy in zip(keys, last["test_accuracy"].tolist(), strict=True):
        found.setdefault(key, []).append(100 * accuracy)
    cells = [
        np.mean(found[law, bias, depth, a])
        for law in LAWS for bias in BIASES for depth in DEPTHS.tolist() for a in WIDTHS.tolist()
    ]  # fmt: skip
    return np.reshape(cells, (2, 3, 4, 5))


@claim(
    "M5",
    "In the recorded map the rule, its constant fitted at depths 20 and 50, misses the best "
    "half-widths at 100 and 200 by a larger mean factor than a dart: 2.7 against 1.85. The guess 3 "
    "misses them by 1.33.",
    source="ours",
    fails_with={"guess": 2.0},
)
def rule_against_dart(guess=3.0):
    """The recorded runs; T on a grid from 0.001 to 1000, half-widths held between 1 and 8."""
    ridge = WIDTHS[_map().argmax(axis=-1)]

    def away(guesses):
        return np.abs(np.log(guesses / ridge))

    rules = [
        np.clip([afli.half_width_for_depth(DEPTHS, bias, T) for bias in BIASES], 1, 8)
        for T in np.geomspace(0.001, 1000, 121)
    ]
    fitted = min(rules, key=lambda one: away(one)[..., :2].mean())
    dart = np.mean([away(throw) for throw in np.geomspace(1, 8, 1001)], axis=0)
    rule, thrown, always = (
        float(np.exp(off[..., 2:].mean())) for off in (away(fitted), dart, away(guess))
    )
    holds = abs(rule - 2.7) < 0.05 and abs(thrown - 1.85) < 0.01 and abs(always - 1.33) < 0.01
    return holds, f"factors {rule:.2f}, {thrown:.2f} and {always:.2f}"


@claim(
    "M6",
    "In the recorded map half-width 1 is behind the best by 8 points or more at depth 20 if "
    "$\\sigma_b^2 = 1$; by 2 to 3 points at depth 20 and more than 6 at 200 if it is 0.01; by less "
    "than 3 anywhere, and less than half a point at 200, if it is 0.0001.",
    source="ours",
    fails_with={"narrow": 2.0},
)
def price_of_a_narrow_region(narrow=1.0):
    """The recorded runs, both laws of weights; points to a tenth."""
    cells = _map()
    behind = (cells.max(axis=-1) - cells[..., WIDTHS == narrow][..., 0]).round(1)
    large, medium, small = behind.min(axis=0), behind[:, 1], behind[:, 2]
    holds = large[0, 0] >= 8 and np.all((medium[:, 0] >= 2) & (medium[:, 0] <= 3))
    holds &= medium[:, 3].min() > 6 and small.max() < 3 and small[:, 3].max() < 0.5
    found = [large[0, 0], medium[:, 0].max(), medium[:, 3].min(), small.max(), small[:, 3].max()]
    return bool(holds), "{:.1f}; {:.1f} and {:.1f}; {:.1f} and {:.1f}".format(*found)


@claim(
    "M7",
    "In the recorded map $a = 8$ with $\\sigma_b^2 = 1$ and $a = 1$ with 0.01, that is $y = 0.016$ "
    "and 0.01, are within 1.5 points at depth 20 and 14 to 27 points apart at 100 and 200.",
    source="ours",
    fails_with={"wide": 5.0},
)
def same_network_in_other_units(wide=8.0):
    """The recorded runs, both laws of weights."""
    cells = _map()
    behind = cells[:, 1, :, 0] - cells[:, 0, :, WIDTHS == wide][0]
    level, apart = np.abs(behind[:, 0]).max(), behind[:, 2:]
    holds = level < 1.5 and apart.min() > 14 and apart.max() < 27
    return bool(holds), f"{level:.1f}; {apart.min():.1f} to {apart.max():.1f}"
