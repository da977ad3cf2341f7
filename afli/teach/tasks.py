"""Exercises of the book with other numbers, for assignments that are marked.

The solutions stand in the book, so an assignment asks the same with other parameters. A task is
registered by the function that computes the answer from them. It lives in a module of
`afli/teach/assigned/`::

    @task("IV.2.3", book={"slope": 0.3, "layers": 20},
          choices={"slope": (0.2, 0.4, 0.5), "layers": (12, 30, 45)},
          mistakes={"The slope enters with its square.": lambda slope, layers: ...})
    def spread_of_leaky_relu(slope, layers):
        ...

With the parameters `book` it gives the answer of the exercise in the book, and the tests see to
that. A set of parameters is one number: `draw` picks from `choices` with it, and leaves out
coincidences. A mark is full for a right answer, half for a mistake that is known by name, and none
for anything else.
"""

import inspect
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, partial

from afli.teach.exercises import Exercise, exercises, objection
from afli.teach.registry import Registry


@dataclass(frozen=True)
class Task:
    """One exercise with parameters: those of the book, and what others are drawn from."""

    id: str
    solve: Callable[..., object]
    book: dict[str, object]
    choices: dict[str, tuple]
    mistakes: dict[str, Callable[..., object]] = field(default_factory=dict)
    hint: str | None = None

    def draw(self, number: int) -> dict[str, object]:
        """The parameters of set `number`, a fair one; set 0 is the one of the book."""
        if number == 0:
            return dict(self.book)
        rng = random.Random(f"{self.id} {number}")
        for _ in range(1000):
            given = {name: rng.choice(values) for name, values in self.choices.items()}
            if self.is_fair(given):
                return given
        raise ValueError(f"task {self.id!r} has no fair set of parameters: widen its choices")

    def is_fair(self, given: dict[str, object]) -> bool:
        """Whether the answer of the book is wrong here, and every mistake is told apart."""
        here = self.exercise(given)
        reason = objection(here, self.solve(**self.book))
        return reason is not None and reason.strip() not in here.mistakes and all(
            (objection(here, wrong()) or "").strip() == text
            for text, wrong in here.mistakes.items()
        )  # fmt: skip

    def exercise(self, given: dict[str, object]) -> Exercise:
        """The exercise of the book with these parameters; three digits are enough."""
        here = exercises()[self.id]
        whole = isinstance(self.solve(**given), int)
        return replace(
            here,
            solve=partial(self.solve, **given),
            mistakes={text: partial(wrong, **given) for text, wrong in self.mistakes.items()},
            hint=self.hint or here.hint,
            rtol=here.rtol if whole else max(here.rtol, 0.005),
        )


_registry = Registry("task", "afli.teach.assigned")


def task(
    id: str, *, book: dict, choices: dict, mistakes: dict | None = None, hint: str | None = None
):
    """Register the decorated function as the one that solves exercise `id` with any parameters.

    Parameters
    ----------
    id : str
        Of an exercise with one right answer.
    book : dict
        The parameters with which the book asks it.
    choices : dict of str to tuple
        For each parameter, the values to draw from, in any combination.
    mistakes : dict of str to callable, optional
        Wrong answers that earn half of the marks: a sentence, and the function of the parameters.
    hint : str, optional
        In place of the hint of the book, where that speaks of the numbers of the book.

    Raises
    ------
    ValueError
        If the id is taken, or the names of the parameters disagree.
    """
    mistakes = mistakes or {}

    def register(solve):
        names = list(inspect.signature(solve).parameters)
        if not names == list(book) == list(choices):
            raise ValueError(f"task {id!r}: the function takes {names}, not what is drawn")
        _registry.add(id, solve, Task(id, solve, book, choices, mistakes, hint))
        return solve

    return register


@cache
def tasks() -> dict[str, Task]:
    """All registered tasks by id."""
    return _registry.load()


def mark(id: str, answer: object, *, parameters: int, points: float) -> float:
    """The marks for an answer; what is wrong with it is printed, the answer is not.

    Parameters
    ----------
    id : str
        Of the task.
    answer : number, array, string or bool
        The student's answer.
    parameters : int
        The number of the set of parameters, as for `Task.draw`.
    points : float
        The marks for a right answer.
    """
    asked = tasks()[id]
    wanted = asked.exercise(asked.draw(parameters))
    reason = "There is no answer. " if answer is ... else objection(wanted, answer)
    if reason is None:
        return points
    print(f"{reason}Hint: {wanted.hint}")
    return points / 2 if reason.strip() in wanted.mistakes else 0.0
