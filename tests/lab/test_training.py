"""The hand-written training equals torch's own, and the networks of a stack do not meet."""

import numpy as np
import pytest
import torch
from lab.stacks import PHIS, gaussian, noise, small_stack

import afli
from afli.lab import train
from afli.lab.losses import LOSSES
from afli.lab.steps import Descent
from afli.lab.training import order, subnormals_flushed

STEPS, BATCH = 20, 10


def ordinary(module, data, seed, *, loss, momentum, learning_rate):
    """A usual training loop with autograd, on the batches that `train` uses."""
    optimiser = torch.optim.SGD(module.parameters(), lr=learning_rate, momentum=momentum)
    x, y = torch.as_tensor(data.train_inputs), torch.as_tensor(data.train_labels)
    losses = []
    for epoch in range(STEPS * BATCH // len(x)):
        for indices in order(seed, epoch, len(x), BATCH):
            out, target = module(x[indices]), y[indices]
            if loss == "cross_entropy":
                value = torch.nn.functional.cross_entropy(out, target)
            else:
                unit = torch.nn.functional.one_hot(target, out.shape[1]).to(out.dtype)
                value = (out - unit).square().sum(1).mean() / 2
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
            losses.append(value.item())
    return np.reshape(losses, (-1, len(x) // BATCH)).mean(1)


def parameters(stack, k):
    return np.concatenate([value.ravel() for value in stack.state(k).values()])


def from_module(module):
    return np.concatenate([p.detach().numpy().ravel() for p in module.parameters()])


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("loss", list(LOSSES))
@pytest.mark.parametrize("name", list(PHIS))
def test_it_equals_the_ordinary_loop(name, loss, momentum):
    """Twenty steps in float64, three networks; the weights within 1e-12."""
    data, rate = noise(), 0.01
    stack = small_stack(name, seeds=(3, 1, 7), input_scale=[1.0, 0.7, 1.3])
    modules = [stack.module(k) for k in range(3)]
    start = parameters(stack, 1)
    curves = train(
        stack, data, epochs=2, batch=BATCH, learning_rate=rate, momentum=momentum, loss=loss
    )
    for k, (module, seed) in enumerate(zip(modules, stack.seeds, strict=True)):
        losses = ordinary(module, data, seed, loss=loss, momentum=momentum, learning_rate=rate)
        assert curves[k].train_loss == pytest.approx(losses, rel=1e-12)
        found, expected = parameters(stack, k), from_module(module)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    assert np.abs(parameters(stack, 1) - start).max() > 1e-3


@pytest.mark.parametrize("name", ["tanh", "shtanh"])
def test_in_float32_the_first_steps_agree(name):
    """Later, rounding flips the mask of a clip, in the ordinary loop too."""
    data = noise(20, dtype=np.float32)
    stack = small_stack(name, dtype="float32", depth=20)
    module = stack.module()
    train(stack, data, epochs=1, batch=BATCH, learning_rate=0.01)
    x, y = torch.as_tensor(data.train_inputs), torch.as_tensor(data.train_labels)
    optimiser = torch.optim.SGD(module.parameters(), lr=0.01)
    for indices in order(0, 0, 20, BATCH):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(module(x[indices]), y[indices]).backward()
        optimiser.step()
    np.testing.assert_allclose(parameters(stack, 0), from_module(module), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("width", [7, 12, 37, 100])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["shtanh", "ssin", "gelu"])
def test_a_network_does_the_same_in_every_stack(name, dtype, width):
    """Bit for bit: alone, with others, in another place."""
    data, results = noise(), []
    for seeds in [(5,), (5, 1), (0, 2, 5)]:
        stack = small_stack(name, seeds=seeds, dtype=dtype, width=width)
        curves = train(stack, data, epochs=3, batch=BATCH, learning_rate=0.05)
        k = seeds.index(5)
        results.append((curves[k], parameters(stack, k).tobytes()))
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("name", ["shtanh", "ssin", "sexp", "ssaw"])
def test_half_widths_may_differ_in_a_stack(name):
    """Also where one formula with a vector of half-widths serves all, as on a GPU."""
    data, phis = noise(), [afli.activation(name, a=a) for a in (1.5, 4.0, 1.0)]
    together = small_stack(phis, seeds=(0, 1, 2), dtype="float32")
    curves = train(together, data, epochs=3, batch=BATCH, learning_rate=0.05)
    for k, phi in enumerate(phis):
        alone = small_stack(phi, seeds=(k,), dtype="float32")
        (curve,) = train(alone, data, epochs=3, batch=BATCH, learning_rate=0.05)
        assert curves[k] == curve
        assert parameters(together, k).tobytes() == parameters(alone, 0).tobytes()
    whole = small_stack(phis, seeds=(0, 1, 2), dtype="float32")
    whole._parts = [(whole, slice(0, 3))]
    for k, curve in enumerate(train(whole, data, epochs=3, batch=BATCH, learning_rate=0.05)):
        np.testing.assert_allclose(curve.train_loss, curves[k].train_loss, rtol=1e-5)
        np.testing.assert_allclose(parameters(whole, k), parameters(together, k), atol=1e-5)


def test_it_learns():
    stack = small_stack("tanh", seeds=(0, 1))
    for curve in train(stack, noise(1000), epochs=20, batch=BATCH, learning_rate=0.05):
        assert curve.test_accuracy[-1] > 0.85 > curve.test_accuracy[0] > 0.3
        assert curve.diverged_at is None


def test_an_interruption_changes_nothing():
    data, options = noise(), dict(batch=BATCH, learning_rate=0.05, momentum=0.9)
    whole = small_stack("gelu", seeds=(0, 1))
    expected = train(whole, data, epochs=4, **options)
    first = small_stack("gelu", seeds=(0, 1))
    descent = Descent(first, learning_rate=0.05, momentum=0.9)
    curves = train(first, data, epochs=2, descent=descent, **options)
    saved = [(first.state(k) | descent.state(k)) for k in range(2)]
    second = small_stack("gelu", seeds=(8, 9))
    second.seeds = (0, 1)
    descent = Descent(second, learning_rate=0.05, momentum=0.9)
    for k in range(2):
        second.load(k, saved[k])
        descent.load(k, saved[k])
    assert train(second, data, epochs=4, descent=descent, curves=curves, **options) == expected
    assert parameters(second, 1).tobytes() == parameters(whole, 1).tobytes()


def test_one_that_diverges_harms_no_other():
    """A network with huge weights overflows in float32 and is stopped at the right step."""

    def huge(weight, bias, *, generator):
        gaussian(weight, bias, generator=generator, sigma_w2=1e16)

    data, options = noise(), dict(epochs=3, batch=BATCH, learning_rate=0.05)
    stack = small_stack(
        "linear", seeds=(0, 1), initialise=[huge, gaussian], dtype="float32", depth=4
    )
    broken, sound = train(stack, data, **options)
    assert broken.diverged_at == 1 and broken.train_loss == broken.test_accuracy == []
    assert all(not w[0].any() for w in stack.weights)
    alone = small_stack("linear", seeds=(1,), dtype="float32", depth=4)
    assert [sound] == train(alone, data, **options)


def test_divergence_later_is_dated():
    """At a rate far too high the loss grows until it overflows; the step is the first such."""
    data = noise()
    stack = small_stack("linear", dtype="float32", depth=2)
    (curve,) = train(stack, data, epochs=50, batch=BATCH, learning_rate=5.0, loss="squared_error")
    step, twin = 0, small_stack("linear", dtype="float32", depth=2)
    descent = Descent(twin, learning_rate=5.0, loss="squared_error")
    x, y = torch.as_tensor(data.train_inputs), torch.as_tensor(data.train_labels)
    with torch.no_grad():
        for epoch in range(50):
            for indices in order(0, epoch, 100, BATCH):
                step += 1
                loss, _ = descent.step(x[None, indices].float(), y[None, indices])
                if not torch.isfinite(loss):
                    assert curve.diverged_at == step > 1
                    assert len(curve.train_loss) == (step - 1) // BATCH
                    return
    raise AssertionError(f"the twin did not diverge in {step} steps")


def test_the_order_of_the_data():
    first = order(0, 0, 103, 10)
    assert first.shape == (10, 10) and len(first.unique()) == 100
    assert torch.equal(first, order(0, 0, 103, 10))
    for other in (order(1, 0, 103, 10), order(0, 1, 103, 10)):
        assert not torch.equal(first, other)


def test_short_epochs_are_pieces_of_one_order():
    whole = [order(5, around, 103, 10).flatten()[:90] for around in (0, 1)]
    pieces = [order(5, epoch, 103, 10, 30) for epoch in range(6)]
    assert {piece.shape for piece in pieces} == {(3, 10)}
    for around in (0, 1):
        joined = torch.cat(pieces[3 * around : 3 * around + 3]).flatten()
        assert torch.equal(joined, whole[around]) and len(joined.unique()) == 90
    ragged = torch.cat([order(5, epoch, 103, 10, 34) for epoch in range(3)]).flatten()
    assert len(ragged.unique()) == 90, "the images between two batches are left out, none twice"


def test_short_epochs_train_as_long_ones_do():
    """The same batches in the same order: the same weights, and more points on the curve."""
    long, short = small_stack("tanh"), small_stack("tanh")
    one = train(long, noise(), epochs=2, batch=10, learning_rate=0.1)
    many = train(short, noise(), epochs=10, batch=10, learning_rate=0.1, images_per_epoch=20)
    assert all(map(torch.equal, long.weights, short.weights))
    for few, more in zip(one, many, strict=True):
        assert few.test_loss == more.test_loss[4::5]
        np.testing.assert_allclose(few.train_loss[0], np.mean(more.train_loss[:5]), rtol=1e-6)


@pytest.mark.parametrize("before", [True, False])
def test_subnormal_numbers_are_flushed_only_while_training(before):
    def flushing():
        return (torch.tensor([1e-39]) * 1.0).item() == 0.0

    was = flushing()
    torch.set_flush_denormal(before)
    try:
        with subnormals_flushed():
            assert flushing()
        assert flushing() == before
    finally:
        torch.set_flush_denormal(was)


def test_bfloat16_keeps_its_weights_in_float32():
    data = noise(500, dtype=np.float32)
    stack = small_stack("tanh", dtype="bfloat16")
    (curve,) = train(stack, data, epochs=10, batch=BATCH, learning_rate=0.05)
    assert stack.weights[0].dtype == torch.float32 and curve.test_accuracy[-1] > 0.7
    twin = small_stack("tanh", dtype="float32")
    (exact,) = train(twin, data, epochs=10, batch=BATCH, learning_rate=0.05)
    assert curve.train_loss[0] == pytest.approx(exact.train_loss[0], rel=0.02)
    assert curve.train_loss != exact.train_loss


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"epochs": -1}, "epochs must be at least 0, got -1"),
        ({"batch": 101}, "batch must be at most 100, the training images, got 101"),
        ({"learning_rate": 0}, "learning_rate must be greater than 0"),
        ({"learning_rate": float("nan")}, "learning_rate must be finite"),
        ({"momentum": 1.0}, "momentum must be below 1, got 1.0"),
        ({"images_per_epoch": 101}, "images_per_epoch must be at most 100, the training images"),
        ({"images_per_epoch": 9}, "images_per_epoch must be at least 10, got 9"),
        ({"loss": "hinge"}, "loss must be one of 'cross_entropy', 'squared_error', got 'hinge'"),
    ],
)
def test_bad_arguments_are_named(change, says):
    options = {"epochs": 1, "batch": 10, "learning_rate": 0.1} | change
    with pytest.raises(ValueError, match=says):
        train(small_stack(), noise(), **options)


def test_a_stack_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"begin with 8 \(inputs\) and end with 4 .*got \[5, "):
        train(small_stack(inputs=5), noise(), epochs=1, learning_rate=0.1)
