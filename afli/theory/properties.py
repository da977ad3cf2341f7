"""The properties of a scaled-bounded activation, one by one, at a range of points."""

from dataclasses import dataclass

import numpy as np

from . import checks

_EXACT = 1e-9  # relative accuracy of equalities and of the two bounds
_BESIDE = np.array([-1e-4, 1e-4, 3e-4])  # points beside a kink, in units of the function
_NONE = np.empty(0)


@dataclass(frozen=True)
class Verdict:
    """What was found of one property: whether it holds, where it fails worst, and in words."""

    holds: bool
    where: float | None
    message: str


def _holds(message):
    return Verdict(True, None, message)


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
        self.kinks = np.unique(checks.real("kinks", kinks)) if np.size(kinks) else _NONE
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
        if low * (1 - _EXACT) <= kink <= high and linear(kink):
            return float(kink)
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if linear(middle) else (low, middle)
    return float(low)


def _worst(x, excess):
    """The place of the largest excess; of several, the one nearest to 0, on the right."""
    places = x[excess >= (1 - 1e-4) * excess.max()]
    return float(places[np.lexsort((places < 0, np.abs(places)))[0]])


def oddness(tried, size):
    """Property 2. The worst place is where the violation is largest, relative to phi."""
    x, value = tried.x, tried.value
    least = size * tried.unit
    excess = np.abs(value + value[::-1])
    total = np.maximum(np.abs(value) + np.abs(value[::-1]), least)
    if np.all(excess <= _EXACT * total):
        return _holds("phi(-x) = -phi(x)")
    where = abs(_worst(x, excess / total))
    if where == tried.smallest:
        return Verdict(False, 0.0, f"phi(0) is {tried.f.at(0.0):.4g}, not 0")
    left, right = tried.f.at(-where), tried.f.at(where)
    return Verdict(False, where, f"phi({where:.4g}) = {right:.4g}, phi({-where:.4g}) = {left:.4g}")


def linearity(tried, a, k, given):
    """Property 3, first part."""
    x, value = tried.x, tried.value
    if k <= 0:
        return Verdict(False, 0.0, f"the slope at 0 is {k:.4g}: it must be positive")
    if a == 0:
        off = np.abs(value - k * x) > 0.01 * k * np.abs(x)
        where = _worst(x[off], 1 / np.abs(x[off])) if off.any() else 0.0
        if abs(where) == tried.smallest:
            return Verdict(False, 0.0, "no linear region: phi is not k x on both sides of 0")
        text = f"no linear region: phi is 1 % off k x from x = {where:.3g} on"
        return Verdict(False, where, text)
    inside = np.abs(x) <= a * (1 - 1e-12)
    excess = np.abs(value - k * x)[inside] - _EXACT * k * min(a, x[-1])
    if np.all(excess <= 0):
        return _holds(f"phi(x) = k x up to x = {min(a, x[-1]):.6g}")
    where = _worst(x[inside], excess)
    there = tried.f.at(where)
    return Verdict(
        False, where, f"phi is {there:.4g} at x = {where:.4g}, but k x = {k * where:.4g}"
    )


def boundedness(tried, a, k):
    """Property 3, second part."""
    x, size = tried.x, np.abs(tried.value)
    reach = float(x[-1])
    if a == np.inf:
        return Verdict(False, reach, f"phi(x) = k x as far as x = {reach:g}: it has no end")
    if a == 0:
        # Without a linear region there is no k a: does phi stop growing, decade after decade?
        ends = [size[np.abs(x) <= reach * 10.0**-i].max(initial=0.0) for i in range(3)]
        if ends[0] - ends[1] > max(0.5 * (ends[1] - ends[2]), _EXACT * ends[1]):
            where = _worst(x, size)
            return Verdict(False, where, f"abs(phi) is {ends[0]:.4g} at x = {where:.4g} and grows")
        return _holds(f"abs(phi) is at most {ends[0]:.4g}")
    beyond = np.abs(x) > a
    excess = size[beyond] - k * a * (1 + _EXACT)
    if np.all(excess <= 0):
        return _holds(f"abs(phi) is at most k a = {k * a:.4g}")
    where = _worst(x[beyond], excess)
    there = abs(tried.f.at(where))
    text = f"abs(phi) is {there:.4g} at x = {where:.4g}, more than k a = {k * a:.4g}"
    return Verdict(False, where, text)


