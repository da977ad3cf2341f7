"""The table of Glorot and Bengio uses the learning rates that the recorded search found."""

import numpy as np
import pytest
from sources import ROOT

from afli.lab import load_records
from afli.lab.glorot import CHOSEN, GLOROT_TABLE, ROWS


@pytest.mark.parametrize("case", CHOSEN, ids=" ".join)
def test_each_rate_has_the_least_loss_on_images_held_out(case):
    data, activation, weights = case
    found = load_records(ROOT / "book" / "records" / "glorot_rates-laptop.csv")
    last = found.where(data=data, activation=activation, weights=weights).last()
    losses = dict(zip(last["learning_rate"].tolist(), last["test_loss"].tolist(), strict=True))
    finite = {rate: loss for rate, loss in losses.items() if np.isfinite(loss)}
    assert min(finite, key=finite.get) == CHOSEN[case], losses


def test_every_row_has_a_rate():
    assert set(CHOSEN) == {(data, *row) for data in ("shapeset", "cifar10") for row in ROWS}
    for run in GLOROT_TABLE.runs("laptop"):
        assert run.learning_rate == CHOSEN[run.data, run.activation, run.weights]
