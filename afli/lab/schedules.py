"""Half-widths a that change during training."""

import math

from ..theory import checks

SCHEDULES = ("constant", "linear", "cosine", "authors")
AUTHORS_SHARE = 0.8  # 80 of their 100 epochs


def half_width(schedule, epoch, epochs, a, a_end):
    """The half-width a in an epoch of training.

    Parameters
    ----------
    schedule : {"constant", "linear", "cosine", "authors"}
        Linear and cosine go from `a` in the first epoch to `a_end` in the last. The authors' goes
        linearly over the first four fifths of the epochs, 80 of their 100, and stays there; they
        used 10 to 2.
    epoch : int
        From 0 to epochs - 1.
    epochs : int
        Length of the training.
    a, a_end : float
        Half-widths at the start and at the end; `a_end` is not used by "constant".

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the schedule is unknown, the epoch is out of range or a half-width is not positive.

    References
    ----------
    Murray, Abrol and Tanner (2021), section 4, and their published code for "authors".

    Examples
    --------
    >>> [half_width("linear", epoch, 5, 10, 2) for epoch in range(5)]
    [10.0, 8.0, 6.0, 4.0, 2.0]
    """
    checks.choice("schedule", schedule, SCHEDULES)
    checks.whole("epochs", epochs, low=1)
    if not 0 <= checks.whole("epoch", epoch, low=0) < epochs:
        raise ValueError(f"epoch must be less than epochs = {epochs}, got {epoch}")
    a = float(checks.real("a", a, above=0))
    if schedule == "constant":
        return a
    a_end = float(checks.real("a_end", a_end, above=0))
    length = round(AUTHORS_SHARE * epochs) if schedule == "authors" else epochs
    done = min(epoch / max(length - 1, 1), 1.0)
    if schedule == "cosine":
        done = (1 - math.cos(math.pi * done)) / 2
    return a + (a_end - a) * done
