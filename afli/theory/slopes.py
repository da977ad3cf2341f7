"""The distribution of phi'^2 over a layer, and its transform that free probability needs."""

import numpy as np
from numpy.polynomial import legendre

from . import gaussian

_RATIO = 4.0  # phi'^2 varies by at most this factor over a panel,
_FLOOR, _LOWEST = 1e-12, 1e-60  # down to this share of its maximum; the second if much lies below
_LEVELS = 60  # times that a panel may be halved
_AT_ONCE = 1_000_000  # terms held in memory together
_S, _W = legendre.leggauss(gaussian.ORDER)
_FIT = legendre.legvander(_S, gaussian.ORDER - 1) * _W[:, None] * (np.arange(gaussian.ORDER) + 0.5)


class SlopeLaw:
    """The distribution of T = phi'(sqrt(q) Z)^2 / mu_1, which has mean 1.

    Attributes
    ----------
    value, mass : ndarray
        Where T lies and with which probability: first the points that carry a mass of their own
        (T is constant between kinks), then quadrature nodes for the rest.
    atoms : int
        How many of them carry a mass of their own.
    """

    def __init__(self, phi, q):
        value, mass = _panels(phi, np.sqrt(q))
        mass = mass / mass.sum()
        mean = (mass * value).sum()
        if not mean > 0:
            raise ValueError(f"q = {q:.3g} gives E[phi'^2] = 0 for {phi.name}: take a smaller q")
        value = value / mean
        flat = np.ptp(value, axis=1) <= 1e-15 * value.max()
        points, place = np.unique(np.round(value[flat].mean(1), 14), return_inverse=True)
        weights = np.bincount(place, mass[flat].sum(1), minlength=points.size)
        # Rounding has served to group equal values: keep one of each unrounded.
        points[place] = value[flat].mean(1)
        rest, rest_mass = value[~flat], mass[~flat]
        self.atoms = points.size
        self.value = np.concatenate([points, rest.ravel()])
        self.mass = np.concatenate([weights, rest_mass.ravel()])
        self._range = rest.min(1, initial=np.inf), rest.max(1, initial=-np.inf)
        self._nodes = rest
        self._curve = (rest @ _FIT).T
        # The logarithm of the density in z is of degree 2. The density itself, so fitted, would be
        # negative in places where it is tiny, and M would come out in the wrong half-plane.
        self._log_density = (np.log(np.maximum(rest_mass / _W, 1e-300)) @ _FIT[:, :3]).T

    def transform(self, zeta):
        """M = E[T / (zeta - T)], 1 + M, and zeta dM/dzeta, for complex zeta with Im zeta >= 0."""
        parts = [self._transform(part) for part in _chunks(zeta, self.value.size)]
        return [np.concatenate(column) for column in zip(*parts, strict=True)]

    def _transform(self, zeta):
        inverse = 1 / (zeta[:, None] - self.value)
        weighted = self.mass * self.value * inverse
        m, one_plus_m = weighted.sum(1), zeta * (inverse @ self.mass)
        slope = -zeta * (weighted * inverse).sum(1)
        if self._nodes.size and np.iscomplexobj(zeta):
            extra, extra_slope = self._near_poles(zeta)
            m, one_plus_m, slope = m + extra, one_plus_m + extra, slope + extra_slope
        return m, one_plus_m, slope

    def _near_poles(self, zeta):
        """What Gauss-Legendre misses where T passes close to zeta within a panel."""
        low, high = self._range
        gap = zeta[:, None] - np.clip(zeta.real[:, None], low, high)
        row, panel = np.nonzero(np.abs(gap) < high - low)
        total, slope = np.zeros_like(zeta), np.zeros_like(zeta)
        if not row.size:
            return total, slope
        target, curve = zeta[row], self._curve[:, panel]
        start = _S[np.abs(self._nodes[panel] - target[:, None]).argmin(1)].astype(complex)
        for pole in _roots(curve, target, start):
            use = np.flatnonzero(~np.isnan(pole))
            log_density = self._log_density[:, panel[use]]
            change = _pole_terms(curve[:, use], log_density, target[use], pole[use])
            np.add.at(total, row[use], change[0])
            np.add.at(slope, row[use], change[1])
        return total, slope


