"""The activations of the course by name, and the paper's scaled-bounded families."""

import difflib
import sys
from functools import lru_cache

import numpy as np
from scipy import special

from . import checks, kernels
from .activations import Activation

SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717


def activation(name, **parameters):
    """Return the activation registered under `name`.

    Parameters
    ----------
    name : str
        One of `afli.activations()`.
    **parameters : float
        ``a`` (half-width of the linear region, required) and ``k`` (slope there, default 1) for
        the scaled-bounded families shtanh, ssin (a >= 1), sexp (a >= 1/2) and ssaw;
        ``slope`` (default 0.1) for leaky_relu. The others take none.

    Returns
    -------
    Activation

    Raises
    ------
    ValueError
        If the name is unknown or a parameter is out of range.
    TypeError
        If a parameter is missing, or not one of this activation's.

    References
    ----------
    Murray, Abrol and Tanner (2021), Definition 2.1 and section 2.3, for the families.

    Examples
    --------
    >>> phi = activation("shtanh", a=2.0)
    >>> phi(3.0), phi.derivative(0.5), phi.kinks
    (2.0, 1.0, (-2.0, 2.0))
    """
    if name not in _MAKERS:
        near = difflib.get_close_matches(str(name), _MAKERS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"name {name!r} is unknown: {hint}choose from {', '.join(_MAKERS)}")
    make, required, optional = _MAKERS[name]
    for given in parameters:
        if given not in required + optional:
            takes = ", ".join(required + optional) or "none"
            raise TypeError(f"{name} has no parameter {given!r}: it takes {takes}")
    for needed in required:
        if needed not in parameters:
            raise TypeError(f"{name} needs the parameter {needed!r}, as in {name!r}, {needed}=2.0")
    values = {key: _scalar(key, value) for key, value in parameters.items()}
    return _made(make, **values)


@lru_cache(maxsize=512)
def _made(make, **values):
    """The same object for the same parameters, so that what is computed for it is kept."""
    return make(**values)


def activations():
    """The registered names, in the order of the course.

    Examples
    --------
    >>> activations()[:3]
    ('linear', 'tanh', 'erf')
    """
    return tuple(_MAKERS)


def _scalar(key, value):
    number = checks.real(key, value)
    if number.ndim:
        raise TypeError(f"{key} must be one number, got an array of shape {number.shape}")
    return float(number)


# What follows works on float arrays and on torch tensors alike.


def _xp(x):
    """The library that `x` belongs to. Torch is never imported: if x is a tensor, it has been."""
    return np if isinstance(x, np.ndarray) else sys.modules["torch"]


def _erfc(x):
    return special.erfc(x) if isinstance(x, np.ndarray) else x.erfc()


def _sigmoid(x):
    return special.expit(x) if isinstance(x, np.ndarray) else x.sigmoid()


def _positive(x):
    return _xp(x).clip(x, 0, None)


def _where(condition, x, y):
    return _xp(x).where(condition, x, y)


def _flag(condition, x):
    """1 where the condition holds and 0 elsewhere, in the dtype of `x`."""
    return condition * _xp(x).ones_like(x)


def _normal_cdf(x):
    return 0.5 * _erfc(x * -(0.5**0.5))


def _normal_density(x):
    return _xp(x).exp(-0.5 * x * x) * (2 * np.pi) ** -0.5


def _linear():
    return Activation("linear", value=lambda x: x, derivative=lambda x: _xp(x).ones_like(x), odd=True,
                      half_width=np.inf, linear_pieces=True, kernel=kernels.linear)


def _sech2(x):
    e = _xp(x).exp(-2 * abs(x))
    return 4 * e / (1 + e) ** 2


def _tanh():
    return Activation("tanh", value=lambda x: _xp(x).tanh(x), derivative=_sech2, odd=True)


def _erf():
    return Activation(
        "erf",
        value=lambda x: special.erf(x) if isinstance(x, np.ndarray) else x.erf(),
        derivative=lambda x: _xp(x).exp(-x * x) * (2 * np.pi**-0.5),
        odd=True, kernel=kernels.erf)


def _hard_tanh():
    phi = _shtanh(a=1.0)
    return Activation("hard_tanh", value=phi.value, derivative=phi.derivative, kinks=phi.kinks,
                      odd=True, half_width=1.0, linear_pieces=True)


def _relu():
    return Activation("relu", value=_positive, derivative=lambda x: _flag(x > 0, x), kinks=(0,),
                      linear_pieces=True)


