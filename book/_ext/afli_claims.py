"""The role {claim}`V1` and the directive {ledger}, which writes the page of claims."""

import json
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

import afli
from afli.teach.claims import ledger

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
    """Every claim with its statement, source, test, tolerance, status and fresh evidence."""

    def run(self):
        """Run every claim and write its entry; warn where one does not hold."""
        for path in Path(afli.__file__).parent.rglob("*.py"):
            self.env.note_dependency(str(path))
        self.env.afli_ledger = rows = ledger()
        lines, chapter = [], None
        for row in rows:
            if row["status"] != "holds":
                logger.warning(
                    "claim %s does not hold: %s", row["id"], row["found"],
                    location=self.get_location(),
                )  # fmt: skip
            if row["chapter"] != chapter:
                chapter = row["chapter"]
                lines += [f"## {chapter}", ""]
            lines += entry(row)
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def entry(row):
    """The lines of Markdown for one claim."""
    source = "ours" if row["source"] == "ours" else f"{{cite:t}}`{row['source']}`"
    wrong = ", ".join(f"{name} = {value}" for name, value in row["fails with"].items())
    seen = f"; fails, as it should, with `{wrong}`" if wrong else ""
    return [
        f"({label(row['id'])})=",
        f"**{row['id']}.** {row['statement']}",
        "",
        f"> Source: {source}. Checked by: {row['method']} Found: {row['found']}. "
        f"Status: **{row['status']}**{seen}.",
        ">",
        f"> Test: `{row['test'].removeprefix('afli.teach.')}`. "
        f"Tolerance: {', '.join(f'`{one}`' for one in row['tolerance'])}.",
        "",
    ]


def write_ledger(app, exception):
    """The ledger as a file for other programs, beside the pages."""
    rows = getattr(app.env, "afli_ledger", None)
    if exception is None and rows and app.builder.format == "html":
        text = json.dumps(rows, indent=1, ensure_ascii=False)
        Path(app.outdir, "claims.json").write_text(text + "\n", encoding="utf-8")


def setup(app):
    """Register the role, the directive and the file."""
    app.add_role("claim", ClaimRole())
    app.add_directive("ledger", Ledger)
    app.connect("build-finished", write_ledger)
    return {"version": "2", "parallel_read_safe": True, "parallel_write_safe": True}
