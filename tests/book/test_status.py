"""What was measured keeps to what the chapters state; the tool that measures does so rightly."""

import json
import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from afli_status import verdict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sources import BOOK, ROOT

from afli.teach.course import chapters

COURSE = chapters(ROOT)
STATUS = json.loads((BOOK / "reference" / "status.json").read_text(encoding="utf-8"))
ROOMY, SHORT = 4, 20  # how many times the measured seconds may be stated, and what is always fine
OPENING = """# A chapter

:::{admonition} Before you start
**Objectives.** After this chapter you can

* measure.

**Prerequisites.** None.

**Time.** 2 minutes to read; the cells take 9 seconds on two processor cores.
:::
"""


def test_every_chapter_was_measured():
    assert list(STATUS["chapters"]) == list(COURSE), "run `make status`"


@pytest.mark.parametrize("name", COURSE)
def test_a_chapter_takes_about_what_it_states(name):
    stated, row = COURSE[name].seconds, STATUS["chapters"][name]
    assert row["seconds"] <= stated <= max(SHORT, ROOMY * row["seconds"])
    assert verdict(COURSE[name], row) == "within it"


def test_the_verdict_tells_what_is_too_long_and_what_is_missing():
    chapter = next(iter(COURSE.values()))
    assert verdict(chapter, {"seconds": chapter.seconds + 0.1}) == "**takes longer**"
    assert verdict(chapter, None) == "not measured yet"


@pytest.fixture
def measure(tmp_path):
    """A function that measures chapters of a small course, given their code cells."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    folder = tmp_path / "book" / "reference"
    folder.mkdir(parents=True)

    def run(chosen=(), **sources):
        for name, cells in sources.items():
            cells = [new_markdown_cell(OPENING), *map(new_code_cell, cells)]
            nbformat.write(new_notebook(cells=cells), tmp_path / "book" / f"{name}.ipynb")
        names = sorted(path.stem for path in (tmp_path / "book").glob("*.ipynb"))
        listed = ", ".join(f"{{file: book/{name}}}" for name in names)
        toc = f'parts:\n  - caption: "Part I"\n    chapters: [{listed}]\n'
        (tmp_path / "_toc.yml").write_text(toc, encoding="utf-8")
        command = [sys.executable, tmp_path / "tools" / "measure_notebooks.py", *chosen]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=120,
            env=os.environ | {"AFLI_DATA": str(tmp_path)},
        )  # fmt: skip

    run.status = folder / "status.json"
    return run


def test_seconds_and_memory_are_those_of_the_kernel(measure):
    """A cell holds 300 MB and sleeps; the other chapter does nothing."""
    block = "import time\nblock = bytearray(b'1' * 300_000_000)\ntime.sleep(1.5)\ndel block"
    quick, slow = ["1 + 1"], [block, "2"]
    done = measure(quick=quick, slow=slow)
    assert done.returncode == 0, done.stderr
    rows = json.loads(measure.status.read_text())["chapters"]
    assert list(rows) == ["book/quick", "book/slow"]
    assert 0 < rows["book/quick"]["seconds"] < rows["book/slow"]["seconds"] - 1 < 60
    more = rows["book/slow"]["peak_mib"] - rows["book/quick"]["peak_mib"]
    assert 280 < more < 700, "the block, and a copy of it while it is made"
    assert nbformat.read(measure.status.parents[1] / "quick.ipynb", 4).cells[1].outputs == []


ALONE = """
import os, socket, subprocess, sys
from pathlib import Path
assert list(Path().iterdir()) == [] and list(Path(os.environ["AFLI_DATA"]).iterdir()) == []
reach = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
try:
    exec(reach)
except PermissionError as error:
    refused = str(error)
done = subprocess.run([sys.executable, "-c", reach], capture_output=True, text=True)
assert "PermissionError: no network here" in done.stderr
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname()).close()
try:
    socket.getaddrinfo("example.org", 80)
except PermissionError as error:
    unknown = str(error)
"""
ALONE_INDEED = """
assert refused == "no network here: '192.0.2.1' is another machine"
assert unknown == "no network here: 'example.org' is another machine"
"""


def test_a_chapter_is_alone(measure):
    """In an empty folder, without images; another machine is refused, this one is not."""
    done = measure(alone=[ALONE, ALONE_INDEED])
    assert done.returncode == 0, done.stderr


def test_a_cell_that_fails_is_named_and_what_was_known_stays(measure):
    assert measure(right=["1"]).returncode == 0
    known = measure.status.read_text()
    done = measure(right=["1"], wrong=["1", "1 / 0"])
    assert done.returncode == 1 and measure.status.read_text() == known
    assert "wrong.ipynb, cell 3: " in done.stderr and "ZeroDivisionError" in done.stderr


def test_some_chapters_are_measured_and_the_others_kept(measure):
    assert measure(one=["1"], two=["1"]).returncode == 0
    status = json.loads(measure.status.read_text())
    for row in status["chapters"].values():
        row["seconds"] = 1000
    measure.status.write_text(json.dumps(status))
    assert measure(["book/two.ipynb"]).returncode == 0
    rows = json.loads(measure.status.read_text())["chapters"]
    assert rows["book/one"]["seconds"] == 1000 > rows["book/two"]["seconds"]
    status["machine"]["python"] = "3.0"
    measure.status.write_text(json.dumps(status))
    done = measure(["book/two.ipynb"])
    assert done.returncode == 1 and "another machine or with other versions" in done.stderr
    done = measure(["book/three.ipynb"])
    assert done.returncode == 1 and "no chapter of _toc.yml: book/three" in done.stderr
