"""The directive {status}, which writes what the chapters state and what was measured."""

import json
from pathlib import Path

from afli_teaching import Collected


class Status(Collected):
    """Machine and versions, and a row for each chapter."""

    def lines(self):
        """What `make status` wrote, beside what the chapters say now."""
        path = Path(self.env.app.srcdir, "book", "reference", "status.json")
        self.env.note_dependency(str(path))
        status = json.loads(path.read_text(encoding="utf-8"))
        found = status["chapters"]
        yield _machine(status["machine"], sorted({row["date"] for row in found.values()}))
        yield ""
        yield "| chapter | stated | measured | peak memory | verdict |"
        yield "|---|--:|--:|--:|---|"
        for one in self.course.values():
            row = found.get(one.name)
            measured = f"{row['seconds']:.1f} s | {row['peak_mib']} MiB" if row else "| "
            yield f"| {self.link(one)} | {one.seconds} s | {measured} | {verdict(one, row)} |"
        stated = sum(one.seconds for one in self.course.values())
        measured = sum(row["seconds"] for row in found.values())
        peak = max(row["peak_mib"] for row in found.values())
        yield f"| All, one after the other | {stated} s | {measured:.0f} s | {peak} MiB | |"


def _machine(about, dates):
    """On what, and when, in a sentence."""
    packages = ", ".join(f"{name} {version}" for name, version in about["packages"].items())
    when = " to ".join(dates[:: max(1, len(dates) - 1)])
    return (
        f"Measured {when} on {about['cores']} cores of a processor that calls itself "
        f"“{about['processor']}”, with Python {about['python']}, {packages}."
    )


def verdict(chapter, row):
    """Whether a chapter keeps to what it states."""
    if row is None:
        return "not measured yet"
    return "within it" if row["seconds"] <= chapter.seconds else "**takes longer**"


def setup(app):
    """Register the directive."""
    app.add_directive("status", Status)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
