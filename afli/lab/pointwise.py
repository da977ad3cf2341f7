"""The activations of a stack of networks: applied forward, and to a gradient on its way back."""

import torch

from ..theory import Activation
from ..theory.scaled_bounded import FORMULAS

# Torch's own kernels: h becomes z = phi(h) in place, and a gradient is multiplied by phi'(h), which
# they find from z.
_native = torch.ops.aten
IN_PLACE = {
    "tanh": (
        lambda h, phi: h.tanh_(),
        lambda g, z, phi: _native.tanh_backward(g, z),
    ),
    "sigmoid": (
        lambda h, phi: h.sigmoid_(),
        lambda g, z, phi: _native.sigmoid_backward(g, z),
    ),
    "relu": (
        lambda h, phi: h.relu_(),
        lambda g, z, phi: _native.threshold_backward(g, z, 0),
    ),
    "shtanh": (
        lambda h, phi: h.clamp_(-phi.half_width, phi.half_width),
        lambda g, z, phi: _native.hardtanh_backward(g, z, -phi.half_width, phi.half_width),
    ),
}


class Pointwise:
    """phi of K networks at once, on tensors of shape (K, batch, n).

    Parameters
    ----------
    phis : sequence of K Activation
        All the same, or all of one scaled-bounded family with different a and k.
    like : Tensor
        Gives the device and the precision of the parameters.

    Attributes
    ----------
    forward : callable
        ``forward(h)`` is phi(h), a new tensor.
    forward_ : callable
        ``forward_(h)`` is phi(h), and may take the place of h.
    backward_ : callable
        ``backward_(gradient, h, z)`` is the gradient times phi'(h), where z = phi(h); it may take
        the gradient's place. After ``forward_``, h may be whatever was left there.

    Raises
    ------
    TypeError, ValueError
        If one is not an activation, or they are neither.
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
            kernels = IN_PLACE.get(first.name) if usual else None
            functions = _in_place(*kernels, first) if kernels else _plain(first)
        elif first.name in FORMULAS and all(phi.recipe and phi.name == first.name for phi in phis):
            a, k = (
                torch.tensor([getattr(phi, part) for phi in phis], dtype=like.dtype)
                .to(like.device)
                .view(-1, 1, 1)
                for part in ("half_width", "slope")
            )
            functions = _mixed(*FORMULAS[first.name], a, k)
        else:
            names = ", ".join(sorted({phi.name for phi in phis}))
            raise ValueError(
                "phi must be one activation for all networks of a stack, or one scaled-bounded "
                f"family with different a, got {names}: make a stack for each"
            )
        self.forward, self.forward_, self.backward_ = functions


def _in_place(forward_, backward_, phi):
    return (
        lambda h: forward_(h.clone(), phi),
        lambda h: forward_(h, phi),
        lambda g, h, z: backward_(g, z, phi),
    )


def _plain(phi):
    return phi.value, phi.value, lambda g, h, z: g.mul_(phi.derivative(h))


def _mixed(value, derivative, a, k):
    def forward(h):
        return k * value(h, a)

    return forward, forward, lambda g, h, z: g.mul_(k * derivative(h, a))
