"""Activation functions: one record each, the same definition for NumPy arrays and torch tensors."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from . import checks, gaussian


@dataclass(frozen=True, eq=False)
class Activation:
    """An activation function and what the theory needs to know about it.

    Parameters
    ----------
    name : str
        What to call it in messages and figures.
    value, derivative : callable
        The function and its derivative, elementwise on a NumPy float array (and on a torch
        tensor, if it is to be used in a network). At a kink the derivative may be either side's.
    kinks : tuple of float
        Every point at which the function or one of its derivatives jumps. Integrals are split
        there; a missing kink makes them wrong, so the constructor looks for one.
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

    Raises
    ------
    ValueError
        If the values are not finite, the derivative does not belong to the function, a symmetry
        or linearity is claimed that does not hold, or a kink is not declared.

    Examples
    --------
    >>> import numpy as np
    >>> leaky_clip = Activation(
    ...     name="leaky clip",
    ...     value=lambda x: np.clip(x, -1, 1) + 0.1 * x,
    ...     derivative=lambda x: np.where(abs(x) < 1, 1.1, 0.1),
    ...     kinks=(-1.0, 1.0), odd=True, linear_pieces=True, half_width=1.0)
    >>> leaky_clip(2.0)
    1.2
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

    def __post_init__(self):
        put = partial(object.__setattr__, self)
        put("kinks", tuple(sorted({float(kink) for kink in checks.real("kinks", [*self.kinks])})))
        put("value", _elementwise(self.value))
        put("derivative", _elementwise(self.derivative))
        if self.slope is None:
            put("slope", 0.5 * (self.derivative(1e-150) + self.derivative(-1e-150)))
        _verify(self)

    def __call__(self, x):
        """The activation of `x`: a float, a NumPy array or a torch tensor, elementwise."""
        return self.value(x)

    def __repr__(self):
        return f"<Activation {self.name}>"

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


def _elementwise(function):
    """Give Python numbers back as floats and leave tensors and float arrays as they are."""

    def wrapped(x):
        if type(x).__module__.startswith("torch"):
            return function(x)
        array = np.asarray(x)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"x must be a real number, an array or a tensor, got {x!r}")
        if array.dtype.kind != "f":
            array = array.astype(np.float64)
        if array.ndim == 0:
            return float(function(array.reshape(1))[0])
        return function(array)

    return wrapped


def _verify(phi):
    """Compare an activation with its own description at a few hundred points."""
    where = f"activation {phi.name!r}"
    # An irrational ratio keeps the points off round numbers, where kinks tend to be.
    x = 1e-2 * 1.0472839 ** np.arange(175)
    x = np.concatenate([-x[::-1], x])
    value, slope = phi(x), phi.derivative(x)
    if np.shape(value) != x.shape or np.shape(slope) != x.shape:
        raise ValueError(f"{where}: value and derivative must return an array shaped like x")
    if not (np.isfinite(value).all() and np.isfinite(slope).all()):
        raise ValueError(f"{where}: value and derivative must be finite")
    for flag, sign in (("odd", -1.0), ("even", 1.0)):
        if getattr(phi, flag) and not np.allclose(value, sign * value[::-1], rtol=1e-9, atol=1e-12):
            raise ValueError(f"{where} is not {flag}: say {flag}=False")
    _compare_slopes(phi, where, x, slope)
    _look_for_kinks(phi, where)
    if phi.linear_pieces:
        clear = _distance_to_kinks(phi, x) > 1e-9 * np.abs(x)
        slope = slope[clear]
        piece = np.searchsorted(phi.kinks, x[clear])
        if not np.allclose(slope, slope[np.searchsorted(piece, piece)], rtol=1e-12, atol=1e-14):
            raise ValueError(f"{where} is not linear between its kinks: say linear_pieces=False")
    _check_resolution(phi, where)


def _distance_to_kinks(phi, x):
    return np.abs(x[:, None] - np.array(phi.kinks)).min(1, initial=np.inf)


def _compare_slopes(phi, where, x, slope):
    """Refuse a derivative that does not belong to the value."""
    h = 1e-5 * np.abs(x)
    quotient = (phi(x + h) - phi(x - h)) / (2 * h)
    wrong = np.abs(quotient - slope) > 1e-5 + 1e-4 * np.abs(slope)
    wrong &= _distance_to_kinks(phi, x) > 2 * h
    if wrong.any():
        i = np.flatnonzero(wrong)[0]
        raise ValueError(
            f"{where}: derivative({x[i]:.6g}) is {slope[i]:.6g}, but value has slope "
            f"{quotient[i]:.6g} there: correct the derivative, or declare the kink in kinks"
        )


def _check_resolution(phi, where):
    """Refuse an activation that the panels of the quadrature cannot follow."""
    for q in (1e-2, 1.0, 1e2):
        root = np.full((1, 1), q**0.5)
        edges = gaussian.panels(phi, root, half=phi.odd or phi.even)
        finer = np.sort(np.concatenate([edges, 0.5 * (edges[:, 1:] + edges[:, :-1])], axis=-1))
        for function in (phi.value, phi.derivative):
            coarse, fine = (_mean_square(function, root, panels) for panels in (edges, finer))
            if abs(coarse - fine) > 1e-9 * fine:
                raise ValueError(
                    f"{where}: its averages at variance {q:g} are not resolved (relative error "
                    f"{abs(coarse / fine - 1):.1g}): declare the points around which it changes "
                    "quickly in kinks, or say oscillates=True"
                )


def _mean_square(function, root, edges):
    z, weight = gaussian.panel_nodes(edges)
    return float(np.sum(function(root * z) ** 2 * np.exp(-0.5 * z * z) * weight))


def _look_for_kinks(phi, where):
    """Refuse a derivative that jumps where no kink is declared."""
    x = np.linspace(-30.0, 30.0, 6001) + 1.234e-4
    for i in np.flatnonzero(np.abs(np.diff(phi.derivative(x))) > 0.02):
        low, high = x[i], x[i + 1]
        if any(low <= kink <= high for kink in phi.kinks):
            continue
        # A jump stays as large when the interval shrinks; a steep slope does not.
        for _ in range(40):
            middle = 0.5 * (low + high)
            left, centre, right = phi.derivative(np.array([low, middle, high]))
            low, high = (
                (low, middle) if abs(centre - left) > abs(right - centre) else (middle, high)
            )
        if abs(phi.derivative(high) - phi.derivative(low)) > 0.01:
            raise ValueError(f"{where}: the derivative jumps near x = {high:.6g}: add it to kinks")
