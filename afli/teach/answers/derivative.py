"""Answers to the exercises of the chapter "What the derivative of an activation does"."""

import numpy as np
from scipy import integrate, optimize

import afli
from afli.teach import exercise, judged

SLOPE = 1 / 4  # of the sigmoid at 0: all preactivations of the first exercise are 0
W46, X = -2.0, (2.0, 1.0, 3.0)


@exercise(
    "I.1.1",
    hint="All three preactivations are 0. Write down one factor for each arrow on the way from "
    "w34 to the output.",
    mistakes={
        "The factor w46, the derivative of q in the output of unit 4, is missing.": lambda: (
            SLOPE**2 * X[2]
        ),
        "The last factor is missing: the derivative of p in w34.": lambda: SLOPE**2 * W46,
        "You multiplied by the wrong input: look up which one w34 multiplies.": lambda: (
            SLOPE**2 * W46 * X[0]
        ),
        "One of the two slopes is missing: there are two sigmoids on the way.": lambda: (
            SLOPE * W46 * X[2]
        ),
    },
)
def derivative_in_w34():
    return SLOPE * W46 * SLOPE * X[2]


@judged(
    "I.1.2",
    hint="tanh' is 1 - tanh^2. Find how large |h| must be, and how large w . x can become.",
    example=lambda: (np.full(5, -0.9), np.full(5, 0.9)),
)
def saturated_unit(answer):
    w, x = (np.asarray(part, dtype=float) for part in answer)
    if w.shape != (5,) or x.shape != (5,):
        return f"w and x have five entries each, yours have the shapes {w.shape} and {x.shape}."
    if not (np.isfinite(w).all() and np.isfinite(x).all()):
        return "All entries are finite numbers."
    if abs(w).max() > 1 or abs(x).max() > 1:
        return "An entry lies outside [-1, 1]."
    h = float(w @ x)
    slope = afli.activation("tanh").derivative(h)
    if slope >= 0.01:
        return f"The preactivation is {h:.3g} and the derivative {slope:.2g}."
    return None


@exercise(
    "I.1.3",
    hint="Divide the formula without the factor by the true derivative.",
    mistakes={
        "That is the ratio itself; only one of the two derivatives contains the weight.": lambda: (
            -2.5
        ),
        "Look at the sign: the ratio is negative.": lambda: 0.4,
    },
)
def weight_from_a_gradient_check():
    return 1 / -2.5


@exercise(
    "I.1.4",
    hint="4 is 2 to the power of 2, and 2^-126 is not below 2^-126.",
    rtol=1e-6,  # a whole number
    mistakes={
        "There the bound equals the smallest normal number; it is not below it.": lambda: 63,
        "You took 1/2 a layer; look up the largest derivative of the sigmoid.": lambda: 127,
        "That is the smallest subnormal number, 2^-149.": lambda: 75,
    },
)
def layers_to_underflow():
    smallest = float(np.finfo(np.float32).tiny)
    layers = 0
    while 0.25**layers >= smallest:
        layers += 1
    return layers


def best_affine(constant=True):
    """Mean squared error of the best fit of AND, with or without a bias."""
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
    if constant:
        x = np.hstack([x, np.ones((4, 1))])
    target = np.array([0.0, 0.0, 0.0, 1.0])
    return float(((x @ np.linalg.lstsq(x, target, rcond=None)[0] - target) ** 2).mean())


@exercise(
    "I.1.5",
    hint="Ten linear layers are one affine map. Fit it with numpy.linalg.lstsq.",
    mistakes={
        "You left out the biases: add a column of ones to the inputs.": lambda: best_affine(False),
        "That is the sum of the squares, not the mean; or the floor of XOR.": lambda: (
            4 * best_affine()
        ),
        "That is half the mean; there is no factor 1/2 in the question.": lambda: best_affine() / 2,
    },
)
def floor_of_and():
    return best_affine()


def time_to_zero(start):
    """Time of the gradient flow dh/dt = -sigma(h)^2 sigma(-h) from h = start to h = 0."""
    return integrate.quad(
        lambda h: (1 + np.exp(-h)) ** 2 * (1 + np.exp(h)), 0, start, epsrel=1e-10, limit=200
    )[0]


@exercise(
    "I.1.6",
    hint="Far out the signal is about exp(-h). Find how long dh/dt = -exp(-h) takes.",
    mistakes={
        "That is the logarithm to base 10; the natural one is needed.": lambda: np.log10(1e6),
        "That would hold with the cross-entropy, whose signal there is about 1.": lambda: 1e6,
    },
)
def start_for_a_million_steps():
    return optimize.brentq(lambda h: time_to_zero(h) - 1e6, 1, 20)


@judged(
    "I.1.7",
    hint="x1 + x2 is 0, 1 or 2. Find two ReLU units of it that combine to 0, 1 and 0 there.",
    example=lambda: ("relu", [[1, 1], [1, 1]], [0, -1], [1, -2], 0),
)
def network_for_xor(answer):
    try:
        name, first, bias, second, last = answer
    except (TypeError, ValueError):
        return "Five things are needed: the name, W1, b1, w2 and b2."
    if name not in ("relu", "tanh"):
        return 'The name is "relu" or "tanh".'
    first, bias, second = (np.asarray(part, dtype=float) for part in (first, bias, second))
    if first.ndim != 2 or first.shape[1] != 2:
        return f"W1 has one row of two weights for each hidden unit; yours has shape {first.shape}."
    units = len(first)
    if not 1 <= units <= 4:
        return f"One to four hidden units are allowed, you have {units}."
    if bias.shape != (units,) or second.shape != (units,):
        return (
            f"With {units} hidden units b1 and w2 are flat lists of {units} numbers; yours have "
            f"shapes {bias.shape} and {second.shape}."
        )
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
    y = afli.activation(name)(x @ first.T + bias) @ second + float(last)
    for inputs, output, target in zip(x, y, (0, 1, 1, 0), strict=True):
        if not abs(output - target) < 0.01:
            return f"At the input ({inputs[0]:g}, {inputs[1]:g}) it gives {output:.3g}."
    return None


def matching_loss(start):
    """The integral of tanh(h) + 1 from `start` to 1."""
    return integrate.quad(lambda h: np.tanh(h) + 1, start, 1)[0]


@exercise(
    "I.1.8",
    hint="Integrate the wanted signal over h, from where the loss is 0 for the target -1.",
    mistakes={
        "You started the integral at h = 0; the loss is to tend to 0 at the target.": lambda: (
            matching_loss(0)
        ),
        "That is the squared error, whose signal has the factor tanh'.": lambda: (
            (np.tanh(1) + 1) ** 2 / 2
        ),
        "You took the target +1.": lambda: np.log1p(np.exp(-2)),
    },
)
def matching_loss_of_tanh():
    return matching_loss(-40)
