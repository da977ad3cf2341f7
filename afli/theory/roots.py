"""One safeguarded Newton iteration for all scalar equations of the theory."""

import numpy as np

MAX_STEPS = 160


def bracketed_newton(function, low, high, rising, start=None, what="root"):
    """Roots of many functions at once: Newton's method, bisection where that leaves the bracket.

    Parameters
    ----------
    function : callable
        ``function(x, index) -> (value, slope)`` at the points `x` of the equations `index`.
    low, high : ndarray, shape (n,)
        Brackets: the sign of the function differs between the two ends.
    rising : bool or ndarray of bool, shape (n,)
        Whether the function is positive at the upper end.
    start : ndarray, shape (n,), optional
        First guess (default: the middle).
    what : str
        What is solved for, for the message.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ArithmeticError
        If an equation is not solved after `MAX_STEPS` steps.
    """
    low, high = np.array(low, float), np.array(high, float)
    x = 0.5 * (low + high) if start is None else np.clip(start, low, high)
    rising = np.broadcast_to(rising, x.shape)
    open_ = np.arange(x.size)
    for number in range(MAX_STEPS):
        value, slope = function(x[open_], open_)
        above = (value > 0) == rising[open_]
        high[open_[above]] = x[open_[above]]
        low[open_[~above]] = x[open_[~above]]
        step = np.divide(value, slope, out=np.full_like(value, np.inf), where=slope != 0)
        new = x[open_] - step
        # After a Newton step of 1e-10 what is left of the error is far below rounding.
        size = np.maximum(1.0, np.abs(x[open_]))
        done = np.abs(step) <= 1e-10 * size
        outside = ~done & ~((new > low[open_]) & (new < high[open_]))
        if number > 10 and number % 2:
            outside = ~done  # where rounding leads Newton astray, the bracket still shrinks
        new[outside] = 0.5 * (low[open_] + high[open_])[outside]
        done |= outside & (high[open_] - low[open_] <= 4e-16 * size)
        x[open_] = new
        open_ = open_[~done]
        if not open_.size:
            return x
    raise ArithmeticError(f"{what}: {open_.size} of {x.size} unsolved after {MAX_STEPS} steps")
