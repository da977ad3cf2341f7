"""Print requirements without pins: what the course itself asks for, in the newest versions.

python tools/newest.py > newest.txt        then: make test REQUIREMENTS=newest.txt

Packages that only come along are left out. The ranges of pyproject.toml still hold.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
END = "# what these bring along"


def newest(text: str) -> str:
    """The first part of requirements.txt without its versions, and the package with its extras."""
    head, found, _ = text.partition(END)
    assert found, f"requirements.txt has no line that starts with {END!r}"
    return re.sub(r"==\S+", "", head) + "-e .[lab,cluster,book]\n"


if __name__ == "__main__":
    print(newest((ROOT / "requirements.txt").read_text(encoding="utf-8")), end="")
