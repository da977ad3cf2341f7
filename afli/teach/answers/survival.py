"""Answers to the exercises of the chapter "How deep a signal survives"."""

import numpy as np
from scipy.optimize import brentq

import afli
from afli.teach import exercise, judged

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(60)
TANH = afli.activation("tanh")


def depth(phi, sigma_b2, start=0.0, keep=0.1, most=200):
    """The first layer with 1 - rho <= keep; an integral beyond `most` layers."""
    edge = afli.edge_of_chaos(phi, sigma_b2)
    rho, layer = start, 1
    while 1 - rho > keep:
        if layer == most:
            low, high = np.sqrt(keep), np.sqrt(1 - rho)
            u = np.concatenate([[low], low + (high - low) * (_NODES + 1) / 2, [high]])
            f = afli.correlation_map(phi, 1 - u**2, edge.q, edge.sigma_w2, sigma_b2) - (1 - u**2)
            integral = _WEIGHTS @ (2 * u[1:-1] / f[1:-1]) * (high - low) / 2
            return layer + int(np.ceil(integral + np.log(f[0] / f[-1]) / 2))
        rho = float(afli.correlation_map(phi, rho, edge.q, edge.sigma_w2, sigma_b2))
        layer += 1
    return layer


@exercise(
    "III.5.1",
    hint="Half of the distance may go. One bound subtracts R(0) a layer, one multiplies by "
    "1 - R(0), and the third adds R(0) a layer to 1/(1 - rho).",
    mistakes={
        "The order is: straight line, factor, upper bound.": lambda: np.array([20, 13.51, 10]),
        "The upper bound for an odd activation is smaller; this one need not be odd.": (
            lambda: np.array([10, 13.51, 17.4])
        ),
        "The second is ln 2 / R(0): a good approximation, but use ln(1/0.95).": (
            lambda: np.array([10, 13.863, 20])
        ),
        "You let the distance fall to 0.05: it is to be 1/2.": (
            lambda: np.array([19, np.log(20) / -np.log(0.95), 380])
        ),
    },
)
def three_bounds():
    return np.array([0.5 / 0.05, np.log(2) / -np.log(0.95), 1 / 0.05])


@exercise(
    "III.5.2",
    hint="1 - rho = q / (q + (l - 1) sigma_b2), and there are l - 1 layers between layer 1 and l.",
    rtol=1e-9,
    mistakes={
        "That is the number of layers after the first; the first layer counts too.": lambda: 90,
        "1 - rho is to be 0.1, not 0.9.": lambda: 1 + round((1 / 0.9 - 1) / 0.1),
        "Lengths grow by 0.1 a layer, not by a factor 1.1.": (
            lambda: 1 + int(np.ceil(np.log(10) / np.log(1.1)))
        ),
    },
)
def linear_network_at_correlation():
    return 1 + round((1 / 0.1 - 1) / 0.1)


def _odd(epsilon):
    return 2 / 3 * (1 / epsilon - 1) + 2 / 9 * np.log((3 - epsilon) / 2 / epsilon)


@exercise(
    "III.5.3",
    hint="Integrate d rho over (1 - rho)^2 (1 + rho/2) from 0 to 1/2; with d = 1 - rho the "
    "integrand is 2 / (d^2 (3 - d)), and partial fractions do it.",
    rtol=0.003,
    mistakes={
        "That is the value for all activations: use the larger lower bound.": lambda: 1.0,
        "That is the value for 1 - rho = 0.1.": lambda: _odd(0.1),
        "Only the term with 1/d^2; two logarithms are left.": lambda: 2 / 3,
        "You took 1 + rho where 1 + rho/2 is meant.": (
            lambda: 0.5 * (1 / 0.5 - 1) + 0.25 * np.log(1.5 / 0.5)
        ),
    },
)
def half_depth_of_an_odd_activation():
    return _odd(0.5)


