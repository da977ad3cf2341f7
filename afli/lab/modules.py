"""A network of a stack as ordinary PyTorch modules, with autograd."""

import torch

from .blocks import normalised


class Apply(torch.nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Block(torch.nn.Module):
    """A layer as an ordinary module, from preactivations to preactivations."""

    def __init__(self, phi, linear, norm=None, branch=None):
        super().__init__()
        self.phi, self.linear, self.norm, self.branch = phi, linear, norm, branch

    def forward(self, h):
        normal = normalised(h.unsqueeze(0), self.norm)[0].squeeze(0) if self.norm else h
        change = self.linear(self.phi(normal))
        return change if self.branch is None else h + self.branch * change


def modules(stack, k):
    """The parts of network `k` in their order; their weights are copies."""
    scale = stack.input_scale[k].item()
    if scale != 1:
        yield Apply(lambda x: x * scale)
    for layer, (weight, bias) in enumerate(zip(stack.weights, stack.biases, strict=True)):
        linear = torch.nn.Linear(
            weight.shape[2], weight.shape[1], dtype=stack.dtype, device=stack.device
        )
        with torch.no_grad():
            linear.weight.copy_(weight[k])
            linear.bias.copy_(bias[k, 0])
        if not layer:
            yield linear
        elif stack.plain:
            yield from (Apply(stack.phi[k]), linear)
        else:
            branch = stack.branch if stack.residual(layer) else None
            yield Block(stack.phi[k], linear, stack.norm, branch)
