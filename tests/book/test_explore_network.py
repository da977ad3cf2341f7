"""The random network of the explorables: its random numbers, matrices and statistics."""

import json

import numpy as np
import pytest

import afli
from afli.theory import simulation

NETWORKS = 60


def drawn(run, name, w, b, weights, width=30, depth=6):
    """Lengths of the last layer and mean squared singular values of networks, in JavaScript."""
    given = json.dumps([name, dict(width=width, depth=depth, w=w, b=b, weights=weights), NETWORKS])
    script = """const [name, setting, count] = args, phi = afli.activations.make(name, 2);
        return Array.from({ length: count }, (_, i) => {
          const net = afli.network.draw(phi, { ...setting, seed: i + 1 });
          const values = afli.network.singularValues(net.jacobian, setting.width);
          return [...net.lengths, values.reduce((sum, s) => sum + s * s, 0) / setting.width];
        })"""
    return np.array(run(f"const args = {given}; {script}"))


def close(values, others):
    """Means differ by less than four standard errors; `others` may be exact."""
    mean, error = simulation.mean_and_error(values)
    if np.ndim(others) == 2:
        others, more = simulation.mean_and_error(others)
        error = np.hypot(error, more)
    assert np.all(np.abs(mean - others) < 4 * error), (mean - others) / error


def test_relu_networks_have_the_exact_means(run):
    """Lengths and mean squared singular values of ReLU are right on average at every width."""
    values, q = drawn(run, "relu", 1.9, 0.1, "gaussian"), [2.0]
    for _ in range(5):
        q.append(0.95 * q[-1] + 0.1)
    close(values, np.array([*q, 0.95**6]))


@pytest.mark.parametrize("weights", ["gaussian", "orthogonal"])
@pytest.mark.parametrize("name", ["tanh", "ssaw"])
def test_networks_are_as_those_of_the_package(name, weights, run):
    """The same means as networks of the same width that NumPy draws, the Jacobian's included."""
    phi = afli.activation(name, **({"a": 2.0} if name == "ssaw" else {}))
    x = np.random.default_rng(0).standard_normal((1, 30))
    x /= np.sqrt(np.mean(x**2))
    made = simulation.simulate(
        phi, x, 6, 30, 1.8, 0.1, networks=300, weights=weights, jacobian=True
    )
    squares = np.mean(made.singular_values[:, 0] ** 2, axis=-1)
    close(drawn(run, name, 1.8, 0.1, weights), np.column_stack([made.lengths[:, 1:, 0], squares]))


def test_the_prediction_of_infinite_width(run):
    phi, q, chi = afli.activation("tanh"), 1.7 + 0.1, 1.0
    found = run(
        "return afli.network.predict(afli.activations.make('tanh'), {depth: 9, w: 1.7, b: 0.1})"
    )
    for length, mean_square in zip(found["lengths"], found["meanSquares"], strict=True):
        chi *= afli.chi1(phi, q, 1.7)
        np.testing.assert_allclose([length, mean_square], [q, chi], rtol=1e-11)
        q = afli.variance_map(phi, q, 1.7, 0.1)


def test_random_numbers(run):
    """Uniform and normal by their moments, independent of the number before, set by the seed."""
    script = """const source = afli.random.generator(7), many = Array.from({ length: 100000 });
        return [many.map(source.uniform), many.map(source.normal),
          afli.random.generator(7).uniform(), afli.random.generator(8).uniform()]"""
    uniform, normal, same, other = run(script)
    assert uniform[0] == same != other
    uniform, normal = np.array(uniform), np.array(normal)
    counts = np.histogram(uniform, 100, (0, 1))[0]
    assert 50 < np.sum((counts - 1000) ** 2 / 1000) < 160  # chi-square with 99 degrees of freedom
    error = 4 / np.sqrt(len(normal))
    for power, moment, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs(np.mean(normal**power) - moment) < error * np.sqrt(variance)
    for values in (uniform - 0.5, normal):
        for lag in (1, 2, 3):
            assert abs(np.corrcoef(values[lag:], values[:-lag])[0, 1]) < error


def test_matrices_and_singular_values(run):
    """Orthogonal to rounding, entries without a preferred sign, and the same values as LAPACK."""
    script = """const source = afli.random.generator(3);
        return [Array.from({ length: 200 }, () => [...afli.random.orthogonalMatrix(source, 12)]),
          [...afli.random.orthogonalMatrix(source, 100)]]"""
    small, large = run(script)
    all_, large = np.reshape(small, (-1, 12, 12)), np.reshape(large, (100, 100))
    assert np.abs(all_ @ all_.transpose(0, 2, 1) - np.eye(12)).max() < 1e-11
    assert np.abs(large @ large.T - np.eye(100)).max() < 1e-11
    means = all_.mean(0) * np.sqrt(12 * 200)
    assert np.abs(means).max() < 4.5 and 0.8 < means.std() < 1.2
    script = """const net = afli.network.draw(afli.activations.make('shtanh', 1),
          { width: 40, depth: 8, w: 1.5, b: 0.1, weights: 'gaussian', seed: 5 });
        return [[...net.jacobian], afli.network.singularValues(net.jacobian, 40)]"""
    jacobian, values = run(script)
    expected = np.linalg.svd(np.reshape(jacobian, (40, 40)), compute_uv=False)
    np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-11 * expected[0])
    assert all(value == 0 or value > 1e-12 * values[0] for value in values) and 0 in values
