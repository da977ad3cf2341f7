"""The checks of a reader's answers say what helps and never the solution."""

import re

import numpy as np
import pytest
from sources import sources

from afli.teach import exercises
from afli.teach.exercises import check, exercise, judged
from afli.teach.registry import Registry


@pytest.fixture
def registry(monkeypatch):
    """A few exercises instead of those of the course."""
    few = Registry("exercise id", "afli.teach.answers")
    monkeypatch.setattr(exercises, "_registry", few)
    exercise("T.1.1", hint="Think of the clip.")(lambda: 0.123456)
    exercise("T.1.2", hint="Sort them.", atol=1e-6)(lambda: np.array([1.0, 2.0, 0.0]))
    exercise("T.1.3", hint="Look at the slope.")(lambda: "chaotic")
    exercise("T.1.4", hint="Look again.")(lambda: True)
    forgotten = {"You forgot the factor 2.": lambda: 0.5, "That is the variance.": lambda: [1, 2]}
    exercise("T.1.5", hint="Start again.", mistakes=forgotten)(lambda: 1.0)

    @judged("T.1.6", hint="Try zero.", example=lambda: 0.0)
    def small(answer):
        if not float(answer) < 1:
            return f"{answer} is not below 1."

    monkeypatch.setattr(exercises, "exercises", lambda: few.entries)


@pytest.mark.parametrize(
    ("id", "answer", "says"),
    [
        ("T.1.1", ..., "in place of the dots"),
        ("T.1.1", 0.1235, "correct"),
        ("T.1.1", np.float32(0.1235), "correct"),
        ("T.1.1", 0.12, "not yet. Right as far as it goes: give more digits. Hint"),
        ("T.1.1", 0.1, "give more digits"),
        ("T.1.1", 0.125, "not yet. Hint: Think of the clip."),
        ("T.1.1", 0, "not yet. Hint: Think of the clip."),
        ("T.1.1", 0.4, "not yet. Hint: Think of the clip."),
        ("T.1.1", "many", "a number"),
        ("T.1.1", None, "NaN"),
        ("T.1.1", [0.1, 0.2], "shape"),
        ("T.1.2", [1, 2, 0], "correct"),
        ("T.1.2", [1, 3, 0], "2 of 3 entries are right; not entry 2. Hint"),
        ("T.1.2", [1, 3, 4], "1 of 3 entries are right; not entry 2, 3. Hint"),
        ("T.1.3", " Chaotic ", "correct"),
        ("T.1.3", "ordered", "Look at the slope"),
        ("T.1.3", 3, "a string"),
        ("T.1.4", np.bool_(True), "correct"),
        ("T.1.4", False, "Look again"),
        ("T.1.4", 1, "True or False"),
        ("T.1.5", 1.0, "correct"),
        ("T.1.5", 0.5, "not yet. You forgot the factor 2. Hint: Start again."),
        ("T.1.5", [1, 2], "not yet. That is the variance. Hint: Start again."),
        ("T.1.5", 0.7, "not yet. Hint: Start again."),
        ("T.1.6", 0.3, "correct"),
        ("T.1.6", -5, "correct"),
        ("T.1.6", 2, "not yet. 2 is not below 1. Hint: Try zero."),
        ("T.1.6", "x", "cannot be used: could not convert string to float"),
        ("T.1.6", ..., "in place of the dots"),
    ],
)
def test_check(registry, capsys, id, answer, says):
    check(id, answer)
    said = capsys.readouterr().out
    assert says in said
    assert "0.123456" not in said


def test_an_unknown_id_names_its_neighbours(registry):
    with pytest.raises(ValueError, match=r"no exercise 'T.1.9'; the nearest are .*T\.1\."):
        check("T.1.9", 1)


def test_an_id_belongs_to_one_exercise(registry):
    def other():
        return 1.0

    with pytest.raises(ValueError, match=r"'T.1.1' is taken"):
        exercise("T.1.1", hint="")(other)
    with pytest.raises(ValueError, match=r"'T.1.6' is taken by .*small"):
        judged("T.1.6", hint="", example=other)(other)


@pytest.mark.parametrize("id", exercises.exercises())
def test_every_answer_passes_its_own_check(id, capsys):
    task = exercises.exercises()[id]
    check(id, task.solve())
    assert "correct" in capsys.readouterr().out
    assert task.hint.endswith(".")
    for explanation, wrong in task.mistakes.items():
        assert explanation.endswith(".")
        check(id, wrong())
        assert f"not yet. {explanation}" in capsys.readouterr().out
    text = "".join(path.read_text(encoding="utf-8") for path in sources(".ipynb"))
    assert re.search(rf'check\(\\"{re.escape(id)}\\"', text), "no chapter asks this"
