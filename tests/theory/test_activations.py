"""One contract for every activation."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from theory.cases import CASES, FAMILIES, LABELS, UNBOUNDED, make

import afli
from afli.theory.elementwise import flag

every = pytest.mark.parametrize("case", CASES, ids=LABELS)
AT_ZERO = {"sigmoid": 0.5, "softplus": np.log(2)}
ODD = {"linear", "tanh", "erf", "hard_tanh", "softsign", "arctan", "sin", *FAMILIES, *UNBOUNDED}
X = np.concatenate([np.linspace(-12, 12, 4801) + 1.7e-4, [-1e3, -40.0, 40.0, 1e3]])


def away_from_kinks(phi, x, distance):
    gaps = np.abs(x[:, None] - np.array(phi.kinks)).min(1, initial=np.inf)
    return x[gaps > distance]


@every
def test_value_at_zero(case):
    assert make(case)(0.0) == AT_ZERO.get(case[0], 0.0)


@every
def test_symmetry_is_declared_exactly_where_it_holds(case):
    phi = make(case)
    assert phi.odd == (case[0] in ODD)
    np.testing.assert_equal(np.allclose(phi(-X), -phi(X), atol=1e-12), phi.odd)
    np.testing.assert_equal(np.allclose(phi(-X), phi(X), atol=1e-12), phi.even)


@every
def test_derivative_is_the_slope_of_the_value(case):
    phi = make(case)
    x = away_from_kinks(phi, X[np.abs(X) < 50], 1e-3)
    h = 1e-4
    # Five-point difference: truncation h^4, rounding 1e-16 / h.
    slope = (8 * (phi(x + h) - phi(x - h)) - (phi(x + 2 * h) - phi(x - 2 * h))) / (12 * h)
    np.testing.assert_allclose(phi.derivative(x), slope, atol=2e-10, rtol=1e-9)


@every
def test_no_jump_of_slope_is_undeclared(case):
    phi = make(case)
    x = np.linspace(-12, 12, 240_001)
    jump = np.abs(np.diff(phi.derivative(x)))
    places = x[:-1][jump > 0.02]
    assert all(np.abs(place - np.array(phi.kinks)).min() < 2e-4 for place in places), places


@every
def test_declared_kinks_are_kinks(case):
    """phi is not smooth there: phi' or its first difference quotient jumps."""
    phi = make(case)
    for kink, jump in zip(phi.kinks, phi.jumps, strict=True):
        h = 1e-5
        right = (phi.derivative(kink + 2 * h) - phi.derivative(kink + h)) / h
        left = (phi.derivative(kink - h) - phi.derivative(kink - 2 * h)) / h
        assert abs(jump) > 0.05 or abs(right - left) > 0.1, kink


@every
def test_linear_region(case):
    phi = make(case)
    if phi.half_width:
        x = np.linspace(-1, 1, 2001) * min(phi.half_width, 10.0)
        np.testing.assert_array_equal(phi(x), phi.slope * x)
        beyond = phi.half_width * np.linspace(1.0001, 6, 500)
        if np.isfinite(phi.half_width):
            size, bound = np.abs(phi(beyond)), phi.slope * phi.half_width * (1 + 1e-15)
            assert np.all(size > bound if phi.name in UNBOUNDED else size <= bound)
            assert np.all(np.abs(phi.derivative(beyond)) <= phi.slope)
    else:
        around = phi(np.array([-1e-3, -5e-4, 5e-4, 1e-3]))
        assert not np.allclose(around, phi.slope * np.array([-1e-3, -5e-4, 5e-4, 1e-3]), 1e-9, 0)


@every
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_torch_agrees_with_numpy(case, dtype):
    phi = make(case)
    x = X.astype(dtype)
    tolerance = 1e-6 if dtype is np.float32 else 1e-14
    for function in (phi, phi.derivative):
        tensor = function(torch.from_numpy(x))
        assert tensor.dtype == torch.from_numpy(x).dtype
        array = function(x)
        assert array.dtype == dtype
        np.testing.assert_allclose(tensor.numpy(), array, rtol=10 * tolerance, atol=tolerance)


