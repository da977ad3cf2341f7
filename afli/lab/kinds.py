"""Checks of the kind of an argument: an object of this package, or a sequence of something."""


def instance(name, value, kind, example):
    """Return `value` if it is of a kind, or say how to get one.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : object
        What the caller gave.
    kind : type
    example : str
        An expression that makes one.

    Raises
    ------
    TypeError

    Examples
    --------
    >>> instance("label", 3, str, "'cat'")
    Traceback (most recent call last):
    TypeError: label must be of type str, such as 'cat', got 3
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be of type {kind.__name__}, such as {example}, got {value!r}")
    return value


def sequence(name, values, example):
    """Return `values` as a tuple, or say that they must be a sequence with something in it.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    values : iterable
        A text or a dict is none.
    example : str
        An expression that makes one.

    Raises
    ------
    TypeError, ValueError

    Examples
    --------
    >>> sequence("seeds", range(2), "(0, 1)")
    (0, 1)
    """
    try:
        found = None if isinstance(values, str | bytes | dict) else tuple(values)
    except TypeError:
        found = None
    if found is None:
        raise TypeError(f"{name} must be a sequence, such as {example}, got {values!r}")
    if not found:
        raise ValueError(f"{name} must not be empty: take one such as {example}")
    return found
