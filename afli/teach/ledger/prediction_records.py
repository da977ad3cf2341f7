"""Claims of the chapter "What predicts training?" on the records."""

from functools import cache

import numpy as np
from scipy import stats

from afli.lab import outlook
from afli.teach.claims import claim
from afli.teach.records import recorded

DEPTHS = (20, 50, 100, 200)
NAMES = ("correlation", "step", "spectrum_variance")


def _rank_correlation(x, y):
    return stats.spearmanr(x, y).statistic


@cache
def _outlook(run):
    """The three numbers of a run in logarithms; they do not depend on the seed."""
    found = outlook(run, inputs=3072)
    c, k, v = (found[name] for name in NAMES)
    return np.log(c / (1 - c)), np.log(k), np.log1p(v)


def _design(x):
    """The columns of a quadratic in the columns of x."""
    x = np.column_stack([np.ones(len(x)), x])
    i, j = np.triu_indices(x.shape[1])
    return x[:, i] * x[:, j]


def _fit(x, y):
    return np.linalg.lstsq(_design(x), y, rcond=None)[0]


@cache
def _record(name):
    """Runs, three numbers and final accuracy in per cent; what diverged is at chance level."""
    table = recorded(name)
    last, by_key = table.last(), table.runs()
    runs = [by_key[key].replace(seed=0) for key in last["key"].tolist()]
    reached = np.where(last["outcome"] == "finished", 100 * last["test_accuracy"], 10.0)
    return table, runs, reached


def _numbers(runs):
    return np.array([_outlook(run) for run in runs])


@claim(
    "K5",
    "In the recorded map the rank correlation with the final accuracy, mean over depths, is "
    "$-0.63$ for $\\sigma^2_{JJ^\\top}$ and $-0.54$ for $\\rho^L$. Among 23 quantities that were "
    "measured at the start the largest, without its sign, is 0.64. After a fifth of the training "
    "the accuracy itself has 0.88.",
    source="ours",
    fails_with={"law": "orthogonal"},
)
def one_number(law=None):
    """Spearman's correlation at each depth of the recorded runs."""
    table, runs, reached = _record("heatmap-laptop")
    start = table.where(epoch=0)
    one_law = runs if law is None else [run.replace(weights=law) for run in runs]

    def within(x):
        own = [start["depth"] == depth for depth in DEPTHS]
        return np.mean([_rank_correlation(x[rows], reached[rows]) for rows in own])

    spectrum, likeness = within(_numbers(one_law)[:, 2]), within(_numbers(runs)[:, 0])
    measured = [start["jacobian_log_mean"], start["jacobian_variance"]]
    for name in (
        *("preactivation_variance", "activation_variance", "correlation", "saturation"),
        *("gradient_spread", "weight_gradient", "update_ratio"),
    ):
        first, last = start[f"{name}_first"], start[f"{name}_last"]
        measured += [first, last, first / np.maximum(last, 1e-12)]
    best = max(abs(within(x)) for x in measured)
    early = within(table.where(epoch=1)["test_accuracy"])
    found = [spectrum, likeness, best, early]
    holds = np.allclose(found, [-0.63, -0.54, 0.64, 0.88], atol=0.005) and len(measured) == 23
    return bool(holds), "{:.3f}, {:.3f}, {:.3f}, {:.3f}".format(*found)


def _left_out(x, depth, reached):
    """Share of the variance and mean distance, each depth forecast by a fit to the others."""
    forecast = np.empty_like(reached)
    for d in np.unique(depth):
        own = depth == d
        forecast[own] = _design(x[own]) @ _fit(x[~own], reached[~own])
    off = reached - forecast
    return 1 - np.mean(off**2) / np.var(reached), np.abs(off).mean()


@claim(
    "K6",
    "A quadratic in the logarithms of $\\rho^L/(1 - \\rho^L)$, $u$ and "
    "$1 + \\sigma^2_{JJ^\\top}$, fitted to three of the map's depths, explains 85 % of the "
    "variance of the accuracy on all depths left out in turn, and is off by 2.3 points; with "
    "$\\rho^L$ alone 59 % and 3.6 points. The accuracy after a fifth of the training explains "
    "89 %.",
    source="ours",
    fails_with={"columns": (0, 2)},
)
def three_numbers(columns=(0, 1, 2)):
    """The recorded runs; least squares."""
    table, runs, reached = _record("heatmap-laptop")
    depth, x = np.array([run.depth for run in runs]), _numbers(runs)
    share, off = _left_out(x[:, columns], depth, reached)
    alone, alone_off = _left_out(x[:, :1], depth, reached)
    early = 100 * table.where(epoch=1)["test_accuracy"][:, None]
    after, _ = _left_out(early, depth, reached)
    holds = abs(share - 0.85) < 0.005 and abs(off - 2.3) < 0.05
    holds &= abs(alone - 0.59) < 0.005 and abs(alone_off - 3.6) < 0.05
    holds &= abs(after - 0.89) < 0.005
    found = f"{share:.3f}, {off:.2f}; {alone:.3f}, {alone_off:.2f}; {after:.3f}"
    return bool(holds), found


