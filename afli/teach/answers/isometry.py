"""Answers to the exercises of the chapter "Dynamical isometry"."""

import numpy as np
from scipy.optimize import brentq

import afli
from afli.teach import exercise, judged

TANH = afli.activation("tanh")


@exercise(
    "IV.2.1",
    hint="Each component is multiplied by its own singular value; then take the norm.",
    mistakes={
        "That is the length of the error times the largest singular value, an upper bound.": (
            lambda: 10.0
        ),
        "The components add like the legs of a right angle, not like numbers.": lambda: 7.0,
        "That is the squared length.": lambda: 37.0,
        "The two singular values are exchanged.": lambda: np.hypot(3 / 4, 8),
        "That is the root mean square of the singular values, times the length of the error: the "
        "average over all directions, not this one.": lambda: 5 * np.sqrt((4 + 1 / 16) / 2),
    },
)
def length_of_an_error():
    return np.hypot(2 * 3, 4 / 4)


@judged(
    "IV.2.2",
    hint="What one layer squeezes the next should stretch.",
    example=lambda: [[[1.4, 0], [0, 0.2]], [[0.2, 0], [0, 1.4]]],
)
def two_that_compensate(answer):
    pair = np.asarray(answer, float)
    if pair.shape != (2, 2, 2):
        return "Give an array of shape (2, 2, 2): two matrices."
    for name, matrix in zip("AB", pair, strict=True):
        s = np.linalg.svd(matrix, compute_uv=False)
        if abs((s**2).mean() - 1) > 0.01:
            return f"The mean of the squared singular values of {name} is {(s**2).mean():.3f}."
        if s[0] - s[1] < 0.02:
            return f"{name} is an isometry already."
    s = np.linalg.svd(pair[0] @ pair[1], compute_uv=False)
    if s[0] - s[1] > 0.01 * s[0] + 1e-9:
        return f"The singular values of the product are {s[0]:.3f} and {s[1]:.3f}."
    return None


def _leaky(alpha, power=2):
    return ((1 - alpha**2) / (1 + alpha**2)) ** power


@exercise(
    "IV.2.3",
    hint="mu_1 = (1 + 0.3^2) / 2 and mu_2 = (1 + 0.3^4) / 2; with orthogonal weights g = 0.",
    mistakes={
        "That is the depth times the moment ratio, as for Gaussian weights; subtract 1.": lambda: (
            20 * (_leaky(0.3) + 1)
        ),
        "That is one layer: the spread adds up over all 20.": lambda: _leaky(0.3),
        "The slope enters with its square.": lambda: 20 * (0.7 / 1.3) ** 2,
        "The quotient is squared.": lambda: 20 * _leaky(0.3, 1),
    },
)
def leaky_network():
    return 20 * _leaky(0.3)


_Q = np.array([0.1, 1.0, 10.0])


@exercise(
    "IV.2.4",
    hint="cos^4 x = (3 + 4 cos 2x + cos 4x) / 8, and cos(4x) averages to exp(-8q).",
    mistakes={
        "That is the moment ratio; subtract 1.": lambda: sine_in_closed_form() + 1,
        "That is the leading term for small q.": lambda: 2 * _Q**2,
        "cos(4x) with x = sqrt(q) Z averages to exp(-8q).": lambda: (
            (3 + 4 * np.exp(-2 * _Q) + np.exp(-4 * _Q)) / (2 * (1 + np.exp(-2 * _Q)) ** 2) - 1
        ),
        "That is the variance of the squared slope; divide by the square of its mean.": lambda: (
            sine_in_closed_form() * ((1 + np.exp(-2 * _Q)) / 2) ** 2
        ),
    },
)
def sine_in_closed_form():
    return (3 + 4 * np.exp(-2 * _Q) + np.exp(-8 * _Q)) / (2 * (1 + np.exp(-2 * _Q)) ** 2) - 1


def _length(tau):
    return brentq(lambda q: afli.spectrum_variance(TANH, q, 1) - tau, 1e-6, 1.0, xtol=1e-14)


def _bias_variance(q):
    mean_square = afli.variance_map(TANH, q, 1.0, 0.0)
    return q - mean_square / afli.derivative_moment(TANH, q, 1)


