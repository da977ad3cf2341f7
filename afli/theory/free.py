"""Free probability of the Jacobian: from the slopes of one layer to the product of many.

With T = phi'^2 / mu_1 and M(zeta) = E[T / (zeta - T)], the product of `depth` layers has the
Green's function (1 + M) / z at z = zeta^depth (M / (1 + M))^(depth - 1), times (1 + M)^depth for
Gaussian weights (Pennington, Schoenholz and Ganguli 2018).
"""

import numpy as np

from .roots import bracketed_newton

_SHRINK, _CLOSE = 0.6, 1e-10  # the continuation towards the real axis: factor a step, and its end


def follow(law, depth, gaussian, target):
    """ln zeta where ln z = target + i 0, and whether this lies inside the support.

    On the negative axis z(zeta) is real and increasing. From there ln z is followed down to
    imaginary part 0 in shrinking steps: its inverse is analytic in a disc that reaches the real
    axis, so a step by a fixed share of the distance keeps Newton's method within its reach.
    """
    x = _negative_axis(law, depth, gaussian, target)
    rate = _real(law, depth, gaussian, x, -1.0)[1] + 0j
    u, height = x + 1j * np.pi, np.pi
    while height > max(_CLOSE, 3e-13 * depth):  # rounding grows with depth
        step = (_SHRINK - 1) * height
        height *= _SHRINK
        u, rate, _ = _newton(law, depth, gaussian, target + 1j * height, u + 1j * step / rate, 1e-2)
    u, rate, good = _newton(law, depth, gaussian, target + 1j * height, u, 1e-2)
    # At an edge of the support the rate is 0, and a value that hits it counts as outside.
    at_edge = ~good & (np.abs(rate) < 1e-2)
    lost = ~good & ~at_edge
    if lost.any():
        raise ArithmeticError(
            f"spectral density: {lost.sum()} of {u.size} values of s2, such as "
            f"{np.exp(target[lost][0]):.3g}, cannot be followed to the real axis: leave them out"
        )
    # Outside the support zeta goes to the real axis with z: its height is that of z over the rate.
    inside = np.flatnonzero((u.imag * np.abs(rate) > 3 * height) & ~at_edge)
    if inside.size:
        final, _, good = _newton(law, depth, gaussian, target[inside] + 0j, u[inside], 1e-12)
        u[inside[good]] = final[good]
    return u, np.isin(np.arange(u.size), inside)


def edge(law, depth, gaussian):
    """Upper end of the support, points with a mass of their own included."""
    top = law.value.max()

    def at(x):
        value, rate = _real(law, depth, gaussian, np.array([x]), 1.0)
        return value[0], rate[0]

    # On the real axis beyond T the map zeta -> z falls, then rises: it turns at the edge.
    low, high = np.log(top) + 1e-12, np.log(top) + 1.0
    if (depth == 1 and not gaussian) or at(low)[1] >= 0:
        return float(top**depth)
    for _ in range(100):
        if at(high)[1] >= 0:
            break
        high += 1.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if at(middle)[1] < 0 else (low, middle)
    return float(np.exp(at(high)[0]))


def _negative_axis(law, depth, gaussian, target):
    """ln r with z(-r) = -exp(target). As abs(z) <= r there, r is at least exp(target)."""

    def function(x, index):
        value, rate = _real(law, depth, gaussian, x, -1.0)
        return value - target[index], rate

    low, high, step = target.copy(), target + 1.0, 1.0
    for _ in range(60):
        short = function(high, np.arange(target.size))[0] < 0
        if not short.any():
            break
        step *= 2
        high[short] += step
    return bracketed_newton(function, low - 1e-9, high, True, what="start of the spectral density")


def _newton(law, depth, gaussian, target, u, tolerance):
    """At most 12 of Newton's steps for ln z = target in the upper half-plane.

    Returns the solution, the derivative of ln z, and where the last step is below `tolerance`
    times the height of the solution (or rounding).
    """
    u, rate, good = u.copy(), np.empty_like(u), np.zeros(u.shape, bool)
    for _ in range(12):
        i = np.flatnonzero(~good)
        if not i.size:
            break
        at = u[i].real + 1j * np.clip(u[i].imag, 1e-300, np.pi - 1e-9)
        value, rate[i] = _log_z(law, depth, gaussian, at)
        step = (value - target[i]) / rate[i]
        u[i] = at - step
        rounding = 1e-14 * depth * (2 + np.abs(at)) / np.abs(rate[i])
        good[i] = np.abs(step) < tolerance * u[i].imag + rounding
    return u, rate, good


def _log_z(law, depth, gaussian, u):
    """ln z at zeta = exp(u), and its derivative in u."""
    m, one_plus_m, slope = law.transform(np.exp(u))
    value = depth * u + (depth - 1) * np.log(m) + (1 + (gaussian - 1) * depth) * np.log(one_plus_m)
    rate = depth + slope * ((depth - 1) / m + (1 + (gaussian - 1) * depth) / one_plus_m)
    return value, rate


def _real(law, depth, gaussian, x, sign):
    """ln abs(z) and its derivative at real zeta = sign exp(x), off the support of T."""
    m, one_plus_m, slope = law.transform(sign * np.exp(x))
    power = 1 + (gaussian - 1) * depth
    value = depth * x + (depth - 1) * np.log(np.abs(m)) + power * np.log(np.abs(one_plus_m))
    return value, depth + slope * ((depth - 1) / m + power / one_plus_m)
