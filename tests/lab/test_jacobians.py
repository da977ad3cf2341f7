"""Singular values of deep products, compared with many digits, exact cases and the theory."""

import subprocess
import sys

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

import afli
from afli.lab import initialisers
from afli.lab.jacobians import jacobian_factors, jacobian_moments, log_singular_values
from afli.theory.simulation import correlated_inputs, mean_and_error

CLIP = afli.activation("shtanh", a=2.0)


def many_digits(factors, digits):
    """Logarithms of the singular values of the product, multiplied out with so many digits."""
    with mpmath.workdps(digits):
        product = np.vectorize(mpmath.mpf, otypes=[object])(factors[0])
        for factor in factors[1:]:
            product = np.vectorize(mpmath.mpf, otypes=[object])(factor).dot(product)
        if product.shape[0] < product.shape[1]:
            product = product.T
        values = mpmath.svd_r(mpmath.matrix(product.tolist()), compute_uv=False)
        zero = max(values) * mpmath.mpf(10) ** (10 - digits)
        logs = [float(mpmath.log(value)) if value > zero else -np.inf for value in values]
    return np.sort(logs)[::-1]


def compare(found, expected, tolerance):
    """Both have the same zeros, and the others differ by less than the tolerance."""
    assert found.shape == expected.shape and not np.isnan(found).any()
    np.testing.assert_array_equal(np.isfinite(found), np.isfinite(expected))
    assert (np.diff(found[np.isfinite(found)]) <= tolerance).all()
    error = np.abs(np.where(np.isfinite(expected), found, 0) - np.nan_to_num(expected, neginf=0))
    assert error.max() < tolerance, (error.argmax(), found[error.argmax()], error.max())


def network(phi, sizes, *, weights, sigma_w2, sigma_b2=0.0, seed=0):
    """Weights and the preactivations of a random input of one network, as tensors."""
    generator = torch.Generator().manual_seed(seed)
    fill = initialisers.orthogonal_ if weights == "orthogonal" else initialisers.gaussian_
    matrices, signals = [], []
    z = torch.randn(sizes[0], generator=generator, dtype=torch.float64)
    for out, in_ in zip(sizes[1:], sizes, strict=False):
        matrix, bias = torch.empty(out, in_, dtype=z.dtype), torch.empty(out, dtype=z.dtype)
        fill(matrix, sigma_w2, generator=generator)
        initialisers.bias_normal_(bias, sigma_b2, generator=generator)
        matrices.append(matrix)
        signals.append(matrix @ z + bias)
        z = phi(signals[-1])
    return matrices, signals


# The last two have derivatives down to 1e-7 and 1e-25: rows of very different sizes in a factor.
NETWORKS = [
    ("linear", {}, "gaussian", 1.0, 200, -160, 300),
    ("linear", {}, "gaussian", 1.0, 500, -800, 500),
    ("shtanh", {"a": 1.5}, "orthogonal", 1.1, 200, -10, 150),
    ("shtanh", {"a": 1.5}, "gaussian", 1.1, 200, -45, 300),
    ("tanh", {}, "orthogonal", 1.1, 200, -20, 150),
    ("tanh", {}, "gaussian", 9.0, 100, -500, 400),
    ("tanh", {}, "gaussian", 100.0, 60, -1600, 1200),
]


@pytest.mark.parametrize(
    ("name", "more", "weights", "sigma_w2", "depth", "range_", "digits"), NETWORKS
)
def test_networks_against_many_digits(name, more, weights, sigma_w2, depth, range_, digits):
    phi = afli.activation(name, **more)
    arguments = dict(weights=weights, sigma_w2=sigma_w2, sigma_b2=0.05, seed=3)
    factors = jacobian_factors(*network(phi, [10] * (depth + 1), **arguments), phi)
    expected = many_digits(factors, digits)
    finite = expected[np.isfinite(expected)]
    assert finite[-1] - finite[0] < range_
    assert (name == "shtanh") == (len(finite) < 10)
    found = log_singular_values(factors)
    compare(found, expected, 3e-11)
    check_moments(factors, expected)


