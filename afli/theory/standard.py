"""The standard activations, each by a function that makes it."""

import numpy as np
from scipy import special

from . import kernels, scaled_bounded
from .activations import Activation
from .elementwise import (
    flag,
    library,
    normal_cdf,
    normal_density,
    one,
    positive,
    sigmoid,
    sign,
    where,
)

SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717


def _linear():
    return Activation(
        "linear",
        value=lambda x: x,
        derivative=one,
        odd=True,
        half_width=np.inf,
        linear_pieces=True,
        kernel=kernels.linear,
    )


def _sech2(x):
    e = library(x).exp(-2 * abs(x))
    return 4 * e / (1 + e) ** 2


def _tanh():
    return Activation("tanh", value=lambda x: library(x).tanh(x), derivative=_sech2, odd=True)


def _erf():
    return Activation(
        "erf",
        value=lambda x: special.erf(x) if isinstance(x, np.ndarray) else x.erf(),
        derivative=lambda x: library(x).exp(-x * x) * (2 * np.pi**-0.5),
        odd=True,
        kernel=kernels.erf,
    )


def _hard_tanh():
    phi = scaled_bounded.shtanh(a=1.0)
    return Activation(
        "hard_tanh",
        value=phi.value,
        derivative=phi.derivative,
        kinks=phi.kinks,
        odd=True,
        half_width=1.0,
        linear_pieces=True,
    )


def _relu():
    return Activation(
        "relu",
        value=positive,
        derivative=lambda x: flag(x > 0, x),
        kinks=(0,),
        linear_pieces=True,
    )


def _leaky_relu(slope=0.1):
    return Activation(
        "leaky_relu",
        value=lambda x: where(x > 0, x, slope * x),
        derivative=lambda x: slope + (1 - slope) * flag(x > 0, x),
        kinks=(0,),
        linear_pieces=True,
    )


def _scaled_elu(name, scale, alpha):
    def value(x):
        return scale * where(x > 0, x, alpha * library(x).expm1(library(x).clip(x, None, 0)))

    def derivative(x):
        return scale * where(x > 0, one(x), alpha * library(x).exp(library(x).clip(x, None, 0)))

    return Activation(name, value=value, derivative=derivative, kinks=(0,))


def _gelu():
    return Activation(
        "gelu",
        value=lambda x: _within(x, -50, None) * normal_cdf(x),
        derivative=lambda x: normal_cdf(x) + _within(x, -50, 50) * normal_density(x),
    )


def _silu():
    return Activation(
        "silu",
        value=lambda x: _within(x, -1e3, None) * sigmoid(x),
        derivative=lambda x: sigmoid(x) * (1 + _within(x, -1e3, 1e3) * sigmoid(-x)),
    )


def _within(x, low, high):
    """`x` up to where what it is multiplied by has become 0, so that infinity times 0 is 0."""
    return library(x).clip(x, low, high)


def _softplus():
    def value(x):
        # Not a clip: in torch its slope at 0 is 1, that of a maximum 1/2, as it must be here.
        above = library(x).maximum(x, library(x).zeros_like(x))
        return above + library(x).log1p(library(x).exp(-abs(x)))

    return Activation("softplus", value=value, derivative=sigmoid)


def _softsign():
    return Activation(
        "softsign",
        value=lambda x: x / (1 + abs(x)),
        derivative=lambda x: 1 / (1 + abs(x)) ** 2,
        kinks=(0,),
        odd=True,
    )


def _logistic():
    return Activation("sigmoid", value=sigmoid, derivative=lambda x: sigmoid(x) * sigmoid(-x))


def _arctan():
    return Activation(
        "arctan",
        value=lambda x: library(x).arctan(x),
        derivative=lambda x: 1 / (1 + x * x),
        odd=True,
    )


def _sin():
    return Activation(
        "sin",
        value=lambda x: library(x).sin(x),
        derivative=lambda x: library(x).cos(x),
        odd=True,
        oscillates=True,
        kernel=kernels.sin,
    )


def _abs():
    return Activation(
        "abs",
        value=abs,
        derivative=sign,
        kinks=(0,),
        even=True,
        linear_pieces=True,
    )


# name: (maker, required parameters, optional parameters)
MAKERS = {
    "linear": (_linear, (), ()),
    "tanh": (_tanh, (), ()),
    "erf": (_erf, (), ()),
    "hard_tanh": (_hard_tanh, (), ()),
    "relu": (_relu, (), ()),
    "leaky_relu": (_leaky_relu, (), ("slope",)),
    "elu": (lambda: _scaled_elu("elu", 1.0, 1.0), (), ()),
    "selu": (lambda: _scaled_elu("selu", SELU_SCALE, SELU_ALPHA), (), ()),
    "gelu": (_gelu, (), ()),
    "silu": (_silu, (), ()),
    "softplus": (_softplus, (), ()),
    "softsign": (_softsign, (), ()),
    "sigmoid": (_logistic, (), ()),
    "arctan": (_arctan, (), ()),
    "sin": (_sin, (), ()),
    "abs": (_abs, (), ()),
}
