"""Fixed points of the variance map: the length at which signals settle with depth."""

from weakref import WeakKeyDictionary

import numpy as np

from . import checks, gaussian
from .moments import Moments
from .roots import bracketed_newton

# Fixed points are looked for between these variances, and farther if a kink lies farther.
LOWEST, HIGHEST = 1e-20, 1e20
LEAST = 1e-300  # a fixed point below counts as 0
PER_DECADE = 4
ROUNDING = 1e-14  # of q, in V(q) - q
_scans = WeakKeyDictionary()


class NoFixedPoint(ValueError):
    """Raised where the variance map has no fixed point; the message gives cause and cure."""


def fixed_point(phi, sigma_w2, sigma_b2):
    """q* = V(q*), the variance at which lengths settle with depth.

    If V has several fixed points, this is the smallest stable one. (GELU and SiLU have two at
    small bias variance.) Where V is the identity, as for ReLU at sigma_w2 = 2 and sigma_b2 = 0,
    every variance is fixed and 1 is returned.

    Parameters
    ----------
    phi : Activation
    sigma_w2, sigma_b2 : array_like of float
        Variance of the weights times the fan-in, and of the biases; at least 0.

    Returns
    -------
    float or ndarray
        Preactivation variance; the arguments broadcast. Below 1e-300 it counts as 0.

    Raises
    ------
    NoFixedPoint
        If lengths grow without bound for one of the settings, or farther than is looked: to
        1e20, or to 1e4 times the square of the outermost kink if that is more.
    TypeError, ValueError
        If an argument is not a number, out of range, or its shape does not fit.

    References
    ----------
    Poole et al. (2016); Murray, Abrol and Tanner (2021), section 2.1.

    Examples
    --------
    >>> import afli
    >>> round(afli.fixed_point(afli.activation("tanh"), 1.5, 0.05), 6)
    0.418037
    """
    checks.activation(phi)
    sigma_w2, sigma_b2 = checks.variances(sigma_w2=sigma_w2, sigma_b2=sigma_b2)
    w, b = np.ravel(sigma_w2), np.ravel(sigma_b2)
    solve = _homogeneous_fixed_point if phi.homogeneous else _fixed_point
    result = solve(phi, w, b)
    return checks.unwrap(result.reshape(sigma_w2.shape))


def growth(phi, moments, q, sigma_w2, sigma_b2):
    """V(q) - q and its slope, without cancellation where phi is close to a line through 0."""
    gain = sigma_w2 * phi.slope**2 - 1
    close = _close_to_a_line(phi, moments, q)
    linear = sigma_b2 + gain * q + sigma_w2 * moments.excess
    direct = sigma_b2 + sigma_w2 * moments.square - q
    linear_slope = gain + sigma_w2 * moments.excess_rate
    direct_slope = sigma_w2 * moments.square_rate - 1
    return np.where(close, linear, direct), np.where(close, linear_slope, direct_slope)


def _close_to_a_line(phi, moments, q):
    return np.abs(moments.excess) < 0.5 * phi.slope**2 * q


def _rises(phi, moments, q, w, b):
    """Whether V(q) > q, also where rounding hides the difference: there only V(q) - q is known."""
    height = growth(phi, moments, q, w, b)[0]
    hidden = (np.abs(height) < ROUNDING * q) & ~_close_to_a_line(phi, moments, q)
    return (height > 0) | hidden, height


def scan(phi):
    """The moments of `phi` on a logarithmic grid of variances, computed once an activation."""
    if phi not in _scans:
        q = _grid(np.abs([kink for kink in phi.kinks if kink]))
        if phi.oscillates:
            coarse = np.arange(q.size) % PER_DECADE == 0
            q = q[(q <= gaussian.highest_resolved(phi)) & (coarse | (q < 1e4))]
        _scans[phi] = q, Moments(phi, q)
    return _scans[phi]


