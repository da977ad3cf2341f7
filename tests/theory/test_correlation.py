"""The correlation map: closed kernels, three methods against each other, limits, depth scales."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from theory.cases import CASES, CRITICAL, FAMILIES, LABELS, UNBOUNDED, label, make

import afli
from afli.theory import hermite, piecewise, planar
from afli.theory.moments import Moments

every = pytest.mark.parametrize("case", CASES, ids=LABELS)
critical = pytest.mark.parametrize("case", CRITICAL, ids=[label(case) for case in CRITICAL])
RHO = np.array([-1, -0.99, -0.6, -0.2, 0, 1e-3, 0.3, 0.7, 0.95, 0.999, 1 - 1e-9, 1])


def test_arc_cosine_kernel():
    """ReLU (Cho and Saul 2009)."""
    exact = (np.sqrt(1 - RHO**2) + RHO * (np.pi - np.arccos(RHO))) / np.pi
    for q in (1e-9, 1.0, 1e9):
        found = afli.correlation_map(afli.activation("relu"), RHO, q, 2.0, 0.0)
        np.testing.assert_allclose(found, exact, rtol=1e-13, atol=1e-15)
    slopes = afli.correlation_slope(afli.activation("relu"), RHO, 1.0, 2.0)
    np.testing.assert_allclose(slopes, 1 - np.arccos(RHO) / np.pi, atol=1e-14)


@every
def test_large_variances(case):
    """The fast methods follow phi however large the variance is, or leave it to the plane."""
    phi = make(case)
    for q in (30.0, 300.0, 1e4, 1e8):
        if phi.oscillates and q > 300:
            continue
        found = afli.correlation_map(phi, [-0.6, 0.1, 0.8], q, 1.0, 0.0) * q
        slopes = afli.correlation_slope(phi, [-0.6, 0.1, 0.8], q, 1.0)
        total, slope_total = (
            afli.variance_map(phi, q, 1.0, 0.0),
            afli.derivative_moment(phi, q, 1),
        )
        for rho, value, slope in zip((-0.6, 0.1, 0.8), found, slopes, strict=True):
            assert abs(value - planar.pair_average(phi, phi, q, rho)) < 1e-12 * total
            exact = planar.pair_average(phi, phi.derivative, q, rho)
            assert abs(slope - exact) < 1e-12 * slope_total


def test_limits_of_large_variance():
    """tanh becomes the sign, GELU becomes ReLU: the arcsine and the arc-cosine kernel."""
    tanh, gelu = afli.activation("tanh"), afli.activation("gelu")
    rho = np.array([-0.9, -0.2, 0.5, 0.99])
    sign = afli.correlation_map(tanh, rho, 1e12, 1e12, 0.0)
    np.testing.assert_allclose(sign, 2 / np.pi * np.arcsin(rho), rtol=1e-4, atol=1e-5)
    relu = afli.correlation_map(afli.activation("relu"), rho, 1.0, 1.0, 0.0)
    np.testing.assert_allclose(afli.correlation_map(gelu, rho, 1e12, 1.0, 0.0), relu, rtol=1e-5)


def test_arcsine_kernel():
    """erf (Williams 1997)."""
    q = 2.3
    exact = 2 / np.pi * np.arcsin(2 * q * RHO / (1 + 2 * q))
    found = afli.correlation_map(afli.activation("erf"), RHO, q, 1.0, 0.0) * q
    np.testing.assert_allclose(found, exact, rtol=1e-13)
    bare = afli.Activation(
        "erf without its kernel", afli.activation("erf").value, afli.activation("erf").derivative,
        odd=True)  # fmt: skip
    np.testing.assert_allclose(afli.correlation_map(bare, RHO, q, 1.0, 0.0) * q, exact, rtol=1e-12)


@every
def test_methods_agree(case):
    """The fast method, quadrature in the plane, and the definition at rho = 1, 0 and -1."""
    phi = make(case)
    for q in (0.2, 3.0):
        found = afli.correlation_map(phi, RHO, q, 1.0, 0.0) * q
        slopes = afli.correlation_slope(phi, RHO, q, 1.0)
        scale = found[-1]
        for rho, value, slope in zip(RHO, found, slopes, strict=True):
            plane = planar.pair_average(phi, phi, q, rho)
            assert abs(value - plane) < 1e-13 * scale, (q, rho)
            plane = planar.pair_average(phi, phi.derivative, q, rho)
            assert abs(slope - plane) < 1e-12 * slopes[-1], (q, rho)
        moments = Moments(phi, np.array([q]))
        assert np.isclose(found[-1], moments.square[0], rtol=1e-13)
        assert np.isclose(slopes[-1], moments.slope_square[0], rtol=1e-13)


@every
def test_hermite_series_bounds_its_own_error(case):
    phi = make(case)
    q = np.array([0.7])
    moments = Moments(phi, q)
    for terms in (32, 256):
        a = hermite.coefficients(phi, q, terms, moments.square)
        rho = np.array([-0.95, -0.5, 0.4, 0.9])
        rows = np.repeat(a, rho.size, axis=0)
        total, slope_total = moments.square, q * moments.slope_square
        value, slope, value_error, slope_error = hermite.series(rows, total, slope_total, rho)
        exact = afli.correlation_map(phi, rho, 0.7, 1.0, 0.0) * 0.7
        slopes = afli.correlation_slope(phi, rho, 0.7, 1.0) * 0.7
        assert np.all(np.abs(value - exact) <= value_error + 1e-13 * total)
        assert np.all(np.abs(slope - slopes) <= slope_error + 1e-12 * slope_total)


@pytest.mark.parametrize("name", ["tanh", "elu", "sexp", "gelu"])
def test_nodes_that_miss_the_function_give_no_coefficients(name):
    """The nodes must reproduce E[phi^2]: told another value, they are not trusted."""
    phi = afli.activation(name, a=2.0) if name == "sexp" else afli.activation(name)
    q = np.array([0.7, 1e4])
    total = Moments(phi, q).square
    assert np.isfinite(hermite.coefficients(phi, q, 64, total)).all()
    assert np.isnan(hermite.coefficients(phi, q, 64, total * (1 + 1e-9))).all()


@every
def test_against_simulation(case):
    phi = make(case)
    z = np.random.default_rng(11).standard_normal((2, 400_000))
    rho, q = 0.35, 1.7
    x = np.sqrt(q) * z[0]
    y = np.sqrt(q) * (rho * z[0] + np.sqrt(1 - rho**2) * z[1])
    for values, exact in (
        (phi(x) * phi(y), q * afli.correlation_map(phi, rho, q, 1.0, 0.0)),
        (phi.derivative(x) * phi.derivative(y), afli.correlation_slope(phi, rho, q, 1.0)),
    ):
        error = values.std() / np.sqrt(values.size) + 1e-12
        assert abs(values.mean() - exact) < 5 * error


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CRITICAL), st.floats(1e-3, 3.0))
def test_properties_on_the_edge_of_chaos(case, sigma_b2):
    """R(1) = 1, R'(1) = 1, |R| <= 1, rising and convex on [0, 1], above the identity there."""
    phi = make(case)
    point = afli.edge_of_chaos(phi, sigma_b2)
    rho = np.linspace(-1, 1, 81)
    image = afli.correlation_map(phi, rho, point.q, point.sigma_w2, sigma_b2)
    slope = afli.correlation_slope(phi, rho, point.q, point.sigma_w2)
    assert abs(image[-1] - 1) < 1e-11 and abs(slope[-1] - 1) < 1e-11
    assert np.all(np.abs(image) <= 1 + 1e-12)
    positive = rho >= 0
    assert np.all(np.diff(image[positive]) > -1e-12)
    assert np.all(np.diff(image[positive], 2) > -1e-12)
    assert np.all(image[positive] >= rho[positive] - 1e-12)
    # The slope is the derivative: compare the integral over each interval (Simpson).
    middle = afli.correlation_slope(phi, 0.5 * (rho[1:] + rho[:-1]), point.q, point.sigma_w2)
    step = (slope[1:] + 4 * middle + slope[:-1]) / 6 * np.diff(rho)
    inner = slice(5, -5)
    np.testing.assert_allclose(step[inner], np.diff(image)[inner], atol=2e-6)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([case for case in CRITICAL if case[0] not in ("sin", "ssin")]),
    st.floats(0.2, 4.0), st.floats(1e-3, 1.0),
)  # fmt: skip
def test_limiting_correlation(case, sigma_w2, sigma_b2):
    """It is a fixed point of R, with slope at most 1, and iteration from 0 goes there."""
    phi = make(case)
    try:
        q = afli.fixed_point(phi, sigma_w2, sigma_b2)
    except afli.NoFixedPoint:
        return
    limit = afli.limiting_correlation(phi, sigma_w2, sigma_b2)
    chi1 = afli.chi1(phi, q, sigma_w2)
    assert limit == 1.0 if chi1 <= 1 else 0 <= limit < 1
    image = afli.correlation_map(phi, limit, q, sigma_w2, sigma_b2)
    assert abs(image - limit) < 1e-10
    slope = afli.correlation_slope(phi, limit, q, sigma_w2)
    assert slope <= 1 + 1e-9
    if slope < 0.9:
        rho = 0.0
        for _ in range(300):
            rho = afli.correlation_map(phi, rho, q, sigma_w2, sigma_b2)
        assert abs(rho - limit) < 1e-9


