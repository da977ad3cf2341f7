"""Initialisers have the laws that their names promise, and repeat.

Statistics are compared in standard errors: 4.5 of them are exceeded by chance once in 150 000
comparisons, and the seeds are fixed.
"""

import math

import numpy as np
import pytest
import torch
from scipy import stats

import afli
from afli.lab.initialisers import (
    bias_normal_,
    critical_,
    gaussian_,
    glorot_normal_,
    glorot_uniform_,
    he_normal_,
    lecun_uniform_,
    orthogonal_,
)

ERRORS = 4.5
OF_WEIGHTS = (lecun_uniform_, glorot_uniform_, glorot_normal_, he_normal_, gaussian_, orthogonal_)
SHAPES = [(300, 300), (120, 700), (700, 120)]
each_law = pytest.mark.parametrize("fill", OF_WEIGHTS, ids=lambda fill: fill.__name__)
each_shape = pytest.mark.parametrize("shape", SHAPES)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def drawn(fill, *arguments, shape, seed=0, dtype=torch.float64, **options):
    tensor = torch.full(shape, math.nan, dtype=dtype)
    assert fill(tensor, *arguments, generator=seeded(seed), **options) is tensor
    return tensor


def variance(fill, out, in_):
    return {
        lecun_uniform_: 1 / (3 * in_),
        glorot_uniform_: 2 / (in_ + out),
        glorot_normal_: 2 / (in_ + out),
        he_normal_: 2 / in_,
        gaussian_: 1 / in_,
        orthogonal_: 1 / in_,
    }[fill]


def within(sample, mean):
    """Whether the mean of independent samples is what it should be."""
    sample = np.ravel(sample)
    error = sample.std(ddof=1) / math.sqrt(len(sample))
    return abs(sample.mean() - mean) < ERRORS * error


@each_law
@each_shape
def test_mean_and_variance(fill, shape):
    weight = drawn(fill, shape=shape, seed=1).numpy()
    expected = variance(fill, *shape)
    assert within(weight, 0)
    if fill is orthogonal_:
        assert abs((weight**2).mean() / expected - 1) < 1e-12
    else:
        assert within(weight**2, expected)


@each_law
@each_shape
def test_mean_square_of_the_outputs(fill, shape):
    """E |W x|^2 / out = fan_in Var |x|^2 / in, over 40 matrices and one long input."""
    out, in_ = shape
    x = torch.randn(in_, generator=seeded(3), dtype=torch.float64)
    squares = [
        (drawn(fill, shape=shape, seed=seed) @ x).square().mean().item() for seed in range(40)
    ]
    expected = in_ * variance(fill, *shape) * x.square().mean().item()
    if out >= in_ and fill is orthogonal_:
        np.testing.assert_allclose(squares, expected, rtol=1e-12)
    else:
        assert within(squares, expected), (np.mean(squares), expected)


@pytest.mark.parametrize("shape", [(300, 300), (80, 500)])
def test_supports_and_shapes_of_the_laws(shape):
    """Kolmogorov and Smirnov; a p-value below 1e-5 is a failure."""
    out, in_ = shape
    glorot = math.sqrt(6 / (in_ + out))
    for fill, bound in ((lecun_uniform_, 1 / math.sqrt(in_)), (glorot_uniform_, glorot)):
        weight = drawn(fill, shape=shape).numpy().ravel()
        assert 0.999 * bound < np.abs(weight).max() <= bound
        assert stats.kstest(weight, stats.uniform(-bound, 2 * bound).cdf).pvalue > 1e-5
    for fill in (glorot_normal_, he_normal_, gaussian_):
        weight = drawn(fill, shape=shape).numpy().ravel()
        law = stats.norm(scale=math.sqrt(variance(fill, *shape)))
        assert stats.kstest(weight, law.cdf).pvalue > 1e-5
    bias = drawn(bias_normal_, 0.3, shape=(20_000,)).numpy()
    assert stats.kstest(bias, stats.norm(scale=math.sqrt(0.3)).cdf).pvalue > 1e-5


