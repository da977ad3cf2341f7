"""A stack is K ordinary networks; it runs on any device."""

from functools import partial

import numpy as np
import pytest
import torch
from lab.stacks import PHIS, gaussian, noise, small_stack
from torch._subclasses.fake_tensor import FakeTensorMode

import afli
from afli.lab import Stack, critical_, layer_statistics
from afli.lab.diagnostics import QUANTILES, SATURATED, activation_quantiles
from afli.lab.pointwise import IN_PLACE
from afli.lab.schedules import half_width
from afli.lab.steps import Descent
from afli.lab.tensors import generator_of
from afli.lab.training import evaluate


@pytest.mark.parametrize("name", list(PHIS))
def test_a_stack_computes_what_its_modules_compute(name):
    stack = small_stack(name, seeds=(0, 4), input_scale=[1.0, 2.0])
    x = torch.as_tensor(noise(6).train_inputs)
    outputs = stack.output(x.expand(2, *x.shape))
    assert torch.equal(outputs, stack.forward(x.expand(2, *x.shape))[0][-1])
    for k in range(2):
        np.testing.assert_allclose(outputs[k], stack.module(k)(x).detach(), rtol=1e-12)


@pytest.mark.parametrize("name", [name for name in IN_PLACE if name in PHIS])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_kernels_in_place_are_the_activation(name, dtype):
    phi, stack = PHIS[name], small_stack(name)
    h = torch.linspace(-4, 4, 1001, dtype=dtype).view(1, 1, -1)
    z = stack.pointwise.forward(h)
    assert torch.equal(h, torch.linspace(-4, 4, 1001, dtype=dtype).view(1, 1, -1))
    assert torch.equal(stack.pointwise.forward_(h.clone()), z)
    slope = stack.pointwise.backward_(torch.full_like(h, 2.0), h, z)
    tolerance = 1e-6 if dtype == torch.float32 else 1e-14
    torch.testing.assert_close(z, phi(h), rtol=tolerance, atol=tolerance)
    torch.testing.assert_close(slope, 2 * phi.derivative(h), rtol=tolerance, atol=tolerance)


def test_weights_depend_on_the_seed_alone():
    three, one = small_stack(seeds=(2, 7, 5)), small_stack(seeds=(7,))
    for name, value in one.state(0).items():
        assert np.array_equal(three.state(1)[name], value)
        assert not np.array_equal(three.state(0)[name], value)
    streams = [generator_of(*key).initial_seed() for key in [(7, (0,)), (7, (1, 0)), (8, (0,))]]
    assert len(set(streams)) == 3


def test_float32_weights_are_the_rounded_float64_ones():
    single, double = small_stack(dtype="float32"), small_stack(dtype="float64")
    for name, value in double.state(0).items():
        assert np.array_equal(single.state(0)[name], value.astype(np.float32))


def test_state_and_load():
    source, target = small_stack(seeds=(0, 1)), small_stack(seeds=(2, 3))
    target.load(0, source.state(1))
    x = torch.ones(2, 5, 8, dtype=torch.float64)
    assert torch.equal(target.output(x)[0], source.output(x)[1])


def test_a_critical_stack_keeps_the_theory():
    """Wide: mean squares stay near q*, correlations follow R, gradients keep their size."""
    phi, sigma_b2 = afli.activation("shtanh", a=2.0), 0.1
    edge = afli.edge_of_chaos(phi, sigma_b2)
    x = np.random.default_rng(1).normal(size=(40, 200))
    x /= np.sqrt(np.mean(x**2, 1, keepdims=True))
    initialise = partial(critical_, phi=phi, sigma_b2=sigma_b2, weights="gaussian")
    stack = Stack(
        phi,
        [200, *[1000] * 8, 10],
        initialise,
        input_scale=np.sqrt((edge.q - sigma_b2) / edge.sigma_w2),
        device="cpu",
    )
    (found,) = layer_statistics(stack, x, np.arange(40) % 10, learning_rate=0.1)
    q = np.square(found["preactivation_mean"]) + found["preactivation_variance"]
    np.testing.assert_allclose(q, edge.q, rtol=0.1)
    rho = [sigma_b2 / edge.q]  # of the first preactivations of nearly orthogonal inputs
    for _ in range(7):
        rho.append(afli.correlation_map(phi, rho[-1], edge.q, edge.sigma_w2, sigma_b2))
    np.testing.assert_allclose(found["correlation"], rho, atol=0.05)
    share = 1 - 1 / edge.sigma_w2  # of a clip, sigma_w2 = 1 / P(not saturated)
    np.testing.assert_allclose(found["saturation"], share, atol=0.02)
    spread = np.array(found["gradient_spread"])
    assert np.all(np.abs(spread / spread[-1] - 1) < 0.35)


