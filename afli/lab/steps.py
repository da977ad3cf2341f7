"""One step of stochastic gradient descent on a stack: forward, backward and update by hand.

The update is folded into the product that makes the gradient (`baddbmm_`), which saves a pass over
the weights; the gradients themselves are never stored.
"""

import torch

from .losses import LOSSES
from .tensors import aligned_zeros


class Descent:
    """Plain gradient descent, with momentum if asked for, on all networks of a stack.

    Parameters
    ----------
    stack : Stack
    learning_rate : float
    momentum : float
        As in torch.optim.SGD: v <- momentum v + gradient, w <- w - learning_rate v.
    loss : {"cross_entropy", "squared_error"}
    """

    def __init__(self, stack, *, learning_rate, momentum=0.0, loss="cross_entropy"):
        self.stack, self.learning_rate, self.momentum = stack, learning_rate, momentum
        self.loss = LOSSES[loss]
        parameters = zip(stack.weights, stack.biases, strict=True)
        self.velocity = [tuple(map(_zeros_like, pair)) for pair in parameters if momentum]

    def step(self, x, labels):
        """Take one step on inputs (K, batch, inputs) and labels (K, batch).

        Returns
        -------
        loss, correct : Tensor, shape (K,)
            Mean loss over the batch and number of right answers, before the step.
        """
        parts = self.stack.parts()
        if len(parts) == 1:
            return self._step(self.stack, self.velocity, x, labels)
        results = [
            self._step(
                part, [[v[own] for v in pair] for pair in self.velocity], x[own], labels[own]
            )
            for part, own in parts
        ]
        return tuple(map(torch.cat, zip(*results, strict=True)))

    def _step(self, stack, velocity, x, labels):
        """The step of a part of the stack."""
        deviations = []
        h, z = stack.forward(x, keep=not stack.plain, deviations=deviations)
        outputs = h[-1].to(stack.dtype)
        losses, gradient = self.loss(outputs, labels)
        gradient, carried = (gradient / labels.shape[1]).to(stack.compute_dtype), None
        for layer in reversed(range(len(stack.weights))):
            below = None
            if layer:
                below = torch.bmm(gradient, stack.weights[layer].to(stack.compute_dtype))
                below, carried = stack.back(layer, below, carried, h, z, deviations)
            parameters = stack.weights[layer], stack.biases[layer]
            self._update(*parameters, velocity[layer] if velocity else (), gradient, z[layer])
            gradient = below
        return losses.mean(1), (outputs.argmax(-1) == labels).sum(1)

    def _update(self, weight, bias, velocity, gradient, z):
        """Move the parameters of a layer against their gradients."""
        per_bias = gradient.sum(1, keepdim=True)
        if not velocity:
            _add_product(weight, gradient.mT, z, -self.learning_rate)
            bias.sub_(per_bias, alpha=self.learning_rate)
            return
        for v in velocity:
            v.mul_(self.momentum)
        _add_product(velocity[0], gradient.mT, z, 1.0)
        velocity[1].add_(per_bias)
        weight.sub_(velocity[0], alpha=self.learning_rate)
        bias.sub_(velocity[1], alpha=self.learning_rate)

    def state(self, k):
        """Copies of the momentum of network `k` as NumPy arrays by name; empty without momentum."""
        return {name: v[k].cpu().numpy().copy() for name, v in self._velocities()}

    def load(self, k, state):
        """Put the momentum of `state`, as `state(k)` gave it, into network `k`."""
        for name, v in self._velocities():
            v[k] = torch.from_numpy(state[name])

    def _velocities(self):
        for layer, pair in enumerate(self.velocity):
            yield f"weight_velocity{layer}", pair[0]
            yield f"bias_velocity{layer}", pair[1]


def _zeros_like(parameter):
    return aligned_zeros(*parameter.shape, dtype=parameter.dtype, device=parameter.device)


def _add_product(total, left, right, factor):
    """total += factor * left @ right, in place; the product may be of a lower precision."""
    if total.dtype == left.dtype:
        total.baddbmm_(left, right, alpha=factor)
    else:
        total.add_(torch.bmm(left, right), alpha=factor)