@exercise(
    "III.5.4",
    hint="survival_depth(phi, sigma_b2, start=..., keep=...) gives the layer.",
    rtol=1e-9,
    mistakes={
        "That is the depth from correlation 0; the pair starts at 0.5.": (
            lambda: depth(afli.activation("erf"), 0.02)
        ),
        "That is for 1 - rho = 0.1; we ask for 0.05.": (
            lambda: depth(afli.activation("erf"), 0.02, start=0.5)
        ),
        "That is tanh.": lambda: depth(TANH, 0.02, start=0.5, keep=0.05),
    },
)
def depth_of_erf():
    return depth(afli.activation("erf"), 0.02, start=0.5, keep=0.05)


@exercise(
    "III.5.5",
    hint="a tanh(x/a) with bias variance s behaves like tanh with bias variance s / a^2.",
    rtol=1e-9,
    mistakes={
        "That divides by a, not by its square.": (
            lambda: next(a for a in range(20, 40) if depth(TANH, 0.1 / a) >= 300)
        ),
        "That is the clip with this half-width.": (
            lambda: next(
                a for a in range(1, 30) if depth(afli.activation("shtanh", a=a), 0.1) >= 300
            )
        ),
        "One less would do: look at the depth for a - 1.": lambda: stretched_tanh() + 1,
        "Not yet deep enough: one more.": lambda: stretched_tanh() - 1,
    },
)
def stretched_tanh():
    return next(a for a in range(1, 40) if depth(TANH, 0.1 / a**2) >= 300)


def _off_the_edge(excess):
    def slope(w):
        return afli.chi1(TANH, afli.fixed_point(TANH, w, 0.1), w) - 1 - excess

    return brentq(slope, 1.5, 2.5, xtol=1e-12)


@exercise(
    "III.5.6",
    hint="Solve chi_1(sigma_w2) = 1 - 1/50 and = 1 + 1/50 with brentq; q* moves along.",
    rtol=5e-4,
    mistakes={
        "You moved sigma_w2 by 1/50 of itself. That would be right if q* stayed; it moves along, "
        "and the slope then moves by 0.43 times as much.": (
            lambda: afli.edge_of_chaos(TANH, 0.1).sigma_w2 * np.array([0.98, 1.02])
        ),
        "First the smaller one.": lambda: tolerated_weight_variances()[::-1],
    },
)
def tolerated_weight_variances():
    return np.array([_off_the_edge(-1 / 50), _off_the_edge(1 / 50)])


@judged(
    "III.5.7",
    hint="R(0) falls as a grows and as sigma_b2 falls; the spectrum does too. Try large a.",
    example=lambda: (9.0, 0.1),
)
def deep_clip(answer):
    a, sigma_b2 = (float(part) for part in answer)
    if not sigma_b2 >= 0.1:
        return "The bias variance is to be at least 0.1."
    if not 0 < a < 1e3:
        return "The half-width a is a positive number below 1000."
    phi = afli.activation("shtanh", a=a)
    edge = afli.edge_of_chaos(phi, sigma_b2)
    inside = float(afli.derivative_moment(phi, edge.q, 1))
    reached, spread = depth(phi, sigma_b2), 100 * (afli.moment_ratio(phi, edge.q) - 1)
    if reached < 100:
        return f"The pair is lost at layer {reached}."
    if spread > 1.5:
        return f"The spectrum has variance {spread:.2f} after 100 layers."
    if 1 - inside < 0.005:
        return f"Only a share {1 - inside:.4f} of the units is in the non-linear part."
    return None


@exercise(
    "III.5.8",
    hint="afli.activation('abs') has its edge at sigma_b2 = 0. Iterate its R from 0, and from -0.9 "
    "follow a single layer.",
    rtol=0.003,
    mistakes={
        "The first is right. R is even here: a negative correlation turns positive at once.": (
            lambda: np.array([isometric_and_forgetful()[0], -isometric_and_forgetful()[1]])
        ),
        "The numbers are those of ReLU.": lambda: np.array([14, _one_layer("relu", -0.9)]),
        "Count the first layer as 1, not as 0.": (
            lambda: isometric_and_forgetful() - np.array([1, 0])
        ),
    },
)
def isometric_and_forgetful():
    return np.array([depth(afli.activation("abs"), 0.0), _one_layer("abs", -0.9)])


def _one_layer(name, rho):
    phi = afli.activation(name)
    edge = afli.edge_of_chaos(phi, 0.0)
    return float(afli.correlation_map(phi, rho, edge.q, edge.sigma_w2, 0.0))
