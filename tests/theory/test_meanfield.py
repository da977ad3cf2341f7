"""The variance map and the edge of chaos: closed form against quadrature against simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special
from theory.cases import CASES, CRITICAL, LABELS, label, make

import afli
from afli.theory import gaussian

every = pytest.mark.parametrize("case", CASES, ids=LABELS)
critical = pytest.mark.parametrize("case", CRITICAL, ids=[label(case) for case in CRITICAL])
Q = np.array([1e-6, 1e-2, 0.3, 1.0, 4.0, 50.0, 1e4])


def clip_square(q, a):
    """E[clip(sqrt(q) Z, -a, a)^2] in closed form."""
    ratio = a / np.sqrt(q)
    inside = special.erf(ratio / np.sqrt(2))
    inside -= np.sqrt(2 / np.pi) * ratio * np.exp(-(ratio**2) / 2)
    return q * inside + a * a * special.erfc(ratio / np.sqrt(2))


CLOSED = {
    "linear": (lambda q: q, lambda q: np.ones_like(q)),
    "abs": (lambda q: q, lambda q: np.ones_like(q)),
    "relu": (lambda q: q / 2, lambda q: np.full_like(q, 0.5)),
    "leaky_relu": (lambda q: q * 0.505, lambda q: np.full_like(q, 0.505)),
    "erf": (
        lambda q: 2 / np.pi * np.arcsin(2 * q / (1 + 2 * q)),
        lambda q: 4 / np.pi / np.sqrt(1 + 4 * q),
    ),
    "sin": (lambda q: -np.expm1(-2 * q) / 2, lambda q: (1 + np.exp(-2 * q)) / 2),
    "hard_tanh": (lambda q: clip_square(q, 1.0), lambda q: special.erf(1 / np.sqrt(2 * q))),
}


@pytest.mark.parametrize("name", CLOSED)
def test_closed_forms(name):
    square, slope_square = CLOSED[name]
    phi = afli.activation(name)
    q = np.array([1e-3, 0.3, 1.0, 4.0, 50.0])
    np.testing.assert_allclose(afli.variance_map(phi, q, 1, 0), square(q), rtol=2e-13)
    np.testing.assert_allclose(afli.derivative_moment(phi, q, 1), slope_square(q), rtol=1e-14)


@every
def test_against_scipy_split_at_the_kinks(case):
    phi = make(case)

    def density(z):
        return np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)

    for q in (0.05, 1.0, 9.0):
        points = [k / np.sqrt(q) for k in phi.kinks if abs(k) < 11.9 * np.sqrt(q)]
        edges = np.unique([-12, -6, -3, 0, 3, 6, 12, *points])

        def average(function, q=q, edges=edges):
            return sum(
                integrate.quad(
                    lambda z: function(np.sqrt(q) * z) * density(z), low, high,
                    epsabs=1e-14, epsrel=1e-12, limit=200,
                )[0]
                for low, high in zip(edges[:-1], edges[1:], strict=True)
            )  # fmt: skip

        assert np.isclose(afli.variance_map(phi, q, 1, 0), average(lambda x: phi(x) ** 2), 1e-11)
        for k in (1, 2, 3):
            exact = average(lambda x, k=k: phi.derivative(x) ** (2 * k))
            assert np.isclose(afli.derivative_moment(phi, q, k), exact, 1e-11)


@every
def test_against_simulation(case):
    """A million Gaussians: within 5 standard errors."""
    phi = make(case)
    x = np.sqrt(1.7) * np.random.default_rng(7).standard_normal(1_000_000)
    for values, exact in (
        (1.3 * phi(x) ** 2 + 0.2, afli.variance_map(phi, 1.7, 1.3, 0.2)),
        (1.3 * phi.derivative(x) ** 2, afli.chi1(phi, 1.7, 1.3)),
        (phi.derivative(x) ** 4, afli.derivative_moment(phi, 1.7, 2)),
    ):
        error = values.std() / 1000 + 1e-12
        assert abs(values.mean() - exact) < 5 * error


@every
def test_slope_of_the_variance_map(case):
    phi = make(case)
    q = np.array([0.05, 1.0, 7.0])
    h = 1e-4 * q
    slope = (afli.variance_map(phi, q + h, 1.2, 0) - afli.variance_map(phi, q - h, 1.2, 0)) / (
        2 * h
    )
    np.testing.assert_allclose(afli.variance_slope(phi, q, 1.2), slope, rtol=1e-6, atol=1e-9)


@every
def test_moment_ratio_is_at_least_one(case):
    phi = make(case)
    ratio = afli.moment_ratio(phi, Q)
    assert np.all(ratio >= 1 - 1e-14)
    exact = afli.derivative_moment(phi, Q, 2) / afli.derivative_moment(phi, Q, 1) ** 2
    np.testing.assert_allclose(ratio, exact, rtol=1e-14)


@critical
def test_edge_of_chaos_solves_its_equations(case):
    """Residuals are compared with sigma_b2, not with q: at small bias variance they differ."""
    phi = make(case)
    sigma_b2 = np.array([1e-8, 1e-4, 1e-2, 0.1, 1.0, 20.0])
    point = afli.edge_of_chaos(phi, sigma_b2)
    assert np.all(np.abs(point.chi1 - 1) < 1e-13)
    residual = afli.variance_map(phi, point.q, point.sigma_w2, sigma_b2) - point.q
    # V itself cannot be computed better than to the rounding of q.
    assert np.all(np.abs(residual) < 1e-9 * sigma_b2 + 3e-15 * point.q)
    sigma_w2, again = afli.edge_of_chaos_curve(phi, point.q)
    assert np.all(np.abs(again - sigma_b2) < 1e-10 * sigma_b2 + 1e-14 * point.q)
    np.testing.assert_allclose(sigma_w2, point.sigma_w2, rtol=1e-12)
    one_by_one = [afli.edge_of_chaos(phi, b).q for b in sigma_b2]
    np.testing.assert_allclose(one_by_one, point.q, rtol=1e-12)


@settings(max_examples=80, deadline=None)
@given(st.floats(1e-3, 1e3), st.floats(1e-12, 1e6))
def test_clip_is_explicit_in_its_half_width(a, sigma_b2):
    """sigma_b2 / a^2 and sigma_w2 of a clip are closed functions of Lambda = a / sqrt(q*)."""
    point = afli.edge_of_chaos(afli.activation("shtanh", a=a), sigma_b2)
    ratio = a / np.sqrt(point.q)
    # 2 n(x)/x - erfc(x/sqrt 2), with the scaled erfc to keep the digits of far tails
    scaled = np.sqrt(2 / np.pi) / ratio - special.erfcx(ratio / np.sqrt(2))
    y = np.exp(-0.5 * ratio**2) * scaled / special.erf(ratio / np.sqrt(2))
    assert np.isclose(y, sigma_b2 / a**2, rtol=1e-9)
    assert np.isclose(point.sigma_w2, 1 / special.erf(ratio / np.sqrt(2)), rtol=1e-13)


def test_far_kinks():
    """Nothing is lost between the bulk of the Gaussian and a kink far out in its tail."""
    q = np.array([1.0, 4.0])
    for name in ("shtanh", "ssin", "sexp", "ssaw"):
        for a in (9.5, 15.0, 31.0, 60.0, 70.0, 80.0, 200.0):
            phi = afli.activation(name, a=a)
            inside = np.sqrt(q) < a / 9
            variance = afli.variance_map(phi, q, 1, 0)[inside]
            np.testing.assert_allclose(variance, q[inside], rtol=1e-14)
            np.testing.assert_allclose(afli.chi1(phi, q, 1)[inside], 1, rtol=1e-14)
            np.testing.assert_allclose(afli.variance_slope(phi, q, 1)[inside], 1, rtol=1e-14)


def test_small_biases_keep_their_relative_accuracy():
    """sigma_b2 = 1e-4 and 1e-12: sin has q - tanh(q) = sigma_b2, tanh q^3 4/3 at first order."""
    sin = afli.edge_of_chaos(afli.activation("sin"), 1e-12).q
    assert np.isclose(sin, (3e-12) ** (1 / 3), rtol=1e-7)
    tanh = afli.edge_of_chaos(afli.activation("tanh"), 1e-12).q
    assert np.isclose(tanh, (0.75e-12) ** (1 / 3), rtol=1e-3)


def test_gelu_is_unstable_at_the_edge_of_chaos():
    """V has two fixed points there, 0.0547 and q* = 0.1835, and iteration leaves q*."""
    gelu = afli.activation("gelu")
    point = afli.edge_of_chaos(gelu, 0.01)
    assert not point.stable and point.variance_slope > 1
    assert round(point.q, 4) == 0.1835
    stable = afli.fixed_point(gelu, point.sigma_w2, 0.01)
    assert round(stable, 4) == 0.0547
    q = point.q * 1.01
    for _ in range(2000):
        if q < 1e3:
            q = afli.variance_map(gelu, q, point.sigma_w2, 0.01)
    assert q >= 1e3
    assert afli.edge_of_chaos(gelu, 0.2).stable
    assert not afli.edge_of_chaos(afli.activation("silu"), 0.4).stable
    assert afli.edge_of_chaos(afli.activation("silu"), 0.6).stable


def test_close_fixed_points_are_found():
    """Just before GELU's two fixed points merge they are closer than the search grid."""
    gelu = afli.activation("gelu")
    sigma_w2 = 3.62
    inside, outside = 0.0, 0.1
    for _ in range(60):
        middle = 0.5 * (inside + outside)
        try:
            afli.fixed_point(gelu, sigma_w2, middle)
            inside = middle
        except afli.NoFixedPoint:
            outside = middle
    q = afli.fixed_point(gelu, sigma_w2, inside * (1 - 1e-4))
    assert 0.97 < afli.variance_slope(gelu, q, sigma_w2) < 1
    # Between two points that are close, but not as close as that, V(q) < q.
    for sigma_w2 in (2.125, 2.1296875, 2.1314):
        q = afli.fixed_point(gelu, sigma_w2, 0.1)
        np.testing.assert_allclose(afli.variance_map(gelu, q, sigma_w2, 0.1), q, rtol=1e-12)
        assert afli.variance_slope(gelu, q, sigma_w2) < 1