def _grid(kinks):
    q = np.geomspace(LOWEST, HIGHEST, 40 * PER_DECADE + 1)
    least = min(LOWEST, 1e-4 * kinks.min(initial=1.0) ** 2)
    most = max(HIGHEST, 1e4 * kinks.max(initial=1.0) ** 2)
    below = np.arange(np.log10(least), -20 - 1e-9, 1 / PER_DECADE)
    above = np.arange(np.log10(most), 20 + 1e-9, -1 / PER_DECADE)
    return np.concatenate([10**below, q, 10 ** above[::-1]])


def _message(phi, sigma_w2, sigma_b2):
    end = "without bound"
    found = (
        f"the variance map of {phi.name} has no stable fixed point at sigma_w2 = {sigma_w2:.6g}, "
        f"sigma_b2 = {sigma_b2:.6g}: V(q) > q for every q > 0"
    )
    if not phi.homogeneous:
        top = scan(phi)[0][-1]
        end = "beyond that"
        beyond = ", beyond which its oscillation is not resolved" if phi.oscillates else ""
        found += f" up to {top:.3g}{beyond}"
    return (
        f"{found}, so lengths grow {end} with depth; take a smaller sigma_w2, a smaller "
        "sigma_b2 or a bounded activation"
    )


def _homogeneous_fixed_point(phi, w, b):
    """V(q) = g q + sigma_b2 is a line for a homogeneous activation."""
    one = np.ones(1)
    gain = w * Moments(phi, one).square[0]
    level = np.abs(gain - 1) < 4e-16
    with np.errstate(divide="ignore", invalid="ignore"):
        result = np.where(level, np.where(b == 0, 1.0, np.nan), b / (1 - gain))
    missing = np.isnan(result) | ((gain > 1) & ~level)
    if missing.any():
        i = missing.argmax()
        raise NoFixedPoint(_message(phi, w[i], b[i]))
    return result


def _fixed_point(phi, w, b):
    grid, moments = scan(phi)
    ups, _ = _rises(phi, moments, grid, w[:, None], b[:, None])
    falls = ups[:, :-1] & ~ups[:, 1:]
    result = np.full(w.shape, np.nan)
    start = b + w * phi.value(0.0) ** 2  # V(0), below which there is no fixed point
    below = ~ups[:, 0]
    zero = below & (start < LEAST)
    result[zero] = 0.0
    found = (falls.any(1) | below) & ~zero
    left = falls.argmax(1)
    low, high = np.log(grid[left]), np.log(grid[np.minimum(left + 1, grid.size - 1)])
    low = np.where(below, np.log(np.maximum(0.5 * start, 0.5 * LEAST)), low)
    high = np.where(below, np.log(grid[0]), high)
    for i in np.flatnonzero(~found & ~zero):
        dip = _hidden_dip(phi, grid, w[i], b[i])
        if dip is None:
            raise NoFixedPoint(_message(phi, w[i], b[i]))
        found[i], (low[i], high[i]) = True, dip
    solve = np.flatnonzero(found)
    if solve.size:
        result[solve] = np.exp(_newton(phi, w[solve], b[solve], low[solve], high[solve]))
    return result


def _newton(phi, w, b, low, high):
    def function(u, index):
        q = np.exp(u)
        moments = Moments(phi, q)
        value, slope = growth(phi, moments, q, w[index], b[index])
        return value / q, slope - value / q

    return bracketed_newton(
        function, low, high, rising=False, what=f"fixed point of V for {phi.name}"
    )


def _hidden_dip(phi, grid, w, b):
    """A bracket of two close fixed points that both fall between neighbours of the grid."""
    low, high = grid[0], grid[-1]
    for _ in range(5):
        q = np.geomspace(low, high, 40)
        ups, height = _rises(phi, Moments(phi, q), q, w, b)
        if not ups.all():  # at the first of them: the stable point comes before the other
            i = int(ups.argmin())
            return np.log(q[i - 1]), np.log(q[i])
        i = int((height / q).argmin())
        low, high = q[max(i - 1, 0)], q[min(i + 1, q.size - 1)]
    return None
