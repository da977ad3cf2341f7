"""The tangent kernel: closed forms, the definition on every activation, real gradients."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from theory.cases import CRITICAL, label, make

import afli
from afli.lab import Stack, gaussian_

RHO = np.array([-1, -0.6, 0, 0.3, 0.95, 1 - 1e-9, 1])
critical = pytest.mark.parametrize("case", CRITICAL, ids=[label(case) for case in CRITICAL])


def test_linear_networks():
    """Every layer contributes its fan-in times the product of its inputs, and its bias."""
    found = afli.tangent_kernel(
        afli.activation("linear"), RHO, 2.0, 1.0, 0.0, depth=3, width=50, inputs=7
    )
    exact = 2 * RHO[:, None] * np.array([7, 50, 50, 50]) + 1
    np.testing.assert_allclose(found, exact, rtol=1e-13, atol=1e-12)


def test_relu():
    """The arc-cosine kernels (Cho and Saul 2009), layer by layer."""
    depth, width = 5, 40
    correlations, slopes = [RHO], []
    for _ in range(depth):
        r = correlations[-1]
        slopes.append(1 - np.arccos(r) / np.pi)
        correlations.append((np.sqrt(1 - r**2) + r * (np.pi - np.arccos(r))) / np.pi)
    found = afli.tangent_kernel(
        afli.activation("relu"), RHO, 3.0, 2.0, 0.0, depth=depth, width=width
    )
    for layer in range(depth + 1):
        back = np.prod(slopes[layer:], axis=0)
        exact = (width * 3.0 * correlations[layer] / 2 + 1) * back
        np.testing.assert_allclose(found[:, layer], exact, rtol=1e-7, atol=1e-6)


@critical
def test_layer_by_layer(case):
    """Its parts are what the maps give one layer at a time; on the edge none fades at rho = 1."""
    phi, depth, width = make(case), 4, 30
    edge = afli.edge_of_chaos(phi, 0.5)
    maps = phi, edge.q, edge.sigma_w2, 0.5
    found = afli.tangent_kernel(phi, RHO, *maps[1:], depth=depth, width=width)
    correlations = [RHO]
    for _ in range(depth):
        correlations.append(afli.correlation_map(phi, correlations[-1], *maps[1:]))
    back = np.ones_like(RHO)
    for layer in reversed(range(depth + 1)):
        inputs = (edge.q * correlations[layer] - 0.5) / edge.sigma_w2
        np.testing.assert_allclose(
            found[:, layer], (width * inputs + 1) * back, rtol=1e-6, atol=1e-9 * width * edge.q
        )
        if layer:
            back = back * afli.correlation_slope(phi, correlations[layer - 1], *maps[1:3])
    same = width * (edge.q - 0.5) / edge.sigma_w2 + 1
    np.testing.assert_allclose(found[-1], same, rtol=1e-9)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    name=st.sampled_from(["tanh", "shtanh", "erf", "selu"]),
    sigma_b2=st.floats(0.01, 2),
    depth=st.integers(1, 30),
)
def test_is_a_kernel(seed, name, sigma_b2, depth):
    """Matrices of its values have no negative eigenvalues."""
    phi = afli.activation(name, a=2.0) if name == "shtanh" else afli.activation(name)
    edge = afli.edge_of_chaos(phi, sigma_b2)
    images = np.random.default_rng(seed).normal(size=(6, 4))
    images /= np.linalg.norm(images, axis=1, keepdims=True)
    first = (sigma_b2 + (edge.q - sigma_b2) * images @ images.T) / edge.q
    values = afli.tangent_kernel(
        phi, np.clip(first, -1, 1), edge.q, edge.sigma_w2, sigma_b2, depth=depth, width=20
    ).sum(axis=-1)
    assert np.linalg.eigvalsh(values).min() > -1e-9 * values.max()


@pytest.mark.parametrize("name", ["tanh", "relu", "shtanh"])
def test_against_gradients(name):
    """Automatic differentiation in wide networks, within four standard errors and the 1/width."""
    phi = afli.activation(name, a=2.0) if name == "shtanh" else afli.activation(name)
    depth, width, networks, inputs = 3, 400, 16, 25
    sigma_b2 = 0.0 if name == "relu" else 0.3
    edge = afli.edge_of_chaos(phi, sigma_b2) if sigma_b2 else None
    q, sigma_w2 = (edge.q, edge.sigma_w2) if edge else (1.0, 2.0)

    def fill(weight, bias, *, generator):
        gaussian_(weight, sigma_w2, generator=generator)
        bias.normal_(std=sigma_b2**0.5, generator=generator)

    stack = Stack(
        phi, [inputs, *[width] * depth, 1], fill, seeds=range(networks), dtype="float64",
        device="cpu",
    )  # fmt: skip
    x = torch.randn(2, inputs, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    x *= ((q - sigma_b2) * inputs / sigma_w2) ** 0.5 / x.norm(dim=1, keepdim=True)
    cosine = float(x[0] @ x[1] / (x[0].norm() * x[1].norm()))
    first = (sigma_b2 + (q - sigma_b2) * np.array([cosine, 1.0])) / q
    expected = afli.tangent_kernel(
        phi, first, q, sigma_w2, sigma_b2, depth=depth, width=width, inputs=inputs
    )
    found = []
    for k in range(networks):
        leaves = [(w[k].clone().requires_grad_(), b[k].clone().requires_grad_())
                  for w, b in zip(stack.weights, stack.biases, strict=True)]  # fmt: skip
        gradients = [_gradients(leaves, phi, one) for one in x]
        found.append(
            [[float(sum((g * h).sum() for g, h in zip(layer, other, strict=True)))
              for layer, other in zip(gradients[0], gradients[i], strict=True)]
             for i in (1, 0)]
        )  # fmt: skip
    found = np.array(found)
    error = found.std(axis=0, ddof=1) / networks**0.5
    off = np.abs(found.mean(axis=0) - expected)
    assert np.all(off < 4 * error + 0.02 * np.abs(expected)), (off, error, expected)


def _gradients(leaves, phi, image):
    """Gradients of the output, a pair (weight, bias) for each layer."""
    z = image
    for place, (weight, bias) in enumerate(leaves):
        h = weight @ z + bias[0]
        z = _torch(phi)(h) if place < len(leaves) - 1 else h
    flat = torch.autograd.grad(z.sum(), [part for pair in leaves for part in pair])
    return list(zip(flat[::2], flat[1::2], strict=True))


def _torch(phi):
    return {
        "tanh": torch.tanh,
        "relu": torch.relu,
        "shtanh": partial(torch.clamp, min=-2.0, max=2.0),
    }[phi.name]


def test_bad_arguments():
    phi = afli.activation("tanh")
    call = partial(afli.tangent_kernel, phi, depth=2, width=3)
    with pytest.raises(ValueError, match=r"q must be a fixed point .* got 1.0.*fixed_point"):
        call(0.0, 1.0, 2.0, 0.1)
    with pytest.raises(ValueError, match="rho"):
        call(1.1, 1.0, 2.0, 0.1)
    with pytest.raises((TypeError, ValueError), match="depth"):
        afli.tangent_kernel(phi, 0.0, 1.0, 2.0, 0.1, depth=0, width=3)
    with pytest.raises((TypeError, ValueError), match="inputs"):
        call(0.0, 1.0, 2.0, 0.1, inputs=0.5)
    with pytest.raises(ValueError, match="sigma_w2"):
        call(0.0, 1.0, 0.0, 0.1)


def test_nothing_in_nothing_out():
    relu = afli.activation("relu")
    for rho, q in (([], 1.0), (0.5, []), (np.zeros((0, 1)), np.ones(3))):
        found = afli.tangent_kernel(relu, rho, q, 2.0, 0.0, depth=4, width=3)
        assert found.shape == (*np.broadcast_shapes(np.shape(rho), np.shape(q)), 5)


def test_too_deep_is_refused_before_the_work():
    relu = afli.activation("relu")
    with pytest.raises(ValueError, match=r"depth must be at most 10000, got 1000000000"):
        afli.tangent_kernel(relu, 0.5, 1.0, 2.0, 0.0, depth=10**9, width=3)
