"""Residual and normalised networks equal torch's own; weights are kept orthogonal as stated."""

from functools import partial

import numpy as np
import pytest
import torch
from lab.stacks import noise, small_stack

from afli.lab import Run, build, carry_out, layer_statistics
from afli.lab.initialisers import orthogonal_
from afli.lab.manifold import EVERY, retraction
from afli.lab.modules import Block
from afli.lab.training import evaluate, train
from afli.lab.trials import data_of

KINDS = [
    dict(norm=norm, branch=branch)
    for norm in (None, "layer", "batch")
    for branch in (None, 0.5)
    if norm or branch
]
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind['norm']}-{kind['branch']}")
BASE = Run(
    data="shapeset", train=200, test=60, activation="tanh", depth=4, width=15, epochs=2, batch=20,
    learning_rate=0.02,
)  # fmt: skip


@kinds
@pytest.mark.parametrize("name", ["tanh", "relu", "gelu", "shtanh"])
def test_training_equals_autograd(name, kind):
    """Ten steps in float64 on the whole data: the weights within 1e-11, with either optimiser."""
    data, rate, momentum = noise(40), 0.05, 0.8
    stack = small_stack(name, seeds=(0, 3), depth=4, **kind)
    modules = [stack.module(k) for k in range(2)]
    train(stack, data, epochs=10, batch=40, learning_rate=rate, momentum=momentum)
    x, y = torch.as_tensor(data.train_inputs), torch.as_tensor(data.train_labels)
    for k, module in enumerate(modules):
        optimiser = torch.optim.SGD(module.parameters(), lr=rate, momentum=momentum)
        for _ in range(10):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(module(x), y).backward()
            optimiser.step()
        expected = [p.detach().numpy().ravel() for p in module.parameters()]
        found = [value.ravel() for value in stack.state(k).values()]
        np.testing.assert_allclose(np.concatenate(found), np.concatenate(expected), 0, 1e-11)


@kinds
def test_outputs_are_those_of_the_modules(kind):
    """In `forward`, in `output` and in the evaluation, whose batch is all the images."""
    stack, data = small_stack("relu", seeds=(0, 1), depth=4, **kind), noise(30)
    x, y = torch.as_tensor(data.train_inputs), torch.as_tensor(data.train_labels)
    outputs = stack.output(x.expand(2, *x.shape))
    assert torch.equal(outputs, stack.forward(x.expand(2, *x.shape))[0][-1])
    losses, _ = evaluate(stack, x, y)
    for k in range(2):
        expected = stack.module(k)(x).detach()
        torch.testing.assert_close(outputs[k], expected, rtol=1e-12, atol=1e-12)
        assert losses[k] == pytest.approx(torch.nn.functional.cross_entropy(expected, y).item())


def test_the_norms_are_those_of_torch():
    stack = small_stack("tanh", norm="layer", depth=2)
    block, h = stack.module()[1], torch.randn(30, 12, dtype=torch.float64)
    norm = torch.nn.LayerNorm(12, elementwise_affine=False)
    torch.testing.assert_close(block(h), block.linear(torch.tanh(norm(h))))
    norm = torch.nn.BatchNorm1d(12, affine=False, track_running_stats=False)
    batch = Block(torch.tanh, block.linear, "batch", branch=2.0)
    torch.testing.assert_close(batch(h), h + 2 * block.linear(torch.tanh(norm(h))))


@kinds
def test_statistics_and_jacobian_against_autograd(kind):
    """Gradients in W z + b of each layer; the Jacobian of the last image-by-image map."""
    run = BASE.replace(
        norm=kind["norm"], residual=kind["branch"] is not None, weights="gaussian", sigma_b2=0.1
    )
    data = data_of(run)
    stack = build([run], data, "cpu")
    assert stack.branch == (0.5 if run.residual else None)
    (found,) = layer_statistics(stack, data.test_inputs, data.test_labels, learning_rate=0.1)
    scale, *modules = stack.double().module()
    x = scale(torch.as_tensor(data.test_inputs).double())
    kept, signal = [], x
    for module in modules:
        linear = module.linear if isinstance(module, Block) else module
        linear.register_forward_hook(lambda _m, _x, out: kept.append(out))
        signal = module(signal)
    loss = torch.nn.functional.cross_entropy(signal, torch.as_tensor(data.test_labels))
    gradients = torch.autograd.grad(loss, kept[:-1])
    spread = [60 * gradient.square().mean().sqrt().item() for gradient in gradients]
    assert found["gradient_spread"] == pytest.approx(spread, rel=1e-9)

    result = carry_out([run.replace(epochs=1)], data, device="cpu")[0]["start"]["jacobian"]
    modules[-1] = Block(run.phi(), torch.nn.Identity(), run.norm)
    squares = torch.linalg.svdvals(_jacobian(modules, x)).numpy() ** 2
    # With batch statistics the package holds means and deviations fixed.
    near = 0.2 if run.norm == "batch" else 1e-9
    assert result["log_mean"] == pytest.approx(np.log(squares.mean()), abs=near)


