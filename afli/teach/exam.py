"""The numbers in the solutions of the exam problems: each is computed, none is typed.

The page of exam problems asks for them by name with the role `exam`; the tests compare each one
with a second computation, and see that the page uses every number.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from scipy.special import erf, erfc, erfcinv

import afli

_NUMBERS: dict[str, tuple[Callable[[], float], str]] = {}


def number(name: str, form: str):
    """Register the decorated function as the one that computes a number, and how it is written."""

    def register(compute):
        if name in _NUMBERS:
            raise ValueError(f"the exam number {name!r} is taken")
        _NUMBERS[name] = compute, form
        return compute

    return register


def names() -> list[str]:
    """The names of all numbers."""
    return list(_NUMBERS)


@cache
def value(name: str) -> float:
    """The number of a name.

    Raises
    ------
    ValueError
        If there is no such number.
    """
    if name not in _NUMBERS:
        raise ValueError(f"there is no exam number {name!r}; there are {', '.join(_NUMBERS)}")
    return float(_NUMBERS[name][0]())


def text(name: str) -> str:
    """The number as the page writes it."""
    found = value(name)
    return _NUMBERS[name][1].format(found)


@number("he-bound", "{:.4f}")
def he_bound():
    return np.sqrt(3 * 2 / 256)


@number("default-decades", "{:.1f}")
def default_decades():
    return 30 * np.log10(256 / (3 * 256) / 2)


N, M, S2 = 80, 0.5, 1 / 12  # inputs that are uniform on [0, 1]


@number("top-eigenvalue", "{:.2f}")
def top_eigenvalue():
    return S2 + N * M**2


@number("condition", "{:.0f}")
def condition():
    return top_eigenvalue() / S2


@number("stable-rate", "{:.4f}")
def stable_rate():
    return 2 / top_eigenvalue()


SINE, TANH = afli.activation("sin"), afli.activation("tanh")


@number("sine-2", "{:.3f}")
def sine_second_layer():
    return afli.variance_map(SINE, 1.0, 1.0, 0.2)


@number("sine-3", "{:.3f}")
def sine_third_layer():
    return afli.variance_map(SINE, sine_second_layer(), 1.0, 0.2)


@number("sine-settled", "{:.3f}")
def sine_settled():
    return afli.fixed_point(SINE, 1.0, 0.2)


@number("sine-slope", "{:.3f}")
def sine_slope():
    return np.exp(-2 * sine_settled())


@number("relu-orthogonal", "{:.3f}")
def relu_orthogonal():
    return afli.correlation_map(afli.activation("relu"), 0.0, 1.0, 2.0, 0.0)


@number("relu-second", "{:.3f}")
def relu_second():
    return afli.correlation_map(afli.activation("relu"), relu_orthogonal(), 1.0, 2.0, 0.0)


def _clip():
    """sigma_w2, sigma_b2 and q* of the clip with a = 2 at Lambda = 2, from the formulas."""
    gain = erf(np.sqrt(2))
    density = np.exp(-2) / np.sqrt(2 * np.pi)
    return 1 / gain, 4 * (2 * density / 2 - erfc(np.sqrt(2))) / gain, 1.0


@number("clip-weights", "{:.3f}")
def clip_weights():
    return _clip()[0]


@number("clip-biases", "{:.4f}")
def clip_biases():
    return _clip()[1]


@number("clip-gap", "{:.4f}")
def clip_gap():
    return _clip()[1] / _clip()[2]


def _ordered():
    return afli.fixed_point(TANH, 1.2, 0.1)


@number("tanh-settled", "{:.3f}")
def tanh_settled():
    return _ordered()


@number("tanh-mean-slope", "{:.3f}")
def tanh_mean_slope():
    return afli.derivative_moment(TANH, _ordered(), 1)


@number("tanh-chi", "{:.3f}")
def tanh_chi():
    return 1.2 * tanh_mean_slope()


@number("tanh-layers", "{:.0f}")
def tanh_layers():
    return np.ceil(np.log(1e-4) / np.log(tanh_chi()))


@number("leaky-tau", "{:.2f}")
def leaky_tau():
    return ((1 - 0.5**2) / (1 + 0.5**2)) ** 2


@number("leaky-orthogonal", "{:.1f}")
def leaky_orthogonal():
    return 40 * leaky_tau()


@number("leaky-gaussian", "{:.1f}")
def leaky_gaussian():
    return 40 * (leaky_tau() + 1)


@number("rule-outside", "{:.5f}")
def rule_outside():
    return 0.5 / 100.5


@number("rule-ratio", "{:.4f}")
def rule_ratio():
    return np.sqrt(2) * erfcinv(rule_outside())


@number("rule-density", "{:.6f}")
def rule_density():
    return np.exp(-(rule_ratio() ** 2) / 2) / np.sqrt(2 * np.pi)


@number("rule-y", "{:.2e}")
def rule_y():
    return (2 * rule_density() / rule_ratio() - rule_outside()) / (1 - rule_outside())


@number("rule-a", "{:.2f}")
def rule_half_width():
    return np.sqrt(0.05 / rule_y())
