"""A function tried at many points: values, slopes and where they are linear."""

import numpy as np

from . import checks

EXACT = 1e-9  # relative accuracy of equalities and of bounds
NONE = np.empty(0)
_BESIDE = np.array([-1e-4, 1e-4, 3e-4])  # points beside a kink, in units of the function


class Function:
    """An activation, or a function with its derivative and kinks."""

    def __init__(self, phi, derivative=None, kinks=None):
        self.derivative = getattr(phi, "derivative", None) if derivative is None else derivative
        if not callable(phi) or not callable(self.derivative):
            raise TypeError(
                f"phi must be an activation, or a function with derivative=..., got {phi!r}"
            )
        self.value = phi
        self.name = getattr(phi, "name", None) or getattr(phi, "__name__", "activation")
        kinks = getattr(phi, "kinks", ()) if kinks is None else kinks
        self.kinks = np.unique(checks.real("kinks", kinks)) if np.size(kinks) else NONE
        for part in ("value", "derivative"):
            if np.shape(getattr(self, part)(np.array([-0.1, 0.1, 0.2]))) != (3,):
                raise ValueError(f"{self.name}: {part} must return an array shaped like x")

    def __call__(self, x):
        return np.asarray(self.value(x), float)

    def at(self, x):
        """The value at one point, as a float."""
        return float(self(np.array([x]))[0])


class Tried:
    """The points x with the values and slopes of a function, and a difference quotient at each."""

    def __init__(self, f, x, unit):
        self.f, self.x, self.unit = f, x, unit
        self.value, self.slope = f(x), np.asarray(f.derivative(x), float)
        for what, values in (("value", self.value), ("derivative", self.slope)):
            if not np.isfinite(values).all():
                place = x[~np.isfinite(values)][0]
                raise ValueError(
                    f"{f.name}: the {what} must be finite, but not so at x = {place:g}"
                )
        h = np.maximum(1e-5 * min(unit, 1.0), 1e-9 * np.abs(x))
        self.quotient = (f(x + h) - f(x - h)) / (2 * h)
        self.error = np.abs(self.quotient - self.slope) - 1e-15 * np.abs(self.value) / h
        self.clear = distance(x, f.kinks) > 2 * h  # of kinks, so that the quotient means something

    @property
    def smallest(self):
        """The point nearest to 0."""
        return np.abs(self.x).min()


def distance(x, places):
    """From each x to the nearest of some places."""
    return np.abs(np.asarray(x)[:, None] - places).min(1, initial=np.inf)


def points(unit, reach, kinks):
    """Points in [-reach, reach], mirrored: dense up to ten units, then sparser, and at kinks."""
    x = np.concatenate(
        [
            np.geomspace(1e-6 * min(unit, reach), reach, 4000),
            # An odd factor keeps the points off round numbers, where kinks tend to be.
            np.linspace(0, min(10 * unit, reach), 6001)[1:] * 0.99987,
            (np.abs(kinks)[:, None] + unit * _BESIDE).ravel(),
        ]
    )
    x = np.unique(x[(x > 0) & (x <= reach)])
    x = x[np.concatenate([[True], np.diff(x) > 1e-9 * x[1:]])]
    return np.concatenate([-x[::-1], x])


def slope_at_zero(f, unit):
    """Mean of the slopes on both sides of 0: the derivative, or of the values where it is wrong."""
    h = 1e-6 * unit
    v = f(np.array([-2 * h, -h, h, 2 * h]))
    by_values = 0.5 * (v[3] - v[2] + v[1] - v[0]) / h
    declared = float(np.mean(f.derivative(np.array([-1e-9, 1e-9]) * unit)))
    return declared if abs(declared - by_values) <= 1e-5 * abs(declared) + 1e-9 else by_values


def linear_stretch(tried, k):
    """The largest a with phi(x) = k x on [-a, a]; 0 if phi departs from k x at once."""
    if k <= 0:
        return 0.0
    x, size = tried.x, np.abs(tried.x)
    departure, ends = np.abs(tried.value - k * x), []
    # Where phi leaves the line smoothly, as tanh does, the end depends on the tolerance.
    for tolerance in (1e-12, 1e-8):
        off = departure > tolerance * k * size + 1e-15 * k * tried.unit
        ends.append(size[off].min(initial=np.inf))
    if ends[0] == np.inf:
        return np.inf
    if ends[0] == tried.smallest or ends[0] < 0.5 * ends[1]:
        return 0.0

    def linear(x):
        pair = np.array([-x, x])
        return np.all(np.abs(tried.f(pair) - k * pair) <= 1e-12 * k * x)

    low, high = size[size < ends[0]].max(), ends[0]
    for kink in np.abs(tried.f.kinks):
        if low * (1 - EXACT) <= kink <= high and linear(kink):
            return float(kink)
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if linear(middle) else (low, middle)
    return float(low)
