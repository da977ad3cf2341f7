"""How long a page takes to read, under its title: computed from the text, without the exercises.

A chapter states its own time, from experience, and shows no second one. The rates were fitted to
the times that the authors of the chapters gave.
"""

import re

from docutils import nodes

WORDS = 120  # a minute; a formula in a sentence is one word
EQUATIONS = 4  # on lines of their own, a minute
LINES_OF_CODE = 50  # a minute


def minutes(doctree):
    """The time to read a document in minutes, without what stands under "Exercises"."""
    words = equations = lines = 0
    for node in doctree.findall(lambda node: isinstance(node, nodes.TextElement)):
        if _left_out(node):
            continue
        if isinstance(node, nodes.math_block):
            equations += 1
        elif isinstance(node, nodes.literal_block):
            lines += sum(bool(line.strip()) for line in node.astext().splitlines())
        elif not isinstance(node.parent, nodes.TextElement):
            words += len(node.astext().split())
    return words / WORDS + equations / EQUATIONS + lines / LINES_OF_CODE


def _left_out(node):
    while node := node.parent:
        if "cell_output" in node.get("classes", []):
            return True
        if isinstance(node, nodes.section) and node[0].astext() == "Exercises":
            return True
    return False


def measure(app, doctree):
    """Keep the time with the page, unless it is one to look things up in."""
    if not app.env.docname.startswith("book/reference/"):
        kept = app.env.metadata[app.env.docname]
        kept["afli_minutes"] = minutes(doctree)
        said = [bold.astext() for bold in doctree.findall(nodes.strong)]
        kept["afli_states_time"] = "Time." in said


def rounded(time):
    """A time in words: to the minute up to ten, then to five minutes."""
    whole = max(1, round(time)) if time < 10 else 5 * round(time / 5)
    return f"{whole} minute{'s' if whole > 1 else ''}"


def show(app, pagename, templatename, context, doctree):
    """Write the time under the title of a page that does not state one."""
    kept = app.env.metadata.get(pagename, {})
    time = kept.get("afli_minutes")
    if time is not None and not kept["afli_states_time"] and context.get("body"):
        line = f'</h1>\n<p class="afli-reading">Reading time: about {rounded(time)}</p>'
        context["body"] = re.sub("</h1>", line, context["body"], count=1)


def setup(app):
    """Register the hooks."""
    app.connect("doctree-read", measure)
    app.connect("html-page-context", show)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
