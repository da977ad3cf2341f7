"""Claims of the chapter "What predicts training?" on cells with learning rates of their own."""

import numpy as np

import afli
from afli.teach.claims import claim
from afli.teach.records import recorded
from afli.teach.scores import at_own_rate

BIASES, DEPTHS = (1.0, 0.01), (20, 100, 200)


def _cells(**where):
    """Accuracies in % of both seeds by bias variance, depth and half-width."""
    records = recorded("cell_rates-laptop")
    last = records.last().where(**where)
    names = ("sigma_b2", "depth", "a")
    places = sorted(set(zip(*(last[name].tolist() for name in names), strict=True)))
    return {
        place: 100 * at_own_rate(records, **dict(zip(names, place, strict=True)), **where)[0]
        for place in places
    }


def _ridges(cells):
    """The best half-width, and the narrowest within twice the scatter of it, by (bias, depth)."""
    pairs = np.array([values for values in cells.values() if values.min() > 15])
    scatter = np.sqrt(np.mean(np.diff(pairs) ** 2) / 2)
    best, edge = {}, {}
    for bias in BIASES:
        for depth in DEPTHS:
            means = {a: v.mean() for (b, d, a), v in cells.items() if (b, d) == (bias, depth)}
            top = max(means.values())
            best[bias, depth] = max(means, key=means.get)
            edge[bias, depth] = min(a for a, x in means.items() if x > top - 2 * scatter)
    return best, edge


@claim(
    "K11",
    "In the record of cells with rates of their own, each seed judged at the rate that is best for "
    "the other, the best half-width at 20, 100 and 200 layers is 13 for $\\sigma_b^2 = 1$ and 2, 2 "
    "and 5 for 0.01. The narrowest half-widths within twice the scatter of the best are 3, 5, 13 "
    "and 1, 2, 3: they rise with depth.",
    source="ours",
    fails_with={"learning_rate": 1e-3},
)
def ridge_with_own_rates(**where):
    """The recorded runs, accuracy on held-out images."""
    best, edge = _ridges(_cells(**where))
    holds = [best[1.0, d] for d in DEPTHS] == [13, 13, 13]
    holds &= [best[0.01, d] for d in DEPTHS] == [2, 2, 5]
    holds &= [edge[b, d] for b in BIASES for d in DEPTHS] == [3, 5, 13, 1, 2, 3]
    shown = ", ".join(f"{best[place]:g} from {edge[place]:g}" for place in best)
    return bool(holds), f"half-widths {shown}"


@claim(
    "K13",
    "At the ridges of 100 and 200 layers in this record the rule with $T = 1$ is off by a factor "
    "of 1.4, the geometric mean of the ridges of 20 layers by 2.0 and a dart by 2.4; the ridges of "
    "20 layers, carried over, by 1.3.",
    source="ours",
    fails_with={"tolerance": 0.01},
)
def guesses_at_the_ridge(tolerance=1.0):
    """Mean distances in logarithms; guesses are kept inside the grid."""
    best, _ = _ridges(_cells())
    asked = {b: afli.half_width_for_depth(np.array(DEPTHS), b, tolerance) for b in BIASES}
    widest = {1.0: 20.0, 0.01: 8.0}

    def off(guess):
        """The factor by which a function of bias variance and depth is off."""
        gaps = [
            abs(np.log(np.clip(guess(b, d), 1, widest[b]) / best[b, d]))
            for b in BIASES
            for d in (100, 200)
        ]
        return np.exp(np.mean(gaps))

    rule = off(lambda b, d: asked[b][DEPTHS.index(d)])
    shallow = off(lambda b, _: best[b, 20])
    same = off(lambda *_: np.sqrt(best[1.0, 20] * best[0.01, 20]))
    throws = [off(lambda b, _, x=x: widest[b] ** x) for x in np.linspace(0, 1, 401)]
    dart = np.exp(np.mean(np.log(throws)))
    pairs = zip((rule, same, dart, shallow), (1.4, 2.0, 2.4, 1.3), strict=True)
    found = f"rule {rule:.2f}, one {same:.2f}, dart {dart:.2f}, 20 layers {shallow:.2f}"
    return bool(all(abs(value - said) < 0.05 for value, said in pairs)), found