def _closed_in(low, high, change):
    """Halve every interval sixty times, each time towards the half with the larger change."""
    for _ in range(60):
        middle = 0.5 * (low + high)
        left = change(low, middle) > change(middle, high)
        low, high = np.where(left, low, middle), np.where(left, middle, high)
    return low, high


def continuity(tried, k):
    """The places at which phi jumps, and the verdict on property 1."""
    f, x = tried.f, tried.x

    def missing(low, high):
        """What the change of phi has too much, compared with its slopes."""
        average = 0.5 * (f.derivative(low) + f.derivative(high))
        return np.abs(f(high) - f(low) - average * (high - low))

    suspect = np.flatnonzero(missing(x[:-1], x[1:]) > 1e-3 * k * np.diff(x))
    low, high = _closed_in(x[suspect], x[suspect + 1], missing)
    gap = 1e-9 * np.maximum(np.abs(f.kinks), 1e-3 * tried.unit)
    low, high = np.concatenate([low, f.kinks - gap]), np.concatenate([high, f.kinks + gap])
    size = np.abs(f(high) - f(low))
    # Across a kink phi still changes, by its slope times the gap.
    real = size > 1e-7 * k * tried.unit + 1e-6 * np.abs(f(low))
    if not real.any():
        return _NONE, _holds("no jump seen")
    jumps, size = 0.5 * (low + high)[real], size[real]
    where = _worst(jumps, size)
    return jumps, Verdict(False, where, f"phi jumps by {size.max():.4g} at x = {where:.6g}")


def _wrong_derivative(tried, k):
    return tried.clear & (tried.error > 1e-4 * (k + np.abs(tried.slope)))


def smoothness(tried, jumps, k):
    """Property 4, first part: the derivative belongs to phi, and jumps at the kinks only."""
    f, x = tried.f, tried.x

    def change(low, high):
        return np.abs(f.derivative(high) - f.derivative(low))

    def near(x, places, factor):
        return distance(x, places) <= factor * np.maximum(np.abs(x), tried.unit)

    before = change(x[:-1], x[1:])
    suspect = np.flatnonzero(before > 0.01 * k)
    low, high = _closed_in(x[suspect], x[suspect + 1], change)
    after = change(low, high)
    unknown = ~near(high, np.concatenate([f.kinks, jumps]), _EXACT)
    unknown &= after > 0.5 * np.minimum(before[suspect], k)
    kinks = high[unknown]

    wrong = _wrong_derivative(tried, k) & ~near(x, np.concatenate([jumps, kinks]), 1e-4)
    if wrong.any():
        where = _worst(x[wrong], tried.error[wrong])
        i = np.argmin(np.abs(x - where))
        said, true = tried.slope[i], tried.quotient[i]
        text = f"the derivative is {said:.4g} at x = {where:.4g}, but phi has slope {true:.4g}"
        return Verdict(False, where, text)
    if kinks.size:
        where = _worst(kinks, after[unknown])
        return Verdict(False, where, f"an undeclared kink: the derivative jumps at x = {where:.6g}")
    return _holds("the derivative belongs to phi")


def steepness(tried, jumps, k):
    """Property 4, second part, by the derivative where it is right and by secants everywhere."""
    x, value = tried.x, tried.value
    low, high, width = x[:-1], x[1:], np.diff(x)
    rounding = 4e-16 * (np.abs(value[1:]) + np.abs(value[:-1]))
    secant = (np.abs(np.diff(value)) - rounding) / width
    for jump in jumps:
        secant[(low - _EXACT <= jump) & (jump <= high + _EXACT)] = 0.0
    trusted = tried.clear & ~_wrong_derivative(tried, k or 1.0)
    # As far as it agrees with the difference quotient.
    by_derivative = np.where(trusted, np.abs(tried.slope) - np.abs(tried.error), 0.0)
    place = np.concatenate([x, 0.5 * (low + high)])
    steep = np.concatenate([by_derivative, secant])
    largest = steep.max()
    if largest <= k * (1 + _EXACT):
        return _holds(f"the steepest slope is {largest:.4g}")
    where = _worst(place, steep)
    return Verdict(
        False, where, f"the slope is {largest:.4g} at x = {where:.4g}, more than {k:.4g}"
    )
