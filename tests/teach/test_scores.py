"""Every score is computed from a record that is there, and cites a source that is there."""

import re

import numpy as np
import pytest
from sources import BOOK

from afli.teach.records import RECORDS
from afli.teach.scores import at_own_rate, final_accuracy, interval, per_cent, score, scores


@pytest.mark.parametrize("one", scores(), ids=lambda one: one.compute.__qualname__)
def test_scores(one):
    agrees, found, records = one.ours()
    assert isinstance(agrees, bool) and "nan" not in found
    assert re.search(r"\d", found), "our result is a number"
    assert records.about["runs"]["finished"] > 0
    keys = re.findall(r"^@\w+\{(\S+),", (BOOK / "references.bib").read_text("utf-8"), re.M)
    assert one.source in keys and one.place and one.theirs and one.differs
    assert not set("|\n") & set(one.theirs + one.differs + found), "it stands in a table"


def test_every_source_stands_together():
    order = [one.source for one in scores()]
    assert len(set(order)) == 1 + sum(a != b for a, b in zip(order, order[1:], strict=False))


def test_records_are_those_of_the_book():
    assert RECORDS == BOOK / "records"
    assert len(scores()) == len({one.compute.__qualname__ for one in scores()}) > 10


def test_no_score_takes_the_place_of_another():
    """Functions of two modules may have one name by accident."""

    def normalised_is_better(records):
        return True, "1"

    normalised_is_better.__qualname__ = "normalised_is_better"
    with pytest.raises(ValueError, match="'normalised_is_better' is taken"):
        score("glorot2010", "", "", record="glorot-laptop", differs="")(normalised_is_better)


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


class Rates:
    """Two rates and two seeds, in any order."""

    def __init__(self, runs):
        names = ("learning_rate", "seed", "test_accuracy")
        self.columns = dict(zip(names, map(np.array, zip(*runs, strict=True)), strict=True))

    def where(self, **_):
        return self

    def last(self):
        return self.columns


def test_a_rate_is_chosen_by_the_other_seed():
    """Seed 0 is best at 0.1, seed 1 at 0.01; each is judged at the rate of the other."""
    runs = [(0.1, 1, 0.3), (0.01, 0, 0.2), (0.1, 0, 0.4), (0.01, 1, 0.5)]
    accuracy, rate = at_own_rate(Rates(runs))
    assert accuracy.tolist() == [0.2, 0.3] and rate.tolist() == [0.01, 0.1]
    with pytest.raises(ValueError, match="every rate needs a run of each of two seeds"):
        at_own_rate(Rates(runs[:3]))
    with pytest.raises(ValueError, match="of two seeds or more"):
        at_own_rate(Rates([runs[1], runs[2]]))
