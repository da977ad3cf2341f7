"""The ends of the range: the right limit or a clear error, never NaN, never a hang."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
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


def test_importing_afli_is_light():
    """No torch, matplotlib or pandas; its time is measured by `make bench`."""
    code = (
        "import sys, afli; phi = afli.activation('gelu'); afli.edge_of_chaos(phi, 0.1);"
        "print([m for m in ('torch', 'matplotlib', 'pandas', 'plotly') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
