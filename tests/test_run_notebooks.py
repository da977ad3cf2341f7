"""Running a notebook stores outputs and keeps the tags of its cells, those of slides too."""

import subprocess
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sources import ROOT


def test_tags_are_kept(tmp_path):
    tags = {"tags": ["hide-input", "slide"]}
    cells = [new_markdown_cell("Text.", metadata=tags), new_code_cell("1 + 1", metadata=tags)]
    path = tmp_path / "small.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    tool = ROOT / "tools" / "run_notebooks.py"
    done = subprocess.run([sys.executable, tool, path], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    first, second = nbformat.read(path, as_version=4).cells
    assert first.metadata == second.metadata == tags
    assert second.outputs[0].data["text/plain"] == "2"