@every
def test_fixed_point_is_where_iteration_goes(case):
    phi = make(case)
    for sigma_w2, sigma_b2 in ((0.8, 0.3), (0.4, 0.01)):
        try:
            q = afli.fixed_point(phi, sigma_w2, sigma_b2)
        except afli.NoFixedPoint:
            q = np.inf
        found = 1e-4
        for _ in range(400):
            found = afli.variance_map(phi, found, sigma_w2, sigma_b2)
            if found > 1e6:
                found = np.inf
                break
        assert found == q or np.isclose(found, q, rtol=1e-8)


def test_fixed_points_without_bias():
    tanh, relu = afli.activation("tanh"), afli.activation("relu")
    assert afli.fixed_point(tanh, 0.9, 0.0) == 0.0
    assert afli.fixed_point(tanh, 1.5, 0.0) > 0.2
    assert afli.fixed_point(relu, 1.9, 0.0) == 0.0
    assert afli.fixed_point(relu, 2.0, 0.0) == 1.0
    for sigma_w2, sigma_b2 in ((2.1, 0.0), (2.0, 0.1), (3.0, 0.1)):
        with pytest.raises(afli.NoFixedPoint, match="lengths grow without bound"):
            afli.fixed_point(relu, sigma_w2, sigma_b2)
    assert afli.edge_of_chaos(tanh, 0.0).q == 0.0
    assert afli.edge_of_chaos(tanh, 0.0).sigma_w2 == 1.0


