"""Bounds on scaled-bounded activations: every claim on a grid, and fifty digits of the sharp."""

import mpmath
import numpy as np
import pytest
from scipy import special

import afli
from afli.theory import bounds
from afli.theory.extremal import fine_saw

Y = np.geomspace(1e-24, 1e12, 721)
# family, a, sigma_b2
MEMBERS = [
    (name, a, sigma_b2)
    for name, least in (("shtanh", 0.0), ("ssin", 1.0), ("sexp", 0.5), ("ssaw", 0.0))
    for a in (0.1, 0.5, 1.0, 1.5, 2.0, 4.0, 10.0)
    for sigma_b2 in (1e-6, 1e-3, 0.05, 0.3, 2.0, 30.0)
    if a >= least
]
# y: nu, Lambda_min, root of (U), (d), published upper; R(0) for the middle three; ratio - 1 twice
TABLE = {
    1e-4: "3.1582 3.2366 3.9188 4.0681 25.18 0.001048 0.001536 0.0634 0.00121 0.00318",
    0.01: "1.7969 1.9644 2.6544 2.8387 5.424 0.03859 0.07046 0.294 0.0521 0.162",
    0.1: "0.9796 1.2577 1.8369 2.0306 2.518 0.1582 0.3374 0.634 0.263 1.21",
    1.0: "0.3140 0.6471 0.9165 1.0000 1.169 0.4188 0.8399 1.37 1.07 15.5",
}


def member(name, a, sigma_b2):
    phi = afli.activation(name, a=a)
    point = afli.edge_of_chaos(phi, sigma_b2)
    return a / np.sqrt(point.q), afli.moment_ratio(phi, point.q) - 1, sigma_b2 / point.q


def edge_of_saw(phi, a, y):
    """Half-width ratio on the edge of chaos, by bisection of sigma_b2 as a function of q."""
    low, high = (a / 30) ** 2, (a / 0.01) ** 2
    for _ in range(70):
        q = np.sqrt(low * high)
        low, high = (q, high) if afli.edge_of_chaos_curve(phi, q)[1] < y * a * a else (low, q)
    return a / np.sqrt(q)


@pytest.mark.parametrize(("name", "a", "sigma_b2"), MEMBERS)
def test_every_member_keeps_every_bound(name, a, sigma_b2):
    ratio, excess, correlation = member(name, a, sigma_b2)
    for bound in (bounds.sharp, bounds.explicit, bounds.published):
        record = bound(sigma_b2, a)
        low, high = record.half_width_ratio
        tight = 1e-12 if name == "shtanh" else 0.0
        # ssaw is so close to the upper bound at small y that only rounding is left between them.
        above = 1 + 1e-13
        assert low * (1 - tight) <= ratio < high * above, (bound.__name__, low, ratio, high)
        assert -1e-15 <= excess <= record.moment_ratio * (1 + 1e-9) + 1e-14, bound.__name__
        assert correlation < record.correlation * above, bound.__name__


@pytest.mark.parametrize("a", [0.5, 2.0, 10.0])
@pytest.mark.parametrize("sigma_b2", [1e-6, 0.1, 5.0])
def test_largest_change_of_correlation_is_that_at_zero(a, sigma_b2):
    phi = afli.activation("ssaw", a=a)
    point = afli.edge_of_chaos(phi, sigma_b2)
    rho = np.linspace(0, 1, 41)
    change = afli.correlation_map(phi, rho, point.q, point.sigma_w2, sigma_b2) - rho
    assert np.abs(change).argmax() == 0
    assert change[0] == pytest.approx(sigma_b2 / point.q, rel=1e-9)
    assert change[0] < bounds.sharp(sigma_b2, a).correlation * (1 + 1e-13)