@pytest.mark.parametrize("shape", [(40, 40), (25, 60), (60, 25)])
@pytest.mark.parametrize(("dtype", "rounding"), [(torch.float64, 1e-13), (torch.float32, 2e-6)])
def test_orthogonal_up_to_rounding(shape, dtype, rounding):
    out, in_ = shape
    weight = drawn(orthogonal_, 1.7, shape=shape, dtype=dtype).double()
    gram, scale = (weight @ weight.T, 1.7) if out <= in_ else (weight.T @ weight, 1.7 * out / in_)
    torch.testing.assert_close(
        gram, scale * torch.eye(min(shape), dtype=gram.dtype), rtol=0, atol=rounding
    )


def departures_from_haar(draws):
    """What independent matrices, of orthonormal rows or columns, show that Haar's law forbids.

    Names of the statistics that are off, for draws of shape (count, out, in).
    """
    count, out, in_ = draws.shape
    long, short = max(out, in_), min(out, in_)
    found = []
    # An entry is one of a uniform unit vector of `long` dimensions: (1 + u) / 2 has a beta law.
    law = stats.beta((long - 1) / 2, (long - 1) / 2)
    for i, j in ((0, 0), (0, in_ - 1), (out - 1, 0), (short - 1, short - 1)):
        if stats.kstest((1 + draws[:, i, j]) / 2, law.cdf).pvalue < 1e-5:
            found.append(f"entry {i}, {j}")
    trace = np.trace(draws, axis1=1, axis2=2)
    moments = {"trace": (trace, 0), "products": (draws[:, 0, 0] * draws[:, -1, -1], 0)}
    # E[tr^2] = short / long for Haar's law, since E[u_ii u_jj] = 0 and E[u_ii^2] = 1 / long.
    moments["trace squared"] = trace**2, short / long
    moments["fourth moment"] = draws[:, 0, 0] ** 4, 3 / (long * (long + 2))
    if out == in_:
        moments["determinant"] = np.linalg.det(draws), 0
        # Known for O(n), n > 2: tr U^2 has mean 1.
        moments["trace of square"] = np.trace(draws @ draws, axis1=1, axis2=2), 1
    # Multiplied by any fixed rotation the law is the same.
    angle = np.pi / 5
    turned = np.cos(angle) * draws[:, 0, 0] + np.sin(angle) * draws[:, -1, 0]
    if out >= in_:
        if stats.kstest((1 + turned) / 2, law.cdf).pvalue < 1e-5:
            found.append("turned entry")
    found += [name for name, (sample, mean) in moments.items() if not within(sample, mean)]
    return found


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("shape", [(6, 6), (4, 9), (9, 4)])
def test_orthogonal_weights_are_haar(shape, dtype):
    out, in_ = shape
    generator, weight = seeded(7), torch.empty(shape, dtype=dtype)
    draws = np.array(
        [orthogonal_(weight, generator=generator).double().numpy().copy() for _ in range(10_000)]
    )
    assert departures_from_haar(draws / math.sqrt(max(1.0, out / in_))) == []


