"""Every score is computed from a record that is there, and cites a source that is there."""

import re

import numpy as np
import pytest
from sources import BOOK

from afli.teach.scores import RECORDS, final_accuracy, interval, per_cent, scores


@pytest.mark.parametrize("score", scores(), ids=lambda score: score.compute.__qualname__)
def test_scores(score):
    agrees, found, records = score.ours()
    assert isinstance(agrees, bool) and "nan" not in found
    assert re.search(r"\d", found), "our result is a number"
    assert records.about["runs"]["finished"] > 0
    keys = re.findall(r"^@\w+\{(\S+),", (BOOK / "references.bib").read_text("utf-8"), re.M)
    assert score.source in keys and score.place and score.theirs and score.differs
    assert not set("|\n") & set(score.theirs + score.differs + found), "it stands in a table"


def test_every_source_stands_together():
    order = [score.source for score in scores()]
    assert len(set(order)) == 1 + sum(a != b for a, b in zip(order, order[1:], strict=False))


def test_records_are_those_of_the_book():
    assert RECORDS == BOOK / "records"
    assert len(scores()) == len({score.compute.__qualname__ for score in scores()}) > 10


def test_interval():
    """The t-quantile of two degrees of freedom is 4.303."""
    mean, half = interval([0.1, 0.2, 0.6])
    assert mean == pytest.approx(0.3)
    assert half == pytest.approx(4.3027 * np.std([0.1, 0.2, 0.6], ddof=1) / 3**0.5, rel=1e-4)
    assert per_cent([0.25]) == "25.0 %" and np.isnan(interval([1])[1])


def test_what_diverged_has_guessed():
    class Table:
        def where(self, **_):
            return self

        def last(self):
            return {"test_accuracy": np.array([0.5, np.nan])}

    assert final_accuracy(Table()).tolist() == [0.5, 0.0]