@pytest.mark.parametrize("name", ["tanh", "softsign", "shtanh", "sexp"])
@pytest.mark.parametrize("above", [1e-3, 1e-4, 1e-6, 1e-8])
def test_just_above_the_edge(name, above):
    """rho* approaches 1 as beta (chi_1 - 1), or (3 (chi_1 - 1) / (2 kappa))^2 at kinks."""
    phi = afli.activation(name, a=2.0) if name in ("shtanh", "sexp") else afli.activation(name)
    edge = afli.edge_of_chaos(phi, 0.3)
    sigma_w2 = edge.sigma_w2 * (1 + above)
    sigma_b2 = edge.q - sigma_w2 * afli.variance_map(phi, edge.q, 1.0, 0.0)
    decay = afli.correlation_decay(phi, edge.q)
    distance = 1 - afli.limiting_correlation(phi, sigma_w2, sigma_b2)
    expected = decay.constant * (above if decay.power == 1 else above**2 / 4)
    tolerance = 0.12 * (above / 1e-3) ** 0.5 + 1e-3
    assert abs(distance - expected) < tolerance * expected + 2e-16
    xi_c = afli.depth_scales(phi, sigma_w2, sigma_b2)[1]
    assert abs(xi_c * above / decay.power - 1) < tolerance


