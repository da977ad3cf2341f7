"""Members of the scaled-bounded class that come close to what no member attains.

A saw leaves the linear part with slope -1, down to a floor, and zigzags above the floor with
slopes 1 and -1 as far as Gaussian averages reach. With the floor at 0 and ever finer teeth its
half-width ratio on the edge of chaos tends to `bounds.half_width_ratio_max`. With the floor just
below a it is the clip as far as E[phi^2] sees, with a moment ratio close to 1.
"""

import numpy as np

from . import checks
from .activations import Activation
from .elementwise import library, where


def fine_saw(a, teeth, floor=0.0, reach=12.0):
    """The odd saw of slope 1 on [-a, a] with teeth of height a / teeth above floor * a.

    Parameters
    ----------
    a : float
        Half-width of the linear region, greater than 0.
    teeth : int
        Teeth in a length of 2 a, at least 1.
    floor : float
        Lowest size beyond the linear region in units of a, from 0 to 1 - 1 / teeth.
    reach : float
        Where the teeth end, in units of a and rounded to a whole tooth flank; at least
        2 - floor. The saw is constant beyond.

    Returns
    -------
    Activation

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number or out of range.

    Examples
    --------
    >>> import numpy as np
    >>> fine_saw(1.0, 4)(np.array([1.0, 1.5, 2.0, 2.25, 2.5])).tolist()
    [1.0, 0.5, 0.0, 0.25, 0.0]
    """
    a, teeth = float(checks.real("a", a, above=0)), int(checks.whole("teeth", teeth, low=1))
    floor, reach = float(checks.real("floor", floor, low=0)), float(checks.real("reach", reach))
    if floor > 1 - 1 / teeth + 1e-12:
        raise ValueError(f"floor must be at most 1 - 1 / teeth = {1 - 1 / teeth:g}, got {floor}")
    start = 2 - floor
    if not start <= reach < np.inf:
        raise ValueError(f"reach must be finite and at least 2 - floor = {start:g}, got {reach}")
    flanks = int(round((reach - start) * teeth))
    kinks = a * np.concatenate([[1.0], start + np.arange(flanks + 1) / teeth])

    def value(x):
        xp, u = library(x), abs(x) / a
        down = xp.clip(2 - u, floor, None)
        t = xp.clip((u - start) * teeth, 0, flanks)
        tooth = 1 - abs(t % 2 - 1)
        return where(u <= 1, x, a * xp.sign(x) * (down + tooth / teeth))

    def derivative(x):
        xp, u = library(x), abs(x) / a
        t = (u - start) * teeth
        flank = where(t < flanks, 1 - 2 * (xp.floor(t) % 2), 0 * u)
        return where(u < 1, 1 + 0 * u, where(t < 0, -1 + 0 * u, flank))

    return Activation(
        "saw",
        value,
        derivative,
        kinks=(*-kinks, *kinks),
        odd=True,
        half_width=a,
        linear_pieces=True,
    )