def check_moments(factors, logs):
    """The moments are those of these values."""
    squares = np.exp(2 * (logs - logs[0]))
    found = jacobian_moments(factors)
    assert abs(found.log_mean - np.log(squares.mean()) - 2 * logs[0]) < 1e-10
    variance = squares.var() / squares.mean() ** 2
    assert abs(found.variance - variance) < 1e-9 * (1 + variance)


def test_svd_of_the_product_fails_where_the_graded_method_is_right():
    """So the tests above can tell one from the other."""
    rng = np.random.default_rng(0)
    factors = [rng.standard_normal((10, 10)) / np.sqrt(10) for _ in range(100)]
    expected = many_digits(factors, 250)
    compare(log_singular_values(factors), expected, 1e-11)
    product = np.linalg.multi_dot(factors[::-1])
    naive = np.log(np.linalg.svd(product, compute_uv=False))
    wrong = np.abs(naive - expected) > 1
    assert wrong.sum() >= 4 and wrong[-1] and not wrong[0]
    # Nor does the triangle of QR layer by layer have the singular values on its diagonal.
    basis, diagonal = np.eye(10), np.zeros(10)
    for factor in factors:
        basis, triangle = np.linalg.qr(factor @ basis)
        diagonal += np.log(np.abs(np.diagonal(triangle)))
    assert np.abs(np.sort(diagonal)[::-1] - expected).max() > 0.5


