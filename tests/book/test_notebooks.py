"""Every notebook is complete, executed in order, and a chapter in the agreed form.

nbval compares outputs only where there are some, so a notebook without outputs would pass it.
"""

import itertools
import re

import nbformat
import pytest
from sources import name, sources

NOTEBOOKS = sources(".ipynb")
SECTIONS = ["Summary", "Exercises", "Further reading"]
EXERCISE = r"\{exercise\}.*\n+:label: (exercise-[a-z0-9-]+)\n+:nonumber:"
MACHINE_PATH = re.compile(r"(?<![\w.:/])/(home|root|Users|work|tmp|mnt|opt)/|[A-Z]:\\\\Users")


@pytest.fixture(params=NOTEBOOKS, ids=name)
def path(request):
    return request.param


@pytest.fixture
def cells(path):
    return nbformat.read(path, as_version=4).cells


def code(cells):
    ours = [cell for cell in cells if cell.get("id") != "launch"]  # it has a test of its own
    return [cell for cell in ours if cell.cell_type == "code" and cell.source.strip()]


def markdown(cells):
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def tags(cell):
    return cell.metadata.get("tags", [])


def test_cells_were_run_once_in_order(cells):
    counts = [cell.execution_count for cell in code(cells)]
    assert counts == list(range(1, len(counts) + 1)), "run `make run`"


def test_outputs_are_there_and_clean(cells):
    outputs = [output for cell in code(cells) for output in cell.outputs]
    assert outputs, "no stored output: run `make run`"
    for output in outputs:
        assert output.output_type != "error", output.get("evalue")
        assert output.get("name") != "stderr", output.text
        pictures = [mime for mime in output.get("data", {}) if mime.startswith("image/")]
        for mime in pictures:
            assert output.metadata.get(mime, {}).get("alt"), "show figures with figures.show"


def test_every_loose_output_is_followed_by_an_assertion(cells):
    for cell, following in itertools.pairwise([*code(cells), None]):
        assert not {"nbval-skip", "skip-execution"} & set(tags(cell)), cell.source[:80]
        if "nbval-ignore-output" in tags(cell):
            assert following is not None and re.search(r"^\s*assert ", following.source, re.M), (
                f"no assert follows:\n{cell.source[:80]}"
            )
            assert "nbval-ignore-output" not in tags(following), following.source[:80]


def test_size_and_paths(path):
    text = path.read_text(encoding="utf-8")
    assert len(text) < 3e6
    found = [line for line in text.splitlines() if MACHINE_PATH.search(line)]
    assert not found, found[0][:200]


def test_metadata_does_not_change_from_run_to_run(path, cells):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}, "run `make run`"
    assert notebook.metadata.kernelspec.name == "python3"
    assert not any("execution" in cell.metadata for cell in cells), "run `make run`"


def test_the_chapter_opens_with_what_it_asks_and_gives(cells):
    assert re.match(r"# \S", cells[0].source), "the first cell starts with the title"
    opening = markdown(cells[:2])
    places = [opening.find(f"**{word}.**") for word in ("Objectives", "Prerequisites", "Time")]
    assert -1 not in places and places == sorted(places), "see CONTRIBUTING.md for the opening"
    assert re.search(r"\*\*Time\.\*\*[^*]*\d", opening), "state a measured time"


def test_the_chapter_closes_with_summary_exercises_and_reading(cells):
    headings = re.findall(r"^## (.+?)\s*$", markdown(cells), re.M)
    assert headings[-3:] == SECTIONS


def test_every_exercise_has_a_hint_a_check_and_a_solution(cells):
    text = markdown(cells)
    closing = text[text.index("## Exercises") : text.index("## Further reading")]
    labels = re.findall(EXERCISE, closing)
    assert labels, "no exercises"
    assert len(labels) == len(re.findall(r"\{exercise\}", text))
    assert labels == re.findall(r"\{solution\} (exercise-[a-z0-9-]+)", closing)
    assert len(re.findall(r"\{admonition\} Hint\n+:class: dropdown", closing)) >= len(labels)
    checked = re.findall(r"check\(\s*\"([^\"]+)\"", "\n".join(cell.source for cell in code(cells)))
    assert set(labels) == {f"exercise-{id.lower().replace('.', '-')}" for id in checked}


def test_no_line_of_a_paragraph_becomes_a_list(cells):
    """A line that begins with "1. " or "- " starts a list, also in the middle of a sentence."""
    text = re.sub(r"(?ms)^\$\$.*?^\$\$", "", markdown(cells))
    lists = re.findall(r"(?m)^(?![-+*:#|`>]|\d+[.)]|\s)(.+)\n(?=(?:1[.)]|[-+*]) \S)", text)
    assert lists == []