@every
def test_autograd_gives_the_derivative(case):
    phi = make(case)
    points = away_from_kinks(phi, X[np.abs(X) < 50], 1e-3)
    x = torch.from_numpy(points).requires_grad_()
    phi(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), phi.derivative(points), rtol=1e-11, atol=1e-13)


@every
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_autograd_at_zero_at_kinks_and_far_out(case, dtype):
    """The derivative of the one side or of the other, or between them; they agree off kinks."""
    phi = make(case)
    points = sorted({0.0, *phi.kinks, *np.geomspace(1e-6, 1e3, 10), *-np.geomspace(1e-6, 1e3, 10)})
    x = torch.tensor(points, dtype=dtype, requires_grad=True)
    phi(x).sum().backward()
    for at, slope in zip(x.detach().double().tolist(), x.grad.tolist(), strict=True):
        # Kinks are rounded to float32 too: look far enough beside them.
        step = 1e-6 * max(abs(at), 1e-2) if np.isclose(at, phi.kinks, rtol=1e-6).any() else 0.0
        ends = sorted([phi.derivative(at - step), phi.derivative(at + step)])
        room = 3e-6 * (1 + abs(at)) if dtype is torch.float32 else 1e-11
        room += 2 * step
        assert ends[0] - room <= slope <= ends[1] + room, (at, slope, ends)


@every
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_nan_stays_nan(case, dtype):
    """At every place of a vectorised loop, and without touching its neighbours."""
    phi = make(case)
    x = np.linspace(-3, 3, 41, dtype=dtype)
    holes = np.arange(41) % 3 == 0
    x[holes] = np.nan
    for function in (phi, phi.derivative):
        for found in (function(x), function(torch.from_numpy(x)).numpy()):
            assert found.dtype == dtype
            np.testing.assert_array_equal(np.isnan(found), holes)
        assert np.isnan(function(float("nan")))


@every
def test_infinite_inputs_give_the_limits(case):
    phi = make(case)
    if phi.oscillates or phi.name == "softsign":  # no limit; inf / inf, of which NumPy warns
        return
    for end in (-1e30, 1e30):
        x = np.array([end, np.sign(end) * np.inf])
        for function in (phi, phi.derivative):
            for far, limit in (function(x), function(torch.from_numpy(x)).tolist()):
                assert np.isclose(limit, far) or limit == np.copysign(np.inf, far)


@every
def test_float32_agrees_with_float64(case):
    phi = make(case)
    x = away_from_kinks(phi, X, 1e-3).astype(np.float32)
    wide = x.astype(np.float64)
    scale = 1e-6 * (1 + np.abs(x))
    assert np.all(np.abs(phi(x) - phi(wide)) <= scale)
    # Rounding x to float32 moves sin' by the rounding of x, here it is not rounded again.
    assert np.all(np.abs(phi.derivative(x) - phi.derivative(wide)) <= scale)


@every
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_extreme_inputs(case, dtype):
    phi = make(case)
    largest = 1e150 if dtype is np.float64 else 1e15
    x = np.array([-largest, -1e10, -800, -1e-30, 0, 1e-30, 800, 1e10, largest], dtype)
    for function in (phi, phi.derivative):
        assert np.isfinite(function(x)).all(), function(x)
        assert torch.isfinite(function(torch.from_numpy(x))).all()
    gradient = torch.from_numpy(x).requires_grad_()
    phi(gradient).sum().backward()
    assert torch.isfinite(gradient.grad).all()


@every
def test_shapes_and_kinds(case):
    phi = make(case)
    for function in (phi, phi.derivative):
        assert isinstance(function(1), float)
        assert isinstance(function(np.float32(1.0)), float)
        assert function(np.zeros((0, 3))).shape == (0, 3)
        assert function(np.zeros((2, 1, 3))).shape == (2, 1, 3)
        assert function([1, 2]).dtype == np.float64
        with pytest.raises(TypeError, match="real number"):
            function("one")


@every
def test_names(case):
    phi = make(case)
    assert phi.name == case[0] and case[0] in afli.activations() and case[0] in repr(phi)
    assert make(case) is phi, "the same parameters give the same object"


