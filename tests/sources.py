"""Where the repository is, and the sources of its book: what the tests of the book share."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"


def sources(suffix: str) -> list[Path]:
    """The sources of the book with a suffix, in the order of their paths."""
    return sorted(
        path
        for path in BOOK.rglob(f"*{suffix}")
        if not any(part.startswith((".", "_")) for part in path.relative_to(BOOK).parts)
    )


def name(path: Path) -> str:
    """A short test id for a file of the repository."""
    return path.relative_to(ROOT).as_posix()


def pages() -> list[str]:
    """The pages of the table of contents, and those that Sphinx adds."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [toc["root"], *chapters, "genindex", "search"]