@exercise(
    "IV.2.5",
    hint="First q with tau = 0.5 / 50, by bisection; then the bias variance on the edge at that q.",
    mistakes={
        "That is the length; we ask for the bias variance.": lambda: _length(0.01),
        "That is the estimate for small lengths.": lambda: (0.5 / 100) ** 1.5 / 6,
        "That is for a variance of 0.1.": lambda: _bias_variance(_length(0.1 / 50)),
        "Subtract the square divided by E[phi'^2], not the square alone.": lambda: (
            _length(0.01) - afli.variance_map(TANH, _length(0.01), 1.0, 0.0)
        ),
    },
)
def bias_variance_for_fifty_layers():
    return _bias_variance(_length(0.01))


@exercise(
    "IV.2.6",
    hint="The tall matrix satisfies W^T W = (400 / 100) I, the wide one W W^T = I.",
    mistakes={
        "Orthonormal columns alone would shrink lengths per unit by 4: they are scaled up.": (
            lambda: np.array([1.0, 1.0, 0.0])
        ),
        "The scale is the root of the ratio of the widths.": lambda: np.array([4.0, 1.0, 0.0]),
        "The wide matrix is not scaled: entries of variance 1/400 are right there.": (
            lambda: np.array([2.0, 0.5, 0.0])
        ),
        "The second matrix annihilates 300 directions, and the vector may lie in one.": (
            lambda: np.array([2.0, 1.0, 1.0])
        ),
        "That would be the largest value of the quotient.": lambda: np.array([2.0, 1.0, 2.0]),
    },
)
def rectangular_layers():
    tall, wide = np.sqrt(400 / 100), 1.0
    return np.array([tall, wide, 0.0])


@exercise(
    "IV.2.7",
    hint="Given F fixed points, the fourth moment of a sum of F signs is 3 F^2 - 2 F.",
    rtol=0.04,
    mistakes={
        "That is the value for the Haar distribution.": lambda: 3.0,
        "That is the second moment.": lambda: 1.0,
        "That is 3 E[F^2]; a sign to the fourth counts once, not three times.": lambda: 6.0,
        "That is the mean of F^2; there are other pairings of the signs.": lambda: 2.0,
    },
)
def signed_permutations():
    mean, second = 1, 2  # of the number of fixed points
    return 3.0 * second - 2.0 * mean


def _triangle(x):
    return 2 / np.pi * np.arcsin(np.sin(np.pi * x / 2))


@judged("IV.2.8", hint="A zigzag with slopes +1 and -1.", example=lambda: _triangle)
def bounded_and_isometric(answer):
    if not callable(answer):
        return "Hand over the function itself, without calling it."
    x = np.linspace(0.0, 40.0, 40_001) + 1e-4 * np.sqrt(2)
    value, mirror = np.asarray(answer(x), float), np.asarray(answer(-x), float)
    if value.shape != x.shape or not np.isfinite(value).all():
        return "It should return a finite number for each entry of an array."
    if np.abs(value + mirror).max() > 1e-6 * (1 + np.abs(value).max()):
        return "It is not odd."
    far = np.asarray(answer(np.linspace(1e3, 1e4, 1000)), float)
    if np.abs(far).max() > 2 * np.abs(value).max() + 1e-9:
        return "It is not bounded."
    slopes = np.abs(np.diff(value) / np.diff(x))
    largest = slopes.max()
    if largest < 1e-6:
        return "Its slope is 0."
    if np.mean(slopes < 0.999 * largest) > 0.05:
        return "The absolute value of its slope is not constant, or it jumps."
    return None


def _second_moment(tau, width, depth):
    return (width + 2) / 3 * (1 + 3 * tau / (width + 2)) ** depth - (width - 1) / 3


def _depth_of_doubling(tau, width, factor=2):
    depth = 1
    while _second_moment(tau, width, depth) - 1 < factor * depth * tau:
        depth += 1
    return depth


@exercise(
    "IV.2.9",
    hint="Evaluate the exact moment layer by layer until it exceeds twice L tau, plus 1.",
    mistakes={
        "Compare E[m_2] - 1 with 2 L tau, not E[m_2].": lambda: np.array(
            [
                next(
                    d
                    for d in range(1, 10**5)
                    if _second_moment(tau, 100, d) - 1 >= 2 * (d * tau + 1)
                )
                for tau in (1.0, 0.01)
            ]
        ),
        "Those are the depths of a factor of 1.5.": lambda: np.array(
            [_depth_of_doubling(tau, 100, 1.5) for tau in (1.0, 0.01)]
        ),
    },
)
def where_width_gives_out():
    return np.array([_depth_of_doubling(tau, 100) for tau in (1.0, 0.01)])
