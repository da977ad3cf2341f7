"""Which blocks of a chapter make its slides: formulas, boxes and figures, chosen by one tag.

On a Markdown cell the tag `slide` shows its formulas, boxes, lists and tables, each with the
sentence that leads to it, and a formula with the words that end its sentence. On a code cell it
shows the output, or the code where there is none, with the takeaway that follows. The title, the
objectives and the summary come by themselves. All other prose becomes the speaker's notes.
"""

from itertools import zip_longest
from math import ceil

from afli_sentences import (
    MID_THOUGHT,
    ROOM,
    ending,
    finished,
    goes_on,
    leading,
    lines,
    plain,
    unfinished,
)
from docutils import nodes

PRINTED = 4, 60  # lines, and characters in a line: what is printed beside a picture, at most
CLOSING = ("Exercises", "Further reading")
SHOWN = (
    *("math_block", "bullet_list", "enumerated_list", "definition_list", "block_quote"),
    *("table", "exercise_node"),
)
LED = ("math_block", "bullet_list", "definition_list", "block_quote", "table")
STATED = ("proposition_node", "theorem_node", "lemma_node", "corollary_node", "definition_node")


class Slide:
    """A heading, the nodes that are shown below it, and what the speaker may say."""

    def __init__(self, title, kind=""):
        self.title, self.heading = title, title.astext()
        self.kind, self.shown, self.notes = kind, [], []

    def lines(self):
        """How many lines the slide takes, roughly."""
        return sum(map(lines, self.shown))

    @property
    def derives(self):
        """Whether it shows a derivation only: formulas and steps, and no term is introduced."""
        plain_kinds = (nodes.math_block, nodes.paragraph, nodes.enumerated_list)
        formulas = any(isinstance(node, nodes.math_block) for node in self.shown)
        terms = any(any(node.findall(nodes.strong)) for node in self.shown)
        only = all(isinstance(node, plain_kinds) for node in self.shown)
        return not self.kind and formulas and only and not terms


def kind(node):
    """What a block of a chapter is to a deck: "shown", a "takeaway", or only "said"."""
    name, classes = type(node).__name__, node.get("classes", [])
    box = isinstance(node, nodes.admonition) and "dropdown" not in classes
    if name in SHOWN or name in STATED or (box and name != "proof_node"):
        return "shown"
    if isinstance(node, nodes.paragraph) and node.astext().startswith("Takeaway."):
        return "takeaway"
    return "said"


def blocks(parent):
    """The blocks of a chapter in their order, without the sections around them."""
    for node in parent.children:
        if isinstance(node, nodes.section):
            yield from blocks(node)
        elif not isinstance(node, nodes.target | nodes.comment):
            yield node


class Deck:
    """The slides of one chapter, from its doctree and from the tags of its cells."""

    def __init__(self, chapter, tags):
        self.tags, self.slides, self.waiting, self.previous = tags, [], [], None
        self.title = next(chapter.findall(nodes.title))
        self.open("title")
        for node in blocks(chapter):
            self.take(node, "slide" in tags.get((node.line or 0) // 10_000 - 1, ()))
            self.previous = node
        self.slides = [one for one in self.slides if one.shown or one.kind == "title"]
        for slide in self.slides:
            slide.shown = [
                finished(node) if unfinished(node) and not goes_on(then) else node
                for node, then in zip_longest(slide.shown, slide.shown[1:])
            ]

    @property
    def heading(self):
        """The text of the present heading."""
        return self.title.astext()

    def open(self, of=""):
        """Start a slide under the present heading."""
        self.slides.append(Slide(self.title, of))
        self.slides[-1].notes, self.waiting = self.waiting, []

    def take(self, node, tagged):
        """Put a block on a slide or into the notes."""
        if isinstance(node, nodes.title):
            self.title = node
        elif self.slides[-1].kind == "title" and isinstance(node, nodes.paragraph):
            self.slides[-1].shown.append(node)
        elif "admonition-before-you-start" in node.get("classes", []):
            self.title, self.previous = nodes.title("", "After this chapter you can"), None
            self.show(next(node.findall(nodes.bullet_list)))
            self.slides[-1].notes += [plain(node)]
        elif "cell" in node.get("classes", []):
            if tagged:
                self.put(self.result(node))
        elif self.heading == "Summary" and kind(node) == "shown":
            self.show(node)
        elif tagged and kind(node) == "shown":
            self.show(node)
        elif kind(node) == "takeaway" and self.concludes():
            self.slides[-1].shown.append(node)
        elif self.heading not in CLOSING:
            if tagged and unfinished(self.previous) and goes_on(node):
                self.slides[-1].shown.append(ending(node))
            self.say(node)

    def concludes(self):
        """Whether a takeaway belongs here: under the heading of a figure that has none yet."""
        here = self.slides[-1]
        alone = here.kind in ("figure", "output") and len(here.shown) == 1
        return alone and here.heading == self.heading

    @staticmethod
    def result(cell):
        """What a cell has put out, or the code of a cell that puts out nothing."""
        parts = {part["classes"][0]: part for part in cell.children if part.get("classes")}
        return parts.get("cell_output") or parts["cell_input"]

    def put(self, result):
        """Show a picture, with few printed numbers beside it; more of them are for the speaker."""
        if not any(result.findall(nodes.image)):
            self.open("output")
            self.slides[-1].shown.append(result)
            return
        self.open("figure")
        picture = result.deepcopy()
        for block in list(picture.findall(nodes.literal_block)):
            rows = block.astext().splitlines()
            if len(rows) > PRINTED[0] or max(map(len, rows), default=0) > PRINTED[1]:
                block.parent.remove(block)
                self.slides[-1].notes.append(block.astext())
        self.slides[-1].shown.append(picture)

    def show(self, node):
        """Show a block below the sentence that leads to it; lists may go over several slides."""
        parts = [node]
        if isinstance(node, nodes.bullet_list | nodes.enumerated_list) and lines(node) > ROOM:
            parts = list(pages(node))
        leads = node.tagname in LED
        before = self.previous if leads and isinstance(self.previous, nodes.paragraph) else None
        for part in parts:
            lead = leading(before) if before is not None else None
            need = lines(part) + (lines(lead) if lead is not None else 0)
            here = self.slides[-1]
            # What goes on in mid-thought stays where the thought began, in smaller letters.
            room = ROOM * (1.4 if self.continues(lead) else 1)
            if here.heading != self.heading or here.kind or here.lines() + need > room:
                self.open()
            self.slides[-1].shown += [lead, part] if lead is not None else [part]
            before = None

    def continues(self, lead):
        """Whether a lead, or the list that stands in its place, leads on from what stands above."""
        if lead is not None:
            return MID_THOUGHT.match(lead.astext()) is not None
        steps = isinstance(self.previous, nodes.enumerated_list)
        return steps and not plain(self.previous).rstrip().endswith((".", "$"))

    def say(self, node):
        """Let the speaker say a block: on this slide, or on the next one if it opens a section."""
        same = self.slides[-1].heading == self.heading
        (self.slides[-1].notes if same else self.waiting).append(plain(node))


def pages(items):
    """A long list in parts that fit on a slide, of about the same length."""
    count = ceil(lines(items) / ROOM)
    part, most = items.copy(), 0.9 * lines(items) / count
    for item in items.children:
        full = lines(part) >= most or lines(part) + lines(item) > ROOM
        if part.children and full:
            yield part
            part = items.copy()
            part["start"] = items.index(item) + 1
        part.append(item)
    yield part
