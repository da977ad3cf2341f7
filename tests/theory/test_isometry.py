"""The Jacobian spectrum: closed forms, moments, atoms, edges and networks of finite width."""

import numpy as np
import pytest
from scipy.optimize import brentq

import afli
from afli.theory import isometry, simulation
from afli.theory.slopes import SlopeLaw

CASES = [
    ("shtanh", {"a": 2.0}, 1.41314),
    ("shtanh", {"a": 1.0}, 1.0),
    ("relu", {}, 1.0),
    ("leaky_relu", {}, 1.0),
    ("tanh", {}, 0.3),
    ("gelu", {}, 1.0),
    ("elu", {}, 1.0),
    ("sexp", {"a": 2.0}, 1.0),
    ("ssaw", {"a": 1.0}, 1.0),
]
NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)


def mesh(phi, q, depth, weights):
    """Nodes and weights on a logarithmic axis, dense towards the upper edge of the support."""
    top = np.log(isometry.spectral_edge(phi, q, depth, weights))
    low = max(-30.0 * depth, -690.0)
    if phi.name == "shtanh" and weights == "orthogonal":  # it may end below an atom
        top = np.log(clip_edge(phi, q, depth))
    if phi.name == "leaky_relu" and weights == "orthogonal":  # no slope is 0: not down to 0
        low = depth * np.log(SlopeLaw(phi, q).value.min())
    # ln s2 = low + (top - low) sin(t)^2 takes away an inverse square root at either end.
    count = 300 if phi.linear_pieces else 16
    graded = 1 - np.append(np.geomspace(1, 1e-5, count), 0)
    edges = 0.5 * np.pi * np.union1d(graded, np.linspace(0, 1, count))
    half = 0.5 * np.diff(edges)[:, None]
    t = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * NODES).ravel()
    s2 = np.exp(low + (top - low) * np.sin(t) ** 2)
    return s2, s2 * (top - low) * np.sin(2 * t) * (half * WEIGHTS).ravel()


def clip_edge(phi, q, depth):
    """b L^L / (L-1)^(L-1) with b = (1 - p) / p: upper edge of the continuous part of a clip."""
    p = afli.derivative_moment(phi, q, 1)
    return (1 - p) / p * depth * (1 + 1 / (depth - 1)) ** (depth - 1)


def clip_density(p, depth, angle):
    """Orthogonal clip networks in closed form, along zeta - b = |zeta - b| e^{i depth angle}."""
    b = (1 - p) / p
    sines = np.sin(angle), np.sin((depth - 1) * angle), np.sin(depth * angle)
    zeta = b * sines[2] / sines[0] * np.exp(1j * (depth - 1) * angle)
    s2 = b * sines[2] ** depth / sines[0] / sines[1] ** (depth - 1)
    return s2, -(1 / (zeta - 1 / p)).imag / np.pi / s2


@pytest.mark.parametrize("weights", ["orthogonal", "gaussian"])
@pytest.mark.parametrize("depth", [2, 10, 30])
@pytest.mark.parametrize(("name", "parameters", "q"), CASES)
def test_normalisation_mean_and_variance(name, parameters, q, depth, weights):
    phi = afli.activation(name, **parameters)
    s2, weight = mesh(phi, q, depth, weights)
    density = isometry.spectral_density(phi, q, depth, s2, weights)
    assert np.isfinite(density).all() and (density >= 0).all()
    points, masses = np.array([*isometry.spectral_atoms(phi, q, depth, weights), (0.0, 0.0)]).T
    total, mean, spread = (
        (weight * density * f(s2)).sum() + (masses * f(points)).sum()
        for f in (np.ones_like, lambda x: x, lambda x: (x - 1) ** 2)
    )
    variance = isometry.spectrum_variance(phi, q, depth, weights)
    assert abs(total - 1) < 1e-4, total
    assert abs(mean - 1) < 5e-5, mean
    assert abs(spread / variance - 1) < 1e-4, (spread, variance)


@pytest.mark.parametrize("depth", [2, 3, 10, 200])
@pytest.mark.parametrize("a", [0.3, 1.0, 2.5])
def test_orthogonal_clip_against_its_closed_form(a, depth):
    phi = afli.activation("shtanh", a=a)
    p = afli.derivative_moment(phi, 1.0, 1)
    s2, expected = clip_density(p, depth, np.linspace(0.02, 0.98, 49) * np.pi / depth)
    ours = isometry.spectral_density(phi, 1.0, depth, s2)
    visible = s2 > 1e-250
    np.testing.assert_allclose(ours[visible], expected[visible], rtol=1e-9)


