"""What a slide takes from the prose around a formula: sentences, whole and to the point.

A formula needs the sentence that leads to it, back to where it says what it speaks of, and the
words that end its sentence.
"""

import re

from docutils import nodes

ROOM = 15  # lines of text on a slide
WIDTH = 62  # characters in a line
TEX = re.compile(r"\\[a-zA-Z]+ ?|[{}^_$]+")  # what a formula takes more room for in its source
OPEN = re.compile(r"\s*[,;]\s*((?:\\end\{\w+\}\s*)*)$")  # the end of a formula in mid-sentence
BACKWARDS = re.compile(
    r"(It|Its|This|These|They|Their|That|Those|He|Both|So|And|Then|But|Hence|Thus|Put|Such|Also"
    r"|Therefore|Here|There)\b"
)
MID_THOUGHT = re.compile(rf"[a-z]|{BACKWARDS.pattern}")
CONTINUED = re.compile(r"(where|with|for|if|in which|when)\b")


def lines(node):
    """How many lines a node takes, roughly."""
    if isinstance(node, nodes.container | nodes.image):
        return ROOM - 4 if any(node.findall(nodes.image)) else 1 + node.astext().count("\n")
    if isinstance(node, nodes.math_block):
        return 2 + 1.5 * node.astext().count("\\\\")
    if isinstance(node, nodes.table):
        return 1 + 1.4 * len(list(node.findall(nodes.row)))
    if node.children and not isinstance(node, nodes.TextElement):
        return sum(map(lines, node.children)) + 0.3
    return 0.4 + len(TEX.sub("x", plain(node))) / WIDTH


def plain(node):
    """The text of a node; formulas between dollars."""
    if isinstance(node, nodes.math | nodes.math_block):
        return f"${node.astext().strip()}$"
    if isinstance(node, nodes.Text) or not node.children:
        return node.astext()
    separator = "" if isinstance(node, nodes.TextElement) else "\n"
    return separator.join(map(plain, node.children))


def leading(paragraph):
    """The end of a paragraph, from the last sentence on that says what it speaks of."""
    whole = last_sentences(paragraph, lambda text: not BACKWARDS.match(text))
    return whole if lines(whole) < 5 else last_sentences(paragraph, lambda text: True)


def last_sentences(paragraph, opens):
    """The end of a paragraph, from the last sentence on whose text opens it."""
    kept = paragraph.copy()
    for child in reversed(paragraph.children):
        text = str(child) if isinstance(child, nodes.Text) else ""
        starts = [m.end() for m in re.finditer(r"(?<=[.!?])\s+(?=[A-Z])", text)]
        if found := [at for at in reversed(starts) if opens(text[at:])]:
            kept.append(nodes.Text(text[found[0] :]))
            break
        kept.append(child.deepcopy())
    kept.children.reverse()
    return kept


def ending(paragraph):
    """The first sentence of a paragraph, with the formulas in it."""
    kept = paragraph.copy()
    for child in paragraph.children:
        text = str(child) if isinstance(child, nodes.Text) else ""
        first, *after = re.split(r"(?<=[.!?])\s+(?=[A-Z])", text, maxsplit=1)
        kept.append(nodes.Text(first) if after else child.deepcopy())
        if after or first.rstrip().endswith("."):
            break
    return kept


def unfinished(node):
    """Whether a formula leaves its sentence open."""
    return isinstance(node, nodes.math_block) and OPEN.search(node.astext()) is not None


def finished(node):
    """A formula without the comma that nothing follows."""
    copy = node.deepcopy()
    copy.children = [nodes.Text(OPEN.sub(r" \1", node.astext()))]
    return copy


def goes_on(node):
    """Whether a paragraph ends the sentence of the formula above it."""
    return isinstance(node, nodes.paragraph) and CONTINUED.match(node.astext()) is not None
