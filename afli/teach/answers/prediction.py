"""Answers to the exercises of the chapter "What predicts training?"."""

import numpy as np
from scipy import stats

import afli
from afli.lab import Run, outlook
from afli.teach import exercise, judged


@exercise(
    "VI.4.1",
    hint="1 - 6 times the sum of squared differences of ranks, over n (n^2 - 1).",
    mistakes={
        "That is the correlation of the numbers themselves, not of their ranks.": lambda: (
            np.corrcoef([1, 3, 10, 30, 200], [38, 40, 31, 35, 12])[0, 1]
        ),
        "Mind the sign: larger spreads go with smaller accuracies.": lambda: 0.8,
    },
)
def rank_correlation_of_five():
    return stats.spearmanr([1, 3, 10, 30, 200], [38, 40, 31, 35, 12]).statistic


@exercise(
    "VI.4.2",
    hint="All chi are 1; 100 hidden layers have 101 layers of weights.",
    rtol=1e-6,
    mistakes={
        "You left out the outputs' layer.": lambda: 100 * 601,
        "You left out the biases.": lambda: 101 * 600,
    },
)
def kernel_of_a_linear_network():
    phi = afli.activation("linear")
    parts = afli.tangent_kernel(phi, 1.0, 2.0, 1.0, 0.0, depth=100, width=300)
    return float(parts.sum())


@exercise(
    "VI.4.3",
    hint="The vector of ones is an eigenvector; the step is 2 n over its eigenvalue.",
    mistakes={
        "That is with n in place of 2 n: there the error vanishes in one step.": lambda: (
            100 / 20_800
        ),
        "Mind the n: the loss is a mean over the images.": lambda: 2 / 20_800,
    },
)
def longest_step():
    kernel = np.full((100, 100), 200.0) + 800 * np.eye(100)
    return 2 * 100 / np.linalg.eigvalsh(kernel)[-1]


@exercise(
    "VI.4.4",
    hint="In each step they are multiplied by 1 - eta 800 / n.",
    mistakes={"That is at the longest step.": lambda: np.log(0.01) / np.log(1 - 1600 / 20_800)},
)
def steps_for_the_differences():
    return np.log(0.01) / np.log(1 - 800 / 20_800)


@exercise(
    "VI.4.5",
    hint="The mean of x^5 over the interval from 0 to 1.",
    mistakes={"Integrate x^5, not x^4.": lambda: 1 / 5},
)
def limit_of_the_ratio():
    return 1 / 6


@exercise(
    "VI.4.6",
    hint="Solve (2 Phi(t sqrt(59)) - 1)^30 = 0.95.",
    mistakes={
        "That is for a single candidate.": lambda: stats.norm.ppf(0.975) / 59**0.5,
        "Without its sign: there are two tails.": lambda: (
            stats.norm.ppf(0.95 ** (1 / 30)) / 59**0.5
        ),
    },
)
def best_of_thirty():
    return stats.norm.ppf((1 + 0.95 ** (1 / 30)) / 2) / 59**0.5


def _step(a, sigma_b2):
    run = Run(activation="shtanh", a=a, sigma_b2=sigma_b2, depth=100, learning_rate=1e-3)
    return outlook(run, inputs=3072)["step"]


@exercise(
    "VI.4.7",
    hint="lab.outlook for both at the rate 1e-3; the step is proportional to the rate.",
    mistakes={
        "The other way round: the wide network needs the smaller rate.": lambda: (
            1e-3 * _step(10, 1.0) / _step(1, 0.01)
        ),
    },
)
def rate_for_the_same_step():
    return 1e-3 * _step(1, 0.01) / _step(10, 1.0)


@judged(
    "VI.4.8",
    hint="rho and spread depend on y = sigma_b2 / a^2 only; then choose the rate.",
    example=lambda: (3.0, 0.001, 5e-4),
)
def network_for_three_numbers(answer):
    a, sigma_b2, rate = map(float, answer)
    run = Run(activation="shtanh", a=a, sigma_b2=sigma_b2, depth=150, learning_rate=rate)
    found = outlook(run, inputs=3072)
    if found["correlation"] > 0.5:
        return f"The correlation of the last layer is {found['correlation']:.2f}, above 0.5."
    if found["spectrum_variance"] > 1:
        return f"The variance of the spectrum is {found['spectrum_variance']:.2f}, above 1."
    if not 10 <= found["step"] <= 40:
        return f"The step u is {found['step']:.3g}, not between 10 and 40."