def test_limiting_correlation_broadcasts():
    phi = afli.activation("shtanh", a=1.0)
    sigma_w2, sigma_b2 = np.linspace(0.5, 3, 7)[:, None], np.array([0.01, 0.1, 1.0])
    grid = afli.limiting_correlation(phi, sigma_w2, sigma_b2)
    assert grid.shape == (7, 3)
    one = [[afli.limiting_correlation(phi, w, b) for b in sigma_b2] for w in sigma_w2[:, 0]]
    np.testing.assert_allclose(grid, one, rtol=1e-11)


@pytest.mark.parametrize(
    ("name", "sigma_w2", "sigma_b2"), [("tanh", 0.8, 0.1), ("tanh", 3.0, 0.05), ("relu", 1.5, 0.2)]
)
def test_depth_scales_are_the_rates_of_the_iteration(name, sigma_w2, sigma_b2):
    phi = afli.activation(name)
    xi_q, xi_c = afli.depth_scales(phi, sigma_w2, sigma_b2)
    fixed = afli.fixed_point(phi, sigma_w2, sigma_b2)
    limit = afli.limiting_correlation(phi, sigma_w2, sigma_b2)
    start = afli.correlation_map(phi, min(limit + 0.01, 1.0) - 0.02, fixed, sigma_w2, sigma_b2)
    q, rho, lengths, angles = fixed * 1.01, start, [], []
    for _ in range(25):
        q = afli.variance_map(phi, q, sigma_w2, sigma_b2)
        rho = afli.correlation_map(phi, rho, fixed, sigma_w2, sigma_b2)
        lengths.append(abs(q - fixed))
        angles.append(abs(rho - limit))
    assert np.isclose(-1 / np.log(lengths[14] / lengths[13]), xi_q, rtol=0.01)
    # ReLU approaches as a power 3/2 of the distance, tanh as a square: slower for ReLU.
    assert np.isclose(-1 / np.log(angles[24] / angles[23]), xi_c, rtol=0.05)


