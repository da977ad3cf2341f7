"""The check of scaled-bounded activations names the property that fails, and where."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from theory.cases import FAMILIES, UNBOUNDED

import afli
from afli import check_scaled_bounded
from afli.theory.scaled_bounded import FORMULAS

PROPERTIES = ("continuous", "odd", "linear", "bounded", "smooth", "slope")


def odd(tail, tail_slope, a, k=1.0, inner=lambda u: u, inner_slope=np.ones_like):
    """Value and derivative of the odd function `inner` on [-a, a], `tail` of abs(x) beyond."""

    def value(x):
        u = np.abs(x)
        return k * np.sign(x) * np.where(u <= a, inner(u), tail(u))

    def derivative(x):
        u = np.abs(x)
        return k * np.where(u <= a, inner_slope(u), tail_slope(u))

    return value, derivative


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(FAMILIES)), st.floats(0.01, 200), st.floats(1e-3, 1e3))
def test_every_member_passes(name, a, k):
    a = max(a, {"ssin": 1.0, "sexp": 0.5}.get(name, 0.0))
    found = check_scaled_bounded(afli.activation(name, a=a, k=k))
    assert found.holds, str(found)
    assert found.a == pytest.approx(a, rel=1e-8)
    assert found.k == pytest.approx(k, rel=1e-8)
    assert all(getattr(found, p).where is None for p in PROPERTIES)
    assert check_scaled_bounded(afli.activation(name, a=a, k=k), a=a, k=k).holds


A = st.floats(0.05, 50)
K = st.floats(0.01, 100)


def fails(found, name, where, tolerance=2e-3):
    """Exactly this property fails, at this place on either side."""
    assert found.failures == (name,), str(found)
    assert abs(getattr(found, name).where) == pytest.approx(where, rel=tolerance), str(found)
    assert not found.holds and "FAIL" in str(found)
    return True


@settings(max_examples=20, deadline=None)
@given(A, K, st.floats(0.0, 0.99))
def test_a_jump_breaks_continuity(a, k, left):
    """The clip drops to `left` times k a beyond a; declared or not."""
    value, derivative = odd(lambda u: left * a + 0 * u, np.zeros_like, a, k)
    for kinks in ((-a, a), ()):
        found = check_scaled_bounded(value, derivative=derivative, kinks=kinks, a=a)
        fails(found, "continuous", a)


@settings(max_examples=20, deadline=None)
@given(A, K)
def test_unequal_tails_break_oddness(a, k):
    """A clip on the left, a tooth on the right: they differ by all of k a from 2 a on."""
    found = check_scaled_bounded(
        lambda x: k * np.where(x > a, np.maximum(2 * a - x, 0), np.maximum(x, -a)),
        derivative=lambda x: k * (1.0 * (np.abs(x) <= a) - (x > a) * (x < 2 * a)),
        kinks=(-a, a, 2 * a),
    )
    fails(found, "odd", 2 * a)
    assert found.a == pytest.approx(a) and found.k == pytest.approx(k)


@settings(max_examples=20, deadline=None)
@given(A, K)
def test_a_smooth_curve_has_no_linear_region(a, k):
    """k a tanh(x / a): one per cent off the line where tanh(u) = 0.99 u, at u = 0.1739."""
    found = check_scaled_bounded(
        lambda x: k * a * np.tanh(x / a),
        derivative=lambda x: k / np.cosh(np.clip(x / a, -300, 300)) ** 2,
    )
    fails(found, "linear", 0.1739 * a, 0.02)
    assert found.a == 0
    given_a = check_scaled_bounded(
        lambda x: k * a * np.tanh(x / a),
        a,
        derivative=lambda x: k / np.cosh(np.clip(x / a, -300, 300)) ** 2,
    )
    fails(given_a, "linear", a)


@settings(max_examples=20, deadline=None)
@given(A, K, st.floats(1e-3, 1.0))
def test_a_leak_breaks_boundedness(a, k, leak):
    value, derivative = odd(lambda u: a + leak * (u - a), lambda u: leak + 0 * u, a, k)
    found = check_scaled_bounded(
        value, derivative=derivative, kinks=(-a, a), reach=20 * a, **({"a": a} if leak == 1 else {})
    )
    fails(found, "bounded", 20 * a)


@pytest.mark.parametrize(("name", "a", "where"), [("ssin", 0.9, np.pi + 0.9), ("sexp", 0.4, None)])
def test_below_the_least_half_width(name, a, where):
    """Below the family's least a the tail falls below -k a."""
    value, derivative = FORMULAS[name]
    found = check_scaled_bounded(
        lambda x: value(x, a), derivative=lambda x: derivative(x, a), kinks=(-a, a)
    )
    assert found.failures == ("bounded",) and found.a == a
    if where:
        assert found.bounded.where == pytest.approx(where, rel=1e-2)


@settings(max_examples=20, deadline=None)
@given(A, K, st.floats(1.01, 20))
def test_a_steep_tail_breaks_the_slope_bound(a, k, steep):
    value, derivative = odd(
        lambda u: np.maximum(a - steep * (u - a), 0),
        lambda u: -steep * (u < a + a / steep),
        a,
        k,
    )
    end = a + a / steep
    found = check_scaled_bounded(value, derivative=derivative, kinks=(-end, -a, a, end))
    fails(found, "slope", a)


