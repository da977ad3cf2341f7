"""What the chapters share: figures, checks of a reader's answers, claims, and the records.

The chapters write `from afli.teach import check, figures`. Matplotlib is imported by
`afli.teach.figures` only, and neither `import afli` nor this package imports that module.
"""

from afli.teach.claims import claim
from afli.teach.exercises import check, exercise, judged
from afli.teach.records import recorded

__all__ = ["check", "claim", "exercise", "judged", "recorded"]
