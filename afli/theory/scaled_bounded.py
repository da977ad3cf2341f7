"""The paper's scaled-bounded families (Murray, Abrol and Tanner 2021, section 2.3), and two of ours
that share everything with them but the bound: sleaky and slog are linear on [-a, a] and unbounded.
"""

from functools import partial

from . import checks
from .activations import Activation
from .elementwise import flag, library, one, positive, where


def _clip(x, a):
    return library(x).clip(x, -a, a)


def _clip_derivative(x, a):
    # Zero at the kinks themselves, as in torch's own hardtanh.
    return flag(abs(x) < a, x)


def _odd(x, a, *, tail):
    """The odd function x on |x| <= a and tail(|x|, a) beyond."""
    size = library(x).clip(abs(x), a, None)
    return where(abs(x) <= a, x, library(x).sign(x) * tail(size, a))


def _odd_derivative(x, a, *, tail_derivative):
    size = library(x).clip(abs(x), a, None)
    return where(abs(x) <= a, one(x), tail_derivative(size, a))


def _with_tail(tail, tail_derivative):
    return partial(_odd, tail=tail), partial(_odd_derivative, tail_derivative=tail_derivative)


# name: (value, derivative) at slope 1, functions of x and a. Both may be arrays or tensors, so
# that networks with different a can be computed at once.
FORMULAS = {
    "shtanh": (_clip, _clip_derivative),
    "ssin": _with_tail(
        lambda u, a: a - 1 + library(u).cos(u - a), lambda u, a: -library(u).sin(u - a)
    ),
    "sexp": _with_tail(
        lambda u, a: a - 1 + library(u).exp(a - u), lambda u, a: -library(u).exp(a - u)
    ),
    "ssaw": _with_tail(lambda u, a: positive(2 * a - u), lambda u, a: -flag(u < 2 * a, u)),
    "sleaky": _with_tail(lambda u, a: (a + u) / 2, lambda u, a: one(u) / 2),
    "slog": _with_tail(lambda u, a: a + a / 2 * library(u).log(u / a), lambda u, a: a / (2 * u)),
}
LEAST_A = {"ssin": 1.0, "sexp": 0.5}


def family(name, a, k=1.0, *, kinks=1, **more):
    """The activation of the family `name` with half-width `a` and slope `k`."""
    checks.real("a", a, above=0)
    if not 1e-100 <= a <= 1e100:
        raise ValueError(f"a must be between 1e-100 and 1e100, got {a}")
    if name in LEAST_A and a < LEAST_A[name]:
        raise ValueError(
            f"a must be at least {LEAST_A[name]} for {name}, or it is not scaled-bounded, got {a}"
        )
    checks.real("k", k, above=0)
    value, derivative = FORMULAS[name]
    points = [a * (i + 1) for i in range(kinks)]
    return Activation(
        name,
        value=lambda x: k * value(x, a),
        derivative=lambda x: k * derivative(x, a),
        kinks=tuple(points + [-p for p in points]),
        odd=True,
        half_width=a,
        slope=k,
        **more,
    )


shtanh = partial(family, "shtanh", linear_pieces=True)

# name: (maker, required parameters, optional parameters)
MAKERS = {
    "shtanh": (shtanh, ("a",), ("k",)),
    "ssin": (partial(family, "ssin", oscillates=True), ("a",), ("k",)),
    "sexp": (partial(family, "sexp"), ("a",), ("k",)),
    "ssaw": (partial(family, "ssaw", kinks=2, linear_pieces=True), ("a",), ("k",)),
    "sleaky": (partial(family, "sleaky", linear_pieces=True), ("a",), ("k",)),
    "slog": (partial(family, "slog"), ("a",), ("k",)),
}