def _expected(runs, columns=(0, 1, 2)):
    """What the fit to the whole map expects of other runs."""
    _, own, reached = _record("heatmap-laptop")
    coefficients = _fit(_numbers(own)[:, columns], reached)
    return _design(_numbers(runs)[:, columns]) @ coefficients


@claim(
    "K7",
    "The fit to the map, where all rates are 0.001, is nearer to the recorded search for a "
    "learning rate if it is told the rate, in five networks of six; and for $a = 1$ with 100 "
    "layers it names the best of the five rates.",
    source="ours",
    fails_with={"half_width": 5.0},
)
def forecast_of_the_rate(half_width=1.0):
    """Thirty recorded runs, mean distance of the five rates of each network."""
    _, runs, reached = _record("learning_rates-laptop")
    told, blind = (
        np.abs(reached - _expected(some))
        for some in (runs, [run.replace(learning_rate=1e-3) for run in runs])
    )
    nearer, best = 0, None
    for a in (1.0, 5.0):
        for depth in (20, 100, 200):
            own = np.array([(run.a, run.depth) == (a, depth) for run in runs])
            nearer += int(told[own].mean() < blind[own].mean())
            if (a, depth) == (half_width, 100):
                rates = np.array([run.learning_rate for run in runs])[own]
                best = rates[reached[own].argmax()], rates[_expected(runs)[own].argmax()]
    return nearer == 5 and best[0] == best[1], f"{nearer} of 6; rates {best[0]:g} and {best[1]:g}"


@claim(
    "K8",
    "The fit to the map forecasts 40 networks of the record of families with two seeds each, whose "
    "activations, bias variance and second rate it has not seen, with a mean error of 2.2 points "
    "and rank correlations of 0.89 and 0.86 at depths 20 and 100. The mean of the map at each "
    "depth is off by 5.0.",
    source="ours",
    fails_with={"columns": (0, 1)},
)
def forecast_of_families(columns=(0, 1, 2)):
    """The recorded runs of plain networks on an edge of chaos, that is without SELU and He's
    weights for GELU."""
    _, runs, reached = _record("families-laptop")
    own = [
        i
        for i, run in enumerate(runs)
        if run.weights in ("gaussian", "orthogonal") and run.activation != "selu"
    ]
    runs, reached = [runs[i] for i in own], reached[own]
    depth, forecast = np.array([run.depth for run in runs]), _expected(runs, columns)
    off = np.abs(forecast - reached).mean()
    agree = [_rank_correlation(forecast[depth == d], reached[depth == d]) for d in (20, 100)]
    _, map_runs, map_reached = _record("heatmap-laptop")
    map_depth = np.array([run.depth for run in map_runs])
    constant = np.array([map_reached[map_depth == d].mean() for d in depth])
    by_depth = np.abs(constant - reached).mean()
    holds = len(runs) == 80 and abs(off - 2.2) < 0.05 and abs(by_depth - 5.0) < 0.05
    holds &= abs(agree[0] - 0.89) < 0.005 and abs(agree[1] - 0.86) < 0.005
    return bool(holds), f"{off:.2f}, {agree[0]:.3f}, {agree[1]:.3f}; {by_depth:.2f}"


@claim(
    "K9",
    "Among ten kinds of networks, residual and normalised ones included, the rank correlation of "
    "the final accuracy with the measured variance of $s^2$, mean over two depths and two rates, "
    "is $-0.60$; with the correlation of the last layer it is $-0.24$.",
    source="ours",
    fails_with={"name": "correlation_first"},
)
def other_kinds(name="jacobian_variance"):
    """The recorded runs, two seeds each."""
    table, _, reached = _record("modern-laptop")
    start = table.where(epoch=0)
    found = []
    for column in (name, "correlation_last"):
        values = []
        for depth in (20, 100):
            for rate in (1e-3, 1e-2):
                own = (start["depth"] == depth) & (start["learning_rate"] == rate)
                values.append(_rank_correlation(start[column][own], reached[own]))
        found.append(np.mean(values))
    holds = abs(found[0] + 0.60) < 0.005 and abs(found[1] + 0.24) < 0.005
    return bool(holds), f"{found[0]:.3f} and {found[1]:.3f}"


@claim(
    "K10",
    "In the recorded map the tenth of the networks with the highest accuracy has measured "
    "relative variances of $s^2$ from 0.076 to 3.6; 17 % of all networks are in that range.",
    source="ours",
    fails_with={"share": 0.2},
)
def spread_of_the_best(share=0.1):
    """The recorded runs, Jacobian of the hidden layers at the start."""
    table, _, reached = _record("heatmap-laptop")
    spread = table.where(epoch=0)["jacobian_variance"]
    best = spread[reached >= np.quantile(reached, 1 - share)]
    inside = np.mean((spread >= best.min()) & (spread <= best.max()))
    holds = abs(best.min() - 0.076) < 5e-4 and abs(best.max() - 3.6) < 0.05
    holds &= abs(inside - 0.17) < 0.005
    return bool(holds), f"from {best.min():.3f} to {best.max():.2f}, {inside:.3f} of all"
