"""Automatic checks of a reader's answers.

An exercise is registered by a function without arguments that computes the answer. It lives in
`afli/teach/answers/<part>.py`, out of the reader's way::

    @exercise("III.1.2", hint="Set q = V(q) and solve the quadratic.")
    def fixed_point_of_clip():
        return afli.fixed_point(afli.activation("hard_tanh"), 1.5, 0.1)

The chapter asks, and the reader replaces the dots::

    check("III.1.2", ...)
"""

import difflib
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np


@dataclass(frozen=True)
class Exercise:
    """One exercise: its number, a hint, the function that computes the answer, the tolerance."""

    id: str
    hint: str
    solve: Callable[[], object]
    rtol: float
    atol: float


_registered: dict[str, Exercise] = {}


def exercise(id: str, *, hint: str, rtol: float = 0.01, atol: float = 1e-9):
    """Register the decorated function as the one that computes the answer of exercise `id`.

    Parameters
    ----------
    id : str
        Part, chapter and number, such as "III.1.2".
    hint : str
        One or two sentences shown with a wrong answer. They must not give the answer away.
    rtol, atol : float
        Relative and absolute tolerance on numbers. The default accepts three correct digits.

    Raises
    ------
    ValueError
        If the id is taken.
    """

    def register(solve):
        known = _registered.get(id)
        if known is not None and known.solve.__qualname__ != solve.__qualname__:
            raise ValueError(f"exercise id {id!r} is taken by {known.solve.__qualname__}")
        _registered[id] = Exercise(id, hint, solve, rtol, atol)
        return solve

    return register


@cache
def exercises() -> dict[str, Exercise]:
    """All registered exercises by id."""
    package = importlib.import_module("afli.teach.answers")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return _registered


def check(id: str, answer: object) -> None:
    """Print whether `answer` is right, and a hint if it is not. The solution is never printed.

    Parameters
    ----------
    id : str
        Part, chapter and number, such as "III.1.2".
    answer : number, array, string or bool
        The reader's answer; `...` for one that is not there yet.

    Raises
    ------
    ValueError
        If there is no such exercise; the message names the nearest ids.
    """
    if id not in exercises():
        near = difflib.get_close_matches(str(id), exercises(), n=3, cutoff=0.0)
        raise ValueError(
            f"there is no exercise {id!r}; the nearest are {', '.join(near) or 'none'}"
        )
    task = exercises()[id]
    if answer is ...:
        print(f"Exercise {id}: put your answer in place of the dots.")
        return
    reason = _objection(task, answer)
    if reason is None:
        print(f"Exercise {id}: correct.")
    else:
        print(f"Exercise {id}: not yet. {reason}Hint: {task.hint}")


def _objection(task: Exercise, answer: object) -> str | None:
    """Why an answer is wrong (possibly the empty string), or None where it is right."""
    expected = task.solve()
    if isinstance(expected, str | bool | np.bool_):
        kind = "a string" if isinstance(expected, str) else "True or False"
        if isinstance(expected, str):
            if not isinstance(answer, str):
                return f"The answer is {kind}. "
            same = answer.strip().casefold() == expected.casefold()
        else:
            if not isinstance(answer, bool | np.bool_):
                return f"The answer is {kind}. "
            same = bool(answer) == bool(expected)
        return None if same else ""

    expected = np.asarray(expected, dtype=float)
    try:
        given = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return "The answer is a number or an array of numbers. "
    if given.shape != expected.shape:
        return f"The answer has shape {expected.shape}, yours has {given.shape}. "
    if np.isnan(given).any():
        return "Your answer contains NaN. "
    right = np.isclose(given, expected, rtol=task.rtol, atol=task.atol)
    if right.all():
        return None
    if np.isclose(given, expected, rtol=10 * task.rtol, atol=task.atol).all():
        return "Close: give one more digit. "
    if right.any():
        return f"{int(right.sum())} of {right.size} entries are right. "
    return ""
