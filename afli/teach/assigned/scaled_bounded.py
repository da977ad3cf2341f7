"""Tasks of the assignment "scaled_bounded", on Part V."""

import numpy as np
from scipy.special import erf, erfcinv

import afli
from afli.teach.tasks import task

ROOT = np.sqrt(2)


def _density(x):
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def _known(a, sigma_b2, k):
    edge = afli.edge_of_chaos(afli.activation("shtanh", a=a, k=k), sigma_b2)
    return np.array([edge.q, edge.sigma_w2, a / np.sqrt(edge.q)])


@task(
    "V.1.2",
    hint="sigma_b2 / a^2 has not changed: only the units have. Variances go with their square.",
    book={"factor": 3.0, "k": 0.5},
    choices={
        "factor": (2.0, 2.5, 4.0, 5.0, 6.0, 8.0, 10.0),
        "k": (0.4, 0.6, 0.8, 1.25, 1.5, 2.0, 2.5),
    },
    mistakes={
        "A variance is multiplied by the square of the factor of a.": (
            lambda factor, k: _rescaled(factor, k) / [factor, 1, 1]
        ),
        "The slope k enters sigma_w2.": lambda factor, k: _rescaled(factor, 1.0),
        "The slope enters sigma_w2 with its square.": (
            lambda factor, k: _rescaled(factor, k) * [1, k, 1]
        ),
        "Lambda is a ratio of two lengths: it has no unit.": (
            lambda factor, k: _rescaled(factor, k) * [1, 1, factor]
        ),
    },
)
def another_unit(factor, k):
    return _rescaled(factor, k)


def _rescaled(factor, k):
    return _known(2.0 * factor, 0.1 * factor**2, k)


def _explicit(ratio, a, factor=2.0, root=ROOT):
    gain = erf(ratio / root)
    return np.array([1 / gain, a * a * (factor * _density(ratio) / ratio - (1 - gain)) / gain])


@task(
    "V.1.3",
    hint="Put Lambda into the three formulas; sigma_b2 is a^2 times what the first one gives.",
    book={"ratio": 1.0, "a": 3.0},
    choices={
        "ratio": (1.2, 1.4, 1.5, 1.6, 1.8, 2.0, 2.2, 2.4, 2.5),
        "a": (1.5, 2.0, 2.5, 4.0, 5.0, 6.0, 8.0),
    },
    mistakes={
        "The second number is y; multiply by a^2.": lambda ratio, a: _explicit(ratio, 1.0),
        "Multiply y by a^2, not by a.": lambda ratio, a: _explicit(ratio, np.sqrt(a)),
        "The density appears with a factor 2, one for each end.": (
            lambda ratio, a: _explicit(ratio, a, factor=1.0)
        ),
        "P(|Z| < Lambda) is erf(Lambda / sqrt 2), not erf(Lambda).": (
            lambda ratio, a: _explicit(ratio, a, root=1.0)
        ),
    },
)
def edge_from_the_ratio(ratio, a):
    return _explicit(ratio, a)


def _length(sigma_b2):
    return afli.edge_of_chaos(afli.activation("gelu"), sigma_b2).q


@task(
    "V.1.4",
    book={"sigma_b2": 0.1, "times": 3},
    choices={
        "sigma_b2": (0.12, 0.15, 0.16, 0.18, 0.2, 0.22, 0.24, 0.25, 0.28, 0.3),
        "times": (2, 4, 5, 6, 7, 8),
    },
    mistakes={
        "That is q* itself; we ask for what the proposition alone says of it.": (
            lambda sigma_b2, times: _length(times * sigma_b2)
        ),
        "So many times the bias variance allow more than so many times the length: square it.": (
            lambda sigma_b2, times: times * _length(sigma_b2)
        ),
    },
)
def bound_on_the_length(sigma_b2, times):
    return times**2 * _length(sigma_b2)


def _share_and_ratio(depth, tolerance):
    outside = tolerance / (depth + tolerance)
    return np.array([outside, ROOT * erfcinv(outside)])


@task(
    "V.4.1",
    book={"depth": 50, "tolerance": 0.2},
    choices={
        "depth": (30, 40, 60, 80, 100, 120, 150, 200),
        "tolerance": (0.1, 0.15, 0.25, 0.3, 0.4, 0.5, 0.6),
    },
    mistakes={
        "The share is right; you gave Lambda / sqrt(2).": (
            lambda depth, tolerance: _share_and_ratio(depth, tolerance) / [1, ROOT]
        ),
        "The share is right, but you put all of it into one tail.": (
            lambda depth, tolerance: _one_tail(*_share_and_ratio(depth, tolerance))
        ),
        "That is for T = 1.": lambda depth, tolerance: _share_and_ratio(depth, 1.0),
    },
)
def share_and_ratio(depth, tolerance):
    return _share_and_ratio(depth, tolerance)


def _one_tail(outside, _):
    return np.array([outside, ROOT * erfcinv(2 * outside)])


def _three_lines(depth, sigma_b, tolerance):
    outside, ratio = _share_and_ratio(depth, tolerance)
    return sigma_b / np.sqrt((2 * _density(ratio) / ratio - outside) / (1 - outside))


@task(
    "V.4.4",
    book={"depth": 300, "sigma_b2": 0.05, "tolerance": 0.25},
    choices={
        "depth": (100, 150, 200, 250, 400, 500, 600),
        "sigma_b2": (0.02, 0.03, 0.04, 0.06, 0.08, 0.1),
        "tolerance": (0.1, 0.2, 0.3, 0.4, 0.5),
    },
    mistakes={
        "You divided the variance of the biases by the root of y; take its root too.": (
            lambda depth, sigma_b2, tolerance: _three_lines(depth, sigma_b2, tolerance)
        ),
        "That is a^2.": (
            lambda depth, sigma_b2, tolerance: (
                _three_lines(depth, np.sqrt(sigma_b2), tolerance) ** 2
            )
        ),
        "That is the rule of thumb; use the three lines.": (
            lambda depth, sigma_b2, tolerance: (
                np.sqrt(sigma_b2 * depth / tolerance) * _share_and_ratio(depth, tolerance)[1]
            )
        ),
    },
)
def three_lines(depth, sigma_b2, tolerance):
    return _three_lines(depth, np.sqrt(sigma_b2), tolerance)
