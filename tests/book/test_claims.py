"""Every claim of the text holds, has a source, and is in the ledger; the ledger has no other."""

import ast
import re

import nbformat
import pytest
from sources import BOOK, ROOT, sources

from afli.teach.claims import bound, claims

CITED = re.compile(r"\{claim\}`([^`]+)`")


def cited():
    """The ids of the claims that the text cites."""
    found = set()
    for path in sources(".ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                found.update(CITED.findall(cell.source))
    for path in sources(".md"):
        found.update(CITED.findall(path.read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize("id", claims())
def test_claim_holds(id):
    holds, evidence = claims()[id].evidence()
    assert holds, evidence
    assert evidence.strip()
    print(f"{id}: {evidence}")


@pytest.mark.parametrize("id", claims())
def test_claim_fails_where_its_statement_is_wrong(id):
    claim = claims()[id]
    assert claim.fails_with, "name a perturbed constant in fails_with"
    holds, evidence = claim.evidence(**claim.fails_with)
    assert not holds, f"with {claim.fails_with} the check should fail, and says: {evidence}"


@pytest.mark.parametrize("id", claims())
def test_claim_is_well_formed(id):
    claim = claims()[id]
    assert re.fullmatch(r"[A-Z]{1,2}[1-9][0-9]*[a-z]?", id)
    assert claim.statement.strip().endswith((".", "$$")), "a statement is a sentence"
    assert claim.method.endswith("."), "the docstring says how the claim is checked"
    assert claim.tolerance, "nothing is compared: the test could not fail"
    keys = re.findall(r"^@\w+\{(\S+),", (BOOK / "references.bib").read_text("utf-8"), re.M)
    assert claim.source in [*keys, "ours"]


def test_text_and_ledger_name_the_same_claims():
    assert cited() == set(claims())


def idle(modules):
    """Functions of the ledger that test no claim and help no test."""
    trees = {name: ast.parse(text) for name, text in modules.items()}
    used = {
        node.id if isinstance(node, ast.Name) else node.attr
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
    }
    return [
        f"{name}: {node.name}"
        for name, tree in trees.items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.decorator_list and node.name not in used
    ]


def test_every_test_of_the_ledger_belongs_to_a_claim():
    folder = ROOT / "afli" / "teach" / "ledger"
    assert idle({path.stem: path.read_text("utf-8") for path in folder.glob("*.py")}) == []


def test_a_test_without_a_claim_is_found():
    module = "@claim('V1')\ndef one():\n    return help()\ndef help(): ...\ndef lost(): ..."
    assert idle({"module": module}) == ["module: lost"]


@pytest.mark.parametrize(
    ("error", "text"),
    [(0, "1e-16"), (3.2e-14, "1e-13"), (1e-3, "1e-3"), (0.7, "1"), (20, "1e2"), (-20, "1e2")],
)
def test_bound(error, text):
    assert bound(error) == text
