"""A deck shows what is tagged, with the sentence that leads to it; the rest is for the speaker."""

import nbformat
import pytest
from afli_decks import Deck, pages
from afli_sentences import ROOM, leading, lines, plain
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


def in_section(chapter, *blocks):
    """The slides of a section that is added to a chapter, with every cell tagged."""
    section = next(chapter.findall(lambda node: node.astext().startswith("Lengths")))
    section += [title(9, "More"), *blocks]
    deck = Deck(chapter, {9: ["slide"], 10: ["slide"]})
    return [one for one in deck.slides if one.heading == "More"]


def test_what_much_is_printed_beside_a_picture_is_for_the_speaker(chapter):
    def cell(text):
        shown = [nodes.literal_block("", text), nodes.image(uri="x.png")]
        output = nodes.container("", *shown, classes=["cell_output"])
        return at(10, nodes.container("", output, classes=["cell"]))

    few, many = in_section(chapter, cell("q = 1\n" * 4), cell("q = 1\n" * 5))
    assert "q = 1" in plain(few.shown[0]) and "q = 1" not in "".join(few.notes)
    assert "q = 1" not in plain(many.shown[0]) and many.notes == ["q = 1\n" * 5]
    assert any(many.shown[0].findall(nodes.image))
    (wide,) = in_section(chapter, cell("x" * 61))[-1:]
    assert wide.notes == ["x" * 61]


@pytest.mark.parametrize("end, together", [("so that", True), ("and that is it.", False)])
def test_a_formula_stays_with_the_steps_that_lead_on_to_it(chapter, end, together):
    steps = at(9, nodes.enumerated_list("", *items("word " * 70, f"word {end}").children))
    formula = at(9, nodes.math_block("", r"a \\ b \\ c \\ d"))
    before = at(9, items(*["word " * 20] * 2))
    slides = in_section(chapter, before, steps, formula)
    assert sum(map(lines, (before, steps))) < ROOM < sum(map(lines, (before, steps, formula)))
    assert len(slides) == (1 if together else 2)
    assert isinstance(slides[-1].shown[-1], nodes.math_block)


def test_a_slide_of_formulas_derives_and_one_that_names_a_term_does_not(chapter):
    formula = at(9, nodes.math_block("", "q = V(q) ."))
    term = paragraph(9, "This is the ", nodes.strong("", "variance map"))
    (derivation,) = in_section(chapter, paragraph(9, "Put in q"), formula)
    assert derivation.derives
    (definition,) = in_section(chapter, term, formula.deepcopy())[-1:]
    assert not definition.derives
    deck = Deck(chapter, {2: ["slide"], 3: ["slide"]})
    assert not any(one.derives for one in deck.slides if one.kind or one.heading == "Summary")


def test_definitions_and_quotations_are_shown(chapter):
    quote = at(9, nodes.block_quote("", nodes.paragraph("", "Weights start small.")))
    item = nodes.definition_list_item(
        "", nodes.term("", "(A1)"), nodes.definition("", nodes.paragraph("", "Linear."))
    )
    listed = at(9, nodes.definition_list("", item))
    (one,) = in_section(chapter, paragraph(9, "We read."), quote, paragraph(9, "Assume"), listed)
    shown = [plain(node) for node in one.shown]
    assert shown == ["We read.", "Weights start small.", "Assume", "(A1)\nLinear."]


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
    lengths = [lines(part) for part in parts]
    assert max(lengths) - min(lengths) < 2 * lines(long) / len(long) + 0.1  # no page of one item


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_chapter_has_figures_and_formulas_on_its_slides(path):
    cells = nbformat.read(path, as_version=4).cells
    tagged = [cell for cell in cells if "slide" in cell.metadata.get("tags", [])]
    kinds = [cell.cell_type for cell in tagged]
    assert "code" in kinds and "markdown" in kinds, "tag figures and formulas with slide"
    assert all(cell.source.strip() for cell in tagged)