def test_parameters_are_shown():
    shown = {
        "<Activation shtanh a=2.0>": afli.activation("shtanh", a=2),
        "<Activation ssin a=1.5 k=0.1>": afli.activation("ssin", a=1.5, k=0.1),
        "<Activation leaky_relu slope=0.3>": afli.activation("leaky_relu", slope=0.3),
        "<Activation tanh>": afli.activation("tanh"),
        "<Activation mine>": own(),
    }
    assert [repr(phi) for phi in shown.values()] == list(shown)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(FAMILIES)), st.floats(0.5, 50), st.floats(0.1, 10))
def test_family_is_scaled_bounded(name, a, k):
    """Definition 2.1, and that k only multiplies."""
    if name == "ssin" and a < 1:
        a = 1 / a
    phi, unit = afli.activation(name, a=a, k=k), afli.activation(name, a=a)
    x = np.linspace(-8 * a, 8 * a, 4001)
    inside = np.abs(x) <= a
    np.testing.assert_allclose(phi(x), k * unit(x), rtol=1e-14, atol=1e-14)
    np.testing.assert_array_equal(phi(x[inside]), k * x[inside])
    assert np.all(np.abs(phi(x[~inside])) <= k * a * (1 + 1e-14))
    assert np.all(np.abs(phi.derivative(x)) <= k)
    assert np.all(np.abs(np.diff(phi(x))) <= k * (x[1] - x[0]) * (1 + 1e-9)), "continuous"


@pytest.mark.parametrize(
    ("name", "parameters", "error", "words"),
    [
        ("tanhh", {}, ValueError, "did you mean 'tanh'"),
        (3, {}, ValueError, "unknown"),
        ("tanh", {"a": 1.0}, TypeError, "tanh has no parameter 'a': it takes none"),
        ("shtanh", {}, TypeError, "shtanh needs the parameter 'a'"),
        ("shtanh", {"a": 0.0}, ValueError, "a must be greater than 0"),
        ("shtanh", {"a": float("nan")}, ValueError, "a must be finite"),
        ("shtanh", {"a": [1.0, 2.0]}, TypeError, "a must be one number"),
        ("shtanh", {"a": "2"}, TypeError, "a must be a real number"),
        ("shtanh", {"a": 1.0, "k": -1.0}, ValueError, "k must be greater than 0"),
        ("ssin", {"a": 0.99}, ValueError, "a must be at least 1.0 for ssin"),
        ("sexp", {"a": 0.49}, ValueError, "a must be at least 0.5 for sexp"),
        ("ssaw", {"a": -1.0}, ValueError, "a must be greater than 0"),
    ],
)
def test_wrong_requests(name, parameters, error, words):
    with pytest.raises(error, match=words):
        afli.activation(name, **parameters)


def own(**changes):
    parts = dict(name="mine", value=np.tanh, derivative=lambda x: 1 - np.tanh(x) ** 2, odd=True)
    return afli.Activation(**{**parts, **changes})


@pytest.mark.parametrize("steep", [3.0, 10.0, 40.0])
def test_a_steep_activation_is_followed(steep):
    """tanh(c x) at variance q is tanh at variance c^2 q."""
    mine = own(
        value=lambda x: np.tanh(steep * x),
        derivative=lambda x: steep * (1 - np.tanh(steep * x) ** 2),
    )
    tanh = afli.activation("tanh")
    for q in (0.01, 1.0, 50.0, 1e6):
        wide = steep**2 * q
        same = afli.variance_map(tanh, wide, 1, 0)
        assert np.isclose(afli.variance_map(mine, q, 1, 0), same, rtol=1e-11)
        image = q * afli.correlation_map(mine, 0.6, q, 1, 0)
        assert np.isclose(image, wide * afli.correlation_map(tanh, 0.6, wide, 1, 0), rtol=1e-10)


def test_a_shortcut_for_relu_is_understood():
    """A derivative that gives truth values is read as 0 and 1."""
    mine = afli.Activation("r", lambda x: np.maximum(x, 0), lambda x: x > 0, kinks=0)
    assert mine.derivative(2.0) == 1.0 and mine.kinks == (0.0,)
    assert afli.chi1(mine, 1.0, 2.0) == 1.0


