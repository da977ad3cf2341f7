"""Run notebooks from top to bottom and store their outputs, without what changes from run to run.

python tools/run_notebooks.py [NOTEBOOK ...]        (all of book/ when none is named)
"""

import sys
from pathlib import Path

import launch
import nbformat
from nbclient import NotebookClient

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def run(path: Path) -> None:
    """Execute one notebook in its own folder and write it back in a canonical form."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = launch.without(notebook.cells)
    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],  # no word on unencrypted connections to itself
    ).execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number:03d}"
        cell.metadata.pop("execution", None)
    if path.resolve().is_relative_to(launch.BOOK):
        launch.place(notebook, path)
    nbformat.write(notebook, path, version=nbformat.NO_CONVERT)


if __name__ == "__main__":
    for path in launch.notebooks(sys.argv[1:]):
        print(f"running {path}", flush=True)
        run(path)