def _leaky_relu(slope=0.1):
    return Activation(
        "leaky_relu",
        value=lambda x: _where(x > 0, x, slope * x),
        derivative=lambda x: slope + (1 - slope) * _flag(x > 0, x),
        kinks=(0,), linear_pieces=True)


def _scaled_elu(name, scale, alpha):
    def value(x):
        return scale * _where(x > 0, x, alpha * _xp(x).expm1(_xp(x).clip(x, None, 0)))

    def derivative(x):
        return scale * _where(x > 0, _xp(x).ones_like(x), alpha * _xp(x).exp(_xp(x).clip(x, None, 0)))

    return Activation(name, value=value, derivative=derivative, kinks=(0,))


def _gelu():
    return Activation(
        "gelu",
        value=lambda x: x * _normal_cdf(x),
        derivative=lambda x: _normal_cdf(x) + x * _normal_density(x))


def _silu():
    return Activation(
        "silu",
        value=lambda x: x * _sigmoid(x),
        derivative=lambda x: _sigmoid(x) * (1 + x * _sigmoid(-x)))


def _softplus():
    return Activation(
        "softplus",
        value=lambda x: _positive(x) + _xp(x).log1p(_xp(x).exp(-abs(x))),
        derivative=_sigmoid)


def _softsign():
    return Activation(
        "softsign",
        value=lambda x: x / (1 + abs(x)),
        derivative=lambda x: 1 / (1 + abs(x)) ** 2,
        kinks=(0,), odd=True)


def _logistic():
    return Activation("sigmoid", value=_sigmoid, derivative=lambda x: _sigmoid(x) * _sigmoid(-x))


def _arctan():
    return Activation("arctan", value=lambda x: _xp(x).arctan(x), derivative=lambda x: 1 / (1 + x * x),
                      odd=True)


def _sin():
    return Activation("sin", value=lambda x: _xp(x).sin(x), derivative=lambda x: _xp(x).cos(x),
                      odd=True, oscillates=True, kernel=kernels.sin)


def _abs():
    return Activation("abs", value=abs, derivative=lambda x: _xp(x).sign(x), kinks=(0,), even=True,
                      linear_pieces=True)


def _scaled_bounded(name, a, k, tail, tail_derivative, kinks=1, **more):
    """The odd function k x on |x| <= a and k tail(|x|) beyond, both for numpy and torch."""

    def value(x):
        size = _xp(x).clip(abs(x), a, None)
        return k * _where(abs(x) <= a, x, _xp(x).sign(x) * tail(size))

    def derivative(x):
        size = _xp(x).clip(abs(x), a, None)
        return k * _where(abs(x) <= a, _xp(x).ones_like(x), tail_derivative(size))

    points = [a * (i + 1) for i in range(kinks)]
    return Activation(name, value=value, derivative=derivative, kinks=tuple(points + [-p for p in points]),
                      odd=True, half_width=a, slope=k, **more)


def _check_family(name, a, k, least):
    if least is None:
        checks.real("a", a, above=0)
    elif a < least:
        raise ValueError(f"a must be at least {least} for {name}, or it is not scaled-bounded, got {a}")
    checks.real("k", k, above=0)


def _shtanh(a, k=1.0):
    _check_family("shtanh", a, k, None)
    return Activation(
        "shtanh", value=lambda x: k * _xp(x).clip(x, -a, a),
        derivative=lambda x: k * _flag(abs(x) <= a, x),
        kinks=(-a, a), odd=True, half_width=a, slope=k, linear_pieces=True)


def _ssin(a, k=1.0):
    _check_family("ssin", a, k, 1.0)
    return _scaled_bounded("ssin", a, k, lambda u: a - 1 + _xp(u).cos(u - a),
                           lambda u: -_xp(u).sin(u - a), oscillates=True)


def _sexp(a, k=1.0):
    _check_family("sexp", a, k, 0.5)
    return _scaled_bounded("sexp", a, k, lambda u: a - 1 + _xp(u).exp(a - u), lambda u: -_xp(u).exp(a - u))


def _ssaw(a, k=1.0):
    _check_family("ssaw", a, k, None)
    return _scaled_bounded("ssaw", a, k, lambda u: _positive(2 * a - u), lambda u: -_flag(u < 2 * a, u),
                           kinks=2, linear_pieces=True)


# name: (maker, required parameters, optional parameters)
_MAKERS = {
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
    "shtanh": (_shtanh, ("a",), ("k",)),
    "ssin": (_ssin, ("a",), ("k",)),
    "sexp": (_sexp, ("a",), ("k",)),
    "ssaw": (_ssaw, ("a",), ("k",)),
}