@pytest.mark.parametrize("a", [0.1, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("sigma_b2", [1e-6, 0.1, 10.0])
def test_clip_attains_the_lower_bound_and_the_moment_ratio(a, sigma_b2):
    ratio, excess, _ = member("shtanh", a, sigma_b2)
    record = bounds.sharp(sigma_b2, a)
    assert ratio == pytest.approx(record.half_width_ratio[0], rel=1e-11)
    assert excess == pytest.approx(record.moment_ratio, rel=1e-9, abs=4e-16)


@pytest.mark.parametrize("y", [0.01, 0.1, 1.0, 10.0])
def test_a_fine_saw_approaches_the_upper_bound(y):
    top = float(bounds.half_width_ratio_max(y))
    gaps = [1 - edge_of_saw(fine_saw(1.0, teeth), 1.0, y) / top for teeth in (4, 16, 64)]
    assert all(gap > 0 for gap in gaps), gaps
    assert gaps[1] < gaps[0] / 3 and gaps[2] < gaps[1] / 3, gaps
    assert gaps[2] < 5e-5, gaps
    # It leaves every member of the paper's family behind where the saw's tail matters.
    assert edge_of_saw(fine_saw(1.0, 64), 1.0, y) > member("ssaw", 1.0, y)[0]


def test_bounds_come_in_order():
    published, sharp, explicit = (
        f(Y, 1.0) for f in (bounds.published, bounds.sharp, bounds.explicit)
    )
    simple = bounds.half_width_ratio_simple(Y)
    assert np.all(published.half_width_ratio[0] < sharp.half_width_ratio[0])
    assert np.all(sharp.half_width_ratio[0] < sharp.half_width_ratio[1])
    below = sharp.half_width_ratio[1] <= simple * (1 + 1e-14)
    assert below.all(), Y[~below]
    assert np.all(simple[Y < 100] > sharp.half_width_ratio[1][Y < 100])
    assert np.all(simple <= explicit.half_width_ratio[1])
    assert np.all(simple < published.half_width_ratio[1])
    for wide in (published, explicit):
        assert np.all(sharp.correlation < wide.correlation)
        assert np.all(sharp.moment_ratio < wide.moment_ratio)


def test_published_lower_bound_holds_from_1e_minus_24_to_1e12():
    """nu satisfies (34) in reverse: c exp(-nu^2/2) / nu >= y + (1 - y) erfc(nu / sqrt 2)."""
    nu = bounds.half_width_ratio_published(Y)
    t = nu / np.sqrt(2)
    rest = np.sqrt(2 / np.pi) / nu - special.erfcx(t)
    room = np.log(rest) - t * t - np.log(special.erf(t)) - np.log(Y)
    assert room.min() > 0.05, Y[room.argmin()]


def test_asymptotics():
    small = np.geomspace(1e-300, 1e-30, 10)
    ratio = [
        f(small, 1.0).correlation / (2 * small * np.log(1 / small))
        for f in (bounds.sharp, bounds.explicit)
    ]
    for r in ratio:
        assert np.all(np.diff(r) < 0) and np.all((r > 0.9) & (r < 1)), r
    large = bounds.sharp(1e12, 1.0)
    assert large.half_width_ratio == pytest.approx((1e-6, 1e-6), rel=1e-6)
    # The paper's correlation bound is a cube root: the sharp one has twice the exponent and more.
    assert bounds.published(1e-12, 1.0).correlation / bounds.sharp(1e-12, 1.0).correlation > 1e6


@pytest.mark.parametrize("y", TABLE)
def test_table_of_values(y):
    published, explicit, sharp = (
        f(y, 1.0) for f in (bounds.published, bounds.explicit, bounds.sharp)
    )
    low, simple = sharp.half_width_ratio[0], bounds.half_width_ratio_simple(y)
    values = [
        published.half_width_ratio[0],
        low,
        simple,
        explicit.half_width_ratio[1],
        published.half_width_ratio[1],
        y * low**2,
        y * simple**2,
        published.correlation,
        sharp.moment_ratio,
        published.moment_ratio,
    ]
    for value, printed in zip(values, TABLE[y].split(), strict=True):
        unit = 10.0 ** -len(printed.partition(".")[2])
        assert abs(value - float(printed)) <= 0.51 * unit, (value, printed)


@pytest.mark.parametrize("y", [1e-24, 1e-12, 1e-4, 0.03, 1.0, 50.0, 1e6, 1e12])
def test_against_fifty_digits(y):
    with mpmath.workdps(50):
        exact, root2 = mpmath.mpf(y), mpmath.sqrt(2)

        def clip(x):
            return 2 * mpmath.npdf(x) / x - exact - (1 - exact) * mpmath.erfc(x / root2)

        def simple(x):
            return exact * x**2 - mpmath.erfc(x / root2) - 2 * x * mpmath.npdf(x)

        def saw(x):
            inner = mpmath.quad(lambda z: z**2 * mpmath.npdf(z), [0, x])
            outer = mpmath.quad(lambda z: (2 * x - z) ** 2 * mpmath.npdf(z), [x, 1.5 * x, 2 * x])
            return exact * x**2 - 1 + 2 * (inner + outer)

        for equation, function in (
            (clip, bounds.half_width_ratio_min),
            (simple, bounds.half_width_ratio_simple),
            (saw, bounds.half_width_ratio_max),
        ):
            ours = function(y)
            start = (
                mpmath.mpf(ours) * (1 - mpmath.mpf("1e-9")),
                mpmath.mpf(ours) * (1 + mpmath.mpf("1e-9")),
            )
            root = mpmath.findroot(equation, start, tol=mpmath.mpf("1e-70"), verify=False)
            assert ours == pytest.approx(float(root), rel=1e-14), equation.__name__
        low = mpmath.mpf(bounds.half_width_ratio_min(y))
        excess = float(mpmath.erfc(low / root2) / mpmath.erf(low / root2))
        assert bounds.sharp(y, 1.0).moment_ratio == pytest.approx(excess, rel=1e-13)
        delta = mpmath.sqrt(mpmath.lambertw(2 / (mpmath.pi * exact**2)).real)
        beta = mpmath.sqrt(2 / mpmath.pi) * mpmath.exp(-(delta**2) / 2) * (delta + 2 / delta)
        nu = mpmath.sqrt(mpmath.lambertw(2 / (mpmath.pi * beta**2)).real)
        assert bounds.half_width_ratio_published(y) == pytest.approx(float(nu), rel=2e-14)


@pytest.mark.parametrize("bound", [bounds.published, bounds.sharp, bounds.explicit])
def test_limits_shapes_and_errors(bound):
    zero = bound(0.0, 2.0)
    assert zero == bounds.Bounds((np.inf, np.inf), 0.0, 0.0)
    assert all(
        isinstance(v, float) for v in (*zero.half_width_ratio, zero.correlation, zero.moment_ratio)
    )
    grid = bound([[0.0], [0.1]], [1.0, 2.0, 1e6])
    assert grid.correlation.shape == grid.half_width_ratio[1].shape == (2, 3)
    assert not np.isnan(grid.moment_ratio).any()
    assert grid.moment_ratio[1, 1] == bound(0.1, 2.0).moment_ratio
    # Only sigma_b2 / a^2 matters.
    np.testing.assert_allclose(bound(0.4, 2.0).correlation, bound(0.1, 1.0).correlation, rtol=1e-14)
    for sigma_b2, a, word in (
        (-0.1, 1.0, "sigma_b2"),
        (0.1, 0.0, "a must"),
        (np.nan, 1.0, "sigma_b2"),
        (1.0, 1e-200, "half-width"),
        (1e-10, 1e200, "half-width"),
    ):
        with pytest.raises(ValueError, match=word):
            bound(sigma_b2, a)