@every
def test_registered_activations_can_be_pickled(case):
    phi = make(case)
    assert pickle.loads(pickle.dumps(phi)) is phi
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(own())


def test_a_users_own_activation():
    """It takes part in the theory like a registered one."""
    mine, tanh = own(), afli.activation("tanh")
    assert mine.slope == 1 and mine.half_width == 0
    assert np.isclose(afli.edge_of_chaos(mine, 0.1).q, afli.edge_of_chaos(tanh, 0.1).q, rtol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_an_activation_of_ones_own_for_both_libraries(dtype):
    """As in the example of Activation: it trains, in the precision of its input."""
    mine = afli.Activation(
        "leaky clip",
        value=lambda x: x.clip(-1, 1) + 0.1 * x,
        derivative=lambda x: flag(abs(x) < 1, x) + 0.1,
        kinks=(-1, 1),
        odd=True,
        linear_pieces=True,
        half_width=1.0,
    )
    x = torch.tensor([-2.0, 0.5, 3.0, float("nan")], dtype=dtype, requires_grad=True)
    mine(x).sum().backward()
    for found in (mine(x), mine.derivative(x)):
        assert found.dtype == dtype
    torch.testing.assert_close(mine.derivative(x.detach())[:3], x.grad[:3])
    np.testing.assert_allclose(mine.derivative(x.detach().numpy()), [0.1, 1.1, 0.1, np.nan], 1e-6)


@pytest.mark.parametrize("k", [1.0, 3.0, 10.0])
def test_a_small_kink_must_be_declared(k):
    """A jump by a tenth of the slope is refused, however steep the function is."""
    with pytest.raises(ValueError, match="the derivative jumps near x = 1.3"):
        afli.Activation(
            "bent",
            lambda x: k * (x + 0.1 * np.maximum(x - 1.3, 0)),
            lambda x: k * (1 + 0.1 * (x > 1.3)),
        )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"derivative": np.cos}, "but value has slope"),
        ({"odd": False, "even": True}, "is not even: say even=False"),
        ({"value": np.exp, "derivative": np.exp, "odd": True}, "is not odd"),
        ({"value": lambda x: 1.0, "derivative": lambda x: 0 * x, "odd": False}, "shaped like x"),
        ({"derivative": lambda x: 1.0}, r"derivative of activation 'mine' .* np.full_like\(x, 1.0"),
        ({"derivative": lambda x: None}, "derivative of activation 'mine' must return an array"),
        ({"derivative": lambda x: np.ones(3)}, r"got one of shape \(3,\) for x of shape \(1,\)"),
        ({"derivative": lambda x: np.ones((x.size, 1))}, r"got one of shape \(1, 1\)"),
        ({"value": lambda x: x[:-1]}, "value of activation 'mine' must return an array shaped"),
        ({"value": lambda x: x / 0.0 if False else x + np.inf, "odd": False}, "finite"),
        (
            {"value": lambda x: np.clip(x, -1, 1), "derivative": lambda x: 1.0 * (abs(x) < 1)},
            "add it to kinks",
        ),
        ({"linear_pieces": True}, "say linear_pieces=False"),
        ({"value": np.sin, "derivative": np.cos}, "say oscillates=True"),
        (
            {"value": np.sign, "derivative": np.zeros_like, "kinks": (0,)},
            "jumps at x = 0: the theory needs a continuous function",
        ),
        (
            {"value": lambda x: np.clip(x, -99, 99), "derivative": lambda x: abs(x) < 99},
            "jumps near x = -99",
        ),
        ({"slope": 7.0}, "slope is 7, but at 0 it is 1"),
        ({"half_width": 0.5}, "not linear on"),
        ({"half_width": -1.0}, "half_width must be at least 0"),
        (
            {
                "value": lambda x: x + np.tanh(1e4 * x) / 1e4,
                "derivative": lambda x: 2 - np.tanh(1e4 * x) ** 2,
            },
            "declare the points",
        ),
        ({"kinks": (np.nan,)}, "kinks must be finite"),
    ],
)
def test_a_wrong_description_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        own(**changes)
