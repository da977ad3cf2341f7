"""What is measured of the networks of some runs, at the start, on the way and at the end."""

from itertools import zip_longest

import torch

from .blocks import linearised
from .diagnostics import activation_quantiles, layer_statistics
from .jacobians import jacobian_factors, jacobian_moments

SAMPLE = 256  # test images on which layer statistics are taken


def measured(stack, data, run):
    """Layer statistics and Jacobian moments of each network, on the first test images."""
    jacobians = _jacobians(stack, data.test_inputs[:SAMPLE])
    pairs = zip(layers_of(stack, data, run), jacobians, strict=True)
    return [{"layers": layers, "jacobian": jacobian} for layers, jacobian in pairs]


def layers_of(stack, data, run):
    """Layer statistics of each network; of a run that is watched with quantiles."""
    x, y = data.test_inputs[:SAMPLE], data.test_labels[:SAMPLE]
    found = layer_statistics(stack, x, y, learning_rate=run.learning_rate, loss=run.loss)
    if not run.watch:
        return found
    return [a | b for a, b in zip(found, activation_quantiles(stack, x), strict=True)]


def _jacobians(stack, images):
    """Moments of the squared singular values of the hidden layers' Jacobians at the first image."""
    images = images if stack.norm == "batch" else images[:1]  # for means and deviations
    x = torch.as_tensor(images, device=stack.device).expand(len(stack), *images.shape)
    double, deviations = stack.double(), []
    h = double.forward(x, deviations=deviations)[0][:-1]
    found = []
    for k, phi in enumerate(stack.phi):
        weights = [weight[k] for weight in double.weights[:-1]]
        signals = [layer[k, 0] for layer in h]
        if stack.plain:
            factors = jacobian_factors(weights, signals, phi)
        else:
            factors = _block_factors(weights, signals, [d[k, 0] for d in deviations], phi, stack)
        moments = jacobian_moments(factors)
        found.append({"log_mean": moments.log_mean, "variance": moments.variance})
    return found


def _block_factors(weights, signals, deviations, phi, stack):
    """The factors of the Jacobian with a norm or with residual layers, first layer first."""
    activations = [
        phi.derivative(signal)[:, None] * linearised(signal, deviation, stack.norm)
        for signal, deviation in zip_longest(signals, deviations)
    ]
    factors = [weights[0]]
    for weight, activation in zip(weights[1:], activations, strict=False):
        factor = weight @ activation
        if stack.branch is not None:
            factor = torch.eye(len(factor)).to(factor) + stack.branch * factor
        factors.append(factor)
    return [*factors, activations[-1]]
