"""One step of stochastic gradient descent on a stack: forward, backward and update by hand.

The update is folded into the product that makes the gradient (`baddbmm_`), which saves a pass over
the weights; the gradients themselves are never stored.
"""

import torch

from .losses import LOSSES


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
        self.velocity = None
        if momentum:
            parts = (stack.weights, stack.biases)
            self.velocity = tuple([torch.zeros_like(t) for t in part] for part in parts)

    def state(self, k):
        """The momentum of network `k` as NumPy arrays by name; empty without momentum."""
        return {
            f"{part}{layer}": tensor[k].cpu().numpy()
            for part, tensors in self._velocities()
            for layer, tensor in enumerate(tensors)
        }

    def load(self, k, state):
        """Put the momentum of `state`, as `state(k)` gave it, into network `k`."""
        for part, tensors in self._velocities():
            for layer, tensor in enumerate(tensors):
                tensor[k] = torch.from_numpy(state[f"{part}{layer}"])

    def _velocities(self):
        return zip(("weight_velocity", "bias_velocity"), self.velocity or ((), ()), strict=True)

    def step(self, x, labels):
        """Take one step on inputs (K, batch, inputs) and labels (K, batch).

        Returns
        -------
        loss, correct : Tensor, shape (K,)
            Mean loss over the batch and number of right answers, before the step.
        """
        stack = self.stack
        h, z = stack.forward(x)
        outputs = h[-1].to(stack.dtype)
        losses, gradient = self.loss(outputs, labels)
        gradient = (gradient / labels.shape[1]).to(stack.compute_dtype)
        for layer in reversed(range(len(stack.weights))):
            below = None
            if layer:
                below = torch.bmm(gradient, stack.weights[layer].to(stack.compute_dtype))
                below = stack.pointwise.backward(below, h[layer - 1], z[layer])
            self._update(layer, gradient, z[layer])
            gradient = below
        return losses.mean(1), (outputs.argmax(-1) == labels).sum(1)

    def _update(self, layer, gradient, z):
        """Move the weights and the biases of a layer against their gradients."""
        weight, bias = self.stack.weights[layer], self.stack.biases[layer]
        per_bias = gradient.sum(1, keepdim=True)
        if self.velocity:
            for parameter, v in zip((weight, bias), self.velocity, strict=True):
                v[layer].mul_(self.momentum)
            _add_product(self.velocity[0][layer], gradient.mT, z, 1.0)
            self.velocity[1][layer].add_(per_bias)
            weight.sub_(self.velocity[0][layer], alpha=self.learning_rate)
            bias.sub_(self.velocity[1][layer], alpha=self.learning_rate)
        else:
            _add_product(weight, gradient.mT, z, -self.learning_rate)
            bias.sub_(per_bias, alpha=self.learning_rate)


def _add_product(total, left, right, factor):
    """total += factor * left @ right, in place; the product may be of a lower precision."""
    if total.dtype == left.dtype:
        total.baddbmm_(left, right, alpha=factor)
    else:
        total.add_(torch.bmm(left, right), alpha=factor)
