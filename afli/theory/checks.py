"""Checks of arguments: bad input gets an error that names the argument, its value and the cure."""

import numpy as np


def real(name, value, *, low=None, high=None, above=None):
    """Return `value` as a float64 array, or say what is wrong with it.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array_like of float
        What the caller gave.
    low, high : float, optional
        Smallest and largest value allowed.
    above : float, optional
        Bound that every value must exceed.

    Raises
    ------
    TypeError
        If `value` is not made of real numbers, or some of them are masked.
    ValueError
        If a value is NaN, infinite or out of range.
    """
    unmasked(name, value)
    try:
        # A whole number may be too large for NumPy's own.
        array = np.asarray(float(value) if type(value) is int else value)
    except (ValueError, RuntimeError, TypeError, OverflowError) as error:
        raise TypeError(f"{name} must be a real number or an array of them: {error}") from None
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be a real number or an array of them, got {value!r}")
    array = array.astype(np.float64)
    wrong = ~np.isfinite(array)
    if wrong.any():
        raise ValueError(f"{name} must be finite, got {array[wrong].flat[0]}")
    for bad, rule in (
        (low is not None and array < low, f"at least {low}"),
        (high is not None and array > high, f"at most {high}"),
        (above is not None and array <= above, f"greater than {above}"),
    ):
        if np.any(bad):
            raise ValueError(f"{name} must be {rule}, got {array[bad].flat[0]}")
    return array


def unmasked(name, value):
    """Refuse a masked array: what is computed from it would not be masked."""
    if np.ma.is_masked(value):
        raise TypeError(
            f"{name} must not have masked values, got {value}: take {name}.compressed() to leave "
            f"them out, or {name}.filled(...) to replace them"
        )


def activation(phi):
    """Refuse what is not an activation."""
    if not (hasattr(phi, "derivative") and hasattr(phi, "kinks")):
        raise TypeError(f"phi must be an activation, as afli.activation('tanh') is, got {phi!r}")


def whole(name, value, *, low, high=None):
    """Return `value` as an int from `low` to `high`, or say what is wrong with it."""
    number = real(name, value, low=low, high=high)
    if number.ndim or number != np.floor(number):
        raise ValueError(f"{name} must be a whole number, got {value!r}")
    return int(number)


def choice(name, value, options):
    """Return `value` if it is one of `options`, or say which there are."""
    if value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}, got {value!r}")
    return value


def broadcast(**arrays):
    """Broadcast named arrays against each other, or name the shapes that do not fit."""
    try:
        return np.broadcast_arrays(*arrays.values())
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(f"shapes do not broadcast: {shapes}") from None


def variances(**values):
    """Broadcast named variances, each at least 0, or say which is wrong."""
    return broadcast(**{name: real(name, value, low=0) for name, value in values.items()})


def unwrap(array):
    """A float for a zero-dimensional array, the array itself otherwise."""
    return float(array) if np.ndim(array) == 0 else array
