"""The role {claim}`V1` and the directive {ledger}, which writes the page of claims."""

from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

import afli
from afli.teach.claims import claims

logger = logging.getLogger(__name__)


def label(id):
    """The name of the target of a claim."""
    return f"claim-{id.lower()}"


class ClaimRole(SphinxRole):
    """A link to the entry of a claim on the page of claims; an unknown id gives a warning."""

    def run(self):
        """Return a reference that Sphinx resolves once it has read all pages."""
        link = addnodes.pending_xref(
            "",
            nodes.inline("", f"[{self.text}]", classes=["afli-claim"]),
            refdomain="std",
            reftype="ref",
            reftarget=label(self.text),
            refdoc=self.env.docname,
            refexplicit=True,
            refwarn=True,
        )
        return [link], []


class Ledger(SphinxDirective):
    """Every claim with its statement, source and fresh evidence."""

    def run(self):
        """Run every claim and write its entry; warn where one does not hold."""
        for path in Path(afli.__file__).parent.rglob("*.py"):
            self.env.note_dependency(str(path))
        lines, chapter = [], None
        for claim in claims().values():
            holds, evidence = claim.evidence()
            if not holds:
                logger.warning(
                    "claim %s does not hold: %s", claim.id, evidence, location=self.get_location()
                )
            if claim.chapter != chapter:
                chapter = claim.chapter
                lines += [f"## {chapter}", ""]
            source = "ours" if claim.source == "ours" else f"{{cite:t}}`{claim.source}`"
            lines += [
                f"({label(claim.id)})=",
                f"**{claim.id}.** {claim.statement}",
                "",
                f"> Source: {source}. Checked by: {claim.method} Found: {evidence}.",
                "",
            ]
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def setup(app):
    """Register the role and the directive."""
    app.add_role("claim", ClaimRole())
    app.add_directive("ledger", Ledger)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
