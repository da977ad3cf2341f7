"""Train a stack of networks on images, epoch by epoch."""

from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

import torch

from ..theory import checks
from .capture import captured
from .kinds import instance
from .losses import LOSSES
from .preprocessing import Prepared
from .steps import Descent
from .tensors import generator_of

CHUNK = 1000  # images in one forward pass of the evaluation


@dataclass
class Curve:
    """What one network did, epoch by epoch.

    Attributes
    ----------
    train_loss, train_accuracy : list of float
        Means over the batches of each epoch, each taken before its step.
    test_loss, test_accuracy : list of float
        After each epoch, over all test images.
    diverged_at : int, optional
        The step, counted from 1, whose loss was not finite, or the last step if the weights or
        the test loss were not. The network was stopped then.
    """

    train_loss: list = field(default_factory=list)
    train_accuracy: list = field(default_factory=list)
    test_loss: list = field(default_factory=list)
    test_accuracy: list = field(default_factory=list)
    diverged_at: int | None = None

    def add(self, **values):
        """Append the values of one epoch."""
        for name, value in values.items():
            getattr(self, name).append(float(value))

    def as_dict(self):
        """The attributes by name, of which ``Curve(**values)`` makes the curve again."""
        return asdict(self)


@contextmanager
def subnormals_flushed():
    """Flush numbers below 1e-38 to zero: the processor is a hundred times slower on them."""
    flushed = (torch.tensor([1e-39]) * 1.0).item() == 0.0
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(flushed)


def train(
    stack,
    data,
    *,
    epochs,
    learning_rate,
    batch=64,
    momentum=0.0,
    loss="cross_entropy",
    images_per_epoch=None,
    before_epoch=None,
    after_step=None,
    after_epoch=None,
    curves=None,
    descent=None,
):
    """Train all networks of a stack; each sees the data in an order of its own.

    Every epoch visits each image at most once: the images that do not fill the last batch wait
    for the next epoch, which has another order. The order depends on the network's seed and the
    epoch alone, so a network does the same in every stack, and after an interruption.

    An epoch may be shorter than the data: then consecutive epochs visit consecutive pieces of one
    order, so that data without end are seen once and the curves still have many points.

    Parameters
    ----------
    stack : Stack
        Changed in place.
    data : Prepared
        As `afli.lab.prepare` gives it.
    epochs : int
        Number of passes over the training images.
    learning_rate : float
        Of gradient descent on the mean loss of a batch.
    batch : int
        Images in a batch.
    momentum : float
        At least 0 and below 1.
    loss : {"cross_entropy", "squared_error"}
    images_per_epoch : int, optional
        From the batch to the number of training images, which is the default.
    before_epoch, after_step, after_epoch : callable, optional
        ``before_epoch(epoch, stack)`` may change the activation; ``after_step(number)`` may change
        the weights in place, `number` counts from 1 in each epoch; ``after_epoch(epoch, stack,
        curves, descent)`` may save. `epoch` counts from 0.
    curves : list of K Curve, optional
        Of the epochs that were done before; the training goes on after them.
    descent : Descent, optional
        Of the same training, to go on with its momentum.

    Returns
    -------
    list of K Curve

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range or does not fit the stack.

    Examples
    --------
    >>> from functools import partial
    >>> import afli
    >>> from afli.lab import Stack, critical_, load_dataset, prepare
    >>> data = prepare(load_dataset("shapeset", train=200, test=100))
    >>> phi = afli.activation("shtanh", a=2.0)
    >>> stack = Stack(phi, [1024, 20, 9], partial(critical_, phi=phi, sigma_b2=0.1), device="cpu")
    >>> curve, = train(stack, data, epochs=2, learning_rate=0.05)
    >>> len(curve.train_loss), curve.train_loss[1] < curve.train_loss[0]
    (2, True)
    """
    epochs, batch = checks.whole("epochs", epochs, low=0), checks.whole("batch", batch, low=1)
    _check(stack, data, batch, learning_rate, momentum, loss)
    per_epoch = _images_per_epoch(images_per_epoch, batch, len(data.train_labels))
    descent = descent or Descent(
        stack, learning_rate=float(learning_rate), momentum=float(momentum), loss=loss
    )
    curves = curves or [Curve() for _ in range(len(stack))]
    images = {
        "train": _tensors(stack, data.train_inputs, data.train_labels),
        "test": _tensors(stack, data.test_inputs, data.test_labels),
    }
    with subnormals_flushed(), torch.no_grad():
        step = captured(descent.step, images["train"], batch, stack)
        for epoch in range(_done(curves), epochs):
            if before_epoch:
                before_epoch(epoch, stack)
            batches = _batches(stack, epoch, len(images["train"][1]), batch, per_epoch)
            losses, correct = _steps(step, batches, after_step)
            _write(losses, correct, stack, images, curves, epoch, batches, LOSSES[loss])
            if after_epoch:
                after_epoch(epoch, stack, curves, descent)
            if all(curve.diverged_at for curve in curves):
                break
    return curves


