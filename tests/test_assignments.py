"""Assignments from the source to the marks: copies, solved rightly and wrongly, and graded."""

import csv
import html
import os
import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from sources import ROOT

from afli.teach.tasks import tasks

NAMES = sorted(path.stem for path in (ROOT / "assignments").glob("*/*.ipynb"))
SET = 7
TOTAL, WRITTEN = 25, {"scaled_bounded": 5, "signals": 5, "variance": 6}


def tool(*arguments, status=0):
    """Run the tool as the Makefile does, and give what it says."""
    command = [sys.executable, ROOT / "tools" / "assignments.py", *map(str, arguments)]
    environment = {**os.environ, "PATH": os.defpath}  # the tool finds its helpers by itself
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def cells(path):
    """The cells of a notebook by the name that nbgrader gives them."""
    notebook = nbformat.read(path, as_version=4)
    return notebook, {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells}


def file(course, *folders, name):
    return course.joinpath(*folders, name, f"{name}.ipynb")


def answers(found):
    """The cells for answers to the tasks, in order, with the ids of the tasks."""
    return [
        (key.removeprefix("answer-").replace("-", ".").upper(), cell)
        for key, cell in found.items()
        if key.startswith("answer-") and key != "answer-written"
    ]


def hand_in(course, student, name, solve):
    """Let a student work on a copy, with a function that changes its cells."""
    notebook, found = cells(file(course, "release", name=name))
    _, source = cells(file(course, "source", name=name))
    solve(found, source)
    target = file(course, "submitted", student, name=name)
    target.parent.mkdir(parents=True)
    nbformat.write(notebook, target)


def rightly(found, source):
    """Every answer of the source, in the student's copy."""
    for key, cell in found.items():
        if key.startswith("answer-"):
            cell.source = source[key].source


def wrongly(found, source):
    """A known mistake, the answer of the book, no answer, an error; only the last one is right."""

    def literal(value):
        return np.asarray(value).tolist()

    (id, first), (other, second), _, (_, fourth), (_, last) = answers(found)
    mistake = next(iter(tasks()[id].mistakes.values()))
    first.source = f"answer_1 = {literal(mistake(**tasks()[id].draw(SET)))}"
    second.source = f"answer_2 = {literal(tasks()[other].solve(**tasks()[other].book))}"
    fourth.source = "answer_4 = 1 / 0"
    last.source = answers(source)[-1][1].source
    for key, cell in found.items():  # who rewrites the tests gains nothing
        if key.startswith("test-"):
            cell.source = "print('all right')"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course whose assignments were released, handed in and graded.

    Ada and Bob hand in everything. Of Abe there is a notebook that was cut off, and of Dan one with
    the name that a browser gives to a second download.
    """
    folder = tmp_path_factory.mktemp("course")
    tool("release", folder, "--parameters", SET)
    for name in NAMES:
        hand_in(folder, "ada", name, rightly)
        hand_in(folder, "bob", name, wrongly)
    for student in ("abe", "dan"):
        hand_in(folder, student, "variance", rightly)
    cut = file(folder, "submitted", "abe", name="variance")
    cut.write_text(cut.read_text("utf-8")[:2000], "utf-8")
    whole = file(folder, "submitted", "dan", name="variance")
    whole.rename(whole.with_name("variance (1).ipynb"))
    said = tool("grade", folder, status=1)
    assert said.count("not marked:") == 1 and "abe, variance: " in said
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_the_student_copy_asks_and_does_not_tell(course, name):
    _, found = cells(file(course, "release", name=name))
    _, source = cells(file(course, "source", name=name))
    text = "\n".join(cell.source for cell in found.values())
    for hidden in ("SOLUTION", "HIDDEN", "mark(", "afli.teach", "{{", "Marking scheme"):
        assert hidden not in text
    for key, cell in found.items():
        assert key.startswith(("answer-", "test-")) or cell.source == source[key].source
        assert not cell.get("outputs")
    assert len(answers(found)) == 5
    for id, cell in answers(found):
        assert re.fullmatch(r"answer_\d = \.\.\.\n# Your answer here.*", cell.source)
        given = tasks()[id].draw(SET)
        slug = id.lower().replace(".", "-")
        lines = [f"{name} = {value!r}" for name, value in given.items()]
        assert found[f"given-{slug}"].source.splitlines() == lines
        asked = found[f"question-{slug}"].source
        assert all(f"{value:g}" in asked for value in given.values())
    points = sum(cell.metadata.nbgrader.get("points", 0) for cell in found.values())
    assert points == TOTAL


def test_the_marks_are_right(course):
    with open(course / "marks.csv", encoding="utf-8") as file:
        rows = {(row["student"], row["assignment"]): row for row in csv.DictReader(file)}
    expected = {(student, name) for student in ("ada", "bob") for name in NAMES}
    assert len(NAMES) >= 3 and set(rows) - {("abe", "variance")} == expected | {("dan", "variance")}
    assert float(rows["dan", "variance"]["marks"]) == TOTAL - WRITTEN["variance"]
    assert float(rows.get(("abe", "variance"), {"marks": 0})["marks"]) == 0
    for name in NAMES:
        ada, bob = rows["ada", name], rows["bob", name]
        assert float(ada["of"]) == float(bob["of"]) == TOTAL
        assert float(ada["marks"]) == TOTAL - WRITTEN[name]
        assert ada["to be read"] == "yes"  # the written answer
        assert float(bob["marks"]) == 2 + 0 + 0 + 0 + 4
        assert bob["to be read"] == "no"  # there is none


@pytest.mark.parametrize("name", NAMES)
def test_the_feedback_names_the_mistake_and_not_the_answer(course, name):
    page = (course / "feedback" / "bob" / name / f"{name}.html").read_text("utf-8")
    _, source = cells(file(course, "source", name=name))
    id = answers(source)[0][0]
    assert html.escape(next(iter(tasks()[id].mistakes)), quote=False) in page
    assert "ZeroDivisionError" in page


def test_every_task_is_asked_once():
    asked = [
        id
        for name in NAMES
        for id, _ in answers(cells(ROOT / "assignments" / name / f"{name}.ipynb")[1])
    ]
    assert sorted(asked) == sorted(tasks())


@pytest.mark.parametrize("name", NAMES)
def test_the_source_names_every_parameter_and_its_place(name):
    notebook, found = cells(ROOT / "assignments" / name / f"{name}.ipynb")
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    for id, _ in answers(found):
        slug = id.lower().replace(".", "-")
        question, given = found[f"question-{slug}"], found[f"given-{slug}"]
        assert question.metadata.afli.task == given.metadata.afli.task == id
        named = set(re.findall(r"\{\{(\w+)\}\}", question.source))
        assert named == set(tasks()[id].book)
        assert f'mark("{id}", ' in found[f"test-{slug}"].source
