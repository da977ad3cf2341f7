"""The activations of the course by name."""

import difflib
from functools import lru_cache

from . import checks, scaled_bounded, standard

_MAKERS = {**standard.MAKERS, **scaled_bounded.MAKERS}


def activation(name, **parameters):
    """Return the activation registered under `name`.

    Parameters
    ----------
    name : str
        One of `afli.activations()`.
    **parameters : float
        ``a`` (half-width of the linear region, required) and ``k`` (slope there, default 1) for
        the scaled-bounded families shtanh, ssin (a >= 1), sexp (a >= 1/2) and ssaw, and for their
        unbounded relatives sleaky (half the slope beyond a) and slog (a logarithm beyond a);
        ``slope`` (default 0.1) for leaky_relu. The others take none.

    Returns
    -------
    Activation

    Raises
    ------
    ValueError
        If the name is unknown or a parameter is out of range.
    TypeError
        If a parameter is missing, or not one of this activation's.

    References
    ----------
    Murray, Abrol and Tanner (2021), Definition 2.1 and section 2.3, for the families.

    Examples
    --------
    >>> phi = activation("shtanh", a=2.0)
    >>> phi(3.0), phi.derivative(0.5), phi.kinks
    (2.0, 1.0, (-2.0, 2.0))
    """
    if not isinstance(name, str) or name not in _MAKERS:
        near = difflib.get_close_matches(str(name), _MAKERS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"name {name!r} is unknown: {hint}choose from {', '.join(_MAKERS)}")
    _, required, optional = _MAKERS[name]
    for given in parameters:
        if given not in required + optional:
            takes = ", ".join(required + optional) or "none"
            raise TypeError(f"{name} has no parameter {given!r}: it takes {takes}")
    for needed in required:
        if needed not in parameters:
            raise TypeError(f"{name} needs the parameter {needed!r}, as in {name!r}, {needed}=2.0")
    values = {key: _scalar(key, value) for key, value in parameters.items()}
    return _made(name, **values)


@lru_cache(maxsize=512)
def _made(name, **values):
    """The same object for the same parameters, so that what is computed for it is kept."""
    phi = _MAKERS[name][0](**values)
    object.__setattr__(phi, "recipe", (name, tuple(values.items())))
    return phi


def rebuild(name, parameters):
    """The activation of a recipe: what a pickle of it holds."""
    return activation(name, **dict(parameters))


def activations():
    """The registered names, in the order of the course.

    Examples
    --------
    >>> activations()[:3]
    ('linear', 'tanh', 'erf')
    """
    return tuple(_MAKERS)


def _scalar(key, value):
    number = checks.real(key, value)
    if number.ndim:
        raise TypeError(f"{key} must be one number, got an array of shape {number.shape}")
    return float(number)
