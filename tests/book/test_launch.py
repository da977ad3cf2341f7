"""The first cell of a notebook fetches the course where it is missing, and nothing elsewhere."""

import json
import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from sources import ROOT, name, sources

sys.path.append(str(ROOT / "tools"))
import launch

RUN = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
hidden = json.loads(sys.argv[2])
sys.path[:] = [place for place in sys.path if place not in hidden]
if hidden:
    sys.meta_path[:] = [it for it in sys.meta_path if "editable" not in repr(it).lower()]
shell = InteractiveShell.instance()
shell.run_cell(sys.argv[1]).raise_error()
import os
from importlib.util import find_spec
found = find_spec("afli")
print("DONE", os.getcwd(), found and found.origin)
"""


@pytest.mark.parametrize("path", sources(".ipynb"), ids=name)
def test_every_notebook_has_the_cell_before_its_first_code(path):
    code = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    assert code[0].id == "launch" and code[0].source == launch.source(path), "run `make launch`"
    assert "remove-cell" in code[0].metadata.tags
    assert code[0].execution_count is None and not code[0].outputs
    assert "launch" not in [cell.get("id") for cell in code[1:]]


def test_placing_it_twice_changes_nothing():
    path = sources(".ipynb")[0]
    notebook = nbformat.read(path, 4)
    before = nbformat.writes(notebook)
    launch.place(notebook, path)
    assert nbformat.writes(notebook) == before


def repository(folder):
    """A small copy of the repository, with its packages and one chapter."""
    shutil.copytree(ROOT / "afli", folder / "afli", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "book" / "variance", folder / "book" / "variance")
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, folder)
    author = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def run(folder, hide, **environment):
    """Run the cell of a chapter in a folder; `hide` the installed package from it."""
    code = launch.source(ROOT / "book" / "variance" / "glorot.ipynb")
    hidden = json.dumps([str(ROOT), ""] if hide else [])
    done = subprocess.run(
        [sys.executable, "-c", RUN, code, hidden],
        cwd=folder, env=os.environ | environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_fetches_the_course_where_it_is_missing(tmp_path):
    """As on Colab; git is told another place for the address, and pip only reports, offline."""
    there = repository(tmp_path / "there")
    here = tmp_path / "here"
    here.mkdir()
    settings = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{there.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": launch.repository(),
        "PIP_DRY_RUN": "1",
        "PIP_REPORT": str(tmp_path / "report.json"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
    }
    chapter = here / "afli-course" / "book" / "variance"
    package = here / "afli-course" / "afli" / "__init__.py"
    for _ in range(2):  # the second time the folder is there, as after a restart of the kernel
        said = run(here, hide=True, **settings)
        (wanted,) = json.loads((tmp_path / "report.json").read_text())["install"]
        assert wanted["requested_extras"] == ["lab", "teach"]
        assert set(wanted["requested_extras"]) <= set(wanted["metadata"]["provides_extra"])
        assert f"DONE {chapter} {package}" in said


def test_it_does_nothing_where_the_course_is_installed(tmp_path):
    said = run(tmp_path, hide=False, PATH="")
    assert said == f"DONE {tmp_path} {ROOT / 'afli' / '__init__.py'}\n"
    assert list(tmp_path.iterdir()) == []
