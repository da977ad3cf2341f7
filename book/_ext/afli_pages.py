"""Pages that need no network: interactive figures from a local script, and no thebe.

Pages with a Plotly figure, and no others, load book/_static/plotly-cartesian.min.js: of the npm
package plotly.js-cartesian-dist-min, in the version that the installed Python package is made for,
and a third of the size of the script that comes with it. Inside each such figure stands its static
picture, until the script has drawn.
"""

from collections import Counter

from docutils import nodes

from afli.teach.rendering import PLOTLY


def place_static_pictures(app, doctree):
    """Move the picture of a mime bundle into the container of its Plotly figure."""
    for bundle in list(doctree.findall(nodes.container)):
        if bundle.get("nb_element") != "mime_bundle":
            continue
        alternatives = {child["mime_type"]: child for child in bundle.children}
        if PLOTLY in alternatives:
            app.env.metadata[app.env.docname]["afli_interactive"] = True
            if "image/png" in alternatives:
                picture = alternatives["image/png"].children[0].deepcopy()
                alternatives[PLOTLY].insert(1, picture)


def load_plotly(app, pagename, templatename, context, doctree):
    """Load the script on the pages that have an interactive figure."""
    if app.env.metadata.get(pagename, {}).get("afli_interactive"):
        app.add_js_file("plotly-cartesian.min.js", priority=200, loading_method="defer")


def keep_ids_unique(app, doctree):
    """Exercises, solutions and proofs all give one id to their contents: number the repeats."""
    seen = Counter()
    for node in doctree.findall(nodes.Element):
        for place, identity in enumerate(node.get("ids", [])):
            seen[identity] += 1
            if seen[identity] > 1:
                node["ids"][place] = f"{identity}-{seen[identity]}"


def leave_out_thebe(app, config):
    """Jupyter Book always loads thebe, which wants a content network and fails to parse."""
    for listeners in app.events.listeners.values():
        listeners[:] = [
            entry for entry in listeners if not entry.handler.__module__.startswith("sphinx_thebe")
        ]
    styles = app.registry.css_files
    styles[:] = [entry for entry in styles if "thebe" not in str(entry[0])]


def setup(app):
    """Register the hooks."""
    app.connect("config-inited", leave_out_thebe)
    app.connect("doctree-read", place_static_pictures)
    app.connect("doctree-read", keep_ids_unique)
    app.connect("html-page-context", load_plotly)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
