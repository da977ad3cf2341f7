"""Answers to the exercises of the chapter "Why wide layers are Gaussian"."""

import numpy as np

import afli
from afli.teach import exercise, judged
from afli.teach.ledger.gaussian_layers_kurtosis import layer_two, second_and_fourth
from afli.teach.ledger.hermite_basis import grid

LINEAR, RELU, TANH = map(afli.activation, ("linear", "relu", "tanh"))


@exercise(
    "III.3.1",
    hint="E[Z^4] = 3, and the law of one hidden layer needs E[phi^4] and E[phi^2].",
    mistakes={
        "The factor 3 in front is missing.": lambda: 2 / 50,
        "Subtract the square of E[phi^2].": lambda: 9 / 50,
        "The width enters with the power 1.": lambda: 6 / np.sqrt(50),
    },
)
def kurtosis_of_a_linear_layer():
    return layer_two(LINEAR, 1.0, 1.0, 0.0, 50)[1]


def _signs(units):
    mean, square = 4 * 0.5, 16 * 0.5
    return np.array([0.0, 3 * (square - mean**2) / mean**2 / units])


@exercise(
    "III.3.2",
    hint="Given layer 1, the difference is Gaussian; its variance averages (s_1 - s_2)^2, 0 or 4.",
    mistakes={
        "The variance of one unit is random only if phi^2 is.": lambda: [2.0 / 5, 0.6],
        "The first is right; the variance of the difference is random.": lambda: [0.0, 0.0],
        "The first is right; the second misses the factor 3.": lambda: [0.0, 0.2],
        "The second misses the number of units.": lambda: [0.0, 3.0],
    },
)
def sign_activation():
    return _signs(5)


@exercise(
    "III.3.3",
    hint="Layer 21 has 20 hidden layers below it. Solve 3 (1 + 5/N)^20 - 3 = 0.1.",
    rtol=5e-4,
    mistakes={
        "That is the first order; solve the exact equation.": lambda: 3000,
        "There are 20 factors up to layer 21, not 21.": lambda: _width(21),
        "The excess kurtosis is three times the relative variance.": lambda: 5 / (1.1**0.05 - 1),
    },
)
def width_for_twenty_layers():
    return np.ceil(_width(20))


def _width(layers):
    return 5 / ((1 + 0.1 / 3) ** (1 / layers) - 1)


@exercise(
    "III.3.4",
    hint="First kappa = 15/N, then the correlation of the squares.",
    mistakes={
        "That is kappa itself.": lambda: 15 / 40,
        "That is the covariance over E[v]^2; divide by the variance of a square.": lambda: 5 / 40,
        "The variance of h^2 is not that of a Gaussian's square: the 3 kappa is missing.": (
            lambda: 15 / 240
        ),
    },
)
def correlation_of_squares():
    kappa = layer_two(RELU, 1.0, 2.0, 0.0, 40)[1]
    return kappa / (6 + 3 * kappa)


@judged(
    "III.3.5",
    hint="Each hidden layer contributes a factor 1 + 5/N_l. Equal widths are best.",
    example=lambda: [200] * 5,
)
def widths_of_five_layers(answer):
    widths = np.asarray(answer, dtype=float)
    if widths.shape != (5,):
        return "Give five widths."
    if np.any(widths < 1) or np.any(widths != np.round(widths)):
        return "Widths are positive whole numbers."
    if widths.sum() > 1000:
        return f"These are {widths.sum():g} units."
    kappa = 3 * np.prod(1 + 5 / widths) - 3
    if kappa > 0.4:
        return f"The excess kurtosis is {kappa:.3f}."
    return None


@exercise(
    "III.3.6",
    hint="Find q*, then chi_1 there; 15 layers give 14 factors.",
    mistakes={
        "A few per cent too much: layer 1 has no factor, and biases have no slope.": lambda: _zeros(
            15
        ),
        "The factor 2 is missing.": lambda: _zeros(14) / 2,
        "The square root is missing.": lambda: _zeros(14) ** 2 / 2,
    },
)
def zeros_in_chaos():
    return _zeros(14)


def _zeros(factors):
    q = afli.fixed_point(TANH, 2.5, 0.1)
    return 2 * np.sqrt((1 - 0.1 / q) * afli.chi1(TANH, q, 2.5) ** factors)


def _quotient(kurtosis):
    second, fourth = second_and_fourth(TANH, 1.0, 2)
    return ((3 + kurtosis) * fourth / second**2 - 3) / 100


@exercise(
    "III.3.7",
    hint="For signs 3 + kappa_w = 1; then E[phi^4]/E[phi^2]^2 by a sum over z.",
    rtol=2e-3,
    mistakes={
        "That is the value for Gaussian weights.": lambda: _quotient(0.0),
        "That is the value for uniform weights.": lambda: _quotient(-1.2),
        "Divide by the width.": lambda: 100 * _quotient(-2.0),
        "The sign matters: these sums have lighter tails than a Gaussian.": (
            lambda: -_quotient(-2.0)
        ),
    },
)
def signs_behind_tanh():
    return layer_two(TANH, 1.0, 1.0, 0.0, 100, "sign")[1]


@exercise(
    "III.3.8",
    hint="Both noises are averages of f = phi(Z)^2; compute them by a sum over z.",
    mistakes={
        "That is the share that orthogonality removes.": lambda: 1 - _share(0.5),
        "The square is halved.": lambda: abs(_share(1.0)),
        "That is the clip at 1.": lambda: _share(0.5, 1.0),
    },
)
def share_left_for_a_wide_clip():
    return _share(0.5)


def _share(half, a=2.0):
    phi = afli.activation("shtanh", a=a)
    z, weight = grid(np.array(phi.kinks))
    f = phi(z) ** 2
    noise = f**2 @ weight - (f @ weight) ** 2
    return 1 - half * ((z**2 - 1) * f @ weight) ** 2 / noise
