"""What is recorded in the book matches its account, and the code makes the same again."""

import pytest
from sources import ROOT

from afli.lab import experiment, load_records

TABLES = sorted((ROOT / "book" / "records").glob("*.csv"))


def test_there_are_records():
    assert TABLES


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_a_table_is_what_its_account_says(path):
    """`load_records` refuses another checksum, other columns, other types."""
    table = load_records(path)
    about = table.about
    keys = {one.key(data["fingerprint"]) for one in _runs(about) for data in about["data"]}
    assert set(about["keys"]) <= keys, "the experiment has changed: run it again"
    assert about["runs"]["finished"] + about["runs"]["diverged"] == len(about["keys"])


def _runs(about):
    """The experiment's runs, with the data set that "auto" stood for."""
    for run in experiment(about["experiment"]).runs(about["budget"]):
        yield run
        yield run.replace(data="cifar10")
        yield run.replace(data="shapeset")
