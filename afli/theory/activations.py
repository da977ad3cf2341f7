"""Activation functions: one record each, the same definition for NumPy arrays and torch tensors."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from . import checks, verification


@dataclass(frozen=True, eq=False)
class Activation:
    """An activation function and what the theory needs to know about it.

    Parameters
    ----------
    name : str
        What to call it in messages and figures.
    value, derivative : callable
        The function and its derivative, elementwise on a NumPy float array, and on a torch tensor
        too if it is to be used in a network: written with operators, with methods that both have,
        such as ``x.clip``, and with what `afli.theory.elementwise` offers for both. At a kink the
        derivative may be either side's.
    kinks : tuple of float
        Every point at which a derivative jumps. Integrals are split there; a missing kink makes
        them wrong, so the constructor looks for one. The function itself must not jump: then
        E[phi'^2], on which everything rests, does not exist.
    odd, even : bool
        Symmetry about the origin. Checked.
    half_width : float
        Half-width of the interval around the origin on which the function is linear.
    slope : float, optional
        Slope at the origin; the mean of the two one-sided slopes where they differ (default:
        taken from `derivative`).
    linear_pieces : bool
        True if the function is linear between its kinks. Checked. Closed forms are used then.
    oscillates : bool
        True for a function that goes on oscillating far from the origin, such as a sine.
    kernel : callable, optional
        Closed form ``kernel(q, rho) -> (E[phi(U1) phi(U2)], E[phi'(U1) phi'(U2)])``.

    Attributes
    ----------
    scale : float
        Width of the narrowest smooth feature, found by the constructor; at most 1. A feature
        narrower than about 1e-4 can escape it.

    Raises
    ------
    TypeError, ValueError
        If the values are not finite, the derivative does not belong to the function, a symmetry
        or linearity is claimed that does not hold, the function jumps, a kink is not declared, or
        the function changes too quickly for the quadrature.

    Examples
    --------
    For arrays and tensors alike; ``library(x)`` is numpy or torch, for functions that both have.

    >>> from afli.theory.elementwise import flag, library
    >>> leaky_clip = Activation(
    ...     name="leaky clip",
    ...     value=lambda x: x.clip(-1, 1) + 0.1 * x,
    ...     derivative=lambda x: flag(abs(x) < 1, x) + 0.1,
    ...     kinks=(-1.0, 1.0), odd=True, linear_pieces=True, half_width=1.0)
    >>> leaky_clip(2.0)
    1.2
    >>> steep = Activation(
    ...     name="steep tanh",
    ...     value=lambda x: library(x).tanh(3 * x),
    ...     derivative=lambda x: 3 * (1 - library(x).tanh(3 * x) ** 2), odd=True)
    >>> steep.slope
    3.0
    """

    name: str
    value: Callable
    derivative: Callable
    kinks: tuple = ()
    odd: bool = False
    even: bool = False
    half_width: float = 0.0
    slope: float | None = None
    linear_pieces: bool = False
    oscillates: bool = False
    kernel: Callable | None = None
    scale: float = field(default=1.0, init=False)
    recipe: tuple | None = field(default=None, init=False)

    def __post_init__(self):
        put = partial(object.__setattr__, self)
        for part in ("value", "derivative"):
            if not callable(getattr(self, part)):
                raise TypeError(f"{part} must be a function of x, got {getattr(self, part)!r}")
            where = f"{part} of activation {self.name!r}"
            put(part, _elementwise(getattr(self, part), where))
        kinks = np.atleast_1d(checks.real("kinks", self.kinks)) if np.size(self.kinks) else []
        put("kinks", tuple(sorted({float(kink) for kink in kinks})))
        slope = 0.5 * (self.derivative(1e-150) + self.derivative(-1e-150))
        put("slope", slope if self.slope is None else float(checks.real("slope", self.slope)))
        verification.verify(self)
        put("scale", verification.resolved_scale(self))

    def __reduce__(self):
        """Registered activations can be pickled, for work in other processes."""
        if self.recipe is None:
            raise TypeError(
                f"activation {self.name!r} is your own and cannot be pickled: make it anew"
            )
        from .catalogue import rebuild

        return rebuild, self.recipe

    def __call__(self, x):
        """The activation of `x`: a float, a NumPy array or a torch tensor, elementwise."""
        return self.value(x)

    def __repr__(self):
        parameters = self.recipe[1] if self.recipe else ()
        return f"<Activation {' '.join([self.name, *(f'{p}={v}' for p, v in parameters)])}>"

    @property
    def homogeneous(self):
        """True if phi(c x) = c phi(x) for every c > 0, as for ReLU."""
        return self.linear_pieces and not any(self.kinks) and self.value(0.0) == 0.0

    @property
    def jumps(self):
        """Jump of the derivative at each kink, as an array beside `kinks`."""
        kinks = np.array(self.kinks)
        gap = 1e-9 * np.maximum(np.abs(kinks), 1e-100)
        return self.derivative(kinks + gap) - self.derivative(kinks - gap)


def _elementwise(function, where):
    """Give Python numbers back as floats and leave tensors and float arrays as they are."""

    def wrapped(x):
        if type(x).__module__.startswith("torch"):
            return function(x)
        checks.unmasked("x", x)
        array = np.asarray(x)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"x must be a real number, an array or a tensor, got {x!r}")
        if array.dtype.kind != "f":
            array = array.astype(np.float64)
        result = np.asarray(function(np.atleast_1d(array)))
        if result.shape != np.atleast_1d(array).shape:
            raise ValueError(
                f"{where} must return an array shaped like x, got one of shape {result.shape} for "
                f"x of shape {np.atleast_1d(array).shape}: write np.full_like(x, 1.0) for a "
                "constant, and functions of NumPy, not of math"
            )
        if result.dtype.kind != "f":
            result = result.astype(np.float64)
        return float(result[0]) if array.ndim == 0 else result

    return wrapped
