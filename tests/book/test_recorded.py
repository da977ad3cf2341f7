"""The records of the book are whole, and the smallest of their runs come out again."""

import numpy as np
import pytest
import torch
from sources import BOOK

from afli.lab import carry_out, load_records
from afli.lab.trials import data_of

PATHS = sorted((BOOK / "records").glob("*.csv"))
SAMPLE = 2  # runs of each record on images that everyone has
LOSS, ACCURACY = 0.02, 0.03  # relative, and as a share of the images: processors round differently

QUICK = [path for path in PATHS if path.stem.endswith("-quick")]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_record_names_its_runs(path):
    """The key of each run follows from its fields and the data."""
    table = load_records(path)
    runs, prints = table.runs(), [one["fingerprint"] for one in table.about["data"]]
    assert list(runs) == table.about["keys"]
    for key, run in runs.items():
        assert key in {run.key(fingerprint) for fingerprint in prints}, key


@pytest.mark.parametrize("path", QUICK, ids=lambda path: path.stem)
def test_the_smallest_runs_come_out_again(path):
    table = load_records(path)
    runs = table.runs()
    assert {run.data for run in runs.values()} <= {"shapeset", "digits"}, "not everyone has others"
    least = sorted(runs, key=lambda key: (runs[key].depth, key))[:SAMPLE]
    torch.set_num_threads(1)
    for key in least:
        rows = table.where(key=key)
        (found,) = carry_out([runs[key]], data_of(runs[key]), device="cpu")
        assert found["outcome"] == rows["outcome"][0]
        for name, tolerance in (("test_loss", LOSS), ("train_loss", LOSS)):
            np.testing.assert_allclose(found["curve"][name], rows[name][1:], tolerance, err_msg=key)
        recorded = rows["test_accuracy"][1:]
        np.testing.assert_allclose(found["curve"]["test_accuracy"], recorded, 0, ACCURACY)
        first = rows["jacobian_log_mean"][0]
        assert found["start"]["jacobian"]["log_mean"] == pytest.approx(first, abs=1e-3)
