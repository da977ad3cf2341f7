"""Write into every notebook the cell that fetches the course where it is not installed.

python tools/launch.py [NOTEBOOK ...]        (all of book/ when none is named)

The cell is hidden on the pages, does nothing where the package is, and has no number: the stored
outputs of the other cells stay as they are.
"""

import sys
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
ID = "launch"
SOURCE = """\
# Where the course is not installed, as on Colab, this fetches it and goes to the chapter's folder.
import sys
from importlib.util import find_spec
from pathlib import Path

if find_spec("afli") is None or Path("afli-course").is_dir():
    !test -d afli-course || git clone -q --depth 1 {repository} afli-course
    %pip install -q -e "./afli-course[lab,teach]"
    %cd -q afli-course/{folder}
    sys.path.append(str(Path("{up}").resolve()))"""


def repository() -> str:
    """The address of the repository, from _config.yml."""
    return yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]


def source(path: Path) -> str:
    """The code of the cell for the notebook at `path`."""
    folder = path.resolve().parent.relative_to(ROOT)
    up = "/".join([".."] * len(folder.parts))
    return SOURCE.format(repository=repository(), folder=folder.as_posix(), up=up)


def without(cells):
    """The cells of a notebook except this one."""
    return [cell for cell in cells if cell.get("id") != ID]


def place(notebook, path: Path) -> None:
    """Put the cell before the first other code cell of a notebook, in its current form."""
    cells = without(notebook.cells)
    first = next(place for place, cell in enumerate(cells) if cell.cell_type == "code")
    metadata = {"slideshow": {"slide_type": "skip"}, "tags": ["remove-cell"]}
    cell = nbformat.v4.new_code_cell(source(path), id=ID, metadata=metadata)
    notebook.cells = [*cells[:first], cell, *cells[first:]]


def notebooks(names) -> list[Path]:
    """The named notebooks, or all of the book."""
    chosen = [Path(name) for name in names] or sorted(BOOK.rglob("*.ipynb"))
    return [path for path in chosen if ".ipynb_checkpoints" not in path.parts]


if __name__ == "__main__":
    for path in notebooks(sys.argv[1:]):
        notebook = nbformat.read(path, as_version=4)
        place(notebook, path)
        nbformat.write(notebook, path, version=nbformat.NO_CONVERT)