def test_the_message_names_the_setting_without_fixed_point():
    with pytest.raises(afli.NoFixedPoint, match="sigma_w2 = 3, sigma_b2 = 0.5"):
        afli.fixed_point(afli.activation("gelu"), [0.5, 3.0], 0.5)
    with pytest.raises(afli.NoFixedPoint, match="sigma_w2 = 3, sigma_b2 = 0.5"):
        afli.fixed_point(afli.activation("relu"), [0.5, 3.0], 0.5)


def test_phi_must_be_an_activation():
    for call in (
        lambda phi: afli.edge_of_chaos(phi, 0.1),
        lambda phi: afli.variance_map(phi, 1.0, 1.0, 0.0),
        lambda phi: afli.correlation_map(phi, 0.5, 1.0, 1.0, 0.0),
        lambda phi: afli.moment_ratio(phi, 1.0),
        lambda phi: afli.spectral_density(phi, 1.0, 2, 1.0),
        lambda phi: afli.spectrum_variance(phi, 1.0, 2),
    ):
        with pytest.raises(TypeError, match="phi must be an activation"):
            call("tanh")


def test_scalars_arrays_and_shapes():
    phi = afli.activation("tanh")
    assert isinstance(afli.variance_map(phi, 1, 1, 0), float)
    assert isinstance(afli.fixed_point(phi, 1.2, 0.1), float)
    point = afli.edge_of_chaos(phi, 0.1)
    assert all(isinstance(getattr(point, f), float) for f in ("q", "sigma_w2", "sigma_b2", "chi1"))
    assert isinstance(point.stable, bool)
    grid = afli.variance_map(phi, np.ones((5, 1)), np.ones((1, 4)), [0.1, 0.2, 0.3, 0.4])
    assert grid.shape == (5, 4) and grid.dtype == np.float64
    assert afli.edge_of_chaos(phi, np.full((2, 3), 0.1)).q.shape == (2, 3)
    assert afli.variance_map(phi, np.zeros((0, 2)), 1, 0).shape == (0, 2)
    assert afli.edge_of_chaos(phi, []).q.shape == (0,)
    assert afli.limiting_correlation(phi, np.zeros((0,)), 1).shape == (0,)
    assert afli.correlation_map(phi, [], 1, 1, 0).shape == (0,)