def _panels(phi, root):
    """phi'^2 and probability at the nodes of panels that resolve it, shape (panels, nodes)."""
    half = phi.odd or phi.even
    edges = gaussian.panels(phi, np.array([[root]]), half)[0]
    low, high = edges[:-1], edges[1:]
    low, high = low[high > low], high[high > low]
    scale = (2 if half else 1) / np.sqrt(2 * np.pi)
    top, done = 0.0, []
    for level in range(_LEVELS):
        middle, width = 0.5 * (low + high), 0.5 * (high - low)
        z = middle[:, None] + width[:, None] * _S
        value = phi.derivative(root * z) ** 2
        mass = width[:, None] * _W * (np.exp(-0.5 * z * z) * scale)
        top = max(top, value.max())
        most, least = value.max(1), value.min(1)
        share = mass.sum(1)
        floor = top * np.where(share > 1e-4, _LOWEST, _FLOOR)
        # Around an extremum a panel must be so short that T is close to a parabola there.
        turns = (np.diff(value).min(1) < 0) & (np.diff(value).max(1) > 0) & (most > 1.02 * least)
        split = (turns | (most > _RATIO * least)) & (most > floor) & (share > 1e-18)
        done.append((value[~split], mass[~split]))
        if not split.any() or level == _LEVELS - 1:
            break
        low, middle, high = low[split], middle[split], high[split]
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
    return [np.concatenate(column) for column in zip(*done, strict=True)]


def _chunks(array, width):
    return np.array_split(array, max(1, array.size * width // _AT_ONCE))


def _value(coefficients, s, order=0):
    if order:
        coefficients = legendre.legder(coefficients, order)
    return legendre.legval(s, coefficients, tensor=False)


def _roots(curve, target, start):
    """Up to two roots of curve(s) = target near [-1, 1], each NaN where there is none."""
    first = _root(curve, target, start)
    # Near an extremum of T a second pole lies opposite the first.
    second = np.full_like(first, np.nan)
    found = np.flatnonzero(~np.isnan(first))
    curve, target, s = curve[:, found], target[found], first[found]
    rate, bend = _value(curve, s, 1), _value(curve, s, 2)
    close = np.flatnonzero(np.abs(rate) < 2 * np.abs(bend))
    guess = s[close] - 2 * rate[close] / bend[close]
    second[found[close]] = _root(curve[:, close], target[close], guess)
    second[np.abs(second - first) < 1e-7] = np.nan
    return first, second


def _root(curve, target, s):
    """Newton's method for curve(s) = target; NaN where it finds no root near [-1, 1]."""
    found = np.full(s.shape, np.nan, complex)
    open_ = np.arange(s.size)
    for _ in range(12):
        slope = _value(curve, s, 1)
        step = (_value(curve, s) - target) / np.where(slope == 0, 1e-300, slope)
        s = s - step / np.maximum(1, 2 * np.abs(step))
        done = np.abs(step) < 1e-12
        found[open_[done]] = s[done]
        # Outside the ellipse of size 3 the quadrature is accurate as it is.
        edge = np.sqrt(s * s - 1)
        stay = ~done & (np.maximum(np.abs(s + edge), np.abs(s - edge)) < 6)
        open_, curve, target, s = open_[stay], curve[:, stay], target[stay], s[stay]
        if not open_.size:
            break
    edge = np.sqrt(found * found - 1)
    found[np.maximum(np.abs(found + edge), np.abs(found - edge)) > 3] = np.nan
    return found


def _pole_terms(curve, log_density, zeta, s):
    """Integral minus quadrature of the pole of T / (zeta - T) at s, and zeta d/dzeta of it."""
    gap = _S - s[:, None]
    missed = np.log((s - 1) / (s + 1)) - (_W / gap).sum(1)
    missed_slope = 1 / (s - 1) - 1 / (s + 1) - (_W / gap**2).sum(1)
    d = np.exp(_value(log_density, s))
    d_slope = d * _value(log_density, s, 1)
    rate, bend = _value(curve, s, 1), _value(curve, s, 2)
    total = -zeta * d * missed / rate
    along = (d_slope * missed + d * missed_slope - d * missed * bend / rate) / rate**2
    return total, total - zeta**2 * along
