"""Automatic checks of a reader's answers.

An exercise is registered by a function without arguments that computes the answer. It lives in
`afli/teach/answers/<part>.py`, out of the reader's way::

    @exercise("III.1.2", hint="Set q = V(q) and solve the quadratic.")
    def fixed_point_of_clip():
        return afli.fixed_point(afli.activation("hard_tanh"), 1.5, 0.1)

The chapter asks, and the reader replaces the dots::

    check("III.1.2", ...)

Wrong answers that are easy to fall for are named with `mistakes`, so that the check can say what
went wrong. Where many answers are right, `judged` registers a function that looks at the answer.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from afli.teach.registry import Registry


@dataclass(frozen=True)
class Exercise:
    """One exercise: its number, a hint, the function that computes the answer, the tolerance.

    `mistakes` maps what a wrong answer shows, a sentence, to the function that computes it. With a
    `judge` many answers are right, and `solve` gives one of them.
    """

    id: str
    hint: str
    solve: Callable[[], object]
    rtol: float = 0.01
    atol: float = 1e-9
    mistakes: dict[str, Callable[[], object]] = field(default_factory=dict)
    judge: Callable[[object], str | None] | None = None


_registry = Registry("exercise id", "afli.teach.answers")


def exercise(
    id: str, *, hint: str, rtol: float = 0.01, atol: float = 1e-9, mistakes: dict | None = None
):
    """Register the decorated function as the one that computes the answer of exercise `id`.

    Parameters
    ----------
    id : str
        Part, chapter and number, such as "III.1.2".
    hint : str
        One or two sentences shown with a wrong answer. They must not give the answer away.
    rtol, atol : float
        Relative and absolute tolerance on numbers. The default accepts three correct digits.
    mistakes : dict of str to callable, optional
        Wrong answers that readers are likely to give: a sentence that says what went wrong, and
        the function that computes the answer one gets then.

    Raises
    ------
    ValueError
        If the id is taken.
    """

    def register(solve):
        return _register(solve, Exercise(id, hint, solve, rtol, atol, mistakes or {}))

    return register


def judged(id: str, *, hint: str, example: Callable[[], object]):
    """Register the decorated function as the judge of an exercise with many right answers.

    It is called with the reader's answer and returns None if that is right, or a sentence that
    says what is wrong with it, and may raise TypeError or ValueError on an answer of another kind.

    Parameters
    ----------
    id, hint
        As for `exercise`.
    example : callable
        Gives one of the right answers.

    Raises
    ------
    ValueError
        If the id is taken.
    """

    def register(judge):
        return _register(judge, Exercise(id, hint, example, judge=judge))

    return register


def _register(function, new):
    _registry.add(new.id, function, new)
    return function


@cache
def exercises() -> dict[str, Exercise]:
    """All registered exercises by id."""
    return _registry.load()


def check(id: str, answer: object) -> None:
    """Print whether `answer` is right, and a hint if it is not. The solution is never printed.

    Parameters
    ----------
    id : str
        Part, chapter and number, such as "III.1.2".
    answer : number, array, string, bool or what the exercise asks for
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
    reason = objection(task, answer)
    if reason is None:
        print(f"Exercise {id}: correct.")
    else:
        print(f"Exercise {id}: not yet. {reason}Hint: {task.hint}")


def objection(task: Exercise, answer: object) -> str | None:
    """Why an answer is wrong (possibly the empty string), or None where it is right."""
    if task.judge is not None:
        return _judged(task, answer)
    reason = _difference(task, task.solve(), answer)
    if reason is None:
        return None
    for explanation, wrong in task.mistakes.items():
        if _difference(task, wrong(), answer) is None:
            return f"{explanation} "
    return reason


def _judged(task: Exercise, answer: object) -> str | None:
    try:
        reason = task.judge(answer)
    except (TypeError, ValueError, IndexError) as error:
        return f"The answer cannot be used: {error}. "
    return None if reason is None else f"{reason} "


def _difference(task: Exercise, expected: object, answer: object) -> str | None:
    """How an answer differs from another one, or None where it does not."""
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

    whole = isinstance(expected, int)  # has to be exact, and has no more digits to give
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
    if not whole and _rounded_too_far(given, expected):
        return "Right as far as it goes: give more digits. "
    if right.any():
        wrong = ", ".join(str(i + 1) for i in np.flatnonzero(~right))
        return f"{int(right.sum())} of {right.size} entries are right; not entry {wrong}. "
    return ""


def _rounded_too_far(given: np.ndarray, expected: np.ndarray) -> bool:
    """Whether the answer is the right one, rounded to the digits that it has."""
    pairs = zip(given.flat, expected.flat, strict=True)
    return all(float(f"{right:.{_digits(mine)}g}") == mine for mine, right in pairs)


def _digits(number: float) -> int:
    """How many significant digits a number is written with, at least one."""
    digits = repr(abs(float(number))).split("e")[0].replace(".", "").strip("0")
    return max(len(digits), 1)
