"""The properties of a scaled-bounded activation, one by one, at a range of points."""

from dataclasses import dataclass

import numpy as np

from .probing import EXACT, NONE, distance


@dataclass(frozen=True)
class Verdict:
    """What was found of one property: whether it holds, where it fails worst, and in words."""

    holds: bool
    where: float | None
    message: str


def _holds(message):
    return Verdict(True, None, message)


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
    if np.all(excess <= EXACT * total):
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
    excess = np.abs(value - k * x)[inside] - EXACT * k * min(a, x[-1])
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
        if ends[0] - ends[1] > max(0.5 * (ends[1] - ends[2]), EXACT * ends[1]):
            where = _worst(x, size)
            return Verdict(False, where, f"abs(phi) is {ends[0]:.4g} at x = {where:.4g} and grows")
        return _holds(f"abs(phi) is at most {ends[0]:.4g}")
    beyond = np.abs(x) > a
    excess = size[beyond] - k * a * (1 + EXACT)
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
        return NONE, _holds("no jump seen")
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
    unknown = ~near(high, np.concatenate([f.kinks, jumps]), EXACT)
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
        secant[(low - EXACT <= jump) & (jump <= high + EXACT)] = 0.0
    trusted = tried.clear & ~_wrong_derivative(tried, k or 1.0)
    # As far as it agrees with the difference quotient.
    by_derivative = np.where(trusted, np.abs(tried.slope) - np.abs(tried.error), 0.0)
    place = np.concatenate([x, 0.5 * (low + high)])
    steep = np.concatenate([by_derivative, secant])
    largest = steep.max()
    if largest <= k * (1 + EXACT):
        return _holds(f"the steepest slope is {largest:.4g}")
    where = _worst(place, steep)
    return Verdict(
        False, where, f"the slope is {largest:.4g} at x = {where:.4g}, more than {k:.4g}"
    )
