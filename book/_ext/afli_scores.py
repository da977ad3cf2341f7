"""The directive {score-card}, which writes the table of published results beside ours."""

from pathlib import Path

from sphinx.util.docutils import SphinxDirective

import afli
from afli.teach.records import RECORDS
from afli.teach.scores import scores

NARROW = "\N{NARROW NO-BREAK SPACE}"
HEAD = """\
| theirs | ours | what differs, and why |
|---|---|---|
"""


class ScoreCard(SphinxDirective):
    """Every score, computed from the records when the book is built."""

    def run(self):
        """Compute the scores and write a table for each source."""
        for path in (*Path(afli.__file__).parent.rglob("*.py"), *RECORDS.iterdir()):
            self.env.note_dependency(str(path))
        lines, source = [], None
        for score in scores():
            if score.source != source:
                source = score.source
                lines += ["", f"## {{cite:t}}`{source}`", "", HEAD.rstrip()]
            agrees, found, records = score.ours()
            runs = records.about["runs"]
            verdict = "agrees" if agrees else "**does not agree**"
            cells = (
                f"{score.place}: {score.theirs}",
                f"{found}; {verdict}".replace(" %", NARROW + "%"),
                f"{score.differs}; `{score.record}`, {runs['finished'] + runs['diverged']} runs",
            )
            lines.append("| " + " | ".join(cells) + " |")
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def setup(app):
    """Register the directive."""
    app.add_directive("score-card", ScoreCard)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
