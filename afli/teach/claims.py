"""The ledger of claims: every numbered claim of the text, with its source and its evidence.

A claim is registered by a function that computes the evidence when called without arguments. It
lives in a module of `afli/teach/ledger/`::

    @claim("V1", "With ReLU and $\\sigma_w^2 = 2$, $\\sigma_b^2 = 0$, every length is kept.",
           source="he2015", fails_with={"sigma_w2": 2.001})
    def relu_keeps_lengths(sigma_w2=2):
        \"\"\"The variance map at 9 lengths from 1e-6 to 1e6.\"\"\"
        q = np.logspace(-6, 6, 9)
        error = np.abs(afli.variance_map(afli.activation("relu"), q, sigma_w2, 0) / q - 1).max()
        return error < 1e-12, f"largest relative error below {bound(error)}"

A check that could not fail would be worth nothing. `fails_with` names the arguments with which the
same function must report a failure: a constant of the statement, made slightly wrong.

The text cites it with the role `claim`. The page of claims runs every function when the book is
built, the tests run every function again, and both fail where a claim does not hold.
`ledger()` runs them and gives the whole ledger as rows: the page and the file `claims.json` beside
it are made from these, and from nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from afli.teach.criteria import criteria
from afli.teach.registry import Registry

# The letters of the ids, in the order of the course.
CHAPTERS = {
    "D": "What the derivative of an activation does",
    "O": "The identity near the origin",
    "Z": "Zero-centred signals",
    "S": "Why deep sigmoid networks stall",
    "G": "Glorot's variance",
    "L": "The laboratory",
    "V": "The variance map",
    "C": "The correlation map and the edge of chaos",
    "W": "Why wide layers are Gaussian",
    "H": "The Hermite picture",
    "R": "How deep a signal survives",
    "B": "Signals going back",
    "I": "Dynamical isometry",
    "F": "The whole spectrum",
    "A": "The family of scaled-bounded activations",
    "T": "The theorem",
    "X": "Sharper than the paper",
    "P": "How large must a be?",
    "M": "A heatmap of depth and linearity",
    "Q": "Letting a decrease",
    "N": "Beyond: residuals, normalisation, shaping",
    "K": "What predicts training?",
    "E": "Errata of our sources",
}


@dataclass(frozen=True)
class Claim:
    """One claim: its id, what it says, where it comes from, and the function that tests it."""

    id: str
    statement: str
    source: str
    evidence: Callable[..., tuple[bool, str]]
    fails_with: dict[str, object]

    @property
    def chapter(self) -> str:
        """The title of the chapter that the letters of the id stand for."""
        return CHAPTERS[_order(self.id)[0]]

    @property
    def method(self) -> str:
        """How the claim is tested, in words: the docstring of its function."""
        return " ".join((self.evidence.__doc__ or "").split())

    @property
    def test(self) -> str:
        """Where the test is: its module and the name of its function."""
        return f"{self.evidence.__module__}.{self.evidence.__qualname__}"

    @property
    def tolerance(self) -> list[str]:
        """The comparisons that decide whether the claim holds, read off the code of the test."""
        return criteria(self.evidence)


_registry = Registry("claim id", "afli.teach.ledger")


def claim(id: str, statement: str, *, source: str, fails_with: dict[str, object]):
    """Register the decorated function as the evidence for a claim.

    Parameters
    ----------
    id : str
        A letter or two for the chapter and a number: "V1".
    statement : str
        One or two sentences of Markdown, mathematics between dollars.
    source : str
        A key of the bibliography, or "ours" for what is derived in this course.
    fails_with : dict
        Arguments that make the statement slightly wrong: the function must then report that it
        does not hold.

    Raises
    ------
    ValueError
        If the id is taken, or its letters stand for no chapter.
    """
    if _order(id)[0] not in CHAPTERS:
        raise ValueError(f"claim id {id!r} belongs to no chapter: add its letters to CHAPTERS")

    def register(evidence):
        _registry.add(id, evidence, Claim(id, statement, source, evidence, fails_with))
        return evidence

    return register


@cache
def claims() -> dict[str, Claim]:
    """All registered claims by id, in the order of the chapters."""
    found, chapters = _registry.load(), list(CHAPTERS)

    def place(id):
        letters, number = _order(id)
        return chapters.index(letters), number

    return {id: found[id] for id in sorted(found, key=place)}


def ledger() -> list[dict[str, object]]:
    """Run every test and give the ledger as rows, which JSON can hold."""
    rows = []
    for one in claims().values():
        holds, found = one.evidence()
        rows.append(
            {
                "id": one.id,
                "chapter": one.chapter,
                "statement": one.statement,
                "source": one.source,
                "test": one.test,
                "method": one.method,
                "tolerance": one.tolerance,
                "status": "holds" if holds else "does not hold",
                "found": found,
                "fails with": {name: str(value) for name, value in one.fails_with.items()},
            }
        )
    return rows


def _order(id: str) -> tuple[str, int]:
    letters = id.rstrip("0123456789")
    return letters, int(id[len(letters) :] or 0)


def bound(error: float) -> str:
    """The power of ten above an error, as text: 3.2e-14 becomes "1e-13"."""
    error = abs(error)
    if error == 0:
        return "1e-16"
    exponent = 0
    while error > 10.0**exponent:
        exponent += 1
    while error <= 10.0 ** (exponent - 1):
        exponent -= 1
    return f"1e{exponent:d}" if exponent else "1"
