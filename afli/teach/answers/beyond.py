"""Answers to the exercises of the chapter "Beyond: residuals, normalisation, shaping"."""

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

import afli
from afli.teach import exercise, judged
from afli.teach.ledger.normalised_layers import explosion

RELU = afli.activation("relu")


@exercise(
    "VI.3.1",
    hint="Each of the 49 residual layers multiplies by 1 + 1/50.",
    rtol=0.001,
    mistakes={
        "Layer 1 is not residual: one factor less.": lambda: (1 + 1 / 50) ** 50,
        "That is the limit of great depth.": lambda: np.e,
        "Each layer adds a fiftieth of the present length, not of the first.": lambda: 1 + 49 / 50,
    },
)
def growth_of_fifty_layers():
    return (1 + 1 / 50) ** 49


@exercise(
    "VI.3.2",
    hint="Squared gradients grow by a factor of a million, pi / (pi - 1) a layer.",
    mistakes={
        "That is for the squared gradient.": lambda: np.log(1e3) / np.log(np.pi / (np.pi - 1)),
    },
)
def layers_to_a_thousand():
    return np.log(1e6) / np.log(np.pi / (np.pi - 1))


@exercise(
    "VI.3.3",
    hint="E[cos^2] = (1 + E[cos 2Z]) / 2 and E[sin^2] = (1 - E[cos 2Z]) / 2.",
    mistakes={
        "That is its inverse: the derivative of the sine is on top.": lambda: np.tanh(1.0),
        "That is E[cos^2] alone; divide by E[sin^2].": lambda: (1 + np.exp(-2)) / 2,
    },
)
def sine_with_layer_norm():
    return explosion(afli.activation("sin"))[1]


def _step(s):
    return s * (3 - s * s) / 2


@exercise(
    "VI.3.4",
    hint="s <- s (3 - s^2) / 2, twice.",
    rtol=0.001,
    mistakes={
        "That is after one step.": lambda: _step(1.2),
        "That is after three steps.": lambda: _step(_step(_step(1.2))),
    },
)
def two_steps_back():
    return _step(_step(1.2))


def residual_relu(rho, time=1.0):
    """The correlation after `time` in the limit of many residual ReLU layers."""

    def change(_, state):
        now = np.minimum(state, 1.0)
        return afli.correlation_map(RELU, now, 1.0, 2.0, 0.0) - now

    return float(solve_ivp(change, (0, time), [rho], rtol=1e-9, atol=1e-10).y[0, -1])


@exercise(
    "VI.3.5",
    hint="d rho / dt = R(rho) - rho for a time of 1, with the arc-cosine map R.",
    rtol=0.003,
    mistakes={
        "That is one plain layer.": lambda: float(afli.correlation_map(RELU, 0.5, 1.0, 2.0, 0.0)),
        "That starts from orthogonal inputs.": lambda: residual_relu(0.0),
    },
)
def half_through_a_residual_network():
    return residual_relu(0.5)


@exercise(
    "VI.3.6",
    hint="100 ln(chi_BN) = ln 2, with chi_BN = E[phi'^2] / E[phi^2] of a clip at q = 1.",
    mistakes={
        "That is for gradients that are not squared.": lambda: _clip_for(4.0),
    },
)
def clip_for_a_hundred_layers():
    return _clip_for(2.0)


def _clip_for(factor):
    def excess(a):
        return 100 * np.log(explosion(afli.activation("shtanh", a=a))[0]) - np.log(factor)

    return brentq(excess, 1, 5)


@judged(
    "VI.3.7",
    hint="The mean is (1 + c^2)^199, the time that passes 199 c^2.",
    example=lambda: 0.05,
)
def branch_factor(answer):
    c = float(answer)
    if not 0 < c < 10:
        return "The factor is a positive number, below 10."
    mean, rho = (1 + c * c) ** 199, residual_relu(0.0, 199 * c * c)
    if mean > 2:
        return f"The mean squared singular value is {mean:.2f}, above 2: take a smaller c."
    if rho < 0.1:
        return f"The correlation ends at {rho:.3f}, below 0.1: take a larger c."
    return None


@judged(
    "VI.3.8",
    hint="Degree 2 costs least; shaped activations put nearly everything there.",
    example=lambda: afli.shaping.shaped(afli.activation("tanh"), 21),
)
def cheap_under_batch_norm(phi):
    if not hasattr(phi, "derivative"):
        return "Give an activation, as afli.activation or afli.Activation makes it."
    rate = explosion(phi)[0]
    common = afli.correlation_map(phi, 0.0, 1.0, 1.0, 0.0)
    linear = afli.correlation_slope(phi, 0.0, 1.0, 1.0)
    share = 1 - linear / (afli.variance_map(phi, 1.0, 1.0, 0.0) - common)
    if rate > 1.02:
        return f"Squared gradients grow by {rate:.4f} a layer, more than 1.02."
    if share < 0.015:
        return f"The nonlinear share is {share:.4f}, below 0.015."
    return None
