"""Pair averages by quadrature in the plane: always right, used where faster ways do not reach."""

import numpy as np

from . import gaussian

_AT_ONCE = 300_000  # nodes held in memory together
_MOST = 100_000_000  # nodes for one average, some seconds of work


def pair_average(phi, function, q, rho):
    """E[f(U1) f(U2)] for one variance and one correlation, f = phi or phi'.

    With s = (U1 + U2) / (2 c sqrt(q)) and t = (U1 - U2) / (2 d sqrt(q)), where c^2 = (1 + rho)/2
    and d^2 = (1 - rho)/2, s and t are independent standard normals. For each t the integral over
    s is split where U1 or U2 crosses a kink, and the integral over t where two such crossings
    meet: between these lines the integrand is smooth, however close rho is to 1.

    Parameters
    ----------
    phi : Activation
        Gives the kinks and the symmetry.
    function : callable
        ``phi`` itself or ``phi.derivative``.
    q, rho : float

    Returns
    -------
    float
    """
    # A negative correlation is a positive one with the second variable mirrored.
    sign = -1.0 if rho < 0 else 1.0
    root, c, d = np.sqrt(q), np.sqrt((1 + abs(rho)) / 2), np.sqrt((1 - abs(rho)) / 2)
    kinks = np.array([0.0, *phi.kinks])
    around = np.concatenate([kinks, gaussian.marks(phi, root, phi.half_width)])
    # The distance between the two variables matters even where both are in the linear region.
    apart = gaussian.marks(phi, root, 0.0)
    meetings = np.concatenate([(kinks[:, None] - sign * kinks).ravel(), apart])
    # The integrand is even in t, unless the mirror breaks it, and in s for an odd or even phi.
    even_t, even_s = rho >= 0 or phi.odd or phi.even, phi.odd or phi.even
    t, outer = gaussian.panel_nodes(_edges(meetings[None] / (2 * max(d, 1e-300) * root), even_t)[0])
    size = t.size * gaussian.ORDER * (2 * around.size + 9)
    if size > _MOST:
        raise ValueError(
            f"q = {q:.3g} is too large for {phi.name} at rho = {rho:.6g}: {size:.1g} nodes are "
            f"needed to follow it, more than {_MOST:.1g}; take a smaller q"
        )
    total = 0.0
    for part in np.array_split(np.arange(t.size), -(-size // _AT_ONCE)):
        shift = d * root * t[part, None]
        crossings = np.concatenate([around - shift, sign * around + shift], axis=-1) / (c * root)
        s, inner = gaussian.panel_nodes(_edges(crossings, even_s))
        values = function(c * root * s + shift) * function(sign * (c * root * s - shift))
        rows = gaussian.mean(values, np.exp(-0.5 * s * s) * inner)
        total += float(np.sum(rows * np.exp(-0.5 * t[part] ** 2) * outer[part]))
    return total * (1 + even_t) * (1 + even_s) / (2 * np.pi)


def _edges(points, half):
    """Sorted edges of panels over the reach of the normal density, including the given points."""
    reach = gaussian.REACH
    side = np.array([1.5, 3.0, 5.5, reach])
    base = np.concatenate([[0.0], side] if half else [-side, [0.0], side])
    base.sort()
    base = np.broadcast_to(base, (points.shape[0], base.size))
    return np.sort(np.clip(np.concatenate([points, base], axis=-1), base[0, 0], reach), axis=-1)