def test_eigenvalues_of_haar_matrices():
    """Rotations of O(2) have a uniform angle, and of O(n) as many eigenvalues in any arc."""
    generator, weight = seeded(8), torch.empty(2, 2, dtype=torch.float64)
    draws = np.array([orthogonal_(weight, generator=generator).numpy().copy() for _ in range(4000)])
    rotations = draws[np.linalg.det(draws) > 0]
    angles = np.arctan2(rotations[:, 1, 0], rotations[:, 0, 0])
    assert stats.kstest(angles, stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-5
    # In O(n) eigenvalues repel: numbers in an arc vary far less than independent ones would.
    weight = torch.empty(60, 60, dtype=torch.float64)
    draws = np.array([orthogonal_(weight, generator=generator).numpy().copy() for _ in range(200)])
    angles = np.angle(np.linalg.eigvals(draws))
    inside = ((angles > 0.5) & (angles < 2.0)).sum(1)
    assert abs(inside.mean() - 60 * 1.5 / (2 * np.pi)) < 0.3 and inside.var() < 2


@pytest.mark.parametrize("shape", [(6, 6), (4, 9), (9, 4)])
def test_a_plain_qr_is_not_haar(shape):
    """So the tests above would notice signs that were not corrected."""
    out, in_ = shape
    rng = np.random.default_rng(7)
    tall = rng.standard_normal((10_000, max(shape), min(shape)))
    basis, triangle = np.linalg.qr(tall)
    plain = basis if out >= in_ else basis.transpose(0, 2, 1)
    assert {"entry 0, 0", "trace", "trace squared"} <= set(departures_from_haar(plain))
    basis = basis * np.sign(np.diagonal(triangle, axis1=1, axis2=2))[:, None]
    corrected = basis if out >= in_ else basis.transpose(0, 2, 1)
    assert departures_from_haar(corrected) == []


@each_law
def test_same_seed_same_weights(fill):
    first = drawn(fill, shape=(30, 20), seed=5)
    assert torch.equal(first, drawn(fill, shape=(30, 20), seed=5))
    assert not torch.equal(first, drawn(fill, shape=(30, 20), seed=6))
    # Rounded to float32, not drawn anew; and the same in a slice of a stack of networks.
    assert torch.equal(first.float(), drawn(fill, shape=(30, 20), seed=5, dtype=torch.float32))
    stack = torch.zeros(3, 20, 30, dtype=torch.float64)
    fill(stack[1].T, generator=seeded(5))
    assert torch.equal(stack[1].T, first) and not stack[0].any() and not stack[2].any()
    parameter = torch.nn.Parameter(torch.empty(30, 20, dtype=torch.float64))
    fill(parameter, generator=seeded(5))
    assert torch.equal(parameter.detach(), first) and parameter.requires_grad


def test_random_numbers_taken_depend_on_the_shape_alone():
    torch.manual_seed(1)
    untouched = torch.get_rng_state()
    after = {}
    for dtype in (torch.float32, torch.float64):
        for sigma2 in (0.0, 1.0, 2.5):
            generator = seeded(4)
            for fill in (gaussian_, orthogonal_):
                fill(torch.empty(7, 5, dtype=dtype), sigma2, generator=generator)
            bias_normal_(torch.empty(7, dtype=dtype), sigma2, generator=generator)
            after[dtype, sigma2] = generator.get_state()
    states = list(after.values())
    assert all(torch.equal(state, states[0]) for state in states)
    assert torch.equal(torch.get_rng_state(), untouched)


@pytest.mark.parametrize("device", ["cpu", "meta", "cuda"])
def test_weights_are_drawn_on_the_cpu_for_any_device(device):
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("no GPU on this machine")
    generator = seeded(2)
    weight = orthogonal_(torch.empty(8, 6, device=device), 1.5, generator=generator)
    assert weight.device.type == device
    reference = seeded(2)
    expected = orthogonal_(torch.empty(8, 6), 1.5, generator=reference)
    assert torch.equal(generator.get_state(), reference.get_state())
    assert device == "meta" or torch.equal(weight.cpu(), expected)


@pytest.mark.parametrize("weights", ["orthogonal", "gaussian"])
@pytest.mark.parametrize(
    ("name", "more", "sigma_b2"),
    [("shtanh", {"a": 2.0}, 0.1), ("tanh", {}, 0.05), ("relu", {}, 0.0)],
)
def test_critical_layers_keep_gradients(name, more, sigma_b2, weights):
    """chi_1 = 1: the mean square of a gradient is the same before and after a wide layer."""
    phi, width = afli.activation(name, **more), 1000
    weight, bias = torch.empty(width, width, dtype=torch.float64), torch.empty(width).double()
    generator = seeded(11)
    point = critical_(weight, bias, phi, sigma_b2, weights=weights, generator=generator)
    assert point == afli.edge_of_chaos(phi, sigma_b2)
    # An input whose preactivations have variance q*.
    x = torch.randn(width, generator=generator, dtype=torch.float64)
    x *= math.sqrt((point.q - sigma_b2) / point.sigma_w2 / x.square().mean().item())
    h = weight @ x + bias
    spread = (2 / width) ** 0.5
    assert abs(h.square().mean().item() / point.q - 1) < ERRORS * spread
    factor = phi.derivative(h)[:, None] * weight
    squares = phi.derivative(h).square()
    chi1 = (factor.square().sum() / width).item()
    error = point.sigma_w2 * squares.std().item() / math.sqrt(width) + 2 * spread**2
    assert abs(chi1 - 1) < ERRORS * error and error < 0.05, (chi1, error)
    if name == "relu":
        assert point.sigma_w2 == 2 and not bias.any()
    else:
        assert within(bias.square(), sigma_b2)


def test_bad_arguments():
    generator, matrix, bias = seeded(), torch.empty(4, 3), torch.empty(4)
    for fill in OF_WEIGHTS:
        for shape in ((3,), (2, 3, 4), (), (0, 3)):
            with pytest.raises(ValueError, match=r"weight must have the shape \(out, in\)"):
                fill(torch.empty(shape), generator=generator)
        for dtype in (torch.int64, torch.float16, torch.bfloat16, torch.complex64):
            with pytest.raises(TypeError, match="weight must be float32 or float64"):
                fill(torch.zeros(4, 3, dtype=dtype), generator=generator)
        with pytest.raises(TypeError, match="weight must be a torch tensor"):
            fill(np.ones((4, 3)), generator=generator)
        for wrong in (None, 3, np.random.default_rng(0)):
            with pytest.raises(TypeError, match="generator must be a torch.Generator"):
                fill(matrix, generator=wrong)
        with pytest.raises(TypeError, match="generator"):
            fill(matrix)
    for fill, target in ((gaussian_, matrix), (orthogonal_, matrix), (bias_normal_, bias)):
        for wrong, words in (
            (-0.1, "at least 0"),
            (math.nan, "finite"),
            ([0.1, 0.2], "one number"),
        ):
            with pytest.raises(ValueError, match=rf"sigma_[wb]2 must be {words}"):
                fill(target, wrong, generator=generator)
    with pytest.raises(ValueError, match=r"bias must have the shape \(out,\), got \(4, 3\)"):
        bias_normal_(matrix, 0.1, generator=generator)


def test_bad_arguments_of_critical_change_nothing():
    relu, tanh = afli.activation("relu"), afli.activation("tanh")
    cases = (
        ((4, 3), (4,), tanh, 0.1, {"weights": "uniform"}, ValueError, "weights must be one of"),
        ((4, 3), (3,), tanh, 0.1, {}, ValueError, "bias must have one entry for each of the 4"),
        ((4,), (4,), tanh, 0.1, {}, ValueError, "weight must have the shape"),
        ((4, 3), (4, 1), tanh, 0.1, {}, ValueError, "bias must have the shape"),
        ((4, 3), (4,), tanh, [0.1], {}, ValueError, "sigma_b2 must be one number"),
        ((4, 3), (4,), tanh, -0.1, {}, ValueError, "sigma_b2 must be at least 0"),
        ((4, 3), (4,), relu, 0.1, {}, afli.NoFixedPoint, "relu has no edge of chaos"),
        ((4, 3), (4,), "relu", 0.0, {}, TypeError, "phi must be an activation"),
        ((4, 3), (4,), tanh, 0.1, {"generator": 1}, TypeError, "generator must be"),
    )
    for shape, of_bias, phi, sigma_b2, options, error, words in cases:
        weight, bias = torch.zeros(shape), torch.zeros(of_bias)
        options = {"generator": seeded()} | options
        with pytest.raises(error, match=words):
            critical_(weight, bias, phi, sigma_b2, **options)
        assert not weight.any() and not bias.any()


def test_generator_of_another_device():
    """Seen as a generator of a GPU, also where there is none."""

    class OnGpu(torch.Generator):
        device = torch.device("cuda")

    with pytest.raises(ValueError, match="generator must be on the CPU, got one on cuda"):
        gaussian_(torch.empty(4, 3), generator=OnGpu())
