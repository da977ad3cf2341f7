"""Answers to the exercises of the chapter "Glorot's variance"."""

import numpy as np

import afli
from afli.teach import exercise, judged

TANH = afli.activation("tanh")


def _old(of_bound):
    """sigma_w2 of the old heuristic with 256 inputs, the variance computed from the bound."""
    return 256 * of_bound(1 / np.sqrt(256))


@exercise(
    "II.2.1",
    hint="A uniform number on [-c, c] has mean 0; its variance is the integral of w^2 / (2c).",
    mistakes={
        "That is the square of the bound, times the fan-in; the variance is smaller.": (
            lambda: _old(lambda c: c**2)
        ),
        "The variance (b - a)^2 / 12 takes the whole length of the interval, 2c.": (
            lambda: _old(lambda c: c**2 / 12)
        ),
        "That is the variance of a weight; multiply by the fan-in.": lambda: 1 / (3 * 256),
        "That is the root: we ask for the variance.": lambda: 1 / np.sqrt(3),
    },
)
def variance_of_the_old_heuristic():
    return _old(lambda c: c**2 / 3)


def _product(mean_x, var_x, mean_y, var_y):
    return (var_x + mean_x**2) * (var_y + mean_y**2) - (mean_x * mean_y) ** 2


@exercise(
    "II.2.2",
    hint="Three terms: variance times variance, and each variance times the other mean squared.",
    mistakes={
        "That is the product of the variances, right only for means 0.": (
            lambda: _product(0, 3, 0, 0.5)
        ),
        "That is the second moment of the product; subtract the square of its mean.": (
            lambda: (3 + 4) * (0.5 + 1)
        ),
        "Each variance goes with the mean of the OTHER factor.": lambda: 3 * 0.5 + 3 * 4 + 0.5,
        "The means enter with their squares.": lambda: 3 * 0.5 + 3 * -1 + 0.5 * 2,
    },
)
def variance_of_a_product():
    return _product(2, 3, -1, 0.5)


def _factors(fan_in, fan_out, variance):
    return np.array([fan_in, fan_out]) * variance


@exercise(
    "II.2.3",
    hint="The variance is 2 / (1024 + 256); multiply it by the fan-in and by the fan-out.",
    mistakes={
        "The two are exchanged: forward goes with the fan-in.": (
            lambda: _factors(256, 1024, 2 / 1280)
        ),
        "Those are the factors of weights with variance 1 / (fan-in + fan-out).": (
            lambda: _factors(1024, 256, 1 / 1280)
        ),
        "Those are the factors with variance 6 / (fan-in + fan-out), the bound squared.": (
            lambda: _factors(1024, 256, 6 / 1280)
        ),
    },
)
def factors_of_a_narrowing_layer():
    return _factors(1024, 256, 2 / (1024 + 256))


def _chain(widths, numerator):
    """The product of the factors through all matrices."""
    pairs = zip(widths, widths[1:], strict=False)
    return np.prod([2 * (a, b)[numerator] / (a + b) for a, b in pairs])


@exercise(
    "II.2.4",
    hint="Var h^2 / Var x is the product of two factors, fan-in times variance each.",
    mistakes={
        "You multiplied by the size of the layer itself; it is that of the layer below.": (
            lambda: _chain([784, 300, 10], 1)
        ),
        "That is the first matrix alone.": lambda: _chain([784, 300], 0),
        "That is the ratio of standard deviations.": lambda: np.sqrt(_chain([784, 300, 10], 0)),
    },
)
def outputs_of_784_300_10():
    return _chain([784, 300, 10], 0)


def _layer_of_biases(width, factor):
    """The first layer in which the part of the biases is the larger one."""
    layer, signal, biases = 1, 1 / 3, 1 / (3 * width)
    while biases <= signal:
        layer, signal, biases = layer + 1, factor * signal, factor * biases + 1 / (3 * width)
    return layer