@pytest.mark.parametrize("name", ["tanh", "relu"])
def test_quantiles_of_the_activations(name):
    """Those of NumPy, over images and units, of each network by itself."""
    stack, x = small_stack(name, seeds=(0, 1), depth=3), noise(30).train_inputs
    found = activation_quantiles(stack, x)
    assert len(found) == 2 and found[0] != found[1]
    for k, one in enumerate(found):
        signal, layers = torch.as_tensor(x), list(stack.module(k))
        activated = []
        for layer in layers:
            signal = layer(signal)
            activated += [] if isinstance(layer, torch.nn.Linear) else [signal.detach()]
        assert list(one) == [f"activation_p{q:02d}" for q in QUANTILES]
        for q, values in zip(QUANTILES, one.values(), strict=True):
            np.testing.assert_allclose(values, [np.percentile(z, q) for z in activated], 1e-12)


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
@pytest.mark.parametrize("name", ["tanh", "shtanh", "gelu"])
def test_statistics_against_autograd(name, loss):
    stack, data = small_stack(name, seeds=(0, 1), depth=3), noise(30)
    x, y = torch.as_tensor(data.train_inputs), torch.as_tensor(data.train_labels)
    for k, found in enumerate(layer_statistics(stack, x, y, learning_rate=0.1, loss=loss)):
        layers = list(stack.module(k))
        signals = [x]
        for layer in layers:
            signals.append(layer(signals[-1]))
            signals[-1].retain_grad()
        linear = [layer for layer in layers if isinstance(layer, torch.nn.Linear)]
        if loss == "cross_entropy":
            value = torch.nn.functional.cross_entropy(signals[-1], y)
        else:
            value = (signals[-1] - torch.eye(4, dtype=x.dtype)[y]).square().sum(1).mean() / 2
        value.backward()
        for layer in range(3):
            h, z, weight = signals[1 + 2 * layer], signals[2 + 2 * layer], linear[layer].weight
            slope = stack.phi[k].derivative(h.detach()).abs()
            unit = h / h.norm(dim=1, keepdim=True)
            cosine = (unit @ unit.T)[~torch.eye(30, dtype=bool)].mean()
            expected = {
                "preactivation_mean": h.mean(),
                "preactivation_variance": h.var(correction=0),
                "activation_mean": z.mean(),
                "activation_variance": z.var(correction=0),
                "correlation": cosine,
                "saturation": (slope < SATURATED * stack.phi[k].slope).double().mean(),
                "gradient_spread": 30 * h.grad.square().mean().sqrt(),
                "weight_gradient": weight.grad.square().mean().sqrt(),
                "update_ratio": 0.1 * weight.grad.norm() / weight.norm(),
            }
            for key, right in expected.items():
                assert found[key][layer] == pytest.approx(right.item(), rel=1e-10, abs=1e-13), key


def test_gradients_below_the_range_of_float32_are_seen():
    """Orthogonal-free: 200 layers at sigma_w2 = 0.1 shrink gradients like 0.1^(l/2)."""
    stack = small_stack(
        "linear",
        depth=200,
        initialise=partial(gaussian, sigma_w2=0.1, sigma_b2=0.0),
        dtype="float32",
        width=50,
    )
    (found,) = layer_statistics(stack, noise(5).train_inputs, np.zeros(5, int), learning_rate=0.1)
    logs = np.log(found["gradient_spread"])
    assert logs[0] < -200 and (logs[-1] - logs[0]) / 199 == pytest.approx(-np.log(0.1) / 2, rel=0.1)


FIVE, LABELS = np.ones((5, 8)), np.arange(5) % 4


@pytest.mark.parametrize(
    ("inputs", "labels", "error", "says"),
    [
        (FIVE, LABELS[:4], ValueError, r"labels must have the shape \(5,\), as images, got \(4,\)"),
        (FIVE, LABELS[:, None], ValueError, r"labels must have the shape \(5,\)"),
        (FIVE, LABELS + 1, ValueError, "labels must be from 0 to 3, got 4"),
        (FIVE, LABELS - 1, ValueError, "labels must be from 0 to 3, got -1"),
        (FIVE, LABELS / 1, TypeError, "labels must be of an integer type, got torch.float64"),
        (FIVE, LABELS > 1, TypeError, "labels must be of an integer type, got torch.bool"),
        (FIVE, list("abcde"), TypeError, "labels must be an array of numbers: "),
        (FIVE[:1], LABELS[:1], ValueError, "inputs must hold two images at least, got 1"),
    ],
)
def test_statistics_check_their_labels(inputs, labels, error, says):
    with pytest.raises(error, match=says):
        layer_statistics(small_stack(), inputs, labels, learning_rate=0.1)


