"""The design rule: how wide a linear region a depth needs."""

import numpy as np
import pytest
from scipy import integrate, special

import afli
from afli.theory import bounds, design, isometry


def clip_slope(ratio, rho):
    """R'(rho) of a clip on the edge of chaos: P(both inputs in the linear part) / P(one is)."""

    def inner(z):
        size = np.sqrt(1 - rho * rho)
        upper, lower = (
            special.ndtr((ratio - rho * z) / size),
            special.ndtr((-ratio - rho * z) / size),
        )
        return np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi) * (upper - lower)

    near = ratio - 12 * np.sqrt(1 - rho * rho)
    both = integrate.quad(inner, 0, ratio, points=[max(near, 0.0)], epsabs=1e-14)[0]
    return 2 * both / special.erf(ratio / np.sqrt(2))


@pytest.mark.parametrize("ratio", [0.3, 1.0, 1.6824, 3.0])
def test_correlation_depth_is_three_over_kappa(ratio):
    kappa = (1 - clip_slope(ratio, 1 - 1e-7)) / np.sqrt(1e-7)
    assert 3 / kappa == pytest.approx(design.correlation_depth(ratio), rel=1e-6)


def test_correlations_follow_the_law_9_over_kappa_squared_l_squared():
    phi = afli.activation("shtanh", a=2.0)
    point = afli.edge_of_chaos(phi, 0.1)
    depth = design.correlation_depth(2.0 / np.sqrt(point.q))
    rho, gaps = 0.5, []
    for layer in range(1, 3001):
        rho = afli.correlation_map(phi, rho, point.q, point.sigma_w2, 0.1)
        if layer in (300, 1000, 3000):
            gaps.append((1 - rho) * (layer / depth) ** 2)
    assert abs(gaps[2] - 1) < abs(gaps[1] - 1) < abs(gaps[0] - 1) < 0.3, gaps
    assert gaps[2] == pytest.approx(1, abs=0.03)


def test_worked_example():
    point = afli.edge_of_chaos(afli.activation("shtanh", a=2.0), 0.1)
    assert (point.q, point.sigma_w2) == pytest.approx((1.41314, 1.10191), abs=5e-6)
    ratio = 2.0 / np.sqrt(point.q)
    kappa = 3 / design.correlation_depth(ratio)
    assert kappa == pytest.approx(0.12046, abs=5e-6)
    assert design.correlation_depth(ratio) == pytest.approx(24.9, abs=0.05)
    assert bounds.half_width_ratio_min(0.1 / 4) == pytest.approx(ratio, rel=1e-11)


@pytest.mark.parametrize("sigma_b2", [1e-6, 0.1, 20.0])
@pytest.mark.parametrize("depth", [2, 10, 100, 1000])
@pytest.mark.parametrize("tolerance", [0.01, 0.3, 1.0, 100.0])
def test_rule_is_met_and_no_smaller_a_meets_it(sigma_b2, depth, tolerance):
    a = design.half_width_for_depth(depth, sigma_b2, tolerance)

    def room(a):
        ratio = bounds.half_width_ratio_min(sigma_b2 / a**2)
        return (
            min(design.isometry_depth(ratio) * tolerance, design.correlation_depth(ratio)) / depth
        )

    assert room(a) == pytest.approx(1, rel=1e-11)
    assert room(0.999 * a) < 1 < room(1.001 * a)


@pytest.mark.parametrize("name", ["shtanh", "ssin", "sexp", "ssaw"])
def test_the_spectrum_stays_within_the_tolerance(name):
    for depth, tolerance in ((20, 0.5), (200, 0.1)):
        a = design.half_width_for_depth(depth, 0.1, tolerance)
        phi = afli.activation(name, a=a)
        variance = isometry.spectrum_variance(phi, afli.edge_of_chaos(phi, 0.1).q, depth)
        assert variance <= tolerance * (1 + 1e-9)
        if name == "shtanh":
            assert variance == pytest.approx(tolerance, rel=1e-9)


def test_limits_shapes_and_errors():
    grid = design.half_width_for_depth([[10], [100]], [0.0, 0.1, 0.4], 0.5)
    assert grid.shape == (2, 3)
    assert grid[:, 0].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(
        grid[:, 2], 2 * grid[:, 1], rtol=1e-14
    )  # a scales with sqrt(sigma_b2)
    assert isinstance(design.half_width_for_depth(10, 0.1, 0.5), float)
    for depth, tolerance in ((1, 1e100), (1e100, 1e-100), (1, 1e-100), (1e100, 1e100)):
        a = design.half_width_for_depth(depth, 1e-12, tolerance)
        assert np.isfinite(a) and a > 0
    for arguments, word in (
        ((0, 0.1, 1.0), "depth"),
        ((10, -1.0, 1.0), "sigma_b2"),
        ((10, 0.1, 0.0), "tolerance"),
        ((10, np.nan, 1.0), "sigma_b2"),
    ):
        with pytest.raises(ValueError, match=word):
            design.half_width_for_depth(*arguments)
    with pytest.raises(ValueError, match="half_width_ratio"):
        design.isometry_depth(0.0)
    # erf is 1 to the last bit from Lambda = 8.3 on: 1 / erf - 1 would be 0.
    assert design.isometry_depth(9.0) == pytest.approx(1 / special.erfc(9 / np.sqrt(2)), rel=1e-14)
