"""Answers to the exercises of the chapter "The variance map"."""

import numpy as np
from scipy.optimize import brentq

import afli
from afli.teach import exercise


@exercise("III.1.1", hint="The variance of a uniform number on [-c, c] is c^2 / 3.")
def default_weights_through_ten_relu_layers():
    return afli.variance_map(afli.activation("relu"), 1.0, 1 / 3, 0.0) ** 10


@exercise("III.1.2", hint="Put q = 1 on both sides of q = V(q).")
def relu_with_fixed_point_one():
    return 2 * (1 - 0.1)


@exercise("III.1.3", hint="Apply 1.5 (1 - exp(-2q)) / 2 + 0.1 three times.", rtol=2e-3)
def three_layers_of_sine():
    q = [1.0]
    for _ in range(3):
        q.append(afli.variance_map(afli.activation("sin"), q[-1], 1.5, 0.1))
    return np.array(q[1:])


@exercise("III.1.4", hint="Add up what each half of the axis contributes to E[phi^2].", rtol=1e-3)
def leaky_relu_keeps_lengths():
    return 1 / afli.variance_map(afli.activation("leaky_relu"), 1.0, 1.0, 0.0)


@exercise("III.1.5", hint="Solve V'(q*)^m = 1/1000 for m.")
def layers_to_forget_a_deviation():
    scale, _ = afli.depth_scales(afli.activation("tanh"), 3.0, 0.1)
    return np.log(1000) * scale


@exercise("III.1.6", hint="Look at how much 1/q grows at each layer.")
def slow_decay_of_sine():
    q = 1.0
    for _ in range(20_000):
        q = -np.expm1(-2 * q) / 2
    return 20_000 * q


@exercise("III.1.7", hint="Look for the sign change of V'(q*) - 1 between 0.05 and 0.3.", rtol=0.02)
def gelu_becomes_stable():
    gelu = afli.activation("gelu")
    return brentq(lambda b: afli.edge_of_chaos(gelu, b).variance_slope - 1, 0.05, 0.3, xtol=1e-6)


@exercise(
    "III.1.8",
    hint="Count the factors between layer 1 and layer 100, and square the standard deviation.",
    rtol=0.02,
)
def width_for_a_hundred_relu_layers():
    return 5 * 99 / 0.5**2


@exercise("III.1.9", hint="The variance of the square of a standard Gaussian variable.")
def second_moment_of_a_linear_network():
    z, weight = np.polynomial.hermite_e.hermegauss(8)
    return weight @ (z**2 - 1) ** 2 / weight.sum()