BAD = [
    (afli.variance_map, (-1.0, 1.0, 0.0), ValueError, "q must be at least 0, got -1"),
    (afli.variance_map, (1.0, -2.0, 0.0), ValueError, "sigma_w2 must be at least 0, got -2"),
    (afli.variance_map, (1.0, 1.0, float("nan")), ValueError, "sigma_b2 must be finite, got nan"),
    (afli.variance_map, ("1", 1.0, 0.0), TypeError, "q must be a real number"),
    (afli.variance_map, ([1, 2], [1, 2, 3], 0.0), ValueError, r"q \(2,\), sigma_w2 \(3,\)"),
    (afli.variance_slope, (0.0, 1.0), ValueError, "q must be greater than 0"),
    (afli.chi1, (1.0, 1j), TypeError, "sigma_w2 must be a real number"),
    (afli.fixed_point, (1.0, np.inf), ValueError, "sigma_b2 must be finite"),
    (afli.edge_of_chaos, (-0.1,), ValueError, "sigma_b2 must be at least 0, got -0.1"),
    (afli.edge_of_chaos, (None,), TypeError, "sigma_b2 must be a real number"),
    (afli.edge_of_chaos_curve, (0.0,), ValueError, "q must be greater than 0"),
    (afli.correlation_map, (1.1, 1.0, 1.0, 0.0), ValueError, "rho must be at most 1, got 1.1"),
    (afli.correlation_map, (-1.1, 1.0, 1.0, 0.0), ValueError, "rho must be at least -1"),
    (afli.correlation_map, ([[0.1], [0, 1]], 1.0, 1.0, 0.0), TypeError, "rho must be a real num"),
    (afli.correlation_map, (0.5, 0.0, 1.0, 0.0), ValueError, "q must be greater than 0"),
    (afli.correlation_slope, (2.0, 1.0, 1.0), ValueError, "rho must be at most 1"),
    (afli.limiting_correlation, (-1.0, 1.0), ValueError, "sigma_w2 must be at least 0"),
    (afli.depth_scales, (1.0, -1.0), ValueError, "sigma_b2 must be at least 0"),
    (afli.derivative_moment, (1.0, 0), ValueError, "k must be at least 1"),
    (afli.derivative_moment, (1.0, 1.5), ValueError, "k must be a whole number"),
    (afli.moment_ratio, (-1.0,), ValueError, "q must be at least 0"),
    (afli.correlation_decay, ([1.0, 2.0],), TypeError, "q must be one number"),
]


