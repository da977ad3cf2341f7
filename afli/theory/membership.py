"""Is an activation scaled-bounded? Each property of the definition, tried at many points."""

from dataclasses import dataclass

import numpy as np

from . import checks, probing, properties
from .properties import Verdict

_TITLES = {
    "continuous": "1  continuous",
    "odd": "2  odd",
    "linear": "3  k x on [-a, a]",
    "bounded": "3  at most k a beyond",
    "smooth": "4  smooth but for the kinks",
    "slope": "4  slope at most k",
}


@dataclass(frozen=True)
class Membership:
    """What `check_scaled_bounded` found; `print` shows it as a table.

    Attributes
    ----------
    name : str
        Of the activation.
    a, k : float
        Half-width and slope of the linear region: as given, or as found. a = 0 means that there
        is no linear region, and a = inf that it reaches as far as was looked.
    reach : float
        The points that were tried lie in [-reach, reach].
    continuous, odd, linear, bounded, smooth, slope : Verdict
        Properties 1, 2, 3 (two parts) and 4 (two parts). Each has `holds`; `where`, the x of the
        worst violation, of several the one nearest to 0, None if the property holds; `message`.
    """

    name: str
    a: float
    k: float
    reach: float
    continuous: Verdict
    odd: Verdict
    linear: Verdict
    bounded: Verdict
    smooth: Verdict
    slope: Verdict

    @property
    def holds(self):
        """True if no property was seen to fail."""
        return not self.failures

    @property
    def failures(self):
        """The names of the properties that fail, in the order of the definition."""
        return tuple(name for name in _TITLES if not getattr(self, name).holds)

    def __str__(self):
        answer = "no violation found" if self.holds else "not scaled-bounded"
        lines = [f"{self.name}: {answer}, k = {self.k:.6g}, a = {self.a:.6g}"]
        for name, title in _TITLES.items():
            verdict = getattr(self, name)
            lines.append(f"  {'ok  ' if verdict.holds else 'FAIL'} {title:28s} {verdict.message}")
        return "\n".join(lines)


def check_scaled_bounded(phi, a=None, k=None, *, derivative=None, kinks=None, reach=None):
    """Try the properties of a scaled-bounded activation, and say which fails and where.

    An activation is scaled-bounded if it is (1) continuous, (2) odd, (3) equal to k x for
    abs(x) <= a and of size at most k a beyond, and (4) twice differentiable outside a finite set,
    with abs(phi') <= k there.

    Parameters
    ----------
    phi : Activation or callable
        The activation; a plain function of a NumPy array needs `derivative` too.
    a, k : float, optional
        Half-width and slope of the linear region. Found if they are not given: k is the slope at
        0, a the end of the stretch around 0 on which phi(x) = k x.
    derivative : callable, optional
        Derivative of `phi` (default: ``phi.derivative``).
    kinks : sequence of float, optional
        Points at which `phi` or its slope may jump (default: ``phi.kinks`` if there are any).
    reach : float, optional
        How far from 0 to look (default: 1000, or 1000 times a or the outermost kink if larger).

    Returns
    -------
    Membership

    Raises
    ------
    TypeError, ValueError
        If `phi` cannot be called on an array, has no derivative, or returns values that are not
        finite, or if another argument is not a number or out of range.

    Notes
    -----
    A check at finitely many points is no proof. Looked at are 20,000 points that are equally
    spaced near 0 and get sparser farther out, and points just beside the kinks. Equalities and
    bounds are tested to nine digits. A feature that is much narrower than a thousandth of `a` can
    be missed, so can a jump of the slope by less than one per cent of k, and whatever lies beyond
    `reach`. A failure can be trusted up to rounding: try the point that is named by hand.

    References
    ----------
    Murray, Abrol and Tanner (2021), Definition 2.1.

    Examples
    --------
    >>> import afli
    >>> found = afli.check_scaled_bounded(afli.activation("ssin", a=2.0, k=1.5))
    >>> found.holds, found.a, found.k
    (True, 2.0, 1.5)
    >>> import numpy as np
    >>> leaky_clip = afli.Activation(
    ...     name="leaky clip",
    ...     value=lambda x: np.clip(x, -1, 1) + 0.1 * (x - np.clip(x, -1, 1)),
    ...     derivative=lambda x: np.where(abs(x) < 1, 1.0, 0.1),
    ...     kinks=(-1.0, 1.0), odd=True, linear_pieces=True, half_width=1.0)
    >>> print(afli.check_scaled_bounded(leaky_clip, reach=100.0))
    leaky clip: not scaled-bounded, k = 1, a = 1
      ok   1  continuous                no jump seen
      ok   2  odd                       phi(-x) = -phi(x)
      ok   3  k x on [-a, a]            phi(x) = k x up to x = 1
      FAIL 3  at most k a beyond        abs(phi) is 10.9 at x = 100, more than k a = 1
      ok   4  smooth but for the kinks  the derivative belongs to phi
      ok   4  slope at most k           the steepest slope is 1
    """
    f = probing.Function(phi, derivative, kinks)
    a = None if a is None else _one("a", a)
    k = None if k is None else _one("k", k)
    outermost = max(np.abs(f.kinks).max(initial=0.0), a or 0.0)
    reach = 1e3 * max(outermost, 1.0) if reach is None else _one("reach", reach)
    if a is not None and reach <= a:
        raise ValueError(f"reach must be greater than a = {a:g}, got {reach:g}")
    unit = a or np.abs(f.kinks).max(initial=0.0) or 1.0
    tried = probing.Tried(f, probing.points(unit, reach, f.kinks), unit)

    k = probing.slope_at_zero(f, unit) if k is None else k
    size = abs(k) or 1.0  # what slopes are measured by
    given = a is not None
    a = a if given else probing.linear_stretch(tried, k)
    jumps, continuous = properties.continuity(tried, size)
    return Membership(
        f.name,
        a,
        k,
        reach,
        continuous,
        odd=properties.oddness(tried, size),
        linear=properties.linearity(tried, a, k, given),
        bounded=properties.boundedness(tried, a, abs(k)),
        smooth=properties.smoothness(tried, jumps, size),
        slope=properties.steepness(tried, jumps, abs(k)),
    )


def _one(name, value):
    number = checks.real(name, value, above=0)
    if number.ndim:
        raise TypeError(f"{name} must be one number, got an array of shape {number.shape}")
    return float(number)
