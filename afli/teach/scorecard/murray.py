"""Published results of training of Murray, Abrol and Tanner (2022)."""

import numpy as np

from ..scores import final_accuracy, interval, score

SHORTER = (
    "one pass over a JPEG copy of the images instead of 100 epochs, at ten times their learning "
    "rate; 5 half-widths of their 10, 3 bias variances of their 5, 2 seeds of their 10"
)
WIDTHS = (1.0, 2.0, 3.0, 5.0, 8.0)
DEPTHS = (20, 50, 100, 200)


def _columns(records, **where):
    """Mean accuracy of the two seeds by depth and half-width."""
    return np.array(
        [[final_accuracy(records, depth=depth, a=a, **where).mean() for a in WIDTHS]
         for depth in DEPTHS]
    )  # fmt: skip


@score(
    "murray2022",
    "section 4.2, figure 7",
    "In maps of the test accuracy a ridge of best half-widths rises: a larger, though not the "
    "largest, half-width is best where a network is harder to initialise.",
    record="heatmap-laptop",
    differs=SHORTER + "; we compare the ends of the map, in the geometric mean of the ridge",
)
def the_ridge_rises(records):
    ridge = {}
    for bias in (1.0, 0.0001):
        for law in ("gaussian", "orthogonal"):
            best = _columns(records, sigma_b2=bias, weights=law).argmax(axis=1)
            ridge[bias, law] = np.log(np.array(WIDTHS)[best])
    small, large = (
        np.exp(np.mean([ridge[bias, law] for law in ("gaussian", "orthogonal")]))
        for bias in (0.0001, 1.0)
    )
    shallow, deep = (
        np.exp(np.mean([values[part] for values in ridge.values()]))
        for part in (slice(0, 2), slice(2, 4))
    )
    found = (
        f"from {small:.1f} to {large:.1f} between bias variances 0.0001 and 1; from "
        f"{shallow:.1f} to {deep:.1f} between depths 20, 50 and 100, 200"
    )
    return small < large < WIDTHS[-1] and shallow < deep < WIDTHS[-1], found


@score(
    "murray2022",
    "section 4.2, figure 7",
    "Orthogonal weights have an advantage over Gaussian ones, and it is relatively small.",
    record="heatmap-laptop",
    differs=SHORTER + "; best half-width of each law, 95 % interval over 12 settings",
)
def orthogonal_is_ahead(records):
    gains = []
    for bias in (1.0, 0.01, 0.0001):
        best = [
            _columns(records, sigma_b2=bias, weights=law).max(axis=1)
            for law in ("orthogonal", "gaussian")
        ]
        gains.extend(100 * (best[0] - best[1]))
    mean, half = interval(gains)
    found = f"ahead by {mean:.1f} ± {half:.1f} points, at most by {max(gains):.1f}"
    return mean - half > 0, found


@score(
    "murray2022",
    "section 4.2, figure 8",
    "Letting the half-width decrease over the first epochs appears promising over a wide range of "
    "depths and hyperparameters.",
    record="schedules-quick",
    differs="digits, which a linear classifier nearly gets right; two depths, one seed",
)
def decreasing_is_promising(records):
    ahead = pairs = 0
    for depth in sorted(set(records["depth"].tolist())):
        last = records.where(depth=depth).last()
        fixed = last["schedule"] == "constant"
        accuracy = np.nan_to_num(last["test_accuracy"])
        ahead += int(np.sum(accuracy[~fixed] > accuracy[fixed].max()))
        pairs += int(np.sum(~fixed))
    return ahead > pairs / 2, f"ahead of the best fixed half-width in {ahead} of {pairs} runs"
