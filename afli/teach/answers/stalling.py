"""Answers to the exercises of the chapter "Why deep sigmoid networks stall"."""

from functools import cache

import numpy as np

import afli
from afli.teach import exercise, judged
from afli.teach.ledger.last_layer import images, predicted, train

SIGMOID = afli.activation("sigmoid")


@exercise(
    "II.1.1",
    hint="The derivative of the sigmoid is z (1 - z), z being the value. It is largest at 1/2.",
    mistakes={
        "This is the slope itself: divide it by the largest slope.": lambda: 0.02 * 0.98,
        "0.02 is the value z of the sigmoid, not the preactivation h.": lambda: (
            4 * SIGMOID.derivative(0.02)
        ),
    },
)
def slope_at_a_low_activation():
    return 4 * 0.02 * 0.98


def _spread(q):
    return np.sqrt(afli.variance_map(SIGMOID, q, 1, 0) - 0.25)


def _second_layer(first=4 / 3, factor=16 / 3, square=lambda spread: 0.25 + spread**2):
    """Mean and spread of layer 2, where h^1 has variance `first`."""
    return np.array([0.5, _spread(factor * square(_spread(first)))])


@exercise(
    "II.1.2",
    hint="The second moment of layer 1 is its variance plus its squared mean. 16/3 of it is "
    "the variance of the preactivations of layer 2.",
    mistakes={
        "You multiplied by the variance of the activations. Weights of mean 0 see their second "
        "moment.": lambda: _second_layer(square=lambda spread: spread**2),
        "This is layer 1. Go one layer further.": lambda: np.array([0.5, _spread(4 / 3)]),
        "A factor of 4 in the weights is a factor of 16 in the variance.": lambda: _second_layer(
            factor=4 / 3
        ),
        "This is with the old weights.": lambda: _second_layer(first=1 / 3, factor=1 / 3),
    },
)
def mean_and_spread_of_layer_two():
    return _second_layer()


FREQUENCIES = np.array([0.5, 0.25, 0.125, 0.125])


@exercise(
    "II.1.3",
    hint="With constant outputs p is the same for every image. Which p minimises the mean of "
    "-ln p_y? Put it in.",
    mistakes={
        "ln 4 is the loss of equal outputs. Biases can do better.": lambda: np.log(4),
        "This is in bits: use the natural logarithm.": lambda: (
            -(FREQUENCIES @ np.log2(FREQUENCIES))
        ),
        "That is the loss on the most frequent class alone; average over all four.": lambda: np.log(
            2
        ),
    },
)
def loss_of_the_biases():
    return -(FREQUENCIES @ np.log(FREQUENCIES))


@exercise(
    "II.1.4",
    hint="The first is 1 - p_y. For the second use the formula for two classes.",
    mistakes={
        "The second size is that of the derivative in p_y. Use the chain rule through the "
        "softmax.": lambda: np.array([0.99, 0.99]),
        "Half of it is missing: the error of the other class counts too.": lambda: np.array(
            [0.99, 0.01 * 0.99**2]
        ),
        "The slope of the softmax, p_y (1 - p_y), is only one factor.": lambda: np.array(
            [0.99, 0.01 * 0.99]
        ),
        "These are the derivatives themselves; give their sizes, without the sign.": lambda: (
            -np.array([0.99, 2 * 0.01 * 0.99**2])
        ),
    },
)
def gradients_when_wrong():
    return np.array([0.99, 2 * 0.01 * 0.99**2])


@exercise(
    "II.1.5",
    hint="Scaling z to a tenth: 0.5 becomes 0.05 for both. The slopes are 1 - z^2 and z (1 - z).",
    mistakes={
        "You took the slopes after, not how they changed.": lambda: np.array(
            [1 - 0.05**2, 0.05 * 0.95]
        ),
        "This is before over after: turn it round.": lambda: np.array(
            [0.75 / (1 - 0.05**2), 0.25 / (0.05 * 0.95)]
        ),
    },
)
def slopes_after_the_push():
    return np.array([(1 - 0.05**2) / (1 - 0.5**2), 0.05 * 0.95 / 0.25])


@judged(
    "II.1.6",
    hint="The preactivation is b + 100 w m with m between 0.4 and 0.8. At which m is it largest "
    "if w is negative? It has to lie below -ln 99.",
    example=lambda: (-0.15, 0.0),
)
def silent_unit(answer):
    w, b = (float(value) for value in answer)
    if b < -1:
        return f"The bias must not lie below -1, yours is {b:g}."
    if abs(w) > 0.2:
        return f"The weight must lie between -0.2 and 0.2, yours is {w:g}."
    highest = max(SIGMOID(b + 100 * w * m) for m in (0.4, 0.8))
    if highest < 0.01:
        return None
    where = 0.4 if w < 0 else 0.8
    return f"With mean {where} the output is {float(highest):.3f}, which is above 0.01."


@judged(
    "II.1.7",
    hint="The push in one step goes as eta^2 / B, the learning as eta. So for a given eta only B "
    "is left; or take a smaller eta and more steps.",
    example=lambda: (0.02, 100, 2000),
)
def gentle_training(answer):
    eta, batch, steps = (float(value) for value in answer)
    batch, steps = round(batch), round(steps)
    if min(eta, batch, steps) <= 0:
        return "All three must be positive."
    if batch * steps > 200_000:
        return f"B times steps is {batch * steps}: more than 200000 images."
    if eta * steps < 40 - 1e-9:
        return f"eta times steps is {eta * steps:g}, less than 40."
    if eta * 251 / 9 >= 1:
        return f"a is {eta * 251 / 9:.2f} at the start: keep it below 1."
    s = predicted(steps + 1, eta, batch, 1000)[-1]
    return None if s > 0.4 else f"The law lets s fall to {s:.2f}."


def _steps_to(level, eta):
    x, y = images()
    means = train(x, y, eta=eta, steps=1200 if eta < 0.15 else 400)[0][:, -1]
    return int(np.argmax(means < level))


@cache
def _exponent():
    return float(np.log2(_steps_to(0.3, 0.2) / _steps_to(0.3, 0.1)))


@exercise(
    "II.1.8",
    hint="Train twice, find the first step at which the mean is below 0.3, and take the logarithm "
    "of the ratio of the steps to the base 2.",
    rtol=0.15,
    mistakes={
        "The sign is wrong: a larger learning rate takes fewer steps.": lambda: -_exponent(),
        "This is the ratio of the steps. Take its logarithm to the base 2.": lambda: (
            2 ** _exponent()
        ),
        "This is what a push proportional to the learning rate would give; measure it.": (
            lambda: -1.0
        ),
    },
)
def exponent_of_the_learning_rate():
    return _exponent()
