"""How the stored outputs of a notebook become parts of a page.

MyST-NB finds this class by the entry point `myst_nb.mime_renderers`. It is the only module of the
package that imports docutils, and only a build of the book imports it.
"""

import html
import json

from docutils import nodes

from afli.teach.figures import PLOTLY


class Figures:
    """Alternative texts for pictures; fixed, script-free containers for Plotly figures."""

    mime_priority_overrides = (("html", PLOTLY, 1),)

    @staticmethod
    def handle_mime(renderer, data, inline):
        """Return nodes for a picture or a Plotly figure, None for everything else."""
        described = data.output_metadata.get(data.mime_type, {})
        if data.mime_type == "image/png" and "alt" in described:
            pictures = renderer.render_image(data)
            for picture in pictures:
                picture["alt"] = described["alt"]
            return pictures
        if data.mime_type == PLOTLY:
            name, alt = html.escape(described["name"]), html.escape(described["alt"])
            # "</" would end the script; JSON allows the slash to be escaped.
            figure = json.dumps(data.content, separators=(",", ":")).replace("</", "<\\/")
            opening = (
                f'<div class="afli-interactive" id="figure-{name}" role="group" aria-label="{alt}">'
                f'<script type="application/json">{figure}</script><div class="afli-plot"></div>'
            )
            return [
                nodes.raw(text=opening, format="html"),
                nodes.raw(text="</div>", format="html"),
            ]
        return None
