"""The course is read from the openings of its chapters."""

import re

import nbformat
import nbformat.v4
import numpy as np
import pytest
import yaml
from afli_graph import RADIUS, clearance, drawing, places
from sources import ROOT

from afli.teach.course import arrows, chapters, too_early
from afli.teach.exercises import exercises

OPENING = """# A title

:::{admonition} Before you start
**Objectives.** After this chapter you can

* do this,
  and that;
* say so.

**Prerequisites.** [One](one.ipynb), a [page](../reference/notation.md), [Two](../b/two.ipynb).

**Time.** About 40 minutes to read; the cells take 12
seconds on two processor cores.
:::

:::{admonition} Misconception: "it settles"
"""


@pytest.fixture
def root(tmp_path):
    """Three chapters; the first one looks ahead to the last one."""
    toc = """
parts:
  - caption: "Part II · Depth"
    chapters: [{file: a/one}, {file: a/three}]
  - caption: The laboratory
    chapters: [{file: b/two}, {file: b/page}]
"""
    (tmp_path / "_toc.yml").write_text(toc, encoding="utf-8")
    needs = {"a/one": "[Two](../b/two.ipynb)", "a/three": "[One](one.ipynb)"}
    for name in ("a/one", "a/three", "b/two"):
        links = needs.get(name, "[One](../a/one.ipynb) and [Three](../a/three.ipynb)")
        text = re.sub(r"\[One\].*\.ipynb\)", lambda _, links=links: links, OPENING)
        write(tmp_path / f"{name}.ipynb", text)
    return tmp_path


def write(path, text):
    path.parent.mkdir(exist_ok=True)
    cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell("1")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def test_a_chapter_is_read(root):
    course = chapters(root)
    assert list(course) == ["a/one", "a/three", "b/two"]
    three = course["a/three"]
    assert (three.number, three.title, three.minutes, three.seconds) == ("II.2", "A title", 40, 12)
    assert three.objectives == ("do this, and that", "say so")
    assert three.misconceptions == ("it settles",)
    assert three.needs == ("a/one",)
    assert course["b/two"].number == "Lab.1"


def test_arrows_leave_out_what_follows_and_what_looks_ahead(root):
    assert arrows(chapters(root)) == [("a/one", "a/three"), ("a/three", "b/two")]


def test_a_plan_with_a_chapter_too_early_is_found(root):
    course = chapters(root)
    assert too_early(["II.1", "II.2", "Lab.1"], course) == []
    assert too_early(["II.2", "II.1", "Lab.1"], course) == [("II.2", "II.1")]
    assert too_early(["Lab.1"], course) == [("Lab.1", "II.2")]


def test_an_opening_without_a_time_is_an_error(root):
    write(root / "a" / "one.ipynb", OPENING.replace("40 minutes", "a while"))
    with pytest.raises(ValueError, match="one.ipynb: .* a time are missing"):
        chapters(root)


def test_the_numbers_of_chapters_are_those_of_their_exercises():
    course = chapters(ROOT)
    assert {one.number for one in course.values()} == {id.rsplit(".", 1)[0] for id in exercises()}
    for one in course.values():
        assert one.exercises == sum(id.startswith(f"{one.number}.") for id in exercises())
        assert len(one.objectives) >= 3 and one.prerequisites
        assert set(one.needs) <= set(course)


def planned(directive):
    """What the teacher's guide gives to a directive, each time that it stands there."""
    guide = (ROOT / "book" / "teaching" / "guide.md").read_text(encoding="utf-8")
    return [
        yaml.safe_load(it)
        for it in re.findall(rf"```{{{directive}}}\n(?::[^\n]+\n+)*(.+?)```", guide, re.S)
    ]


def test_six_weeks_hold_every_chapter_once_and_two_hours_of_reading_before_a_session():
    minutes = {one.number: one.minutes for one in chapters(ROOT).values()}
    weeks, days = planned("syllabus")
    assert len(weeks) == 12
    assert sorted(number for session in weeks for number in session["chapters"]) == sorted(minutes)
    assert max(sum(minutes[number] for number in session["chapters"]) for session in weeks) <= 120
    assert {session["when"].partition(",")[0] for session in days} == {
        *("Before", "Day 1", "Evening", "Day 2")
    }
    for session in weeks + days:
        for id in session["set"]:
            assert id.rsplit(".", 1)[0] in session["chapters"]


def test_every_misconception_has_advice():
    (advice,) = planned("misconceptions")
    assert set(advice) == {it for one in chapters(ROOT).values() for it in one.misconceptions}


def test_every_part_is_discussed():
    guide = (ROOT / "book" / "teaching" / "guide.md").read_text(encoding="utf-8")
    parts = {one.part.partition(" ·")[0] for one in chapters(ROOT).values()} - {"The laboratory"}
    assert parts == set(re.findall(r"^\* \*\*(.+?)\.\*\*", guide, re.M))


def test_the_drawing_shows_every_chapter_and_arrow_once():
    course = chapters(ROOT)
    spots = places(course, arrows(course))
    assert len(set(spots.values())) == len(course)
    assert all(spots[first][1] < spots[then][1] for first, then in arrows(course))
    svg = drawing(course, arrows(course), {name: f"{name}.html" for name in course})
    assert svg.count("<circle") == len(course)
    assert svg.count('class="arrow"') == len(arrows(course)) > 10
    for curve in re.findall(r'class="arrow" d="M(.+?)"', svg):  # no arrow runs through a chapter
        points = np.array(re.findall(r"[-\d.]+", curve), float).reshape(4, 2)
        circles = np.array(re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', svg), float)
        from_, to = points[0] - [0, RADIUS], points[3] + [0, RADIUS + 2]
        ends = [np.abs(circles - end).sum(1) < 1 for end in (from_, to)]
        assert sum(map(sum, ends)) == 2
        assert clearance(points, circles[~(ends[0] | ends[1])]) > RADIUS
    assert "III.2 builds on III.1" in svg and 'href="book/mean_field/hermite.html"' in svg
