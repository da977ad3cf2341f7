"""A deck shows what is tagged, with the sentence that leads to it; the rest is for the speaker."""

import nbformat
import pytest
from afli_decks import ROOM, Deck, leading, lines, pages, plain
from docutils import nodes
from sources import name, sources

NOTEBOOKS = sources(".ipynb")


def at(cell, node):
    """A node with the line that MyST-NB gives it: the cell times ten thousand."""
    node.line = (cell + 1) * 10_000 + 2
    return node


def paragraph(cell, *parts):
    node = nodes.paragraph()
    node += [part if isinstance(part, nodes.Node) else nodes.Text(part) for part in parts]
    return at(cell, node)


def items(*texts):
    return nodes.bullet_list(
        "", *(nodes.list_item("", nodes.paragraph("", text)) for text in texts)
    )


def title(cell, text):
    return at(cell, nodes.title("", text))


def code(cell, output=True, picture=False):
    parts = [nodes.container("", nodes.literal_block("", "x = 1"), classes=["cell_input"])]
    if output:
        shown = nodes.image(uri="x.png") if picture else nodes.literal_block("", "1")
        parts.append(nodes.container("", shown, classes=["cell_output"]))
    return at(cell, nodes.container("", *parts, classes=["cell"]))


@pytest.fixture
def chapter():
    """A chapter with one section, a summary and exercises."""
    opening = nodes.admonition(
        "", nodes.title("", "Before you start"), items("see", "do"),
        classes=["admonition-before-you-start"],
    )  # fmt: skip
    section = nodes.section(
        "",
        title(2, "Lengths"),
        paragraph(2, "Some words. We write ", nodes.math("", "q"), " for it: "),
        at(2, nodes.math_block("", "q = V(q)")),
        paragraph(2, "More words."),
        code(3, picture=True),
        paragraph(4, nodes.strong("", "Takeaway."), " It settles."),
        code(5, output=False),
        at(6, nodes.math_block("", "untagged")),
    )
    summary = nodes.section("", title(7, "Summary"), at(7, items("one", "two")))
    closing = nodes.section("", title(8, "Exercises"), paragraph(8, "Try."))
    return nodes.section(
        "", title(0, "Maps"), paragraph(0, "How long?"), at(0, opening), section, summary, closing
    )


def test_a_deck(chapter):
    deck = Deck(chapter, {2: ["slide"], 3: ["slide", "hide-input"], 5: ["slide"], 6: []})
    found = [(one.heading, one.kind, [plain(node) for node in one.shown]) for one in deck.slides]
    assert found == [
        ("Maps", "title", ["How long?"]),
        ("After this chapter you can", "", ["see\ndo"]),
        ("Lengths", "", ["We write $q$ for it: ", "$q = V(q)$"]),
        ("Lengths", "figure", ["", "Takeaway. It settles."]),
        ("Lengths", "output", ["x = 1"]),
        ("Summary", "", ["one\ntwo"]),
    ]
    notes = [text for one in deck.slides for text in one.notes]
    assert notes[0].startswith("Before you start")
    assert notes[1:] == ["Some words. We write $q$ for it: ", "More words.", "$untagged$"]


def test_a_takeaway_stays_with_its_own_figure(chapter):
    section = next(chapter.findall(lambda node: node.astext().startswith("Lengths")))
    section += [
        code(9), paragraph(9, nodes.strong("", "Takeaway."), " Of something untagged."),
        title(10, "Angles"), paragraph(10, nodes.strong("", "Takeaway."), " Of another section."),
    ]  # fmt: skip
    (slide,) = [one for one in Deck(chapter, {3: ["slide"]}).slides if one.kind == "figure"]
    assert [plain(node) for node in slide.shown] == ["", "Takeaway. It settles."]


def test_without_tags_only_the_frame_is_left(chapter):
    deck = Deck(chapter, {})
    assert [one.heading for one in deck.slides] == [
        "Maps", "After this chapter you can", "Summary",
    ]  # fmt: skip


def test_the_lead_is_the_last_sentence_that_says_what_it_speaks_of():
    whole = paragraph(0, "One. Two is ", nodes.math("", "x"), ", which ends in")
    assert plain(leading(whole)) == "Two is $x$, which ends in"
    assert plain(whole) == "One. Two is $x$, which ends in"
    assert plain(leading(paragraph(0, "Only this:"))) == "Only this:"
    assert plain(leading(paragraph(0, "One. Two. It is then"))) == "Two. It is then"
    assert plain(leading(paragraph(0, "This. They are"))) == "This. They are"


@pytest.mark.parametrize(
    "formula, follows, shown",
    [
        ("q = s^2 ,", "where $s$ counts. More.", ["$q = s^2 ,$", "where $s$ counts."]),
        ("q = s^2 ,", "We see more.", ["$q = s^2$"]),
        ("q = s^2 .", "where it ends.", ["$q = s^2 .$"]),
        (
            r"\begin{aligned} q &= 1 , \end{aligned}",
            "Then more.",
            [r"$\begin{aligned} q &= 1 \end{aligned}$"],
        ),
    ],
)
def test_no_formula_ends_in_mid_sentence(chapter, formula, follows, shown):
    section = next(chapter.findall(lambda node: node.astext().startswith("Lengths")))
    section += [
        title(9, "Ends"),
        paragraph(9, "Now"),
        at(9, nodes.math_block("", formula)),
        paragraph(9, follows),
    ]
    (slide,) = [one for one in Deck(chapter, {9: ["slide"]}).slides if one.heading == "Ends"]
    assert [plain(node) for node in slide.shown] == ["Now", *shown]
    assert follows in slide.notes


def test_a_long_list_goes_over_several_slides():
    long = items(*["word " * 40] * 9)
    parts = list(pages(long))
    assert len(parts) > 1 and all(lines(part) <= ROOM for part in parts)
    assert sum(len(part) for part in parts) == 9 == len(long)
    assert parts[1]["start"] == 1 + len(parts[0])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_chapter_has_figures_and_formulas_on_its_slides(path):
    cells = nbformat.read(path, as_version=4).cells
    tagged = [cell for cell in cells if "slide" in cell.metadata.get("tags", [])]
    kinds = [cell.cell_type for cell in tagged]
    assert "code" in kinds and "markdown" in kinds, "tag figures and formulas with slide"
    assert all(cell.source.strip() for cell in tagged)
