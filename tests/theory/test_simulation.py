"""Random networks: drawn as said, repeatable, and in agreement with the theory."""

import numpy as np
import pytest

import afli
from afli.theory.simulation import _orthogonal, correlated_inputs, mean_and_error, simulate

CLIP = afli.activation("shtanh", a=2.0)
POINT = afli.edge_of_chaos(CLIP, 0.1)


def test_inputs_give_the_first_layer_its_variance_and_correlation():
    x = correlated_inputs(POINT.q, 0.3, 64, POINT.sigma_w2, 0.1, seed=5)
    products = POINT.sigma_w2 * x @ x.T / 64 + 0.1
    np.testing.assert_allclose(products, POINT.q * np.array([[1, 0.3], [0.3, 1]]), rtol=1e-12)
    same = correlated_inputs(POINT.q, 1.0, 64, POINT.sigma_w2, 0.1)
    np.testing.assert_allclose(same[0], same[1], rtol=1e-12)
    with pytest.raises(ValueError, match="rho must be at least"):
        correlated_inputs(POINT.q, -1.0, 64, POINT.sigma_w2, 0.1)
    with pytest.raises(ValueError, match="q must be greater"):
        correlated_inputs(0.05, 0.5, 64, 1.0, 0.1)


@pytest.mark.parametrize("weights", ["gaussian", "orthogonal"])
def test_lengths_and_correlations_follow_the_maps(weights):
    """Away from the edge of chaos as well: 40 networks of width 250, layers within 5 errors."""
    phi, sigma_w2, sigma_b2, depth = afli.activation("tanh"), 1.6, 0.2, 8
    inputs = correlated_inputs(1.5, 0.4, 250, sigma_w2, sigma_b2, seed=1)
    run = simulate(
        phi, inputs, depth, 250, sigma_w2, sigma_b2, networks=40, weights=weights, seed=2
    )
    q, covariance = [1.5], [0.6]
    for _ in range(depth - 1):
        # At equal variances the correlation map times q is the covariance map.
        new = afli.correlation_map(phi, covariance[-1] / q[-1], q[-1], sigma_w2, sigma_b2)
        covariance.append(q[-1] * new)
        q.append(afli.variance_map(phi, q[-1], sigma_w2, sigma_b2))
    q, rho = np.array(q), np.array(covariance) / np.array(q)
    for measured, theory in ((run.lengths[:, 1:, 0], q), (run.correlations[:, 1:, 0, 1], rho)):
        mean, error = mean_and_error(measured)
        # Corrections of finite width are of order 1 / width and add up over the layers.
        room = 5 * error + np.arange(1, depth + 1) / 250
        worst = (np.abs(mean - theory) / room).argmax()
        assert np.all(np.abs(mean - theory) < room), (
            worst,
            mean[worst],
            theory[worst],
            error[worst],
        )
        assert error.max() < 0.03


@pytest.mark.parametrize(("weights", "shift"), [("orthogonal", 0), ("gaussian", 1)])
def test_variance_of_the_jacobian_grows_as_equation_13(weights, shift):
    depth, width = 8, 250
    inputs = correlated_inputs(POINT.q, 0.5, width, POINT.sigma_w2, 0.1)
    run = simulate(
        CLIP,
        inputs,
        depth,
        width,
        POINT.sigma_w2,
        0.1,
        networks=12,
        weights=weights,
        seed=4,
        jacobian=[1, 4, 8],
    )
    assert run.depths == (1, 4, 8) and run.singular_values.shape == (12, 3, width)
    assert (np.diff(run.singular_values) <= 0).all()
    squares = run.singular_values**2
    excess = afli.moment_ratio(CLIP, POINT.q) - 1 + shift
    for i, layers in enumerate(run.depths):
        mean, error = mean_and_error(squares[:, i].mean(1))
        assert abs(mean - 1) < 5 * error + layers / width
        second, error = mean_and_error((squares[:, i] ** 2).mean(1))
        theory = 1 + layers * excess
        assert abs(second - theory) < 5 * error + 2 * layers / width * theory, (
            layers,
            second,
            error,
        )