def order(seed, epoch, count, batch, per_epoch=None):
    """The batches of an epoch: indices of images, shape (steps, batch).

    With `per_epoch` images in each epoch, count // per_epoch of them share one order.
    """
    per_epoch = per_epoch or count
    around, piece = divmod(epoch, count // per_epoch)
    indices = torch.randperm(count, generator=generator_of(seed, (1, around)))
    steps = per_epoch // batch
    return indices[piece * per_epoch :][: steps * batch].view(steps, batch)


def _batches(stack, epoch, count, batch, per_epoch):
    """The batches of an epoch for all networks: shape (steps, K, batch)."""
    orders = [order(seed, epoch, count, batch, per_epoch) for seed in stack.seeds]
    return torch.stack(orders, 1).to(stack.device)


def evaluate(stack, inputs, labels, loss=LOSSES["cross_entropy"]):
    """Mean loss and accuracy of each network, shapes (K,), over tensors on the stack's device."""
    results = [_evaluate(part, inputs, labels, loss) for part, _ in stack.parts()]
    return tuple(map(torch.cat, zip(*results, strict=True)))


def _evaluate(stack, inputs, labels, loss):
    total, correct = 0.0, 0
    for x, y in zip(inputs.split(CHUNK), labels.split(CHUNK), strict=True):
        outputs = stack.output(x.expand(len(stack), *x.shape)).to(stack.dtype)
        y = y.expand(len(stack), -1)
        total = total + loss(outputs, y)[0].double().sum(1)
        correct = correct + (outputs.argmax(-1) == y).sum(1)
    return total / len(labels), correct.double() / len(labels)


def _steps(step, batches, after_step):
    """The steps of an epoch: their losses and right answers, of shape (K, steps)."""
    results = []
    for number, indices in enumerate(batches, 1):
        results.append(step(indices))
        if after_step:
            after_step(number)
    # A row for each network: its sum must not depend on how many there are.
    return (torch.stack(each, 1).double() for each in zip(*results, strict=True))


def _write(losses, correct, stack, images, curves, epoch, batches, loss):
    """Evaluate, write what an epoch brought into the curves, stop what has diverged."""
    test_loss, test_accuracy = evaluate(stack, *images["test"], loss)
    for k, curve in enumerate(curves):
        if curve.diverged_at:
            continue
        bad = (~torch.isfinite(losses[k])).nonzero()
        finite = torch.isfinite(test_loss[k]) and all(w[k].isfinite().all() for w in stack.weights)
        if len(bad) or not finite:
            last = int(bad[0]) if len(bad) else losses.shape[1] - 1
            curve.diverged_at = epoch * losses.shape[1] + last + 1
            _stop(stack, k)
        else:
            curve.add(
                train_loss=losses[k].mean(),
                train_accuracy=correct[k].mean() / batches.shape[2],
                test_loss=test_loss[k],
                test_accuracy=test_accuracy[k],
            )


def _stop(stack, k):
    """Set a network to zero, where it stays finite and does nothing."""
    for parameter in stack.weights + stack.biases:
        parameter[k] = 0


def _done(curves):
    """How many epochs the networks have behind them; those that diverged do not count."""
    done = {len(curve.train_loss) for curve in curves if not curve.diverged_at} or {0}
    if len(done) > 1:
        raise ValueError(f"curves must have the same number of epochs, got {sorted(done)}")
    return done.pop()


def _tensors(stack, inputs, labels):
    inputs = torch.as_tensor(inputs).to(stack.device, stack.compute_dtype)
    return inputs, torch.as_tensor(labels).to(stack.device)


def _images_per_epoch(given, batch, count):
    """How many images an epoch visits, or what is wrong with that."""
    if given is None:
        return count
    given = checks.whole("images_per_epoch", given, low=batch)
    if given > count:
        raise ValueError(
            f"images_per_epoch must be at most {count}, the training images, got {given}"
        )
    return given


def _check(stack, data, batch, learning_rate, momentum, loss):
    """Refuse what does not fit, before anything is computed."""
    instance("data", data, Prepared, "prepare(load_dataset('shapeset'))")
    checks.real("learning_rate", learning_rate, above=0)
    if not checks.real("momentum", momentum, low=0) < 1:
        raise ValueError(f"momentum must be below 1, got {momentum}")
    checks.choice("loss", loss, tuple(LOSSES))
    count, inputs = data.train_inputs.shape
    if batch > count:
        raise ValueError(f"batch must be at most {count}, the training images, got {batch}")
    needed = (inputs, len(data.classes))
    if (stack.sizes[0], stack.sizes[-1]) != needed:
        raise ValueError(
            f"sizes must begin with {needed[0]} (inputs) and end with {needed[1]} (classes) "
            f"for {data.name}, got {list(stack.sizes)}"
        )
