"""Assignments: student copies from one source each, and marks for what comes back.

python tools/assignments.py release COURSE --parameters 7     (student copies in COURSE/release)
python tools/assignments.py grade COURSE                      (marks in COURSE/marks.csv)

COURSE is a course folder of nbgrader, which does the work; every `nbgrader` command works in it.
What students hand in goes to COURSE/submitted/STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb.
"""

import argparse
import csv
import os
import sys
from pathlib import Path

import nbformat
from nbgrader.apps import NbGraderAPI
from traitlets.config.loader import PyFileConfigLoader

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
    return NbGraderAPI(config=config)


def succeed(outcome, what):
    """Stop with the log where nbgrader failed."""
    if not outcome["success"]:
        sys.exit(f"{what}: {outcome.get('error') or ''}\n{outcome.get('log') or ''}")


def release(folder, number):
    """Write the sources with the parameters filled in, and the student copies of them."""
    api = course(folder)
    for source in sorted(SOURCES.glob("*/*.ipynb")):
        name = source.stem
        target = folder / "source" / name / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(fill(nbformat.read(source, as_version=4), number), target)
        succeed(api.generate_assignment(name), name)
        print(f"{folder / 'release' / name / source.name}")


def rename(sent, name):
    """Give the notebook its name back: a browser calls a second download "name (1).ipynb"."""
    wanted, notebooks = sent / f"{name}.ipynb", list(sent.glob("*.ipynb"))
    if wanted in notebooks:
        return
    if len(notebooks) != 1:
        raise ValueError(f"{len(notebooks)} notebooks, none is called {wanted.name}")
    notebooks[0].rename(wanted)


def grade(folder):
    """Mark all that was handed in, and write and print the marks."""
    api = course(folder)
    failed = []
    for sent in sorted((folder / "submitted").glob("*/*/")):
        student, name = sent.parts[-2:]
        try:
            rename(sent, name)
            succeed(api.autograde(name, student), "marking")
            succeed(api.generate_feedback(name, student), "feedback")
        except (Exception, SystemExit) as error:  # the others are marked all the same
            said = str(error).strip() or repr(error)
            failed.append(f"{student}, {name}: {said.splitlines()[-1]}")
    with api.gradebook as book:
        rows = [
            [sent.student.id, sent.assignment.name, sent.score, sent.assignment.max_score,
             "yes" if sent.needs_manual_grade else "no"]
            for assignment in book.assignments for sent in assignment.submissions
        ]  # fmt: skip
    rows = [["student", "assignment", "marks", "of", "to be read"], *sorted(rows)]
    with open(folder / "marks.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    for row in rows:
        print("{:<16} {:<16} {!s:>6} {!s:>6}  {}".format(*row))
    if failed:
        sys.exit("\n".join(["not marked:", *failed]))


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["release", "grade"])
    parser.add_argument("course", type=Path)
    parser.add_argument("--parameters", type=int, default=1, help="the number of the set")
    chosen = parser.parse_args()
    if chosen.action == "release":
        release(chosen.course, chosen.parameters)
    else:
        grade(chosen.course)


if __name__ == "__main__":
    main()