@exercise(
    "II.2.5",
    hint="Follow both parts from layer to layer: each is divided by 6, and the biases add 1/(3N).",
    rtol=1e-9,
    mistakes={
        "That is for a factor of 1/3 a layer: ReLU halves once more.": (
            lambda: _layer_of_biases(10_000, 1 / 3)
        ),
        "That is the last layer in which the input's part is larger.": (
            lambda: _layer_of_biases(10_000, 1 / 6) - 1
        ),
        "That is the answer for width 1000.": lambda: _layer_of_biases(1000, 1 / 6),
    },
)
def where_biases_take_over():
    return _layer_of_biases(10_000, 1 / 6)


@judged(
    "II.2.6",
    hint="With r = fan-in / fan-out the factors are 2r/(1+r) and 2/(1+r).",
    example=lambda: np.geomspace(1024, 256, 8).round().astype(int).tolist(),
)
def gentle_widths(answer):
    widths = np.asarray(answer, float)
    if widths.ndim != 1 or len(widths) < 2:
        return "Give a list of widths."
    if np.any(widths != np.round(widths)) or np.any(widths < 1):
        return "Widths are positive whole numbers."
    if widths[0] != 1024 or widths[-1] != 256:
        return "The list begins with 1024 and ends with 256."
    if len(widths) > 11:
        return f"These are {len(widths) - 1} matrices; ten are allowed."
    for fan_in, fan_out in zip(widths, widths[1:], strict=False):
        factors = _factors(fan_in, fan_out, 2 / (fan_in + fan_out))
        if np.any(abs(factors - 1) > 0.1 + 1e-9):
            return (
                f"From {fan_in:g} to {fan_out:g} the factors are {factors[0]:.3f} forward and "
                f"{factors[1]:.3f} backward."
            )
    return None


@exercise(
    "II.2.7",
    hint="The negative half contributes 0.1^2 of what the positive half contributes.",
    rtol=0.003,
    mistakes={
        "That is the factor for ReLU: the negative half contributes a little too.": lambda: 2.0,
        "The slope enters with its square.": lambda: 2 / 1.1,
        "You kept the variance of the activations; their mean counts as well.": (
            lambda: 1 / (0.505 - (0.9 / np.sqrt(2 * np.pi)) ** 2)
        ),
        "That is what a layer with variance 1 / fan-in keeps; we ask for its inverse.": (
            lambda: 0.505
        ),
    },
)
def variance_for_leaky_relu():
    return 1 / afli.variance_map(afli.activation("leaky_relu"), 1.0, 1.0, 0.0)


@exercise(
    "II.2.8",
    hint="First the fixed point of the variance map, then the mean squared slope there, times 16.",
    mistakes={
        "The first is right; for the second do not forget the factor sigma_w2 = 16.": (
            lambda: np.array([1, 1 / 16]) * sigmoid_with_sixteen()
        ),
        "The first is right; the second is the factor of the root mean square, we ask for that of "
        "the mean square.": lambda: (
            np.array([1, sigmoid_with_sixteen()[1] ** -0.5]) * sigmoid_with_sixteen()
        ),
        "That is the state at h = 0, which the signals leave because of their mean.": (
            lambda: np.array([0.0, 1.0])
        ),
        "Four times the mean squared 1/2 is only the part of the mean.": (
            lambda: np.array([4.0, 16 * afli.derivative_moment(_SIGMOID, 4.0, 1)])
        ),
    },
)
def sigmoid_with_sixteen():
    q = afli.fixed_point(_SIGMOID, 16.0, 0.0)
    return np.array([q, 16 * afli.derivative_moment(_SIGMOID, q, 1)])


_SIGMOID = afli.activation("sigmoid")


@judged(
    "II.2.9",
    hint="Scan sigma_w2 from 1 upwards in steps of 0.05, and print both numbers.",
    example=lambda: 1.25,
)
def beyond_glorot(answer):
    sigma_w2 = float(answer)
    if not 0 < sigma_w2 < 100:
        return "The variance is a positive number, not a large one."
    q, product = 1.0, 1.0
    for _ in range(100):
        product *= sigma_w2 * float(afli.derivative_moment(TANH, q, 1))
        q = float(afli.variance_map(TANH, q, sigma_w2, 0.0))
    if q >= 0.1 and 0.25 <= product <= 4:
        return None
    return f"The length is {q:.2g} and the product of the backward factors {product:.2g}."
