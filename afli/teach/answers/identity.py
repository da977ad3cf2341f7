"""Answers to the exercises of the chapter "The identity near the origin"."""

import numpy as np

from afli.teach import exercise, judged


@exercise(
    "I.2.1",
    hint="Differentiate first, then put h = 0.",
    mistakes={
        "Those are the values at 0; the slopes are asked for.": lambda: [0, np.log(2), 0, 0],
    },
)
def slopes_at_the_origin():
    return np.array([1.0, 0.5, 0.5, 2 / np.sqrt(np.pi)])


@exercise(
    "I.2.2",
    hint="First make the slope 1 with c, then move the value to 0 with d.",
    mistakes={
        "The slope is right, but the value at 0 is not 0: d is missing.": lambda: [2, 0],
        "The value at 0 is right, but the slope is still 1/2.": lambda: [1, -np.log(2)],
        "The factor c multiplies the value at 0 too, so d must undo c times it.": lambda: [
            2,
            -np.log(2),
        ],
    },
)
def repaired_softplus():
    return np.array([2.0, -2 * np.log(2)])


@exercise(
    "I.2.3",
    hint="A layer multiplies the root mean square by s times the root of the fan-in.",
    mistakes={
        "That is the variance; s is its root.": lambda: 1 / 400,
        "That is the scale of He's initialisation, for ReLU, which halves the mean square.": (
            lambda: np.sqrt(2 / 400)
        ),
    },
)
def standard_deviation_for_400():
    return 1 / np.sqrt(400)


@exercise(
    "I.2.4",
    hint="One layer multiplies the root mean square by s times the root of N; take logarithms.",
    mistakes={
        "You left out the fan-in: a sum of 400 terms is larger than one of them.": lambda: (
            20 * np.log10(0.01)
        ),
        "That is the mean square; the root mean square has half the logarithm.": lambda: (
            40 * np.log10(0.2)
        ),
        "That counts the fan-in without its root.": lambda: 20 * np.log10(4.0),
    },
)
def twenty_layers_of_small_weights():
    return 20 * np.log10(0.01 * np.sqrt(400))


@judged(
    "I.2.5",
    hint="The gradient of tanh(w.x) with respect to x is tanh'(w.x) w, and tanh'(0) = 1.",
    example=lambda: ([1.0, 1.0, 0.0], [1.0, -1.0, 0.0]),
)
def small_preactivation_large_gradient(answer):
    w, x = (np.asarray(part, dtype=float) for part in answer)
    if w.shape != (3,) or x.shape != (3,):
        return "Give two lists of three numbers, w and x."
    if not (np.isfinite(w).all() and np.isfinite(x).all()):
        return "All numbers must be finite."
    if not x.any():
        return "x must not be zero."
    if abs(w @ x) > 1e-9 * np.linalg.norm(w) * np.linalg.norm(x):
        return f"w.x is {w @ x:.3g}, not 0."
    size = np.linalg.norm(w) / np.cosh(w @ x) ** 2
    if size < 1 - 1e-9:
        return f"The gradient with respect to x has length {size:.3g}, less than 1."


W_TANH, B_TANH = np.array([[1.0, -2.0], [0.5, 0.5]]), np.array([0.1, -0.3])


def _layer(factor, shift):
    weights = factor * W_TANH
    biases = 2 * B_TANH - shift * weights.sum(axis=1)
    return np.column_stack([weights, biases])


@exercise(
    "I.2.6",
    hint="Put z = 2 z' - 1 into h = W z + b, and remember that the sigmoid needs 2h.",
    mistakes={
        "The weights are right, but the mean 1/2 of the sigmoid's signals is not taken out of "
        "the biases.": lambda: _layer(4, 0),
        "You took out the mean of the signals or doubled h, but a factor 2 of the other step is "
        "missing.": lambda: _layer(2, 0.5),
        "That is the rule for the first layer, whose inputs are not sigmoid activations.": lambda: (
            _layer(2, 0)
        ),
        "The shift has the wrong sign.": lambda: _layer(4, -0.5),
        "The shift is half of the sum of the new weights, not the whole of it.": lambda: _layer(
            4, 1
        ),
    },
)
def sigmoid_layer_for_a_tanh_layer():
    return _layer(4, 0.5)


@exercise(
    "I.2.7",
    hint="Iterate the averages of the chapter to a great depth and fit the slope there: the early "
    "layers do not follow the power law yet.",
    rtol=0.03,
    mistakes={
        "That is the exponent of the mean square; the root has half of it.": lambda: -2 / 3,
        "That is 1/p; the order of contact enters as p - 1.": lambda: -1 / 4,
        "That belongs to the order of contact 3.": lambda: -1 / 2,
    },
)
def exponent_of_order_four():
    return -1 / 3


@judged(
    "I.2.8",
    hint="Look at the family of the chapter, h / (1 + |h|^(p-1))^(1/(p-1)).",
    example=lambda: lambda h: h / (1 + h**4) ** 0.25,
)
def bounded_with_close_contact(answer):
    if not callable(answer):
        return "The answer is a function of h."
    h = np.array([0.05, 0.1, 0.2, -0.05, -0.1, -0.2])
    far = np.concatenate([-np.logspace(0, 6, 100), np.logspace(0, 6, 100)])
    values, outside = (np.asarray(answer(at), dtype=float) for at in (h, far))
    if values.shape != h.shape or outside.shape != far.shape:
        return "The function must take a NumPy array and return one of the same shape."
    if not (np.isfinite(values).all() and np.isfinite(outside).all()):
        return "The function has values that are not finite."
    at_zero = float(np.asarray(answer(np.array([0.0])), dtype=float)[0])
    if not abs(at_zero) < 1e-9:
        return f"Its value at 0 is {at_zero:.3g}."
    if np.abs(outside).max() > 100:
        return "It is not bounded by 100."
    rest = np.abs(values - h)
    if rest.min() < 1e-13:
        return "It is exactly the identity at 0.05, 0.1 or 0.2; the exercise excludes that."
    orders = np.log2(rest[[1, 2, 4, 5]] / rest[[0, 1, 3, 4]])
    if orders.min() < 3.8 or np.ptp(orders) > 1:
        powers = ", ".join(f"{order:.2f}" for order in orders)
        return (
            "The remainder is no clean power of 4 or more: between 0.05, 0.1 and 0.2, on either "
            f"side, it grows with the powers {powers}."
        )


@exercise(
    "I.2.9",
    hint="Set l^(-1/(p-1)) = 1/10 and solve for l.",
    mistakes={
        "That is what p = 3 needs, or the mean square of p = 5.": lambda: 100.0,
        "The order of contact enters as p - 1.": lambda: 1e5,
    },
)
def layers_for_a_tenth():
    return 1e4
