"""Tasks of the assignment "variance", on Parts I and II."""

import numpy as np

import afli
from afli.teach.tasks import task


@task(
    "I.2.4",
    book={"s": 0.01, "fan_in": 400, "layers": 20},
    choices={
        "s": (0.004, 0.005, 0.006, 0.008, 0.015, 0.02, 0.025),
        "fan_in": (256, 324, 625, 900, 1024),
        "layers": (15, 25, 30, 35, 40),
    },
    mistakes={
        "You left out the fan-in: a sum of many terms is larger than one of them.": (
            lambda s, fan_in, layers: layers * np.log10(s)
        ),
        "That is the mean square; the root mean square has half the logarithm.": (
            lambda s, fan_in, layers: 2 * layers * np.log10(s * np.sqrt(fan_in))
        ),
        "That counts the fan-in without its root.": (
            lambda s, fan_in, layers: layers * np.log10(s * fan_in)
        ),
    },
)
def decades_lost(s, fan_in, layers):
    return layers * np.log10(s * np.sqrt(fan_in))


@task(
    "I.3.2",
    book={"n": 100, "m": 0.5, "s2": 0.25},
    choices={
        "n": (50, 64, 80, 120, 150, 200, 400),
        "m": (0.3, 0.4, 0.6, 0.7, 0.8),
        "s2": (0.1, 0.15, 0.2, 0.4, 0.5),
    },
    mistakes={
        "The factor n is missing: the means of all inputs act together.": (
            lambda n, m, s2: [s2 + m**2, 1 + m**2 / s2]
        ),
        "You left the variance out of the largest eigenvalue.": (
            lambda n, m, s2: [n * m**2, n * m**2 / s2]
        ),
        "s2 is the variance itself; you squared it.": (
            lambda n, m, s2: [s2**2 + n * m**2, 1 + n * m**2 / s2**2]
        ),
    },
)
def outlier_and_condition(n, m, s2):
    return [s2 + n * m**2, 1 + n * m**2 / s2]


def _product(mean_x, var_x, mean_y, var_y):
    return (var_x + mean_x**2) * (var_y + mean_y**2) - (mean_x * mean_y) ** 2


@task(
    "II.2.2",
    book={"mean_x": 2, "var_x": 3, "mean_y": -1, "var_y": 0.5},
    choices={
        "mean_x": (3, 4, -3),
        "var_x": (2, 5, 1.5),
        "mean_y": (-2, 1.5, 0.5),
        "var_y": (0.25, 0.75, 0.4),
    },
    mistakes={
        "That is the product of the variances, right only for means 0.": (
            lambda mean_x, var_x, mean_y, var_y: var_x * var_y
        ),
        "That is the second moment of the product; subtract the square of its mean.": (
            lambda mean_x, var_x, mean_y, var_y: (var_x + mean_x**2) * (var_y + mean_y**2)
        ),
        "Each variance goes with the mean of the OTHER factor.": (
            lambda mean_x, var_x, mean_y, var_y: _product(mean_y, var_x, mean_x, var_y)
        ),
    },
)
def variance_of_a_product(mean_x, var_x, mean_y, var_y):
    return _product(mean_x, var_x, mean_y, var_y)


def _chain(widths, numerator):
    """The product of the factors through all matrices, with Glorot's variance."""
    pairs = zip(widths, widths[1:], strict=False)
    return np.prod([2 * (a, b)[numerator] / (a + b) for a, b in pairs])


@task(
    "II.2.4",
    book={"inputs": 784, "hidden": 300, "outputs": 10},
    choices={
        "inputs": (600, 1024, 1200, 2000, 3072),
        "hidden": (200, 400, 500, 600, 800),
        "outputs": (20, 30, 50, 80, 100),
    },
    mistakes={
        "You multiplied by the size of the layer itself; it is that of the layer below.": (
            lambda inputs, hidden, outputs: _chain([inputs, hidden, outputs], 1)
        ),
        "That is the first matrix alone.": (
            lambda inputs, hidden, outputs: _chain([inputs, hidden], 0)
        ),
        "That is the ratio of standard deviations.": (
            lambda inputs, hidden, outputs: np.sqrt(_chain([inputs, hidden, outputs], 0))
        ),
    },
)
def variance_of_the_outputs(inputs, hidden, outputs):
    return _chain([inputs, hidden, outputs], 0)


@task(
    "II.2.7",
    hint="The negative half contributes slope^2 of what the positive half contributes.",
    book={"slope": 0.1},
    choices={"slope": tuple(n / 200 for n in range(24, 121))},
    mistakes={
        "That is the factor for ReLU: the negative half contributes a little too.": (
            lambda slope: 2.0
        ),
        "The slope enters with its square.": lambda slope: 2 / (1 + slope),
        "That is what a layer with variance 1 / fan-in keeps; we ask for its inverse.": (
            lambda slope: (1 + slope**2) / 2
        ),
    },
)
def numerator_for_leaky_relu(slope):
    return 1 / afli.variance_map(afli.activation("leaky_relu", slope=slope), 1.0, 1.0, 0.0)