@pytest.mark.parametrize("depth", [1, 2, 7])
def test_gaussian_linear_network_is_fuss_catalan(depth):
    """As Penson and Zyczkowski write it; at depth 1 the law of Marchenko and Pastur."""
    angle = np.linspace(0.02, 0.98, 40) * np.pi / (depth + 1)
    s2 = np.sin((depth + 1) * angle) ** (depth + 1) / np.sin(angle) / np.sin(depth * angle) ** depth
    density = np.sin(angle) ** 2 * np.sin(depth * angle) ** (depth - 1)
    density = density / (np.pi * np.sin((depth + 1) * angle) ** depth)
    ours = isometry.spectral_density(afli.activation("linear"), 1.0, depth, s2, "gaussian")
    np.testing.assert_allclose(ours, density, rtol=1e-9)
    edge = isometry.spectral_edge(afli.activation("linear"), 1.0, depth, "gaussian")
    assert edge == pytest.approx((depth + 1) ** (depth + 1) / depth**depth, rel=1e-12)


def test_two_layers_of_orthogonal_relu_are_an_arcsine_law():
    s2 = np.linspace(0.05, 3.95, 30)
    density = isometry.spectral_density(afli.activation("relu"), 1.0, 2, s2)
    np.testing.assert_allclose(density, 1 / (2 * np.pi * np.sqrt(s2 * (4 - s2))), rtol=1e-10)


@pytest.mark.parametrize("weights", ["orthogonal", "gaussian"])
@pytest.mark.parametrize("depth", [2, 9])
@pytest.mark.parametrize(("name", "parameters", "q"), CASES)
def test_zero_beyond_the_edge_and_positive_below(name, parameters, q, depth, weights):
    phi = afli.activation(name, **parameters)
    edge = isometry.spectral_edge(phi, q, depth, weights)
    beyond = isometry.spectral_density(
        phi, q, depth, edge * np.array([1 + 1e-7, 1.01, 2, 1e6]), weights
    )
    assert (beyond == 0).all()
    if not any(s2 > 0 for s2, _ in isometry.spectral_atoms(phi, q, depth, weights)):
        assert isometry.spectral_density(phi, q, depth, edge * (1 - 1e-5), weights) > 0


def test_atom_at_zero_does_not_grow_with_depth_and_the_top_one_dies():
    phi = afli.activation("shtanh", a=2.0)
    p = afli.derivative_moment(phi, 1.41314, 1)
    for depth in (1, 5, 10, 11, 100):
        orthogonal = isometry.spectral_atoms(phi, 1.41314, depth)
        assert orthogonal[0] == pytest.approx((0.0, 1 - p), rel=1e-12)
        top = 1 - depth * (1 - p)
        assert len(orthogonal) == (2 if top > 0 else 1)
        if top > 0:
            assert orthogonal[1] == pytest.approx((p**-depth, top), rel=1e-12)
        gaussian = isometry.spectral_atoms(phi, 1.41314, depth, "gaussian")
        assert gaussian == (pytest.approx((0.0, 1 - p), rel=1e-12),)
    assert isometry.spectral_atoms(afli.activation("tanh"), 1.0, 3) == ()
    # sexp is linear on [-a, a] and strictly monotone nowhere else flat: only the top atom.
    ((s2, mass),) = isometry.spectral_atoms(afli.activation("sexp", a=2.0), 1.0, 3)
    assert mass == pytest.approx(1 - 3 * 0.04550026389635842, rel=1e-10) and s2 > 1


def test_transform_close_to_the_real_axis_against_brute_force():
    """Gauss-Legendre alone is wrong by 100 % at some of these: a pole lies next to a node."""
    edges = np.unique(np.concatenate([np.linspace(-10, 10, 40001), [-1.5, 1.5]]))
    half = 0.5 * np.diff(edges)[:, None]
    z = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * NODES).ravel()
    weight = (half * WEIGHTS).ravel() * np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    for phi in (afli.activation("ssin", a=1.5), afli.activation("tanh"), afli.activation("gelu")):
        law, value = SlopeLaw(phi, 1.0), phi.derivative(z) ** 2
        value /= weight @ value
        zeta = np.outer([0.03, 0.3, 0.55, 0.9, 1.3], np.exp([0.01j, 0.1j, 1j])).ravel()
        m, one_plus_m, slope = law.transform(zeta)
        for i, point in enumerate(zeta):
            terms = weight * value / (point - value)
            assert m[i] == pytest.approx(terms.sum(), rel=1e-8), (phi.name, point)
            assert one_plus_m[i] == pytest.approx(1 + terms.sum(), rel=1e-8)
            expected = -point * (terms / (point - value)).sum()
            assert slope[i] == pytest.approx(expected, rel=1e-6), (phi.name, point)


@pytest.mark.parametrize("name", ["tanh", "erf", "softsign", "gelu", "elu"])
def test_transform_stays_in_the_lower_half_plane_where_the_density_is_tiny(name):
    law = SlopeLaw(afli.activation(name), 0.0117)
    value = np.geomspace(1.001 * law.value.min(), 0.9999 * law.value.max(), 400)
    for height in (1e-13, 1e-10, 1e-6):
        assert (law.transform(value * np.exp(1j * height))[0].imag < 0).all(), height