@pytest.mark.parametrize(
    ("inputs", "error", "says"),
    [
        (FIVE[:, :7], ValueError, r"inputs must have the shape \(images, 8\), got \(5, 7\)"),
        (FIVE[0], ValueError, r"inputs must have the shape \(images, 8\), got \(8,\)"),
        (FIVE[:0], ValueError, r"inputs must have the shape \(images, 8\), got \(0, 8\)"),
        (FIVE * np.nan, ValueError, "inputs must be finite, got nan"),
        (FIVE * 1j, TypeError, "inputs must be real numbers, got torch.complex128"),
        ([[1.0], [2.0, 3.0]], TypeError, "inputs must be an array of numbers: "),
    ],
)
def test_statistics_check_their_images(inputs, error, says):
    for statistics in (
        partial(layer_statistics, labels=LABELS[: len(inputs)], learning_rate=0.1),
        activation_quantiles,
    ):
        with pytest.raises(error, match=says):
            statistics(small_stack(), inputs)


def test_statistics_take_lists_and_small_integers():
    """As they take arrays: nothing is rounded to float32 on the way."""
    data = noise(6)
    x, y = data.train_inputs, data.train_labels
    expected = layer_statistics(small_stack(), x, y, learning_rate=0.1)
    for inputs, labels in ((x.tolist(), y.tolist()), (torch.tensor(x), y.astype(np.uint8))):
        assert layer_statistics(small_stack(), inputs, labels, learning_rate=0.1) == expected


def on_a_gpu(tensor):
    return torch.empty(tensor.shape, dtype=tensor.dtype, device="cuda")


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("phi", ["shtanh", "ssin", "mixed"])
def test_a_step_leaves_nothing_on_the_cpu(phi, dtype, momentum):
    """Fake tensors of a GPU: an operation that mixes devices raises."""
    phis = [afli.activation("sexp", a=a) for a in (1.0, 2.0)] if phi == "mixed" else PHIS[phi]
    stack = small_stack(phis, seeds=(0, 1), dtype=dtype)
    with FakeTensorMode():
        for name in ("weights", "biases"):
            setattr(stack, name, [on_a_gpu(t) for t in getattr(stack, name)])
        stack.input_scale = on_a_gpu(stack.input_scale)
        stack.device = torch.device("cuda")
        stack.phi = phis
        x = torch.empty(2, 10, 8, device="cuda")
        labels = torch.empty(2, 10, dtype=torch.int64, device="cuda")
        loss, correct = Descent(stack, learning_rate=0.1, momentum=momentum).step(x, labels)
        assert loss.device.type == correct.device.type == "cuda" and loss.shape == (2,)
        images = torch.empty(10, 8, device="cuda")
        found, _ = evaluate(stack, images, torch.empty(10, dtype=torch.int64, device="cuda"))
        assert found.device.type == "cuda"
        with pytest.raises(RuntimeError, match="device"):
            stack.output(torch.empty(2, 10, 8, device="cpu"))


def test_schedules():
    def all_of(name, epochs):
        return [half_width(name, epoch, epochs, 10, 2) for epoch in range(epochs)]

    assert all_of("constant", 3) == [10, 10, 10]
    assert all_of("linear", 5) == [10, 8, 6, 4, 2]
    assert all_of("cosine", 3) == pytest.approx([10, 6, 2])
    authors = all_of("authors", 100)
    assert authors[0] == 10 and authors[79] == authors[99] == 2
    assert np.allclose(np.diff(authors[:80]), -8 / 79)
    assert all_of("authors", 10) == pytest.approx([*np.linspace(10, 2, 8), 2, 2])
    assert all_of("authors", 1) == [10]
    with pytest.raises(ValueError, match="epoch must be less than epochs = 3, got 3"):
        half_width("linear", 3, 3, 10, 2)
    with pytest.raises(ValueError, match="schedule must be one of"):
        half_width("steps", 0, 3, 10, 2)


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"seeds": ()}, ValueError, "seeds must not be empty: take one such as"),
        ({"seeds": (-1,)}, ValueError, "seeds must be at least 0, got -1"),
        ({"width": 0}, ValueError, "sizes must be at least 1"),
        ({"dtype": "float16"}, ValueError, "dtype must be one of"),
        ({"input_scale": 0.0}, ValueError, "input_scale must be greater than 0"),
        ({"phi": 3.0}, TypeError, "phi must be an activation"),
        ({"phi": [PHIS["tanh"]]}, ValueError, "phi has 1 entries for 2 networks"),
        ({"phi": [PHIS["tanh"], PHIS["relu"]]}, ValueError, "one scaled-bounded family .* relu, t"),
    ],
)
def test_bad_arguments_are_named(change, error, says):
    with pytest.raises(error, match=says):
        small_stack(**({"phi": "tanh", "seeds": (0, 1)} | change))
