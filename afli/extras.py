"""What the package needs beyond NumPy and SciPy comes with its extras, and errors name them."""

from contextlib import contextmanager


@contextmanager
def needs(extra):
    """Say which extra of the package brings a module that the block does not find.

    Parameters
    ----------
    extra : str
        As in ``pip install "afli[lab]"``.

    Raises
    ------
    ModuleNotFoundError
        If the block raises it, for a module of another package.

    Examples
    --------
    >>> with needs("lab"):
    ...     with needs("cluster"):
    ...         import dusk
    Traceback (most recent call last):
    ModuleNotFoundError: dusk is not installed: pip install "afli[cluster]"
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "afli").partition(".")[0] == "afli":
            raise
        message = f'{error.name} is not installed: pip install "afli[{extra}]"'
        # Without a name, so that a block around this one lets it pass as it is.
        raise ModuleNotFoundError(message) from error
