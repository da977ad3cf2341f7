"""The directive {explorable}: something to move, or without scripts a picture and a table."""

import html
import json
import os
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from afli.teach import explorables, figures

# Classic scripts in the order in which they are needed, for every explorable and for each.
COMMON = ("special", "activations", "gauss", "theory", "plot", "page")
SCRIPTS = {
    "phase-diagram": (*COMMON, "phase-diagram"),
    "scaled-bounded": (*COMMON, "bounds", "scaled-bounded"),
    "random-network": (*COMMON, "random", "network", "random-network"),
}


class Explorable(SphinxDirective):
    """A box that its script fills; until then, and without scripts, a picture and a table."""

    required_arguments = 1

    def run(self):
        """Draw the picture and compute the table at the opening settings."""
        name = self.arguments[0]
        if name not in SCRIPTS:
            raise self.error(f"explorable {name!r} is unknown: choose from {', '.join(SCRIPTS)}")
        self.env.metadata[self.env.docname]["afli_explorable"] = name
        self.env.note_dependency(explorables.__file__)
        static = explorables.MAKERS[name]()
        settings = html.escape(json.dumps(explorables.SETTINGS[name]))
        opening = (
            f'<div class="afli-explorable" id="explore-{name}" data-explorable="{name}" '
            f'data-settings="{settings}">'
        )
        # Pixels for a screen; on paper the picture is smaller, see afli_pdf.
        image = nodes.image(uri=self.picture(name, static), alt=static.alt, width="600px")
        image["classes"].append("afli-explorable-picture")
        return [
            nodes.raw("", opening, format="html"),
            image,
            *self.parse_text_to_nodes(table(static)),
            nodes.raw("", "</div>", format="html"),
        ]

    def picture(self, name, static):
        """The picture as a file beside the products of the build, named as Sphinx wants it."""
        path = Path(self.env.doctreedir).parent / "explore" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(figures.png(static.figure))
        return "/" + Path(os.path.relpath(path, self.env.srcdir)).as_posix()


def table(static):
    """A MyST table, the numbers to four digits."""
    lines = [static.heads, ["---"] * len(static.heads)]
    lines += [[f"{value:.4g}".replace("inf", "∞") for value in row] for row in static.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def load_scripts(app, pagename, templatename, context, doctree):
    """Load the scripts on the pages that have an explorable."""
    name = app.env.metadata.get(pagename, {}).get("afli_explorable")
    if name:
        app.add_css_file("explore/explore.css")
        for place, script in enumerate(SCRIPTS[name]):
            app.add_js_file(f"explore/{script}.js", priority=600 + place)


def setup(app):
    """Register the directive."""
    app.add_directive("explorable", Explorable)
    app.connect("html-page-context", load_scripts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
