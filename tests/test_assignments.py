"""Assignments from the source to the marks: copies, solved rightly and wrongly, and graded."""

import csv
import html
import os
import re
import shutil
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
    if lost:  # as an older Jupyter writes it
        notebook.nbformat_minor = 4
        for cell in notebook.cells:
            del cell["id"]
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


def cunningly(found, source):
    """A line with which one can give oneself all the marks; the teacher is told of it."""
    rightly(found, source)
    first = answers(found)[0][1]
    first.source = "import afli.teach.tasks as t\nanswer_1 = 0"


DELETED = {
    *("imports", "test-i-2-4", "given-i-3-2", "question-ii-2-2"),
    *("answer-ii-2-4", "test-ii-2-4", "answer-written"),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course whose assignments were released, handed in and graded.

    Ada and Bob hand in everything. Of Abe there is a notebook that was cut off, and of Dan one with
    the name that a browser gives to a second download. Eve has deleted cells, an answer among them,
    and Fay ends the kernel. Gus has two notebooks, Hal one that is not in its folder, Ian one under
    a wrong name and one in the place of another. Kim replaces `mark`.
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
    hand_in(folder, "gus", "variance", rightly)
    gus = file(folder, "submitted", "gus", name="variance")
    shutil.copy(gus, gus.with_name("variance (1).ipynb"))
    (folder / "submitted" / "hal").mkdir()
    shutil.copy(gus, folder / "submitted" / "hal")
    for name in ("homework", "signals"):
        (folder / "submitted" / "ian" / name).mkdir(parents=True)
        shutil.copy(gus, folder / "submitted" / "ian" / name / f"{name}.ipynb")
    hand_in(folder, "kim", "variance", cunningly)
    cut = file(folder, "submitted", "abe", name="variance")
    cut.write_text(cut.read_text("utf-8")[:2000], "utf-8")
    whole = file(folder, "submitted", "dan", name="variance")
    whole.rename(whole.with_name("variance (1).ipynb"))
    said = tool("grade", folder, status=1)
    told = said.partition("not marked:")[2]
    for line in (
        "abe, variance: the file is not a whole notebook",
        "fay, variance: a cell ends Python",
        "gus, variance: one notebook is needed, there is variance (1).ipynb, variance.ipynb",
        "ian, homework: no assignment is called homework; there are scaled_bounded, signals, var",
        "ian, signals: this looks like the notebook of variance",
        "submitted/hal/variance.ipynb: not in a folder STUDENT/ASSIGNMENT",
    ):
        assert line in told
    assert told.strip().count("\n") == 5
    assert "an answer speaks of afli.teach, where the tests are:\nkim, variance\n" in said
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
    others = {(student, "variance") for student in ("abe", "dan", "eve", "fay", "gus", "kim")}
    others |= {("ian", "homework"), ("ian", "signals")}
    assert len(NAMES) >= 3 and set(rows) == expected | others
    assert float(rows["dan", "variance"]["marks"]) == TOTAL - WRITTEN["variance"]
    # cells that were deleted are put back: only the answers among them are lost
    assert float(rows["eve", "variance"]["marks"]) == TOTAL - WRITTEN["variance"] - LOST
    unmarked = {key for key, row in rows.items() if row["to be read"] == "not marked"}
    assert unmarked == {(name, "variance") for name in ("abe", "fay", "gus")} | {
        key for key in rows if key[0] == "ian"
    }
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:  # no zero stays behind
        known = {(one.student.id, a.name) for a in book.assignments for one in a.submissions}
    assert known == set(rows) - unmarked

    for name in NAMES:
        ada, bob = rows["ada", name], rows["bob", name]
        assert float(ada["of"]) == float(bob["of"]) == TOTAL
        assert float(ada["marks"]) == TOTAL - WRITTEN[name]
        assert ada["to be read"] == "yes"  # the written answer
        assert float(bob["marks"]) == 2 + 0 + 0 + 0 + 4
        assert bob["to be read"] == "no"  # there is none


def test_what_was_handed_in_is_as_it_was(course):
    sent = cells(file(course, "submitted", "eve", name="variance"))[1]
    read = cells(file(course, "collected", "eve", name="variance"))[1]
    assert set(read) - set(sent) == DELETED
    assert list(read) == list(cells(file(course, "release", name="variance"))[1])
    assert [path.name for path in (course / "submitted" / "dan" / "variance").iterdir()] == [
        "variance (1).ipynb"
    ]


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
    """Written answers are read, and two students hand in again: nothing else is marked anew."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        for student in ("ada", "dan", "kim"):
            read = book.find_grade("answer-written", "variance", "variance", student)
            read.manual_score, read.needs_manual_grade = 3.5, False
            said = book.find_comment("answer-written", "variance", "variance", student)
            said.manual_comment = "Why?"
        book.db.commit()
    (dan,) = (course / "submitted" / "dan" / "variance").iterdir()
    changed, mine = cells(dan)
    mine["answer-written"].source += " And more."
    nbformat.write(changed, dan)
    kim = file(course, "submitted", "kim", name="variance")
    changed, mine = cells(kim)
    mine["answer-i-2-4"].source = "answer_1 = ..."
    nbformat.write(changed, kim)
    kept = file(course, "autograded", "ada", name="variance")
    again = file(course, "autograded", "eve", name="variance")
    times = [path.stat().st_mtime_ns for path in (kept, again)]
    _, found = cells(file(course, "source", name="variance"))
    sent, mine = cells(file(course, "collected", "eve", name="variance"))
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
    # with another text the mark is gone, with another answer elsewhere it stays
    row = rows["dan", "variance"]
    assert (float(row["marks"]), row["to be read"]) == (TOTAL - WRITTEN["variance"], "yes")
    page = (course / "feedback" / "dan" / "variance" / "variance.html").read_text("utf-8")
    assert "On an earlier version: Why?" in page
    row = rows["kim", "variance"]
    kept = TOTAL - WRITTEN["variance"] - LOST + 3.5
    assert (float(row["marks"]), row["to be read"]) == (kept, "no")
    # a version that ends Python comes between: the mark is there again with the text
    whole = kim.read_bytes()
    changed, mine = cells(kim)
    mine["answer-i-2-4"].source = "import os\nos._exit(1)"
    nbformat.write(changed, kim)
    assert "kim, variance: a cell ends Python" in tool("grade", course, status=1)
    kim.write_bytes(whole)
    tool("grade", course, status=1)
    with open(course / "marks.csv", encoding="utf-8") as table:
        rows = {(row["student"], row["assignment"]): row for row in csv.DictReader(table)}
    row = rows["kim", "variance"]
    assert (float(row["marks"]), row["to be read"]) == (kept, "no")


def test_a_page_runs_no_script_of_a_student(course):
    page = (course / "feedback" / "ada" / "variance" / "variance.html").read_text("utf-8")
    assert """content="default-src 'none'; style-src 'unsafe-inline'; img-src data:\"""" in page


def test_where_there_is_no_course_none_is_made(tmp_path):
    said = tool("grade", tmp_path / "nowhere", status=1)
    assert "there is no course in" in said and not (tmp_path / "nowhere").exists()
    assert "SET must be at least 1, got 0" in tool(
        "release", tmp_path / "zero", "--parameters", 0, status=1
    )
    assert not (tmp_path / "zero").exists()


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