@pytest.mark.parametrize("depth", [512, 1024, 2048, 4096])
@pytest.mark.parametrize("name", ["tanh", "erf", "sin"])
def test_deep_networks_on_both_sides_of_both_edges(name, depth):
    """At a variance of 1/2, from far below the lower edge on: nothing lost, one interval."""
    phi = afli.activation(name)
    q = brentq(lambda q: isometry.spectrum_variance(phi, q, depth) - 0.5, 1e-6, 1.0)
    top = isometry.spectral_edge(phi, q, depth)
    s2 = np.geomspace(1e-3, 1.1 * top, 300)
    density = isometry.spectral_density(phi, q, depth, s2)
    inside = np.flatnonzero(density > 1e-6)
    assert (np.diff(inside) == 1).all()
    low = s2[inside[0]]  # the limit of depth is exp(-1/2) / top: 0.184 to 3.297
    assert 0.05 < low < 0.19 and s2[inside[-1]] < top < 3.3
    close = np.geomspace(1e-12, 1e-2, 40)
    for edge in (low, top):
        near = isometry.spectral_density(phi, q, depth, edge * np.append(1 - close, 1 + close))
        assert np.isfinite(near).all()


@pytest.mark.parametrize("weights", ["orthogonal", "gaussian"])
@pytest.mark.parametrize(
    ("name", "parameters"), [("shtanh", {"a": 2.0}), ("tanh", {}), ("sexp", {"a": 1.0})]
)
def test_against_random_networks(name, parameters, weights):
    """Ten networks of width 300: three moments within 5 errors, distribution within 0.03."""
    phi, depth, width = afli.activation(name, **parameters), 6, 300
    point = afli.edge_of_chaos(phi, 0.1)
    inputs = simulation.correlated_inputs(point.q, 0.5, width, point.sigma_w2, 0.1)
    run = simulation.simulate(
        phi,
        inputs,
        depth,
        width,
        point.sigma_w2,
        0.1,
        networks=10,
        weights=weights,
        seed=3,
        jacobian=True,
    )
    found = run.singular_values[:, 0] ** 2
    s2, weight = mesh(phi, point.q, depth, weights)
    share = weight * isometry.spectral_density(phi, point.q, depth, s2, weights)
    atoms = isometry.spectral_atoms(phi, point.q, depth, weights)
    for order in (1, 2, 3):
        theory = (share * s2**order).sum() + sum(mass * x**order for x, mass in atoms)
        mean, error = simulation.mean_and_error((found**order).mean(1))
        finite = order * depth / width * theory  # size of the corrections in depth / width
        assert abs(mean - theory) < 5 * error + finite, (order, mean, error, theory)
    # The top atom is smeared at finite width: look below it.
    at = np.quantile(found, np.linspace(0.25, 0.95, 15))
    at = at[[all(abs(x / s - 1) > 0.1 for s, _ in atoms if s > 0) for x in at]]
    theory = np.array([share[s2 <= x].sum() + sum(m for s, m in atoms if s <= x) for x in at])
    distance = np.abs((found.ravel() <= at[:, None]).mean(1) - theory)
    assert at.size >= 3 and distance.max() < 0.03, (at[distance.argmax()], distance.max())


def test_variance_without_cancellation():
    phi = afli.activation("shtanh", a=8.0)
    excess = isometry.spectrum_variance(phi, 1.0, 1)
    assert excess == pytest.approx(1.2441921148543639e-15, rel=1e-9)  # erfc / erf at 8 / sqrt 2
    grid = isometry.spectrum_variance(afli.activation("tanh"), [[1e-6], [1.0]], [1, 10, 100])
    assert grid.shape == (2, 3)
    np.testing.assert_allclose(grid[:, 2], 100 * grid[:, 0], rtol=1e-13)
    # phi' = 1 - x^2 + ...: Var(phi'^2) = 4 Var(x^2) = 8 q^2
    assert grid[0, 0] == pytest.approx(8e-12, rel=1e-4)
    assert isometry.spectrum_variance(afli.activation("abs"), 2.0, 7) == pytest.approx(0, abs=1e-14)


def test_scalars_shapes_and_errors():
    phi = afli.activation("tanh")
    assert isinstance(isometry.spectral_density(phi, 1.0, 3, 0.5), float)
    assert isometry.spectral_density(phi, 1.0, 3, np.full((2, 3), 0.5)).shape == (2, 3)
    for name, depth, word in (
        ("linear", 3, "equal to 1"),
        ("abs", 3, "equal to 1"),
        ("tanh", 1, "depth"),
    ):
        with pytest.raises(ValueError, match=word):
            isometry.spectral_density(afli.activation(name), 1.0, depth, 0.5)
    for q, depth, s2, weights, word in (
        (0.0, 3, 1.0, "gaussian", "q must"),
        ([1.0, 2.0], 3, 1.0, "gaussian", "q must"),
        (1.0, 2.5, 1.0, "gaussian", "depth"),
        (1.0, 3, -1.0, "gaussian", "s2"),
        (1.0, 3, 0.0, "gaussian", "s2"),
        (1.0, 3, 1.0, "uniform", "weights"),
    ):
        with pytest.raises(ValueError, match=word):
            isometry.spectral_density(phi, q, depth, s2, weights)
