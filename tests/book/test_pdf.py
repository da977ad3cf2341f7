"""The LaTeX that `make pdf` compiles: nothing is lost on the way from the pages to the book."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from sources import ROOT

from afli.teach.course import chapters

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
COURSE = chapters(ROOT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder in which `make pdf` calls XeLaTeX."""
    built = tmp_path_factory.mktemp("pdf")
    program = Path(sys.executable).with_name("jupyter-book")
    builder = ["--builder", "custom", "--custom-builder", "latex"]
    done = subprocess.run(
        [program, "build", ROOT, "--path-output", built, *builder, "-W", "-n", "--keep-going"],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return built / "_build" / "latex"


@pytest.fixture(scope="module")
def halves(folder):
    """The book, and its hints and solutions."""
    text = (folder / "afli.tex").read_text(encoding="utf-8")
    book, end = text.split(r"\plainpart{Hints and solutions}")
    return book, end


def test_every_part_begins_with_its_title(halves):
    found = re.findall(r"\\(numbered|plain)part\{(.*)\}", halves[0])
    wanted = []
    for part in TOC["parts"]:
        number, _, title = part["caption"].rpartition(" · ")
        wanted.append(("numbered" if number else "plain", title))
    assert found == wanted


def test_every_page_is_a_chapter(halves):
    titles = re.findall(r"\\chapter\{", halves[0])
    pages = sum(len(part["chapters"]) for part in TOC["parts"])
    assert len(titles) == pages  # with the welcome; the bibliography makes its own
    assert len(re.findall(r"\\chapter\{", halves[1])) == len(COURSE)


def test_the_bibliography_takes_the_place_of_its_page(halves):
    assert halves[0].count(r"\begin{sphinxthebibliography}") == 1
    assert r"\begin{sphinxthebibliography}" not in halves[1]


def test_each_exercise_names_the_page_of_its_hint_and_solution(halves):
    book, end = halves
    asked = re.findall(r"\\pageref\{solution:(exercise-[\w-]+)\}", book)
    assert len(asked) == len(set(asked)) == sum(one.exercises for one in COURSE.values())
    assert re.findall(r"\\label\{solution:(exercise-[\w-]+)\}", end) == asked


def test_hints_and_solutions_stand_at_the_end_and_nowhere_else(halves):
    book, end = halves
    boxes = r"\\begin\{sphinxadmonition\}\{\w+\}\{(Hint|Solution)"
    assert not re.findall(boxes, book)
    exercises = sum(one.exercises for one in COURSE.values())
    for word in ("Hint.", "Solution."):
        assert end.count(rf"\sphinxstyleemphasis{{{word}}}") == exercises, word


def test_every_link_has_a_target(halves):
    text = "".join(halves)
    assert r"\label{None:" not in text
    labels = set(re.findall(r"\\label\{(?:\\detokenize\{)?([^{}]+)\}", text))
    links = set(re.findall(r"\\(?:hyperref\[|pageref\{)(?:\\detokenize\{)?([^{}\]]+)", text))
    assert links and not links - labels


def test_every_picture_is_there(halves, folder):
    pictures = re.findall(r"includegraphics(?:\[[^\]]*\])?\{(.+?)\}*$", "".join(halves), re.M)
    names = [re.sub(r"[{}]", "", picture) for picture in pictures]
    assert len(names) > 100
    assert not [name for name in names if not list(folder.glob(f"{name}*"))]


def test_what_moves_on_a_page_is_a_picture_and_a_table_in_print(halves):
    begins = halves[0].index(r"\plainpart{Explore}")
    pages = halves[0][begins : halves[0].index(r"\plainpart{Teaching}")].split(r"\chapter{")[1:]
    assert len(pages) == 3
    for page in pages:
        assert "includegraphics" in page
        assert "tabular" in page or "longtable" in page