@pytest.mark.parametrize(("function", "arguments", "error", "words"), BAD)
def test_bad_input_is_named(function, arguments, error, words):
    with pytest.raises(error, match=words):
        function(afli.activation("tanh"), *arguments)


MASKED = np.ma.array([0.5, 0.2], mask=[False, True])


@pytest.mark.parametrize(
    "call",
    [
        lambda phi: phi(MASKED),
        lambda phi: afli.variance_map(phi, MASKED, 1.0, 0.1),
        lambda phi: afli.correlation_map(phi, MASKED, 1.0, 1.0, 0.1),
        lambda phi: afli.bounds.sharp(MASKED, 1.0),
    ],
)
def test_masks_are_not_dropped_silently(call):
    with pytest.raises(TypeError, match=r"must not have masked values.*compressed\(\)"):
        call(afli.activation("tanh"))


def test_a_masked_array_without_masked_values_is_an_array():
    tanh, whole = afli.activation("tanh"), np.ma.array([0.5, 0.2])
    assert tanh(whole).tolist() == tanh([0.5, 0.2]).tolist()
    assert afli.fixed_point(tanh, 0.5, whole).shape == (2,)


def test_whole_numbers_of_any_size_are_numbers():
    assert afli.variance_map(afli.activation("relu"), 10**25, 2, 0) == pytest.approx(1e25)
    with pytest.raises(TypeError, match="q must be a real number.*too large"):
        afli.variance_map(afli.activation("relu"), 10**400, 2, 0)


@pytest.mark.parametrize("name", ["tanh", "softsign", "gelu", "selu", "sexp"])
@settings(max_examples=10, deadline=None)
@given(k=st.integers(1, 100), q=st.floats(-3, 3).map(lambda e: 10**e))
def test_moments_of_high_order(name, k, q):
    """Narrow peaks are resolved: Gauss-Legendre on panels two hundred times as short agrees."""
    phi = afli.activation(name, **({"a": 0.7} if name == "sexp" else {}))
    z, x, weight = gaussian.nodes(phi, np.array([q]), split=200)
    exact = np.sum(weight * phi.derivative(x) ** (2 * k))
    assert afli.derivative_moment(phi, q, k) == pytest.approx(exact, rel=1e-11, abs=0)


def test_moments_of_too_high_an_order():
    with pytest.raises(ValueError, match="k must be at most 100, got 5000"):
        afli.derivative_moment(afli.activation("tanh"), 1.0, 5000)
    steep = afli.activation("shtanh", a=1.0, k=1e3)
    assert afli.derivative_moment(steep, 1e-9, 40) == pytest.approx(1e240)
    with pytest.raises(ValueError, match=r"k = 60 is too large for shtanh.*take a smaller k"):
        afli.derivative_moment(steep, 1.0, 60)


@pytest.mark.parametrize("name", ["elu", "gelu", "silu"])
@pytest.mark.parametrize("sigma_b2", [0.01, 0.7, 3.0])
def test_lengths_that_grow_by_a_constant_have_no_fixed_point(name, sigma_b2):
    """At sigma_w2 = 2, V(q) - q stays positive, and is lost in rounding for large q."""
    phi = afli.activation(name)
    q = np.geomspace(1e-3, 1e8, 400)
    rises = bool((afli.variance_map(phi, q, 2.0, sigma_b2) > q).all())
    if rises:
        with pytest.raises(afli.NoFixedPoint, match=r"up to 1e\+20, so lengths grow"):
            afli.fixed_point(phi, 2.0, sigma_b2)
    else:
        assert afli.fixed_point(phi, 2.0, sigma_b2) < 1
