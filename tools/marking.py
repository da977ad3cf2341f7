"""Marks for what students hand in: what is read, mended, run, and said about it.

`submitted` holds what came back and is never changed. What nbgrader runs is a copy in `collected`,
with the cells that were deleted. Only what is new or has changed is run, so that marks given by a
reader stay as long as the text that they are for.
"""

import csv
import hashlib
import json
import re
import sys
import warnings
from contextlib import suppress
from copy import deepcopy

import nbformat
from nbgrader.api import MissingEntry
from sqlalchemy.exc import SAWarning

from afli.lab import files

NAMED = re.compile(r"[\w.]*Error: ")
PLAIN = {
    "DeadKernelError": "a cell ends Python, or takes more memory than there is",
    "not appear to be JSON": "the file is not a whole notebook",
}
EARLIER = "On an earlier version: "


def succeed(outcome, what):
    """Stop with the log where nbgrader failed."""
    if not outcome["success"]:
        sys.exit(f"{what}: {outcome.get('error') or ''}\n{outcome.get('log') or ''}")


def reason(said):
    """The line of a log that tells what happened, in plain words where we have some."""
    lines = [line.strip() for line in said.splitlines()]
    line = ([line for line in lines if NAMED.match(line)] or lines)[-1]
    return next((plain for name, plain in PLAIN.items() if name in line), line)


def handed_in(sent, names):
    """The one notebook of a submission; a browser may have called it "variance (1).ipynb"."""
    if sent.name not in names:
        raise ValueError(f"no assignment is called {sent.name}; there are {', '.join(names)}")
    notebooks = sorted(sent.glob("*.ipynb"))
    if len(notebooks) != 1:
        found = ", ".join(path.name for path in notebooks) or "no notebook"
        raise ValueError(f"one notebook is needed, there is {found}: leave the one that counts")
    return notebooks[0]


def ids(notebook):
    """The names that nbgrader has given to the cells of a notebook."""
    return [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]


def mended(path, copies, name):
    """A notebook with the cells that were deleted from the student copy, each in its place."""
    notebook = nbformat.read(path, as_version=4)
    there = ids(notebook)
    common = {other: len(set(there) & set(ids(copy))) for other, copy in copies.items()}
    likeliest = max(common, key=common.get)
    if not common[likeliest]:
        raise ValueError("this is not a copy of an assignment")
    if likeliest != name:
        raise ValueError(f"this looks like the notebook of {likeliest}")
    at = 0
    for cell in copies[name].cells:
        id = cell.metadata.nbgrader.grade_id
        if id in there:
            at = there.index(id) + 1
            continue
        cell = deepcopy(cell)
        if notebook.nbformat_minor < 5:  # an older Jupyter, whose cells have no ids
            cell.pop("id", None)
        notebook.cells.insert(at, cell)
        there.insert(at, id)
        at += 1
    return notebook


def written(notebook):
    """The answers that a person reads, by the name of the cell."""
    about = [(cell.metadata.get("nbgrader", {}), cell.source) for cell in notebook.cells]
    return {its.grade_id: text for its, text in about if its.get("grade") and its.get("solution")}


def keep_what_was_read(api, name, student, before, after):
    """A mark that a person gave stays with its text; of another text it has still to be given."""
    with api.gradebook as book:
        for grade in book.find_submission_notebook(name, name, student).grades:
            if grade.manual_score is None:
                continue
            if grade.name in before and before[grade.name] == after.get(grade.name):
                grade.needs_manual_grade = False
                continue
            grade.manual_score = None
            if grade.name in after:
                comment = book.find_comment(grade.name, name, name, student)
                said = comment.manual_comment
                comment.manual_comment = said and EARLIER + said.removeprefix(EARLIER)
        book.db.commit()


def mark(api, folder, sent, copies, marked):
    """Run the tests on one notebook, unless that was done, and write the page for its student."""
    student, name = sent.parts[-2:]
    notebook = mended(handed_in(sent, copies), copies, name)
    text = nbformat.writes(notebook).encode()
    source = (folder / "source" / name / f"{name}.ipynb").read_bytes()
    now = hashlib.sha256(text + source).hexdigest()
    done = folder / "autograded" / student / name / f"{name}.ipynb"
    known = marked.get(f"{student}/{name}", {})
    if known.get("hash") != now or not done.exists():
        collected = folder / "collected" / student / name
        collected.mkdir(parents=True, exist_ok=True)
        files.write(collected / f"{name}.ipynb", text)
        succeed(api.autograde(name, student), "marking")
        texts = written(notebook)
        keep_what_was_read(api, name, student, known.get("written", {}), texts)
        marked[f"{student}/{name}"] = {"hash": now, "written": texts}
        files.write(folder / "marked.json", json.dumps(marked, indent=1).encode())
    succeed(api.generate_feedback(name, student), "feedback")
    open_cells = [c for c in notebook.cells if not c.metadata.get("nbgrader", {}).get("locked")]
    return any("afli.teach" in cell.source for cell in open_cells)


def grade(api, folder):
    """Mark all that was handed in, and write and print the marks and what needs a look."""
    warnings.simplefilter("ignore", SAWarning)  # nbgrader's own, and of no use to a teacher
    copies = {
        path.stem: nbformat.read(path, as_version=4)
        for path in sorted((folder / "release").glob("*/*.ipynb"))
    }
    known, failed, curious = folder / "marked.json", {}, []
    marked = json.loads(known.read_text("utf-8")) if known.exists() else {}
    for sent in sorted((folder / "submitted").glob("*/*/")):
        try:
            if mark(api, folder, sent, copies, marked):
                curious.append(", ".join(sent.parts[-2:]))
        except (Exception, SystemExit) as error:  # the others are marked all the same
            failed[sent.parts[-2:]] = reason(str(error).strip() or repr(error))
            forget(api, *sent.parts[-2:], marked)
    write_marks(api, folder / "marks.csv", failed)
    if curious:
        print("\n".join(["\nan answer speaks of afli.teach, where the tests are:", *curious]))
    lines = [f"{student}, {name}: {why}" for (student, name), why in failed.items()]
    lines += [
        f"{path.relative_to(folder)}: not in a folder STUDENT/ASSIGNMENT"
        for path in sorted((folder / "submitted").rglob("*.ipynb"))
        if len(path.relative_to(folder).parts) != 4
    ]
    if lines:
        sys.exit("\n".join(["\nnot marked:", *lines]))


def forget(api, student, name, marked):
    """Leave no zero in the gradebook for what was never marked."""
    if f"{student}/{name}" not in marked:
        with api.gradebook as book, suppress(MissingEntry):
            book.remove_submission(name, student)


def write_marks(api, path, failed):
    """Write and print the marks that the gradebook has."""
    with api.gradebook as book:
        rows = [
            [sent.student.id, sent.assignment.name, sent.score, sent.assignment.max_score,
             "yes" if sent.needs_manual_grade else "no"]
            for assignment in book.assignments for sent in assignment.submissions
            if (sent.student.id, assignment.name) not in failed
        ]  # fmt: skip
    rows += [[student, name, "", "", "not marked"] for student, name in failed]
    if not rows:
        print(
            f"nothing in {path.parent / 'submitted'} yet: put STUDENT/ASSIGNMENT/NAME.ipynb there"
        )
    rows = [["student", "assignment", "marks", "of", "to be read"], *sorted(rows)]
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    for row in rows:
        print("{:<16} {:<16} {!s:>6} {!s:>6}  {}".format(*row))