def test_network_i_is_the_same_however_many_are_drawn():
    inputs = correlated_inputs(POINT.q, 0.5, 30, POINT.sigma_w2, 0.1)
    few = simulate(CLIP, inputs, 5, 40, POINT.sigma_w2, 0.1, networks=2, seed=7)
    many = simulate(CLIP, inputs, 5, 40, POINT.sigma_w2, 0.1, networks=6, seed=7, jacobian=True)
    np.testing.assert_array_equal(few.lengths, many.lengths[:2])
    other = simulate(CLIP, inputs, 5, 40, POINT.sigma_w2, 0.1, networks=2, seed=8)
    assert np.abs(few.lengths[:, 1:] - other.lengths[:, 1:]).min() > 0
    assert not np.array_equal(many.lengths[0], many.lengths[1])


def test_jacobian_is_the_derivative_of_the_activations():
    """Against finite differences of a network written out once more."""
    phi, x, step = afli.activation("tanh"), np.random.default_rng(0).standard_normal(6), 1e-5
    run = simulate(phi, x, 4, 9, 1.5, 0.1, networks=3, seed=1, jacobian=True)
    assert run.singular_values.shape == (3, 1, 6)
    for network in range(3):
        matrix = jacobian_by_differences(phi, x, step, network)
        expected = np.linalg.svd(matrix, compute_uv=False)
        np.testing.assert_allclose(run.singular_values[network, 0], expected, rtol=1e-7)


def jacobian_by_differences(phi, x, step, network):
    """From the random numbers that `simulate` draws."""
    rng = np.random.default_rng(np.random.SeedSequence(1).spawn(3)[network])
    signal = np.concatenate([x + step * np.eye(6), x - step * np.eye(6)]).T
    for _ in range(4):
        weights = rng.standard_normal((9, len(signal))) * np.sqrt(1.5 / len(signal))
        signal = phi(weights @ signal + np.sqrt(0.1) * rng.standard_normal((9, 1)))
    return (signal[:, :6] - signal[:, 6:]) / (2 * step)


@pytest.mark.parametrize("shape", [(5, 5), (3, 7), (7, 3)])
def test_orthogonal_weights(shape):
    rng = np.random.default_rng(11)
    draws = np.array([_orthogonal(rng, *shape) for _ in range(4000)])
    small = draws[0].T @ draws[0] if shape[0] >= shape[1] else draws[0] @ draws[0].T
    np.testing.assert_allclose(small, small[0, 0] * np.eye(min(shape)), atol=1e-12)
    # Haar: entries of mean 0 and variance 1 / columns; for a square one, E[trace^2] = 1.
    assert abs(draws.mean()) < 5 * draws.std() / np.sqrt(draws.size)
    mean, error = mean_and_error((draws**2).reshape(4000, -1))
    assert np.all(np.abs(mean - 1 / shape[1]) < 5 * error)
    if shape == (5, 5):
        mean, error = mean_and_error(np.trace(draws, axis1=1, axis2=2) ** 2)
        assert abs(mean - 1) < 4 * error  # without the correction of signs it is 1.6


def test_bad_arguments():
    x = np.ones((2, 4))
    cases = (
        ({"depth": 0}, "depth"),
        ({"width": 1.5}, "width"),
        ({"sigma_w2": -1.0}, "sigma_w2"),
        ({"sigma_b2": [0.1, 0.2]}, "sigma_b2"),
        ({"networks": 0}, "networks"),
        ({"weights": "uniform"}, "weights"),
        ({"seed": -1}, "seed"),
        ({"jacobian": [4]}, "jacobian"),
        ({"inputs": np.ones((2, 2, 2))}, "inputs"),
        ({"inputs": [[np.nan]]}, "inputs"),
    )
    for change, word in cases:
        arguments = {"inputs": x, "depth": 3, "width": 4, "sigma_w2": 1.0, "sigma_b2": 0.1} | change
        with pytest.raises(ValueError, match=word):
            simulate(CLIP, arguments.pop("inputs"), **arguments)
    with pytest.raises(ValueError, match="2 networks"):
        mean_and_error([1.0])


def test_zero_input_without_bias_stays_zero():
    run = simulate(CLIP, np.zeros(4), 3, 5, 1.0, 0.0, networks=2, jacobian=True)
    assert (run.lengths == 0).all() and (run.correlations == 0).all()
