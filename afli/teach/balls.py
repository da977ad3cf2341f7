"""Inequalities that are proved for every point of an interval, by ball arithmetic.

A ball is a number with an error bound, midpoint and radius. A function of balls returns a ball that
holds the value at *every* point of its argument; rounding is part of the radius. So one evaluation
on a short interval says something about all its points, where a grid only speaks of its own::

    def gap(x):
        return 2 - (1 + x**2) * (-(x**2) / 2).exp()

    prove_positive(gap, (0, 10))  # 9 boxes

`flint.arb` has the balls, with `exp`, `log`, `sqrt`, `erf`, `erfc` and `lambertw` as methods.
"""

import itertools
import math
from collections.abc import Callable

from flint import arb, arb_series, ctx


class NotProved(ArithmeticError):
    """An inequality that is false, or that could not be decided.

    Attributes
    ----------
    box : tuple of (float, float)
        Where: one interval for each argument, of length 0 at a counterexample.
    value : flint.arb
        What the function returned there; it holds every value that the function takes in `box`.
    false : bool
        True at a counterexample, False if `box` is where the proof got stuck.
    """

    def __init__(self, message, box, value, false):
        super().__init__(message)
        self.box, self.value, self.false = box, value, false


def prove_positive(
    f: Callable, *intervals: tuple, log: bool = False, limit: int = 100_000, bits: int = 53
) -> int:
    """Prove that `f` is positive on an interval, or on a box with a side for each argument.

    The box is cut into halves, one side after the other, until `f` is positive on every piece.

    Parameters
    ----------
    f : callable
        Takes one `flint.arb` for each interval and returns one. It must not convert to floats:
        a float has no error bound.
    *intervals : (float, float)
        Closed intervals of finite length, one for each argument. A decimal such as 0.1 means the
        float, which may lie on either side of the decimal number: take a little more.
    log : bool
        Cut at the geometric mean, for intervals that span powers of ten.
    limit : int
        Largest number of pieces.
    bits : int
        Precision of the midpoints.

    Returns
    -------
    int
        The number of pieces. That a number comes back at all is the proof.

    Raises
    ------
    NotProved
        Where `f` is not positive, or cannot be told to be: where it is 0, say, or too close to 0
        for the precision or for the number of pieces allowed.
    ValueError
        If an interval is not one, or is not positive with `log`.
    """
    todo, proved = [(_checked(intervals, log), 0)], 0
    with ctx.workprec(bits):
        while todo:
            box, side = todo.pop()
            value = f(*(arb(low).union(arb(high)) for low, high in box))
            if value > 0:
                proved += 1
                continue
            point = tuple((_middle(*edges, log),) * 2 for edges in box)
            middle = f(*(arb(x) for x, _ in point))
            if middle <= 0:
                raise NotProved(f"false at {_written(point)}: {middle}", point, middle, True)
            halves = _halves(box, side, log)
            if halves is None or proved + len(todo) + 2 > limit:
                why = "the box cannot be cut further" if halves is None else "too many boxes"
                raise NotProved(f"undecided in {_written(box)}: {value}; {why}", box, value, False)
            todo += [(half, (side + 1) % len(box)) for half in reversed(halves)]
    return proved


def derivative(f: Callable, x: arb) -> arb:
    """The values of f' on a ball, by differentiating every operation of `f`.

    Parameters
    ----------
    f : callable
        Takes a `flint.arb_series`, which has the methods of `flint.arb` that are named above.
    x : flint.arb
        Where.

    Returns
    -------
    flint.arb
        A ball that holds f' at every point of `x`.
    """
    # f(x + t) = f(x) + f'(x) t + ..., cut off after t.
    return f(arb_series([x, 1], prec=2))[1]


def _checked(intervals, log):
    if not intervals:
        raise ValueError("give an interval for each argument of the function")
    for low, high in intervals:
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ValueError(f"an interval is (low, high) with low < high, got ({low}, {high})")
        if log and low <= 0:
            raise ValueError(f"with log an interval begins above 0, got ({low}, {high})")
    return tuple((float(low), float(high)) for low, high in intervals)


def _middle(low, high, log):
    return math.sqrt(low) * math.sqrt(high) if log else low + (high - low) / 2


def _written(box):
    sides = (f"{low:.8g}" if low == high else f"[{low:.8g}, {high:.8g}]" for low, high in box)
    return " x ".join(sides)


def _halves(box, side, log):
    """The box cut in two at one side, or at the next that can be cut; None if there is none."""
    for axis in itertools.chain(range(side, len(box)), range(side)):
        low, high = box[axis]
        middle = _middle(low, high, log)
        if low < middle < high:
            return [
                (*box[:axis], part, *box[axis + 1 :]) for part in ((low, middle), (middle, high))
            ]
    return None
