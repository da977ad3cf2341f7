"""The tasks of the assignments are the exercises of the book, with numbers that are not its own."""

import itertools
import re

import numpy as np
import pytest

from afli.teach.exercises import exercises, objection
from afli.teach.tasks import mark, task, tasks

TASKS = list(tasks().values())


def every_set(asked):
    """Every combination of parameters that can be drawn."""
    for values in itertools.product(*asked.choices.values()):
        yield dict(zip(asked.choices, values, strict=True))


@pytest.fixture(params=TASKS, ids=lambda asked: asked.id)
def asked(request):
    return request.param


def test_with_the_parameters_of_the_book_it_is_the_exercise_of_the_book(asked):
    assert objection(exercises()[asked.id], asked.solve(**asked.book)) is None


def test_the_solution_in_the_book_earns_nothing_and_mistakes_are_told_apart(asked):
    in_the_book = asked.solve(**asked.book)
    assert asked.mistakes
    for number in range(1, 20):
        here = asked.exercise(asked.draw(number))
        answer = here.solve()
        assert np.isfinite(np.asarray(answer, float)).all()
        assert objection(here, answer) is None
        reason = objection(here, in_the_book)
        assert reason is not None and reason.strip() not in here.mistakes
        for text, wrong in here.mistakes.items():
            assert text.endswith(".")
            assert (objection(here, wrong()) or "").strip() == text


def test_the_hint_does_not_speak_of_the_numbers_of_the_book(asked):
    """Neither as they stand nor as a fraction of 1: "1/1000" for 0.001."""
    hint = asked.exercise(asked.book).hint
    numbers = [float(text) for text in re.findall(r"(?<![\w^])\d+\.?\d*", hint)]
    told = {value for value in asked.book.values() if value not in (1, 2, 3)}
    assert not told & {*numbers, *(1 / number for number in numbers if number)}


def test_three_digits_are_enough_and_whole_numbers_are_exact(asked):
    for number in range(1, 20):
        here = asked.exercise(asked.draw(number))
        answer = here.solve()
        if isinstance(answer, int):
            assert "digits" not in (objection(here, answer + 10) or "")
            continue
        rounded = [float(f"{value:.3g}") for value in np.atleast_1d(np.asarray(answer, float))]
        assert objection(here, rounded if np.ndim(answer) else rounded[0]) is None


def test_no_layer_is_decided_by_a_rounding():
    """The layer of a correlation is the next whole number, never one that is hit exactly."""
    for given in every_set(tasks()["III.5.2"]):
        exact = given["q"] / given["sigma_b2"] * given["rho"] / (1 - given["rho"])
        assert abs(exact - round(exact)) > 1e-3


def test_there_are_many_fair_sets(asked):
    sets = [given for given in every_set(asked) if asked.is_fair(given)]
    assert len(sets) >= 40
    assert all(asked.draw(number) in sets for number in range(1, 9))


def test_two_sets_have_few_questions_in_common():
    """So that the answers of one year, or of one group, are of no use to the next."""
    draws = [{task.id: task.draw(number) for task in TASKS} for number in range(1, 41)]
    common = [
        sum(one[id] == other[id] for id in one) for one, other in itertools.combinations(draws, 2)
    ]
    assert np.mean(common) < 0.25 and max(common) <= 3


def test_a_coincidence_is_not_fair():
    asked = tasks()["I.2.4"]
    assert asked.is_fair({"s": 0.005, "fan_in": 256, "layers": 15})
    assert not asked.is_fair({"s": 0.01, "fan_in": 400, "layers": 20})  # the book's own


def test_a_set_is_drawn_again_as_it_was_and_sets_differ(asked):
    assert asked.draw(0) == asked.book
    assert asked.draw(5) == asked.draw(5)
    assert all(asked.draw(5)[name] in values for name, values in asked.choices.items())
    assert len({str(asked.draw(number)) for number in range(1, 12)}) > 2


def test_marks_are_full_half_or_none(capsys):
    asked = tasks()["IV.2.3"]
    given = asked.draw(3)
    right = asked.solve(**given)
    assert mark("IV.2.3", right, parameters=3, points=4) == 4
    assert capsys.readouterr().out == ""
    assert mark("IV.2.3", right / given["layers"], parameters=3, points=4) == 2
    assert "That is one layer" in capsys.readouterr().out
    assert mark("IV.2.3", asked.solve(**asked.book), parameters=3, points=4) == 0
    assert mark("IV.2.3", ..., parameters=3, points=4) == 0
    said = capsys.readouterr().out
    assert "There is no answer" in said and f"{right:.4f}" not in said


def test_parameters_have_to_agree_and_an_id_belongs_to_one_task():
    with pytest.raises(ValueError, match="takes \\['x'\\]"):
        task("T.1.1", book={"y": 1}, choices={"y": (2,)})(lambda x: x)
    with pytest.raises(ValueError, match="'IV.2.3' is taken by spread_of_leaky_relu"):
        task("IV.2.3", book={"x": 1}, choices={"x": (2,)})(lambda x: x)