def _jacobian(modules, x):
    """The derivative of the last activations at the first image in that image."""

    def last(first):
        signal = torch.cat([first, x[1:]])
        for module in modules:
            signal = module(signal)
        return signal[0]

    return torch.autograd.functional.jacobian(last, x[:1])[:, 0]


def test_a_retraction_restores_orthogonality():
    """A deviation e becomes of order e^2; half the share takes half of it away."""
    initialise = partial(_orthogonal, sigma_w2=1.7)
    stack = small_stack("tanh", seeds=(0, 1, 2), initialise=initialise)
    generator = torch.Generator().manual_seed(0)
    for weight in stack.weights:
        weight.add_(1e-4 * torch.randn(weight.shape, generator=generator, dtype=weight.dtype))
    before, outer = deviations(stack), [stack.weights[i].clone() for i in (0, -1)]
    step = retraction(stack, [1.0, 0.5, 0.0], [1.7] * 3)
    for number in range(1, EVERY):
        step(number)
    np.testing.assert_array_equal(deviations(stack), before)
    step(EVERY)
    after = deviations(stack)
    assert np.all(after[0] < 10 * before[0] ** 2)
    np.testing.assert_allclose(after[1], before[1] / 2, rtol=1e-3)
    np.testing.assert_array_equal(after[2], before[2])
    assert all(torch.equal(stack.weights[i], w) for i, w in zip((0, -1), outer, strict=True))
    assert retraction(stack, [0.0] * 3, [1.7] * 3) is None


def _orthogonal(weight, bias, *, generator, sigma_w2):
    orthogonal_(weight, sigma_w2, generator=generator)


def deviations(stack, sigma_w2=1.7):
    """|W W^T / sigma_w2 - I| of each network and square hidden layer."""
    eye = torch.eye(12, dtype=torch.float64)
    layers = [(w @ w.mT / sigma_w2 - eye).norm(dim=(1, 2)) for w in stack.weights[1:-1]]
    return torch.stack(layers, 1).numpy()


def test_runs_keep_their_weights_orthogonal():
    """In whatever stack, and to the same curves whatever the stack."""
    base = BASE.replace(sigma_b2=0.1, learning_rate=0.3)
    runs = [base.replace(orthogonality=share) for share in (0.0, 0.2, 1.0)]
    data = data_of(base)
    found = carry_out(runs, data, device="cpu")
    assert found[2]["curve"] != found[0]["curve"]
    assert carry_out(runs[2:], data, device="cpu") == found[2:]
    assert carry_out(runs[:1], data, device="cpu") == found[:1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (dict(norm="group"), "norm must be one of"),
        (dict(orthogonality=1.5), "orthogonality must be at most 1, got 1.5"),
        (dict(orthogonality=0.5, weights="gaussian"), "needs weights 'orthogonal'"),
    ],
)
def test_wrong_runs(changes, words):
    with pytest.raises(ValueError, match=words):
        BASE.replace(**changes)


def test_keys_of_runs_from_before_these_fields():
    """They are those of the first records, which did not have the fields."""
    assert BASE.key("0" * 16) == BASE.replace(residual=False, norm=None).key("0" * 16)
    others = [dict(residual=True), dict(norm="layer"), dict(orthogonality=1.0)]
    keys = {BASE.replace(**changes).key("0" * 16) for changes in ({}, *others)}
    assert len(keys) == 4


def test_residual_layers_need_one_width():
    with pytest.raises(ValueError, match="branch needs hidden layers of one width"):
        type(small_stack())(small_stack().phi[0], [4, 5, 6, 2], _orthogonal, branch=0.5)
