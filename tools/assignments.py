"""Assignments: student copies from one source each, and marks for what comes back.

python tools/assignments.py release COURSE --parameters 7     (student copies in COURSE/release)
python tools/assignments.py grade COURSE                      (marks in COURSE/marks.csv)

COURSE is a course folder of nbgrader, which does the work; every `nbgrader` command works in it.
What students hand in goes to COURSE/submitted/STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb. To grade again
marks what is new or has changed, and takes the marks that a reader has given since into the sums.
"""

import argparse
import csv
import hashlib
import json
import os
import re
import sys
import warnings
from pathlib import Path

import feedback
import nbformat
from nbgrader.apps import NbGraderAPI
from sqlalchemy.exc import SAWarning
from traitlets.config.loader import PyFileConfigLoader

from afli.lab import files
from afli.teach.tasks import tasks

SOURCES = Path(__file__).resolve().parents[1] / "assignments"
CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "afli"
c.ClearSolutions.code_stub = {"python": "# Your answer here, in place of the dots."}
c.ClearSolutions.text_stub = "*Your answer here.*"
c.Execute.timeout = 120
c.Execute.extra_arguments = ["--log-level=ERROR"]
"""


def fill(notebook, number):
    """Put the parameters of set `number` into the source of an assignment."""
    for cell in notebook.cells:
        id = cell.metadata.get("afli", {}).get("task")
        given = tasks()[id].draw(number) if id else {}
        if cell.cell_type == "code" and given:
            cell.source = "\n".join(f"{name} = {value!r}" for name, value in given.items())
        for name, value in given.items():
            cell.source = cell.source.replace(f"{{{{{name}}}}}", f"{value:g}")
        cell.source = cell.source.replace("parameters=0", f"parameters={number}")
    return notebook


def course(folder):
    """The course in a folder, which is made if it is not there."""
    # nbgrader starts its helper by name
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / "nbgrader_config.py"
    if not written.exists():
        written.write_text(CONFIG, encoding="utf-8")
    config = PyFileConfigLoader(str(written.resolve())).load_config()
    config.CourseDirectory.root = str(folder.resolve())
    config.NbGraderAPI.log_level = "WARN"
    feedback.configure(config)
    return NbGraderAPI(config=config)


def succeed(outcome, what):
    """Stop with the log where nbgrader failed."""
    if not outcome["success"]:
        sys.exit(f"{what}: {outcome.get('error') or ''}\n{outcome.get('log') or ''}")


def chosen_set(folder, number):
    """The number of the set of a course, which does not change once copies of it may be out."""
    record = folder / "set.txt"
    if record.exists():
        known = int(record.read_text("utf-8"))
        if number not in (None, known):
            sys.exit(
                f"{folder} has set {known} already, and copies of it may be out: leave SET out to "
                f"write them again, or take another folder for set {number}"
            )
        return known
    number = 1 if number is None else number
    record.write_text(f"{number}\n", encoding="utf-8")
    return number


def release(folder, number):
    """Write the sources with the parameters filled in, and the student copies of them."""
    api = course(folder)
    number = chosen_set(folder, number)
    for source in sorted(SOURCES.glob("*/*.ipynb")):
        name = source.stem
        target = folder / "source" / name / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(fill(nbformat.read(source, as_version=4), number), target)
        succeed(api.generate_assignment(name), name)
        print(f"{folder / 'release' / name / source.name}")


def handed_in(sent, name):
    """The notebook that was handed in, by its name: a second download is "name (1).ipynb"."""
    wanted, notebooks = sent / f"{name}.ipynb", list(sent.glob("*.ipynb"))
    if wanted not in notebooks:
        if len(notebooks) != 1:
            raise ValueError(f"{len(notebooks)} notebooks, none is called {wanted.name}")
        notebooks[0].rename(wanted)
    return wanted


def put_back(path, copy):
    """Cells of the student copy that were deleted come back, each after the one it follows."""
    notebook, wanted = (nbformat.read(one, as_version=4) for one in (path, copy))
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    at, whole = 0, True
    for cell in wanted.cells:
        id = cell.metadata.nbgrader.grade_id
        if id in ids:
            at = ids.index(id) + 1
            continue
        notebook.cells.insert(at, cell)
        ids.insert(at, id)
        at, whole = at + 1, False
    if not whole:
        nbformat.write(notebook, path)


def mark(api, folder, sent, marked):
    """Run the tests on one notebook, unless that was done, and write the page for its student."""
    student, name = sent.parts[-2:]
    notebook = handed_in(sent, name)
    put_back(notebook, folder / "release" / name / notebook.name)
    source = folder / "source" / name / notebook.name
    now = hashlib.sha256(notebook.read_bytes() + source.read_bytes()).hexdigest()
    done = folder / "autograded" / student / name / notebook.name
    if marked.get(f"{student}/{name}") != now or not done.exists():
        succeed(api.autograde(name, student), "marking")
        marked[f"{student}/{name}"] = now
        files.write(folder / "marked.json", json.dumps(marked, indent=1).encode())
    succeed(api.generate_feedback(name, student), "feedback")


def grade(folder):
    """Mark all that was handed in, and write and print the marks."""
    warnings.simplefilter("ignore", SAWarning)  # nbgrader's own, and of no use to a teacher
    api = course(folder)
    known, failed = folder / "marked.json", {}
    marked = json.loads(known.read_text("utf-8")) if known.exists() else {}
    for sent in sorted((folder / "submitted").glob("*/*/")):
        try:
            mark(api, folder, sent, marked)
        except (Exception, SystemExit) as error:  # the others are marked all the same
            failed[sent.parts[-2:]] = reason(str(error).strip() or repr(error))
    write_marks(api, folder / "marks.csv", failed)
    if failed:
        lines = [f"{student}, {name}: {why}" for (student, name), why in failed.items()]
        sys.exit("\n".join(["not marked:", *lines]))


def reason(said):
    """The line of a log that tells what happened: the last that names an error."""
    lines = [line.strip() for line in said.splitlines()]
    named = [line for line in lines if re.match(r"[\w.]*Error: ", line)]
    return (named or lines)[-1]


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
    rows = [["student", "assignment", "marks", "of", "to be read"], *sorted(rows)]
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    for row in rows:
        print("{:<16} {:<16} {!s:>6} {!s:>6}  {}".format(*row))


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["release", "grade"])
    parser.add_argument("course", type=Path)
    text = "the number of the set (default: that of the course, or 1)"
    parser.add_argument("--parameters", type=int, help=text)
    chosen = parser.parse_args()
    if chosen.action == "release":
        release(chosen.course, chosen.parameters)
    else:
        grade(chosen.course)


if __name__ == "__main__":
    main()
