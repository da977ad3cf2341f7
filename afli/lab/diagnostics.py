"""What goes through the layers of a stack: signals forward, gradients backward, updates."""

import torch

from ..theory import checks
from .batches import images_for, labels_for
from .losses import LOSSES

SATURATED = 0.05  # of the slope at the origin
QUANTILES = (2, 10, 20, 30, 40, 50, 60, 70, 80, 90, 98)  # in per cent


def layer_statistics(stack, inputs, labels, *, learning_rate, loss="cross_entropy"):
    """Statistics of every hidden layer of every network, on a batch of images.

    Computed in float64, so that gradients far below 1e-38 are not lost.

    Parameters
    ----------
    stack : Stack
    inputs : array_like, shape (n, inputs)
        Images as `afli.lab.prepare` gives them; the same for all networks. A few hundred do.
    labels : array_like of int, shape (n,)
    learning_rate : float
        For the update ratio.
    loss : {"cross_entropy", "squared_error"}

    Returns
    -------
    list of K dict
        For each network, lists with one value for each of the `depth` hidden layers:

        preactivation_mean, preactivation_variance, activation_mean, activation_variance
            Over images and units. The mean square, variance plus squared mean, is what the
            variance map calls q.
        correlation
            Mean over pairs of different images of the cosine of their preactivations.
        saturation
            Share of units at which the derivative is below 5 % of the slope at the origin.
        gradient_spread
            Root mean square of the gradient of an image's loss in the preactivations.
        weight_gradient
            Root mean square of the gradient of the mean loss in the weights.
        update_ratio
            Norm of the update of the weights by one step, over the norm of the weights.

    Raises
    ------
    TypeError, ValueError
        If inputs or labels do not fit the stack or each other, there are fewer than two images, or
        the learning rate or the loss is wrong.

    References
    ----------
    Glorot and Bengio (2010), sections 3 and 4, for saturation and spreads.

    Examples
    --------
    >>> from functools import partial
    >>> import numpy as np, afli
    >>> from afli.lab import Stack, critical_
    >>> phi, x = afli.activation("shtanh", a=2.0), np.random.default_rng(0).normal(size=(8, 12))
    >>> stack = Stack(phi, [12, 8, 8, 3], partial(critical_, phi=phi, sigma_b2=0.1), device="cpu")
    >>> found, = layer_statistics(stack, x, np.zeros(8, int), learning_rate=0.1)
    >>> len(found["saturation"])
    2
    """
    rate = float(checks.real("learning_rate", learning_rate, above=0))
    gradient_of = LOSSES[checks.choice("loss", loss, tuple(LOSSES))]
    x = images_for(stack, inputs)
    if len(x) < 2:
        raise ValueError(f"inputs must hold two images at least, got {len(x)}")
    y = labels_for(stack, labels, len(x))
    stack = stack.double()
    with torch.no_grad():
        return [
            row for part, _ in stack.parts() for row in _statistics(part, x, y, rate, gradient_of)
        ]


def activation_quantiles(stack, inputs):
    """How the activations of every hidden layer of every network are distributed.

    Parameters
    ----------
    stack : Stack
    inputs : array_like, shape (n, inputs)
        Images as `afli.lab.prepare` gives them; the same for all networks. A few hundred do.

    Returns
    -------
    list of K dict
        For each network, lists with one value for each of the `depth` hidden layers, taken over
        images and units: activation_p02, activation_p10, ..., activation_p98 are the values that
        2, 10, 20, ..., 90, 98 per cent of the activations lie below.

    Raises
    ------
    TypeError, ValueError
        If the inputs do not fit the stack, or there are none.

    References
    ----------
    Glorot and Bengio (2010), figure 3, show the last of them.

    Examples
    --------
    >>> from functools import partial
    >>> import numpy as np, afli
    >>> from afli.lab import Stack, glorot_uniform_
    >>> def glorot(weight, bias, generator):
    ...     glorot_uniform_(weight, generator=generator)
    >>> stack = Stack(afli.activation("sigmoid"), [4, 50, 3], glorot, device="cpu")
    >>> found, = activation_quantiles(stack, np.zeros((8, 4)))
    >>> found["activation_p02"], found["activation_p98"]
    ([0.5], [0.5])
    """
    x, stack = images_for(stack, inputs), stack.double()
    at = torch.tensor(QUANTILES, dtype=torch.float64, device=stack.device) / 100
    found = []
    with torch.no_grad():
        for part, _ in stack.parts():
            _, z = part.forward(x.expand(len(part), *x.shape))
            layers = torch.stack([_quantiles(layer.flatten(1), at) for layer in z[1:]], -1)
            names = [f"activation_p{q:02d}" for q in QUANTILES]
            found += [dict(zip(names, one.tolist(), strict=True)) for one in layers]
    return found


def _quantiles(values, at):
    """Quantiles of the rows of a matrix; torch.quantile refuses rows longer than 2^24."""
    values = values.sort(1).values
    place = at * (values.shape[1] - 1)
    low = place.long()
    high = (low + 1).clamp_max(values.shape[1] - 1)
    return torch.lerp(values[:, low], values[:, high], place - low)


def _statistics(stack, x, y, rate, gradient_of):
    """The statistics of a part of the stack, one dict for each network."""
    deviations = []
    h, z = stack.forward(x.expand(len(stack), *x.shape), deviations=deviations)
    gradient, carried = gradient_of(h[-1], y.expand(len(stack), -1))[1], None
    rows = []
    for layer in reversed(range(stack.depth)):
        below = torch.bmm(gradient, stack.weights[layer + 1])
        slope = stack.pointwise.backward_(torch.ones_like(below), h[layer], z[layer + 1])
        gradient, carried = stack.back(layer + 1, below, carried, h, z, deviations)
        change = torch.bmm(gradient.mT, z[layer]) / len(x)
        weights = stack.weights[layer]
        rows.append(_row(stack, h[layer], z[layer + 1], slope, gradient, change, weights, rate))
    columns = {name: torch.stack([row[name] for row in reversed(rows)], 1) for name in rows[0]}
    return [{name: c[k].tolist() for name, c in columns.items()} for k in range(len(stack))]


def _row(stack, h, z, slope, gradient, change, weights, rate):
    """The statistics of one layer, each of shape (K,)."""
    origin = torch.tensor([abs(phi.slope) or 1.0 for phi in stack.phi], device=h.device)
    variance = dict(dim=(1, 2), correction=0)
    norm = torch.linalg.matrix_norm
    return {
        "preactivation_mean": h.mean((1, 2)),
        "preactivation_variance": h.var(**variance),
        "activation_mean": z.mean((1, 2)),
        "activation_variance": z.var(**variance),
        "correlation": _mean_cosine(h),
        "saturation": (slope.abs() < SATURATED * origin.view(-1, 1, 1)).double().mean((1, 2)),
        "gradient_spread": _root_mean_square(gradient),
        "weight_gradient": _root_mean_square(change),
        "update_ratio": rate * norm(change) / norm(weights),
    }


def _root_mean_square(x):
    """Scaled by the largest entry, so that squares below 1e-308 do not vanish."""
    largest = x.abs().amax((1, 2), keepdim=True).clamp_min(1e-300)
    return largest.view(-1) * (x / largest).square().mean((1, 2)).sqrt()


def _mean_cosine(h):
    """Mean over pairs of different images: the square of the sum, less the pairs with itself."""
    unit = h / torch.linalg.vector_norm(h, dim=2, keepdim=True).clamp_min(1e-300)
    n = h.shape[1]
    return (unit.sum(1).square().sum(1) - unit.square().sum((1, 2))) / (n * (n - 1))
