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
from nbgrader.api import Gradebook
from sources import ROOT

from afli.teach.tasks import tasks

NAMES = sorted(path.stem for path in (ROOT / "assignments").glob("*/*.ipynb"))
SET = 7
LOST = 4  # the marks for the answer that Eve has deleted
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


def hand_in(course, student, name, solve, lost=()):
    """Let a student work on a copy, with a function that changes its cells; some are deleted."""
    notebook, found = cells(file(course, "release", name=name))
    _, source = cells(file(course, "source", name=name))
    solve(found, source)
    notebook.cells = [
        cell for cell in notebook.cells if cell.metadata.nbgrader.grade_id not in lost
    ]
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


def fatally(found, source):
    """All is right, but one answer ends the Python that marks it."""
    rightly(found, source)
    answers(found)[1][1].source += "\nimport os\nos._exit(1)"


DELETED = {
    *("imports", "test-i-2-4", "given-i-3-2", "question-ii-2-2"),
    *("answer-ii-2-4", "test-ii-2-4", "answer-written"),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course whose assignments were released, handed in and graded.

    Ada and Bob hand in everything. Of Abe there is a notebook that was cut off, and of Dan one with
    the name that a browser gives to a second download. Eve has deleted cells, an answer among them,
    and Fay ends the kernel.
    """
    folder = tmp_path_factory.mktemp("course")
    tool("release", folder, "--parameters", SET)
    for name in NAMES:
        hand_in(folder, "ada", name, rightly)
        hand_in(folder, "bob", name, wrongly)
    for student in ("abe", "dan"):
        hand_in(folder, student, "variance", rightly)
    hand_in(folder, "eve", "variance", rightly, lost=DELETED)
    hand_in(folder, "fay", "variance", fatally)
    cut = file(folder, "submitted", "abe", name="variance")
    cut.write_text(cut.read_text("utf-8")[:2000], "utf-8")
    whole = file(folder, "submitted", "dan", name="variance")
    whole.rename(whole.with_name("variance (1).ipynb"))
    said = tool("grade", folder, status=1)
    assert said.count("not marked:") == 1 and "abe, variance: " in said
    assert "fay, variance: nbclient.exceptions.DeadKernelError: Kernel died" in said
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
    others = {(student, "variance") for student in ("abe", "dan", "eve", "fay")}
    assert len(NAMES) >= 3 and set(rows) == expected | others
    assert float(rows["dan", "variance"]["marks"]) == TOTAL - WRITTEN["variance"]
    # cells that were deleted are put back: only the answers among them are lost
    assert float(rows["eve", "variance"]["marks"]) == TOTAL - WRITTEN["variance"] - LOST
    for student in ("abe", "fay"):
        row = rows[student, "variance"]
        assert (row["marks"], row["to be read"]) == ("", "not marked")
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


@pytest.mark.parametrize("name", NAMES)
def test_the_feedback_stands_alone(course, name):
    page = (course / "feedback" / "ada" / name / f"{name}.html").read_text("utf-8")
    hosts = {host for host in re.findall(r"//([\w.]+)/", page)}
    assert hosts == {"www.w3.org"} and "<math" in page and "<script" not in page
    assert "parameters=" not in page and "mark(" not in page
    shown = re.findall(r"Marks: ([^<]+)", page)
    points = [cell.metadata.nbgrader.points for _, cell in graded(course, name)]
    wanted = [f"{p} of {p}" for p in points[:-1]] + [f"not read yet, of {points[-1]}"]
    assert [" ".join(mark.split()) for mark in shown] == wanted
    assert "the written answer is still to be read" in page


def graded(course, name):
    """The cells of an assignment that earn marks, with their ids."""
    _, found = cells(file(course, "source", name=name))
    return [(key, cell) for key, cell in found.items() if cell.metadata.nbgrader.grade]


def test_to_grade_again_takes_in_what_was_read(course):
    """A written answer is read, and one student hands in again: nothing else is marked anew."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        read = book.find_grade("answer-written", "variance", "variance", "ada")
        read.manual_score, read.needs_manual_grade = 3.5, False
        book.db.commit()
    kept = file(course, "autograded", "ada", name="variance")
    again = file(course, "autograded", "eve", name="variance")
    times = [path.stat().st_mtime_ns for path in (kept, again)]
    _, found = cells(file(course, "source", name="variance"))
    sent, mine = cells(file(course, "submitted", "eve", name="variance"))
    mine["answer-ii-2-4"].source = found["answer-ii-2-4"].source
    nbformat.write(sent, file(course, "submitted", "eve", name="variance"))
    tool("grade", course, status=1)
    with open(course / "marks.csv", encoding="utf-8") as table:
        rows = {(row["student"], row["assignment"]): row for row in csv.DictReader(table)}
    row = rows["ada", "variance"]
    assert (float(row["marks"]), row["to be read"]) == (TOTAL - WRITTEN["variance"] + 3.5, "no")
    assert float(rows["eve", "variance"]["marks"]) == TOTAL - WRITTEN["variance"]
    assert kept.stat().st_mtime_ns == times[0] and again.stat().st_mtime_ns > times[1]
    page = (course / "feedback" / "ada" / "variance" / "variance.html").read_text("utf-8")
    assert "3.5 of 6" in page and "still to be read" not in page


def test_a_course_keeps_its_set(course):
    before = file(course, "release", name="variance").read_bytes()
    said = tool("release", course, "--parameters", SET + 1, status=1)
    assert f"has set {SET} already" in said and "another folder" in said
    assert file(course, "release", name="variance").read_bytes() == before
    tool("release", course)
    assert file(course, "release", name="variance").read_bytes() == before


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
