"""The activations of a stack of networks: applied forward, and to a gradient on its way back."""

import torch

from ..theory import Activation
from ..theory.scaled_bounded import FORMULAS

# Torch's fused kernels, from the value z = phi(h) or from h: backward(gradient, h, z, phi).
_native = torch.ops.aten
FUSED = {
    "tanh": (lambda h, phi: h.tanh(), lambda g, h, z, phi: _native.tanh_backward(g, z)),
    "sigmoid": (lambda h, phi: h.sigmoid(), lambda g, h, z, phi: _native.sigmoid_backward(g, z)),
    "relu": (lambda h, phi: h.relu(), lambda g, h, z, phi: _native.threshold_backward(g, z, 0)),
    "gelu": (
        lambda h, phi: torch.nn.functional.gelu(h),
        lambda g, h, z, phi: _native.gelu_backward(g, h),
    ),
    "shtanh": (
        lambda h, phi: h.clamp(-phi.half_width, phi.half_width),
        lambda g, h, z, phi: _native.hardtanh_backward(g, h, -phi.half_width, phi.half_width),
    ),
}


class Pointwise:
    """phi of K networks at once: `forward(h)` and `backward(gradient, h, z)`, shapes (K, batch, n).

    Parameters
    ----------
    phis : sequence of K Activation
        All the same, or all of one scaled-bounded family with different a and k.
    like : Tensor
        Gives the device and the precision of the parameters.

    Raises
    ------
    ValueError
        If the activations are neither.
    """

    def __init__(self, phis, like):
        wrong = [phi for phi in phis if not isinstance(phi, Activation)]
        if wrong:
            raise TypeError(
                f"phi must be an activation, as afli.activation('tanh') is, got {wrong[0]!r}"
            )
        first = phis[0]
        if all(phi is first for phi in phis):
            usual = first.recipe and not (first.name == "shtanh" and first.slope != 1)
            fused = FUSED.get(first.name) if usual else None
            self._forward, self._backward = _bound(fused, first) if fused else _plain(first)
        elif first.name in FORMULAS and all(phi.recipe and phi.name == first.name for phi in phis):
            a, k = (
                torch.tensor([getattr(phi, part) for phi in phis], dtype=like.dtype)
                .to(like.device)
                .view(-1, 1, 1)
                for part in ("half_width", "slope")
            )
            self._forward, self._backward = _mixed(*FORMULAS[first.name], a, k)
        else:
            names = ", ".join(sorted({phi.name for phi in phis}))
            raise ValueError(
                "phi must be one activation for all networks of a stack, or one scaled-bounded "
                f"family with different a, got {names}: make a stack for each"
            )

    def forward(self, h):
        """phi(h)."""
        return self._forward(h)

    def backward(self, gradient, h, z):
        """The gradient times phi'(h), where z = phi(h) saves work."""
        return self._backward(gradient, h, z)


def _bound(fused, phi):
    forward, backward = fused
    return lambda h: forward(h, phi), lambda g, h, z: backward(g, h, z, phi)


def _plain(phi):
    return phi.value, lambda g, h, z: g.mul_(phi.derivative(h))


def _mixed(value, derivative, a, k):
    return lambda h: k * value(h, a), lambda g, h, z: g.mul_(k * derivative(h, a))
