"""The package installed alone: what its wheel holds, and what works with NumPy and SciPy only."""

import os
import shutil
import subprocess
import sys
import zipfile

import pytest
from sources import ROOT

BARE = """\
import sys

class Bare:
    '''Of what is installed, only NumPy and SciPy are found.'''

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        known = {"numpy", "scipy", "afli"} | sys.stdlib_module_names
        if top not in known and not top.startswith("_"):  # such as the data of sysconfig
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Bare())
"""
EXAMPLES = """\
import doctest, importlib, pkgutil, sys
import afli.theory
print(afli.__file__)
for module in pkgutil.iter_modules(afli.theory.__path__, "afli.theory."):
    failed, tried = doctest.testmod(importlib.import_module(module.name))
    print(failed, tried)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built without a network from a copy, which holds nothing of earlier builds."""
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "afli", copy / "afli", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    build = "from setuptools.build_meta import build_wheel; build_wheel('dist')"
    done = subprocess.run([sys.executable, "-c", build], cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (path,) = (copy / "dist").glob("*.whl")
    return path


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """A function that runs Python on the wheel alone, in an empty folder."""
    site, empty = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("empty")
    zipfile.ZipFile(wheel).extractall(site)
    (site / "sitecustomize.py").write_text(BARE, encoding="utf-8")

    environment = os.environ | {"PYTHONPATH": str(site)}
    environment.pop("AFLI_DATA", None)  # whoever names a folder needs nothing to find it

    def run(*words):
        return subprocess.run(
            [sys.executable, *words],
            cwd=empty, env=environment, capture_output=True, text=True,
        )  # fmt: skip

    run.site = site
    return run


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    sources = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "afli").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert held == sources


def test_the_examples_of_the_theory_run(python):
    done = python("-c", EXAMPLES)
    assert done.returncode == 0, done.stderr
    where, *counts = done.stdout.splitlines()
    assert where == str(python.site / "afli" / "__init__.py")
    assert {line.split()[0] for line in counts} == {"0"}
    assert sum(int(line.split()[1]) for line in counts) > 50


@pytest.mark.parametrize(
    ("words", "shows"),
    [
        ("--help", "eoc"),
        ("--version", "afli"),
        ("eoc shtanh --a 2 --sigma-b2 0.1", "1.10191"),
        ("design --depth 9 --sigma-b2 0.1", "half-width"),
        ("sweep --help", "heatmap"),
    ],
)
def test_commands_that_need_the_theory_only(python, words, shows):
    done = python("-m", "afli", *words.split())
    assert (done.returncode, done.stderr) == (0, "")
    assert shows in done.stdout


def test_the_command_has_a_name_of_its_own(python):
    """`afli eoc ...`, which an installer makes of the entry point, is `python -m afli eoc ...`."""
    program = """
import sys
from importlib.metadata import entry_points
(found,) = entry_points(group="console_scripts", name="afli")
sys.exit(found.load()())
"""
    words = "eoc shtanh --a 2 --sigma-b2 0.1".split()
    done, usual = python("-c", program, *words), python("-m", "afli", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == usual.stdout != ""


@pytest.mark.parametrize("words", ["bench", "cost demo", "data", "sweep demo"])
def test_other_commands_say_what_to_install(python, words):
    done = python("-m", "afli", *words.split())
    name = words.split()[0]
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith(f"python -m afli {name}: error: ")
    assert done.stderr.endswith('is not installed: pip install "afli[lab]"\n')


def test_the_laboratory_says_what_to_install(python):
    done = python("-c", "import afli; afli.lab.train")
    assert done.stderr.endswith('Error: torch is not installed: pip install "afli[lab]"\n')


def test_without_the_course_there_are_no_records(python):
    done = python("-c", "from afli.teach import recorded; recorded('demo-quick')")
    assert "not of the package alone: in a clone of the course, pip install" in done.stderr
