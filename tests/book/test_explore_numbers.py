"""The JavaScript of the explorables computes the same numbers as `afli`, in a browser."""

import itertools
import json

import numpy as np
import pytest

import afli
from afli.theory import design

FAMILIES = {"shtanh": (0.7, 2.0, 5.0), "ssin": (1.0, 2.5), "sexp": (0.5, 2.0), "ssaw": (0.4, 2.0)}
OTHERS = """tanh erf arctan softsign sigmoid relu leaky_relu elu selu gelu silu sin""".split()
CASES = [(name, None) for name in OTHERS] + [(n, a) for n, list_ in FAMILIES.items() for a in list_]
RHO = [0.0, 0.2, 0.6, 0.95, 0.999, 1.0]


def activation(name, a):
    return afli.activation(name, **({} if a is None else {"a": a}))


def test_every_activation_is_compared(run):
    assert run("return afli.activations.names") == OTHERS + list(FAMILIES)


@pytest.mark.parametrize("name, a", CASES)
def test_values_and_slopes(name, a, run):
    phi, x = activation(name, a), np.linspace(-6.05, 6.05, 47)
    script = """const [name, a, x] = args, phi = afli.activations.make(name, a);
        return [x.map(phi.value), x.map(phi.derivative), phi.kinks.map(k => k || 0)]"""
    value, slope, kinks = run(f"const args = {json.dumps([name, a, x.tolist()])}; {script}")
    np.testing.assert_allclose(value, phi(x), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(slope, phi.derivative(x), rtol=1e-13, atol=1e-13)
    assert tuple(kinks) == phi.kinks


def grid(top):
    """Weight and bias variances over the ranges of the controls; none on a line of no return."""
    return list(itertools.product(np.array([0.1, 0.31, 0.48, 0.93]) * top, [0.0, 0.002, 0.1, 0.9]))


MEAN_FIELD = """
    const [name, a, settings, rhos] = args, phi = afli.activations.make(name, a), t = afli.theory;
    return settings.map(([w, b]) => {
      const found = t.describe(phi, w, b), q = found.q;
      return { ...found, edge: t.edgeOfChaos(phi, b),
        R: q > 0 ? rhos.map(rho => t.correlationMap(phi, rho, q, w, b)) : null,
        slope: q > 0 ? rhos.map(rho => t.correlationSlope(phi, rho, q, w)) : null };
    });"""


@pytest.mark.parametrize("name, a", CASES)
def test_mean_field(name, a, run):
    """q*, chi_1, V', rho*, the depth scales, R, R' and the edge, at 16 settings each."""
    phi, top = activation(name, a), {"sigmoid": 40, "softsign": 10}.get(name, 4)
    settings = grid(top)
    given = json.dumps([name, a, settings, RHO])
    for (w, b), found in zip(settings, run(f"const args = {given}; {MEAN_FIELD}"), strict=True):
        compare_edge(phi, b, found["edge"])
        try:
            q = afli.fixed_point(phi, w, b)
        except afli.NoFixedPoint:
            assert found["q"] is None
            continue
        np.testing.assert_allclose(found["q"], q, rtol=1e-10)
        np.testing.assert_allclose(found["chi1"], afli.chi1(phi, q, w), rtol=1e-10)
        length, correlation = afli.depth_scales(phi, w, b)
        np.testing.assert_allclose(found["lengthScale"], length, rtol=1e-9)
        np.testing.assert_allclose(found["correlationScale"], correlation, rtol=1e-5)
        limit = afli.limiting_correlation(phi, w, b)
        np.testing.assert_allclose(found["limit"], limit, atol=1e-9)
        if q > 0:
            expected = afli.correlation_map(phi, RHO, q, w, b)
            np.testing.assert_allclose(found["R"], expected, atol=1e-11)
            assert found["atZero"] == found["R"][0]
            expected = afli.correlation_slope(phi, RHO, q, w)
            np.testing.assert_allclose(found["slope"], expected, rtol=1e-9, atol=1e-12)


def compare_edge(phi, b, found):
    try:
        edge = afli.edge_of_chaos(phi, b)
    except afli.NoFixedPoint:
        assert found is None
        return
    np.testing.assert_allclose(found["q"], edge.q, rtol=1e-9)
    np.testing.assert_allclose(found["w"], edge.sigma_w2, rtol=1e-10)
    np.testing.assert_allclose(found["excess"] + 1, afli.moment_ratio(phi, edge.q), rtol=1e-10)
    if edge.q > 0:
        np.testing.assert_allclose(found["varianceSlope"], edge.variance_slope, rtol=1e-9)


@pytest.mark.parametrize("name, a", CASES)
def test_the_interpolated_map(name, a, run):
    """What is drawn and iterated differs from R by less than 1e-7 at 200 correlations."""
    phi, w, b = activation(name, a), 0.45 * {"sigmoid": 40, "softsign": 10}.get(name, 4), 0.05
    q, rho = (
        afli.fixed_point(phi, w, b),
        np.concatenate([np.linspace(0, 1, 191), 1 - 0.1 ** np.arange(2, 11)]),
    )
    given = json.dumps([name, a, q, w, b, rho.tolist()])
    script = """const [name, a, q, w, b, rho] = args;
        return rho.map(afli.theory.interpolatedMap(afli.activations.make(name, a), q, w, b))"""
    found = run(f"const args = {given}; {script}")
    np.testing.assert_allclose(found, afli.correlation_map(phi, rho, q, w, b), atol=1e-7)


def test_two_close_fixed_points(run):
    """Just before GELU's two fixed points vanish, both fall between neighbours of the search."""
    phi, low, high = afli.activation("gelu"), 1.9, 2.2
    while high - low > 1e-6:
        middle = 0.5 * (low + high)
        try:
            q, low = afli.fixed_point(phi, middle, 0.1), middle
        except afli.NoFixedPoint:
            high = middle
    assert abs(afli.variance_slope(phi, q, low) - 1) < 0.01
    script = "return ws.map(w => afli.theory.fixedPoint(afli.activations.make('gelu'), w, 0.1))"
    found, none = run(f"const ws = {[low, high + 1e-6]}; {script}")
    np.testing.assert_allclose(found, q, rtol=1e-6)
    assert none is None


def test_bounds(run):
    """Published and sharp, the depths and the recommended a, over the ranges of the controls."""
    half_widths, biases = [0.5, 1.0, 3.0, 30.0], [1e-4, 0.01, 0.1, 1.0]
    depths, tolerances = [1, 10, 200, 1000], [0.05, 0.5, 1.0]
    given = json.dumps([half_widths, biases, depths, tolerances])
    script = """const [as, bs, depths, tolerances] = args, t = afli.bounds;
        return bs.map(b => ({
          of: as.map(a => [t.published(b, a), t.sharp(b, a)]),
          recommended: depths.map(depth => tolerances.map(v => t.recommended(depth, b, v))),
          depths: [0.3, 1, 2, 5].map(L => [t.isometryDepth(L), t.correlationDepth(L)]) }))"""
    for b, found in zip(biases, run(f"const args = {given}; {script}"), strict=True):
        for a, pair in zip(half_widths, found["of"], strict=True):
            for mine, bound in zip(
                pair, (afli.bounds.published(b, a), afli.bounds.sharp(b, a)), strict=True
            ):
                values = [mine[key] for key in ("lower", "upper", "correlation", "excess")]
                expected = [*bound.half_width_ratio, bound.correlation, bound.moment_ratio]
                np.testing.assert_allclose(values, expected, rtol=1e-9)
        expected = afli.half_width_for_depth(np.array(depths)[:, None], b, tolerances)
        np.testing.assert_allclose(found["recommended"], expected, rtol=1e-9)
        ratio = np.array([0.3, 1, 2, 5])
        expected = np.transpose([design.isometry_depth(ratio), design.correlation_depth(ratio)])
        np.testing.assert_allclose(found["depths"], expected, rtol=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_scaled_bounded_numbers(family, run):
    """Lambda, the gap and the spectrum of every family, at 24 settings."""
    least = {"ssin": 1.0, "sexp": 0.5}.get(family, 0.5)
    settings = [
        {"family": family, "a": a, "sigma_b2": b, "depth": depth, "tolerance": 0.5}
        for a in (least, 2.0, 7.0, 30.0)
        for b, depth in itertools.product((1e-4, 0.03, 1.0), (1, 300))
    ]
    found = run(f"return {json.dumps(settings)}.map(afli.scaledBounded.describe)")
    for setting, mine in zip(settings, found, strict=True):
        a, b, depth = (setting[key] for key in ("a", "sigma_b2", "depth"))
        phi = afli.activation(family, a=a)
        edge = afli.edge_of_chaos(phi, b)
        np.testing.assert_allclose(mine["ratio"], a / np.sqrt(edge.q), rtol=1e-9)
        np.testing.assert_allclose(mine["sigma_w2"], edge.sigma_w2, rtol=1e-10)
        np.testing.assert_allclose(mine["correlation"], b / edge.q, rtol=1e-9)
        for weights in ("orthogonal", "gaussian"):
            expected = afli.spectrum_variance(phi, edge.q, depth, weights)
            np.testing.assert_allclose(mine[weights], expected, rtol=1e-8, atol=1e-15)