@st.composite
def chains(draw):
    """Short chains of matrices of any shape, some rows of them tiny or 0, some of rank 1."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    sizes = draw(st.lists(st.integers(1, 6), min_size=2, max_size=9))
    factors = []
    for out, in_ in zip(sizes[1:], sizes, strict=False):
        rows = 10.0 ** -rng.uniform(0, draw(st.sampled_from([0, 3, 30])), out)
        rows *= rng.random(out) < draw(st.sampled_from([1.0, 0.7]))
        scale = draw(st.sampled_from([1.0, 1e-100, 1e100]))
        factors.append(scale * rows[:, None] * rng.standard_normal((out, in_)))
    return factors


@given(chains())
@settings(max_examples=60, deadline=None)
@example([np.zeros((3, 2)), np.ones((1, 3))])
@example([np.eye(2), np.array([[0.0, 1.0]]), np.ones((4, 1))])
@example([np.array([[1.0, 2.0, 3.0]])])
def test_any_chain_against_many_digits(factors):
    expected = many_digits(factors, 700) if all(f.any() for f in factors) else None
    found = log_singular_values(factors)
    if expected is None or expected[0] == -np.inf:
        assert (found == -np.inf).all() and len(found) == min(len(factors[-1]), len(factors[0].T))
        assert jacobian_moments(factors).log_mean == -np.inf
        return
    # A random matrix of this size has a condition number of 1e5 now and then.
    compare(found, expected, 1e-8)


@given(st.integers(0, 6), st.integers(-290, 290), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_a_factor_scales_all_values(layer, power, seed):
    rng = np.random.default_rng(seed)
    factors = [rng.standard_normal((5, 5)) for _ in range(7)]
    scaled = factors.copy()
    scaled[layer] = factors[layer] * 10.0**power
    shift = power * np.log(10)
    found = log_singular_values(scaled) - shift
    np.testing.assert_allclose(found, log_singular_values(factors), rtol=0, atol=1e-9)
    before, after = jacobian_moments(factors), jacobian_moments(scaled)
    assert abs(after.log_mean - before.log_mean - 2 * shift) < 1e-10
    assert abs(after.variance / before.variance - 1) < 1e-11


def test_diagonals_and_permutations():
    """The values are products of entries, over a range of e^-3500 without a gap."""
    rng, width, depth = np.random.default_rng(2), 60, 300
    sizes = rng.normal(-0.04 * np.arange(width), 1.0, (depth, width))
    track, logs, factors = np.arange(width), np.zeros(width), []
    for layer in sizes:
        order = rng.permutation(width)
        factors.append(np.diag(np.exp(5 * layer))[order])
        logs += 5 * layer[track]
        track = np.argsort(order)[track]
    logs = np.sort(logs)[::-1]
    steep = np.diag(np.exp(-12.0 * np.arange(width)))
    found = log_singular_values(factors)
    np.testing.assert_allclose(found, logs, rtol=0, atol=1e-10)
    found = log_singular_values([steep] * 5)
    np.testing.assert_allclose(found, -60.0 * np.arange(width), rtol=0, atol=1e-10)


@pytest.mark.parametrize("spread", [390.0, 1200.0])
def test_wide_range_without_gaps(spread):
    """Rotated inputs and outputs change nothing, wherever the range is cut into windows."""
    rng, generator = np.random.default_rng(4), torch.Generator().manual_seed(1)
    dense = rng.uniform(295, 305, 40)  # around the end of the first window
    logs = -np.sort(np.concatenate([rng.uniform(0, spread, 38), dense, [0, spread]]))
    rotations = [torch.empty(80, 80, dtype=torch.float64) for _ in range(2)]
    for rotation in rotations:
        initialisers.orthogonal_(rotation, generator=generator)
    root = np.diag(np.exp(logs / 4))
    found = log_singular_values([rotations[0], root, root, root, root, rotations[1]])
    np.testing.assert_allclose(found, logs, rtol=0, atol=1e-10)


def test_scaled_orthogonal_matrices():
    weights, _ = network(CLIP, [20] * 201, weights="orthogonal", sigma_w2=0.64)
    np.testing.assert_allclose(log_singular_values(weights), 200 * np.log(0.8), atol=1e-11)
    found = jacobian_moments(weights)
    assert abs(found.log_mean - 400 * np.log(0.8)) < 1e-11 and found.variance < 1e-24


def test_rank_is_the_smallest_number_of_active_units():
    phi = afli.activation("relu")
    factors = jacobian_factors(*network(phi, [40] * 61, weights="gaussian", sigma_w2=2.0), phi)
    active = [int(factor.any(1).sum()) for factor in factors]
    found = log_singular_values(factors)
    assert min(active) < min(active[0], active[-1]) < 40
    assert np.isfinite(found).sum() == min(active) and len(found) == 40
    check_moments(factors, found)


def test_a_lost_rank_does_not_hide_smaller_values():
    """Two equal columns cancel exactly; the third value is e^-2072 of the first."""
    factors = [np.diag([1.0, 1.0, 1e-300])] * 3 + [np.array([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])]
    found = log_singular_values(factors)
    assert abs(found[0] - np.log(2)) < 1e-14
    assert np.abs(found - 3 * np.log(1e-300)).min() < 1e-11


@pytest.mark.parametrize("sizes", [(7, 7, 7), (30, 8, 12), (6, 9, 30), (9, 3, 9), (12, 8, 30)])
def test_two_layers_against_the_ordinary_svd(sizes):
    rng = np.random.default_rng(1)
    first, second = (rng.standard_normal(s[::-1]) for s in (sizes[:2], sizes[1:]))
    expected = np.linalg.svd(second @ first, compute_uv=False)
    rank, found = min(sizes), log_singular_values([first, second])
    np.testing.assert_allclose(found[:rank], np.log(expected[:rank]), rtol=0, atol=1e-12)
    # A narrow layer gives zeros that the shape implies, exactly.
    assert len(found) == len(expected) and (found[rank:] == -np.inf).all()
    check_moments([first, second], found)


def test_transposed_chain_has_the_same_values():
    """An independent computation, at a width and depth where many digits would take minutes."""
    rng = np.random.default_rng(6)
    factors = [rng.standard_normal((80, 80)) / np.sqrt(80) for _ in range(150)]
    found = log_singular_values(factors)
    assert found[-1] - found[0] < -400
    transposed = log_singular_values([factor.T for factor in factors[::-1]])
    np.testing.assert_allclose(found, transposed, rtol=0, atol=1e-9)


def test_factors_are_the_jacobian_at_any_layer():
    phi = afli.activation("tanh")
    weights, signals = network(phi, [5, 8, 6, 7], weights="gaussian", sigma_w2=2.0, seed=2)
    start = torch.linalg.lstsq(weights[0], signals[0][:, None]).solution[:, 0]

    def forward(x, depth):
        for weight in weights[:depth]:
            x = phi(weight @ x)
        return x

    for depth in (1, 2, 3):
        factors = jacobian_factors(weights[:depth], signals[:depth], phi)
        product = np.linalg.multi_dot([*factors[::-1], np.eye(5)])
        expected = torch.autograd.functional.jacobian(lambda x, n=depth: forward(x, n), start)
        np.testing.assert_allclose(product, expected, rtol=1e-10, atol=1e-12)
    single = [weight.float().requires_grad_() for weight in weights]
    rounded = jacobian_factors(single, [signal.float() for signal in signals], phi)
    assert rounded[0].dtype == np.float64
    np.testing.assert_allclose(rounded[2], factors[2], rtol=1e-5)


@pytest.mark.parametrize("weights", ["orthogonal", "gaussian"])
def test_moments_follow_the_theory(weights):
    """16 networks of width 200: mean 1 and equation (13), within 5 standard errors."""
    depth, width, point = 8, 200, afli.edge_of_chaos(CLIP, 0.1)
    found = []
    for seed in range(16):
        z, _ = correlated_inputs(point.q, 0.5, width, point.sigma_w2, 0.1, seed=seed)
        generator = torch.Generator().manual_seed(seed)
        matrices, signals, z = [], [], torch.from_numpy(z)
        for _ in range(depth):
            matrix, bias = torch.empty(width, width, dtype=z.dtype), torch.empty_like(z)
            initialisers.critical_(matrix, bias, CLIP, 0.1, weights=weights, generator=generator)
            matrices.append(matrix)
            signals.append(matrix @ z + bias)
            z = CLIP(signals[-1])
        found.append(jacobian_moments(jacobian_factors(matrices, signals, CLIP)))
    # Corrections of finite width are of order depth / width.
    mean, error = mean_and_error(np.exp([moments.log_mean for moments in found]))
    assert abs(mean - 1) < 5 * error + depth / width and error < 0.05, (mean, error)
    theory = afli.spectrum_variance(CLIP, point.q, depth, weights)
    variance, error = mean_and_error([moments.variance for moments in found])
    room = 5 * error + 2 * depth / width * (1 + theory)
    assert abs(variance - theory) < room and error < 0.1 * theory, (variance, theory, error)


def test_bad_arguments():
    eye, relu = np.eye(2), afli.activation("relu")
    for function in (log_singular_values, jacobian_moments):
        for factors, words in (
            ([], "factors must be one or more matrices"),
            ([np.ones(3)], "factors must be one or more matrices"),
            ([eye, np.ones((2, 3))], r"factors\[1\] must have 2 columns"),
            ([eye, eye, np.ones((4, 1))], r"factors\[2\] must have 2 columns"),
            ([eye * np.nan], "factors must be finite"),
        ):
            with pytest.raises(ValueError, match=words):
                function(factors)
        with pytest.raises(TypeError, match="factors must be a real number"):
            function([[["a"]]])
    for signals in ([], [np.ones(3)], [np.ones(2), np.ones(2)], [np.ones((2, 1))]):
        with pytest.raises(ValueError, match="preactivations must be one vector of each layer"):
            jacobian_factors([eye], signals, relu)
    with pytest.raises(TypeError, match="phi must be an activation"):
        jacobian_factors([eye], [np.ones(2)], "relu")


def test_torch_is_not_needed():
    code = "import sys, afli.lab.jacobians; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
