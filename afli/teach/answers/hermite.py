"""Answers to the exercises of the chapter "The Hermite picture"."""

import numpy as np

import afli
from afli.teach import exercise, judged
from afli.teach.ledger.hermite_basis import coefficients, grid

RELU = afli.activation("relu")


@exercise(
    "III.4.1",
    hint="z^2 - 1 is orthogonal to 1 and z, and has length sqrt(2).",
    mistakes={
        "he_2 is (z^2 - 1)/sqrt(2): its coefficient takes up the root.": lambda: [1, 0, 1],
        "You divided by the root of 2 where you should multiply.": lambda: [1, 0, 1 / np.sqrt(2)],
        "The last is the square of a_2, or its polynomial was not scaled to length 1.": (
            lambda: [1, 0, 2]
        ),
        "z^2 has a mean: a_0 is not 0.": lambda: [0, 0, np.sqrt(2)],
    },
)
def coefficients_of_the_square():
    z, weight = grid()
    he = np.array([np.ones_like(z), z, (z**2 - 1) / np.sqrt(2)])
    return he @ (z**2 * weight)


@exercise(
    "III.4.2",
    hint="a_k^2 = e / k!, and E[phi^2] is the sum over all k.",
    mistakes={
        "That is E[phi^2] divided by E[phi]^2, not the other way round.": lambda: np.e,
        "That is degree 0 alone.": lambda: np.exp(-1),
        "You divided by E[phi]^2; it is E[phi^2] = E[exp(2 Z)] = e^2 that counts.": lambda: 2.0,
        "That is a_0^2 + a_1^2, not yet divided.": lambda: 2 * np.e,
        "The coefficients enter with their squares.": lambda: 2 * np.exp(0.5) / np.exp(2),
    },
)
def first_two_shares_of_the_exponential():
    return (1 + 1) * np.exp(-1)


@exercise(
    "III.4.3",
    hint="E[cos U1 cos U2] = exp(-q) times a sum over even k of (q rho)^k / k!.",
    mistakes={
        "That is the sine: the cosine has the even degrees.": lambda: np.sinh(1) / np.sinh(2),
        "That is the average of the product; divide by its value at rho = 1.": (
            lambda: np.exp(-2) * np.cosh(1)
        ),
        "That is for q = 1.": lambda: np.cosh(0.5) / np.cosh(1),
        "It is cosh, not cos: all terms are positive.": lambda: np.cos(1) / np.cos(2),
    },
)
def map_of_the_cosine():
    return np.cosh(2 * 0.5) / np.cosh(2)


@exercise(
    "III.4.4",
    hint="r_1 = sigma_w2 E[phi']^2 with sigma_w2 = 1 / E[phi'^2].",
    mistakes={
        "That is the share of positive units; the slope is not 0 on the others.": lambda: 0.5,
        "That is 1 - r_1, the relative variance of the slope.": lambda: 0.16 / 0.52,
        "You forgot to divide by E[phi'^2].": lambda: 0.36,
        "The mean of the slope enters with its square.": lambda: 0.6 / 0.52,
        "That is E[phi'^2].": lambda: 0.52,
    },
)
def linear_share_of_leaky_relu():
    z, weight = grid((0.0,))
    slope = np.where(z > 0, 1.0, 0.2)
    return (slope @ weight) ** 2 / (slope**2 @ weight)


def _terms(factor):
    """The smallest K with (1 - r_0 - ... - r_(K-1)) factor^K at most 1e-5, for ReLU."""
    r = 2 * coefficients(RELU, 1.0, 600) ** 2
    missing = 1 - np.concatenate([[0], np.cumsum(r)])
    return int(np.argmax(missing * factor ** np.arange(601) <= 1e-5))


@exercise(
    "III.4.5",
    hint="missing[K] = 1 - sum of the first K shares; K = 0 is allowed, and nothing is captured.",
    rtol=1e-9,
    mistakes={
        "That is the last k that is needed; the number of terms is one more.": (
            lambda: _terms(0.9) - 1
        ),
        "That is one more than needed.": lambda: _terms(0.9) + 1,
        "You left out the factor rho^K.": lambda: _terms(1.0),
        "That is without what is missing: 0.9^K alone.": lambda: np.ceil(
            np.log(1e-5) / np.log(0.9)
        ),
    },
)
def terms_for_relu():
    return _terms(0.9)


@exercise(
    "III.4.6",
    hint="a_k^2 = 4 q n(0)^2 he_(k-2)(0)^2 / (k (k - 1)), and he_(2m)(0)^2 is about 1/sqrt(pi m).",
    mistakes={
        "That is half of it: the limit for ReLU, and the average over all k.": (
            lambda: (2 / np.pi) ** 1.5 / 2
        ),
        "The jump of the slope is 2, and enters with its square.": lambda: (2 / np.pi) ** 1.5 / 4,
        "m is half of k - 2, not k: there is a factor of sqrt(2).": lambda: 2 / np.pi**1.5,
    },
)
def tail_of_the_absolute_value():
    return (2 / np.pi) ** 1.5


@judged(
    "III.4.7",
    hint="Degrees 0, 1 and 2 are enough: r_0 = r_2 on the edge; then opposite signs.",
    example=lambda: [np.sqrt(0.08), np.sqrt(0.84), -np.sqrt(0.08)],
)
def stable_on_the_edge(answer):
    a = np.asarray(answer, dtype=float)
    if a.ndim != 1 or a.size < 3:
        return "Give a list of at least three coefficients."
    if not np.isfinite(a).all() or a.size > 10_000:
        return "The coefficients are finite numbers, and not too many of them."
    r, k = a**2, np.arange(a.size)
    if abs(r.sum() - 1) > 1e-3:
        return f"The squares add up to {r.sum():.3f}, so that q* = 1 is no fixed point."
    slope = np.sum(k * r)
    if abs(slope - 1) > 1e-3:
        return f"The slope of R at 1 is {slope:.3f}: not the edge of chaos."
    if r[0] > 0.1 + 1e-9:
        return f"R(0) is {r[0]:.3f}."
    if 1 - r[0] - r[1] < 0.05 - 1e-9:
        return f"The nonlinear share is only {1 - r[0] - r[1]:.3f}."
    mixed = np.sum(np.sqrt((k[:-2] + 1) * (k[:-2] + 2)) * a[:-2] * a[2:])
    if not abs(slope + mixed) < 1 - 1e-3:
        return f"V'(1) is {slope + mixed:.3f}: the length is not stable."
    return None


def _ratios(q, power=2):
    z, weight = grid()
    x = np.sqrt(q) * z
    means = [[f(x) ** (2 * m) @ weight for m in (1, 2)] for f in (np.cos, np.cosh)]
    return np.array([fourth / second**power for second, fourth in means])


@exercise(
    "III.4.8",
    hint="phi' is cos and a multiple of cosh; at q = 1/2 their argument is sqrt(1/2) Z.",
    mistakes={
        "Those are E[phi'^4] without the square below.": lambda: _ratios(0.5, 0),
        "E[phi'^2] in the denominator has to be squared.": lambda: _ratios(0.5, 1),
        "That is for q* = 1.": lambda: _ratios(1.0),
        "The first is the sine.": lambda: _ratios(0.5)[::-1],
        "Those are for a standard deviation of 1/2: the variance is 1/2.": lambda: _ratios(0.25),
    },
)
def isometry_of_the_twins():
    return _ratios(0.5)
