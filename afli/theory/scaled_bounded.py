"""The paper's scaled-bounded families (Murray, Abrol and Tanner 2021, section 2.3)."""

from . import checks
from .activations import Activation
from .elementwise import flag, library, positive, where


def _scaled_bounded(name, a, k, tail, tail_derivative, kinks=1, **more):
    """The odd function k x on |x| <= a and k tail(|x|) beyond, both for numpy and torch."""

    def value(x):
        size = library(x).clip(abs(x), a, None)
        return k * where(abs(x) <= a, x, library(x).sign(x) * tail(size))

    def derivative(x):
        size = library(x).clip(abs(x), a, None)
        return k * where(abs(x) <= a, library(x).ones_like(x), tail_derivative(size))

    points = [a * (i + 1) for i in range(kinks)]
    return Activation(
        name,
        value=value,
        derivative=derivative,
        kinks=tuple(points + [-p for p in points]),
        odd=True,
        half_width=a,
        slope=k,
        **more,
    )


def _check_family(name, a, k, least):
    if least is None:
        checks.real("a", a, above=0)
    elif a < least:
        raise ValueError(
            f"a must be at least {least} for {name}, or it is not scaled-bounded, got {a}"
        )
    checks.real("k", k, above=0)


def shtanh(a, k=1.0):
    _check_family("shtanh", a, k, None)
    return Activation(
        "shtanh",
        value=lambda x: k * library(x).clip(x, -a, a),
        derivative=lambda x: k * flag(abs(x) <= a, x),
        kinks=(-a, a),
        odd=True,
        half_width=a,
        slope=k,
        linear_pieces=True,
    )


def _ssin(a, k=1.0):
    _check_family("ssin", a, k, 1.0)
    return _scaled_bounded(
        "ssin",
        a,
        k,
        lambda u: a - 1 + library(u).cos(u - a),
        lambda u: -library(u).sin(u - a),
        oscillates=True,
    )


def _sexp(a, k=1.0):
    _check_family("sexp", a, k, 0.5)
    return _scaled_bounded(
        "sexp", a, k, lambda u: a - 1 + library(u).exp(a - u), lambda u: -library(u).exp(a - u)
    )


def _ssaw(a, k=1.0):
    _check_family("ssaw", a, k, None)
    return _scaled_bounded(
        "ssaw",
        a,
        k,
        lambda u: positive(2 * a - u),
        lambda u: -flag(u < 2 * a, u),
        kinks=2,
        linear_pieces=True,
    )


# name: (maker, required parameters, optional parameters)
MAKERS = {
    "shtanh": (shtanh, ("a",), ("k",)),
    "ssin": (_ssin, ("a",), ("k",)),
    "sexp": (_sexp, ("a",), ("k",)),
    "ssaw": (_ssaw, ("a",), ("k",)),
}
