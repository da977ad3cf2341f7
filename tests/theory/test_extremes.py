"""The ends of the range: the right limit or a clear error, never NaN, never a hang."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special
from theory.cases import FAMILIES, UNBOUNDED

import afli

NAMES = [
    (name, parameters)
    for name in afli.activations()
    for parameters in (({"a": 1.0}, {"a": 1e6}) if name in FAMILIES | UNBOUNDED else ({},))
]
IDS = ["-".join([name, *(f"{a:g}" for a in parameters.values())]) for name, parameters in NAMES]
every = pytest.mark.parametrize(("name", "parameters"), NAMES, ids=IDS)


def answer(function, *arguments):
    """The result as a flat array, or None for an error that says what to do."""
    try:
        result = function(*arguments)
    except (afli.NoFixedPoint, ValueError) as error:
        words = str(error)
        assert "take" in words and ";" in words or "take a" in words, words
        return None
    if isinstance(result, afli.EdgeOfChaos):
        result = result.q, result.sigma_w2, result.chi1, result.variance_slope
    elif isinstance(result, afli.CorrelationDecay):
        result = result.power, result.constant, result.depth
    flat = np.ravel(result)
    assert not np.isnan(flat).any()
    return flat


@every
def test_edge_of_chaos(name, parameters):
    phi = afli.activation(name, **parameters)
    for sigma_b2 in (0.0, 1e-12, 1e-4, 1e6):
        found = answer(afli.edge_of_chaos, phi, sigma_b2)
        if found is None:
            homogeneous = name in ("linear", "relu", "leaky_relu", "abs")
            far = name == "ssin" and parameters["a"] == 1e6
            assert sigma_b2 > 0 and (homogeneous or far) or name == "softplus"
        else:
            q, sigma_w2, chi1, _ = found
            assert q >= sigma_b2 and sigma_w2 > 0 and abs(chi1 - 1) < 1e-12


@every
def test_maps_and_moments(name, parameters):
    phi = afli.activation(name, **parameters)
    for q in (0.0, 1e-12, 1.0, 1e12):
        variance = answer(afli.variance_map, phi, q, 1.5, 0.1)
        answer(afli.chi1, phi, q, 1.5)
        answer(afli.moment_ratio, phi, q)
        if q == 0 and variance is not None:
            assert np.isclose(variance[0], 1.5 * phi(0.0) ** 2 + 0.1)
        if q == 0:
            continue
        for rho in (-1.0, -0.5, 0.0, 0.5, 0.999999, 1.0):
            image = answer(afli.correlation_map, phi, rho, q, 1.5, 0.1)
            slope = answer(afli.correlation_slope, phi, rho, q, 1.5)
            if image is None or slope is None:
                assert phi.oscillates and q == 1e12
            elif rho == 1.0:
                assert np.isclose(image[0] * q, afli.variance_map(phi, q, 1.5, 0.1), rtol=1e-12)
        answer(afli.correlation_decay, phi, q)


@every
def test_fixed_points_and_limits(name, parameters):
    phi = afli.activation(name, **parameters)
    settings = itertools.product((0.0, 1e-6, 1.0, 3.0, 1e6), (0.0, 1e-12, 1.0, 1e6))
    for sigma_w2, sigma_b2 in settings:
        q = answer(afli.fixed_point, phi, sigma_w2, sigma_b2)
        limit = answer(afli.limiting_correlation, phi, sigma_w2, sigma_b2)
        scales = answer(afli.depth_scales, phi, sigma_w2, sigma_b2)
        if q is not None:
            assert q[0] >= 0
            if sigma_w2 == 0:
                assert np.isclose(q[0], sigma_b2, rtol=1e-14, atol=0)
        if limit is not None:
            assert 0 <= limit[0] <= 1
        if scales is not None:
            assert np.all(scales >= 0)


@settings(max_examples=40, deadline=None)
@given(a=st.floats(-40, 40).map(lambda e: 10**e), y=st.floats(-200, 3).map(lambda e: 10**e))
def test_edge_of_chaos_of_a_clip_at_every_scale(a, y):
    """Lambda depends on sigma_b2 / a^2 alone, in closed form."""
    found = afli.edge_of_chaos(afli.activation("shtanh", a=a), y * a * a)
    assert a / found.q**0.5 == pytest.approx(afli.bounds.half_width_ratio_min(y), rel=1e-12)


@pytest.mark.parametrize("name", sorted(FAMILIES | UNBOUNDED))
def test_edge_of_chaos_at_tiny_bias_variances_of_a_linear_region(name):
    phi, sigma_b2 = afli.activation(name, a=1.0), 10.0 ** np.arange(-300, -3, 9)
    q = afli.edge_of_chaos(phi, sigma_b2).q
    np.testing.assert_allclose(afli.edge_of_chaos_curve(phi, q)[1], sigma_b2, rtol=1e-11)
    assert np.all(np.diff(q) > 0)


# q*^power / sigma_b2 at small sigma_b2, from the Taylor series of phi.
POWER_LAWS = {"tanh": (3, 3 / 4), "arctan": (3, 3 / 4), "sin": (3, 3), "erf": (3, 3 / 4)}
POWER_LAWS |= {"softsign": (2, 1), "gelu": (2, np.pi / 2), "silu": (2, 4.0), "elu": (2, 8.0)}


@pytest.mark.parametrize("name", POWER_LAWS)
def test_edge_of_chaos_at_tiny_bias_variances_of_a_curve(name):
    """It follows the power law of the leading term, or is refused."""
    phi, (power, constant), known = afli.activation(name), POWER_LAWS[name], 0
    for exponent in [*range(-300, -60, 20), *range(-60, -15)]:
        try:
            q = afli.edge_of_chaos(phi, 10.0**exponent).q
        except ValueError as error:
            words = str(error)
            assert "larger sigma_b2, or 0" in words or "or 0 for the limit" in words
            assert exponent < -26
        else:
            known += 1
            assert q**power / 10.0**exponent == pytest.approx(constant, rel=2e-3)
    assert known > 10


@every
def test_edge_of_chaos_at_large_bias_variances(name, parameters):
    """On the curve, or refused; one that is found is beyond sigma_b2."""
    phi = afli.activation(name, **parameters)
    for sigma_b2 in 10.0 ** np.arange(6, 120, 3):
        found = answer(afli.edge_of_chaos, phi, sigma_b2)
        if found is not None:
            assert found[0] >= sigma_b2 * (1 - 1e-13)
            assert afli.edge_of_chaos_curve(phi, found[0])[1] == pytest.approx(sigma_b2, rel=1e-5)


LARGE = 10.0 ** np.array([0, 4, 10, 20, 24, 40, 100, 180])


def test_spectrum_variance_far_out():
    share = special.erf(np.sqrt(0.5 / LARGE))  # of the linear region
    clip, sleaky = afli.activation("shtanh", a=1.0), afli.activation("sleaky", a=1.0)
    found = afli.spectrum_variance(clip, LARGE, 1)
    np.testing.assert_allclose(found, (1 - share) / share, rtol=1e-10)
    exact = 9 / 16 * share * (1 - share) / ((1 + 3 * share) / 4) ** 2
    np.testing.assert_allclose(afli.spectrum_variance(sleaky, LARGE, 1), exact, rtol=1e-10)
    for name in ("tanh", "erf", "sigmoid", "softsign"):  # the share of small x is 1 / sqrt(q)
        far = afli.spectrum_variance(afli.activation(name), LARGE[3:], 1) / np.sqrt(LARGE[3:])
        np.testing.assert_allclose(far, far[0], rtol=1e-7)
    with pytest.raises(ValueError, match="depth must be at most 1e"):
        afli.spectrum_variance(clip, 1e300, 1e308)


def test_variance_slope_far_out_and_close_in():
    small = 10.0 ** np.array([-300, -100, -30, -20, -10, -4])
    q = np.concatenate([small, LARGE])
    clip = special.gammainc(1.5, 0.5 / q)
    found = afli.variance_slope(afli.activation("shtanh", a=1.0), q, 1.0)
    np.testing.assert_allclose(found, clip, rtol=1e-9)
    erf = 4 / np.pi / ((1 + 2 * q) * np.sqrt(1 + 4 * q))
    np.testing.assert_allclose(afli.variance_slope(afli.activation("erf"), q, 1.0), erf, rtol=1e-9)
    sine = afli.variance_slope(afli.activation("sin"), [1.0, 20.0, 1e4], 1.0)
    np.testing.assert_allclose(sine, np.exp([-2, -40, -2e4]), rtol=1e-12, atol=1e-17)
    sigmoid = afli.activation("sigmoid")
    np.testing.assert_allclose(afli.variance_slope(sigmoid, [1e-18, 1e-9], 1.0), 1 / 16, rtol=1e-6)
    with pytest.raises(ValueError, match="q must be at least 1e-18 for sigmoid.* got 1e-20: take"):
        afli.variance_slope(sigmoid, [1.0, 1e-20], 1.0)


def test_fixed_points_close_to_zero_are_not_zero():
    """There phi is a line: q* = sigma_b2 / (1 - sigma_w2 phi'(0)^2), or V(0) if it is large."""
    for sigma_b2 in (1e-15, 1e-25, 1e-100, 1e-290):
        for name, gain in (("tanh", 1.0), ("gelu", 0.25), ("erf", 4 / np.pi)):
            q = afli.fixed_point(afli.activation(name), 0.5, sigma_b2)
            assert q == pytest.approx(sigma_b2 / (1 - 0.5 * gain), rel=1e-10, abs=0)
    sigmoid = afli.activation("sigmoid")
    assert afli.fixed_point(sigmoid, 1e-40, 0) == pytest.approx(2.5e-41, rel=1e-10, abs=0)
    assert afli.fixed_point(afli.activation("tanh"), 0.5, 1e-301) == 0


def test_a_fixed_point_beyond_the_search_is_not_denied():
    """V(q) = q at q = 1e25: lengths do not grow without bound."""
    with pytest.raises(afli.NoFixedPoint, match=r"up to 1e\+20, so lengths grow beyond that"):
        afli.fixed_point(afli.activation("tanh"), 1.0, 1e25)
    assert afli.fixed_point(afli.activation("shtanh", a=1e15), 1.0, 1e25) > 1e25
    with pytest.raises(afli.NoFixedPoint, match="or a smaller sigma_b2"):
        afli.edge_of_chaos(afli.activation("tanh"), 1e25)


@pytest.mark.parametrize("depth", [1, 10, 1000, 10**5, 10**8])
def test_deep_spectra_of_linear_networks(depth):
    """The Fuss-Catalan law in parametric form, in logarithms."""
    linear = afli.activation("linear")
    n = depth + 1
    edge = np.exp(n * np.log1p(1 / depth) + np.log(depth))
    assert afli.spectral_edge(linear, 1.0, depth, "gaussian") == pytest.approx(edge, rel=1e-6)
    angle = np.pi / n * np.array([0.2, 0.5, 0.8])
    # sin(n t) / sin(depth t), without its cancellation
    ratio = np.log(np.cos(angle) + np.sin(angle) / np.tan(depth * angle))
    s2 = np.exp(n * ratio + np.log(np.sin(depth * angle) / np.sin(angle)))
    exact = np.sin(angle) ** 2 / np.pi / np.sin(depth * angle) * np.exp(-depth * ratio)
    found = afli.spectral_density(linear, 1.0, depth, [*s2, 2 * edge, 1e30, 1e300], "gaussian")
    np.testing.assert_allclose(found, [*exact, 0, 0, 0], rtol=2e-6)


def test_spectra_refuse_what_rounding_would_spoil():
    tanh = afli.activation("tanh")
    for function in (afli.spectral_edge, afli.spectral_atoms):
        with pytest.raises(ValueError, match="depth must be at most 100000000, got 1"):
            function(tanh, 1.0, 10**12)
    with pytest.raises(ValueError, match="s2 must be at least 1e-300, got 1e-305"):
        afli.spectral_density(tanh, 1.0, 10**4, 1e-305)


def test_importing_afli_is_light():
    """No torch, matplotlib or pandas; its time is measured by `make bench`."""
    code = (
        "import sys, afli; phi = afli.activation('gelu'); afli.edge_of_chaos(phi, 0.1);"
        "print([m for m in ('torch', 'matplotlib', 'pandas', 'plotly') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
