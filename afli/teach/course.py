"""The course as its chapters describe it: titles, objectives, prerequisites, times, misconceptions.

Everything is read from the table of contents and from the chapters themselves, so that the
teacher's guide cannot say anything else.
"""

import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import yaml

LINK = re.compile(r"\]\(([^)]+)\.ipynb\)")
SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Chapter:
    """One chapter; `needs` names the chapters to which its prerequisites link."""

    name: str
    number: str
    part: str
    title: str
    objectives: tuple[str, ...]
    prerequisites: str
    needs: tuple[str, ...]
    minutes: int
    seconds: int
    misconceptions: tuple[str, ...]
    exercises: int


def chapters(root: str | Path) -> dict[str, Chapter]:
    """The chapters that are notebooks, by name, in the order of the table of contents.

    Parameters
    ----------
    root : path
        The folder that holds `_toc.yml`.

    Returns
    -------
    dict of str to Chapter
        A name is the path of the notebook below the root, without its ending.

    Raises
    ------
    ValueError
        If the opening of a chapter does not say what it should.
    """
    toc = yaml.safe_load(Path(root, "_toc.yml").read_text(encoding="utf-8"))
    found = {}
    for part in toc["parts"]:
        for place, entry in enumerate(part["chapters"], start=1):
            if (path := Path(root, entry["file"] + ".ipynb")).exists():
                number = f"{_short(part['caption'])}.{place}"
                found[entry["file"]] = _chapter(entry["file"], number, part["caption"], path)
    return found


def _short(caption: str) -> str:
    """The name of a part in the numbers of exercises: its Roman number, or "Lab"."""
    roman = re.match(r"Part ([IVX]+)\b", caption)
    return roman[1] if roman else caption.removeprefix("The ").capitalize()[:3]


def _chapter(name: str, number: str, part: str, path: Path) -> Chapter:
    cells = [
        cell.source
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "markdown"
    ]
    box = re.search(r":::\{admonition\} Before you start\n(.*?)\n:::", "\n\n".join(cells[:2]), re.S)
    words = re.split(r"\*\*(Objectives|Prerequisites|Time)\.\*\*", box[1] if box else "")
    said = dict(zip(words[1::2], words[2::2], strict=True))
    times = re.search(r"(\d+) minutes to read.*?(\d+)\s+seconds", said.get("Time", ""), re.S)
    if len(said) != 3 or times is None:
        raise ValueError(f"{path}: objectives, prerequisites, or a time are missing in the opening")
    text = "\n\n".join(cells)
    return Chapter(
        name=name,
        number=number,
        part=part,
        title=re.match(r"# (.+)", cells[0])[1].strip(),
        objectives=tuple(
            _line(item).rstrip(";.")
            for item in re.split(r"^\* ", said["Objectives"], flags=re.M)[1:]
        ),
        prerequisites=_line(said["Prerequisites"]),
        needs=tuple(
            posixpath.normpath(posixpath.join(posixpath.dirname(name), link))
            for link in dict.fromkeys(LINK.findall(said["Prerequisites"]))
        ),
        minutes=int(times[1]),
        seconds=int(times[2]),
        misconceptions=tuple(re.findall(r'\{admonition\} Misconception: "(.+)"', text)),
        exercises=len(re.findall(r"\{exercise\}", text)),
    )


def _line(text: str) -> str:
    return SPACE.sub(" ", text).strip()


def arrows(course: dict[str, Chapter]) -> list[tuple[str, str]]:
    """The prerequisites as pairs (earlier, later), without those that follow from others.

    A link to a chapter that comes later in the course only borrows a symbol: it gives no arrow.
    """
    order = list(course)
    behind = {
        name: {need for need in course[name].needs if order.index(need) < order.index(name)}
        for name in order
    }
    everything = {}
    for name in order:
        everything[name] = behind[name].union(*(everything[need] for need in behind[name]))
    return [
        (need, name)
        for name in order
        for need in sorted(behind[name], key=order.index)
        if not any(need in everything[other] for other in behind[name])
    ]


def too_early(plan: list[str], course: dict[str, Chapter]) -> list[tuple[str, str]]:
    """What is wrong with the order of a plan, a list of numbers of chapters.

    Returns
    -------
    list of (str, str)
        A chapter, and one that it builds on and that does not come before it in the plan.
    """
    number = {name: one.number for name, one in course.items()}
    behind = [(number[first], number[then]) for first, then in arrows(course)]
    return [
        (then, first)
        for place, then in enumerate(plan)
        for first, of in behind
        if of == then and first not in plan[:place]
    ]