@pytest.mark.parametrize("steep", [1.0001, 1.000001])
def test_a_slope_just_above_the_bound_is_seen(steep):
    end = 2 + 2 / steep
    value, derivative = odd(
        lambda u: np.maximum(2 - steep * (u - 2), 0), lambda u: -steep * (u < end), 2.0
    )
    found = check_scaled_bounded(value, derivative=derivative, kinks=(-end, -2, 2, end))
    assert found.failures == ("slope",), str(found)


@settings(max_examples=20, deadline=None)
@given(A, K)
def test_an_undeclared_kink_is_found(a, k):
    phi = afli.activation("shtanh", a=a, k=k)
    found = check_scaled_bounded(phi.value, a=a, derivative=phi.derivative)
    fails(found, "smooth", a)
    assert "undeclared kink" in found.smooth.message


@settings(max_examples=20, deadline=None)
@given(A, K, st.sampled_from([0.5, 2.0]))
def test_a_wrong_derivative_is_found(a, k, factor):
    """It is wrong in the linear region only; the activation itself is a member."""
    phi = afli.activation("shtanh", a=a, k=k)
    found = check_scaled_bounded(
        phi.value, derivative=lambda x: factor * phi.derivative(x), kinks=phi.kinks
    )
    assert found.failures == ("smooth",) and abs(found.smooth.where) < a
    assert found.k == pytest.approx(k, rel=1e-6) and found.a == pytest.approx(a)


def test_the_half_width_is_unique():
    """Too small a one breaks the bound, too large a one linearity."""
    phi = afli.activation("shtanh", a=2.0)
    fails(check_scaled_bounded(phi, a=1.5), "bounded", 2.0)
    assert check_scaled_bounded(phi, a=2.5).failures == ("linear",)
    assert "slope" in check_scaled_bounded(phi, k=0.9).failures


NON_MEMBERS = {
    "linear": ("bounded",),
    "tanh": ("linear",),
    "erf": ("linear",),
    "relu": ("odd", "linear", "bounded", "slope"),
    "leaky_relu": ("odd", "linear", "bounded", "slope"),
    "elu": ("odd", "linear", "bounded"),
    "selu": ("odd", "linear", "bounded", "slope"),
    "gelu": ("odd", "linear", "bounded", "slope"),
    "silu": ("odd", "linear", "bounded", "slope"),
    "softplus": ("odd", "linear", "bounded", "slope"),
    "softsign": ("linear",),
    "sigmoid": ("odd", "linear"),
    "arctan": ("linear",),
    "sin": ("linear",),
    "abs": ("odd", "linear", "bounded", "slope"),
    "hard_tanh": (),
    "sleaky": ("bounded",),
    "slog": ("bounded",),
}


@pytest.mark.parametrize("name", [n for n in afli.activations() if n not in FAMILIES])
def test_common_activations(name):
    found = check_scaled_bounded(afli.activation(name, **({"a": 2.0} if name in UNBOUNDED else {})))
    assert found.failures == NON_MEMBERS[name], str(found)
    assert found.name == name


def test_a_report_can_be_read():
    text = str(check_scaled_bounded(afli.activation("tanh")))
    assert text.splitlines()[0] == "tanh: not scaled-bounded, k = 1, a = 0"
    assert "FAIL 3  k x on [-a, a]" in text and "1 % off k x from x = 0.174 on" in text
    assert len(text.splitlines()) == 7 and max(map(len, text.splitlines())) < 100


def test_a_slope_that_is_not_positive():
    clip = afli.activation("shtanh", a=1.0)
    found = check_scaled_bounded(
        lambda x: -clip(x), derivative=lambda x: -clip.derivative(x), kinks=clip.kinks
    )
    assert found.linear.message == "the slope at 0 is -1: it must be positive"


@pytest.mark.parametrize(
    ("phi", "options", "error", "says"),
    [
        (np.tanh, {}, TypeError, "function with derivative"),
        (3.0, {}, TypeError, "must be an activation"),
        (np.tanh, {"derivative": lambda x: 1.0}, ValueError, "derivative must return an array"),
        (np.sqrt, {"derivative": np.cos}, ValueError, "finite"),
        (np.tanh, {"derivative": np.cos, "a": -1.0}, ValueError, "a must be greater than 0"),
        (np.tanh, {"derivative": np.cos, "a": [1.0, 2.0]}, TypeError, "a must be one number"),
        (np.tanh, {"derivative": np.cos, "k": "1"}, TypeError, "k must be a real number"),
        (np.tanh, {"derivative": np.cos, "reach": np.nan}, ValueError, "reach must be finite"),
        (np.tanh, {"derivative": np.cos, "kinks": [np.inf]}, ValueError, "kinks must be finite"),
        (np.tanh, {"derivative": np.cos, "a": 2.0, "reach": 1.0}, ValueError, "reach must be"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_wrong_requests(phi, options, error, says):
    with pytest.raises(error, match=says):
        check_scaled_bounded(phi, **options)
