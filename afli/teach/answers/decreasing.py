"""Answers to the exercises of the chapter "Letting a decrease"."""

import numpy as np
from scipy import stats
from scipy.optimize import brentq

import afli
from afli.lab.schedules import half_width
from afli.teach import exercise, judged
from afli.teach.ledger.decreasing import clip, narrowed
from afli.teach.ledger.decreasing_steps import turn


def _factor():
    wide, narrow = (afli.edge_of_chaos(clip(a), 0.1).sigma_w2 for a in (8, 3))
    return np.sqrt(narrow / wide)


@exercise(
    "VI.2.1",
    hint="sigma_w2 is a variance; a weight is multiplied by the root of the quotient.",
    rtol=1e-3,
    mistakes={
        "That is the factor of the variance; take its root.": lambda: _factor() ** 2,
        "That is the factor for widening from 3 to 8.": lambda: 1 / _factor(),
    },
)
def factor_of_the_weights():
    return _factor()


@exercise(
    "VI.2.2",
    hint="The way down takes 80 epochs, hence 79 steps; epoch 30 has 30 of them behind it.",
    rtol=1e-3,
    mistakes={
        "That is the line over all 100 epochs.": lambda: half_width("linear", 30, 100, 10, 2),
        "Eighty epochs have 79 steps between them.": lambda: 10 - 8 * 30 / 80,
        "Epochs are counted from 0: 30 steps have been taken, not 29.": lambda: 10 - 8 * 29 / 79,
    },
)
def published_half_width():
    return half_width("authors", 30, 100, 10, 2)


@exercise(
    "VI.2.3",
    hint="The best arc covers one sector more of one label than of the other.",
    rtol=1e-3,
    mistakes={
        "That is one line through the middle, or guessing: shift the line.": lambda: 0.5,
        "That is for twice as many sectors.": lambda: 0.5 + 1 / 16,
        "That is half as many sectors.": lambda: 0.75,
    },
)
def best_affine_share():
    return 0.5 + 1 / 8


@exercise(
    "VI.2.4",
    hint="Divide every preactivation of a hidden layer by 5 and see what multiplies what.",
    mistakes={
        "The hidden weights stay: they act on activations that are already divided.": (
            lambda: np.array([0.2, 0.2, 0.2, 5.0])
        ),
        "The last layer sees activations five times smaller.": (
            lambda: np.array([0.2, 1.0, 0.2, 1.0])
        ),
        "Those are the factors for widening.": lambda: np.array([5.0, 1.0, 5.0, 0.2]),
    },
)
def narrowing_without_a_change():
    return np.array([0.2, 1.0, 0.2, 5.0])


@exercise(
    "VI.2.5",
    hint="q from afli.fixed_point with the old sigma_w2, chi_1 there, then -1 / ln chi_1.",
    mistakes={
        "That is for gradients themselves; we ask for their squares.": (
            lambda: -2 / np.log(narrowed(6, 3, 0.05)[1])
        ),
        "You took chi_1 at the old q; the lengths have changed.": (
            lambda: (
                -1
                / np.log(
                    afli.chi1(
                        clip(3),
                        afli.edge_of_chaos(clip(6), 0.05).q,
                        afli.edge_of_chaos(clip(6), 0.05).sigma_w2,
                    )
                )
            )
        ),
    },
)
def depth_of_fading():
    return -1 / np.log(narrowed(6, 3, 0.05)[1])


def _half(depth, share):
    return brentq(lambda b: narrowed(10, b, 0.1)[1] ** depth - share, 0.5, 9.9)


@exercise(
    "VI.2.6",
    hint="Find the root in a' of chi_1(a')^100 - 0.1.",
    mistakes={
        "That is for 200 layers.": lambda: _half(200, 0.1),
        "That is where the gradient, and not its square, is a tenth.": lambda: _half(100, 0.01),
    },
)
def how_far_may_one_narrow():
    return _half(100, 0.1)


@judged(
    "VI.2.7",
    hint="Equal factors come near; then make the steps smaller where the turns are larger.",
    example=lambda: _even_turns(),
)
def even_turns(answer):
    path = np.asarray(answer, float)
    if path.shape != (10,) or abs(path[0] - 10) > 1e-6 or abs(path[-1] - 2) > 1e-6:
        return "Ten half-widths are asked for, the first 10 and the last 2."
    if np.any(np.diff(path) >= 0):
        return "The half-width is to decrease in every step."
    turns = _turns(path)
    if turns.max() > 1.2 * turns.min():
        return f"The turns are between {turns.min():.1f} and {turns.max():.1f} degrees."
    return None


def _turns(path):
    return np.array([turn(a, b, 100, 0.1) for a, b in zip(path[:-1], path[1:], strict=True)])


def _even_turns():
    path = np.geomspace(10, 2, 10)
    for _ in range(3):  # the way that was turned, as a function of ln a, is cut anew
        turned = np.append(0, np.cumsum(_turns(path)))
        path = np.exp(np.interp(np.linspace(0, turned[-1], 10), turned, np.log(path)))
        path[0], path[-1] = 10, 2
    return path


@judged(
    "VI.2.8",
    hint="A 95 per cent t-interval of the differences, and a word that it supports.",
    example=lambda: ([0.02, -0.01, 0.03, 0.00, 0.01], "cannot tell"),
)
def what_the_seeds_say(answer):
    differences, verdict = answer
    values = np.asarray(differences, float)
    if values.ndim != 1 or len(values) < 5:
        return "Give the differences of at least five seeds."
    if len(np.unique(values)) < 3:
        return "These differences repeat themselves; give what you measured."
    if verdict not in ("better", "worse", "cannot tell"):
        return 'The verdict is "better", "worse" or "cannot tell".'
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    low, high = values.mean() - half, values.mean() + half
    supported = "better" if low > 0 else "worse" if high < 0 else "cannot tell"
    if verdict != supported:
        return f"The interval goes from {low:.3g} to {high:.3g}, which says otherwise."
    return None
