"""Assignments: student copies from one source each, and marks for what comes back.

python tools/assignments.py release COURSE --parameters 7     (student copies in COURSE/release)
python tools/assignments.py grade COURSE                      (marks in COURSE/marks.csv)

COURSE is a course folder of nbgrader, which does the work; every `nbgrader` command works in it.
What students hand in goes to COURSE/submitted/STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb. To grade again
marks what is new or has changed, and takes the marks that a reader has given since into the sums.
"""

import argparse
import os
import sys
from pathlib import Path

import feedback
import marking
import nbformat
from nbgrader.apps import NbGraderAPI
from traitlets.config.loader import PyFileConfigLoader

from afli.teach.tasks import tasks

SOURCES = Path(__file__).resolve().parents[1] / "assignments"
CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "afli"
c.CourseDirectory.submitted_directory = "collected"
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
    """The course in a folder, which gets what nbgrader needs."""
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
    if number is not None and number < 1:
        sys.exit(f"SET must be at least 1, got {number}: set 0 is the book, with its solutions")
    api = course(folder)
    number = chosen_set(folder, number)
    for source in sorted(SOURCES.glob("*/*.ipynb")):
        name = source.stem
        target = folder / "source" / name / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(fill(nbformat.read(source, as_version=4), number), target)
        marking.succeed(api.generate_assignment(name), name)
        print(f"{folder / 'release' / name / source.name}")


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
    elif not (chosen.course / "release").is_dir():
        sys.exit(f"there is no course in {chosen.course}: make assignments COURSE={chosen.course}")
    else:
        marking.grade(course(chosen.course), chosen.course)


if __name__ == "__main__":
    main()