@critical
def test_depth_scale_is_infinite_on_the_edge(case):
    phi = make(case)
    for sigma_b2 in (0.03, 0.5):
        point = afli.edge_of_chaos(phi, sigma_b2)
        if point.stable:
            assert afli.depth_scales(phi, point.sigma_w2, sigma_b2)[1] == np.inf


@critical
def test_correlation_decay_is_the_rate_of_the_map(case):
    """R(1 - e) = 1 - e + e^2 / beta or 1 - e + (2/3) kappa e^(3/2), to first order."""
    phi = make(case)
    point = afli.edge_of_chaos(phi, 0.1)
    decay = afli.correlation_decay(phi, point.q)
    assert decay.power == (
        2 if case[0] in ("hard_tanh", "selu", *FAMILIES, *UNBOUNDED) else 1
    )
    ratios = []
    for e in (4e-4, 1e-4):
        image = afli.correlation_map(phi, 1 - e, point.q, point.sigma_w2, 0.1)
        if decay.power == 2:
            predicted = 2 / np.sqrt(decay.constant) * e**1.5
        else:
            predicted = e**2 / decay.constant
        ratios.append((image - 1 + e) / predicted)
    assert abs(ratios[1] - 1) < 0.04
    assert abs(ratios[1] - 1) <= abs(ratios[0] - 1) + 1e-3


@pytest.mark.parametrize("name", ["relu", "tanh"])
def test_correlation_decay_after_many_layers(name):
    """1 - rho_l times l^power tends to the constant (ReLU: 9 pi^2 / 2)."""
    phi = afli.activation(name)
    sigma_b2 = 0.0 if name == "relu" else 0.05
    point = afli.edge_of_chaos(phi, sigma_b2)
    decay = afli.correlation_decay(phi, point.q)
    rho, products = 0.3, {}
    for layer in range(1, 1601):
        rho = afli.correlation_map(phi, rho, point.q, point.sigma_w2, sigma_b2)
        products[layer] = (1 - rho) * layer**decay.power / decay.constant
    assert abs(products[1600] - 1) < 0.03
    assert abs(products[1600] - 1) < 0.6 * abs(products[400] - 1)
    if name == "relu":
        assert np.isclose(decay.constant, 9 * np.pi**2 / 2, rtol=1e-12)


def test_piecewise_linear_kernels_at_the_ends():
    for name, parameters in (("shtanh", {"a": 1.3}), ("ssaw", {"a": 0.7}), ("abs", {})):
        phi = afli.activation(name, **parameters)
        for q in (1e-6, 0.4, 5.0):
            ends = np.array([-1.0, 1.0])
            value, slope = piecewise.pair_averages(phi, np.full(2, q), ends)
            moments = Moments(phi, np.array([q]))
            sign = -1 if phi.odd else 1
            np.testing.assert_allclose(value, moments.square * [sign, 1], rtol=1e-13)
            np.testing.assert_allclose(slope, q * moments.slope_square * [-sign, 1], rtol=1e-13)
