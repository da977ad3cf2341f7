"""A small sweep for the tests, also as a program: `python sweep_cases.py FOLDER [OPTION=VALUE]`."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from afli.lab.executors import dask
from afli.lab.grids import Experiment, grid
from afli.lab.sweeps import sweep

SMALL = dict(
    data="shapeset", train=200, test=60, width=12, depth=3, sigma_b2=0.1, batch=20, epochs=6
)
CASE = Experiment(
    "case",
    "Does the small sweep survive?",
    {"quick": [grid(SMALL | dict(learning_rate=0.02), a=(1, 2), seed=range(3))]},
)
RUNS = 6


def in_this_process(folder, case=CASE, **options):
    """A sweep without other processes."""
    with ThreadPoolExecutor(1) as executor:
        return sweep(case, folder=folder, executor=executor, progress=False, **options)


def assert_same(records, expected):
    """Curves agree to the last bit, statistics (sums of another order) to 1e-9."""
    assert [record["key"] for record in records] == [record["key"] for record in expected]
    for record, other in zip(records, expected, strict=True):
        for part in ("run", "data", "outcome", "curve"):
            assert record[part] == other[part], (record["key"], part)
        for when in ("start", "end"):
            for name, values in other[when]["layers"].items():
                found = record[when]["layers"][name]
                np.testing.assert_allclose(found, values, 1e-9, 1e-13, err_msg=f"{when} {name}")
            found, values = (r[when]["jacobian"] for r in (record, other))
            np.testing.assert_allclose(list(found.values()), list(values.values()), 1e-9)


def assert_tidy(folder):
    """Nothing but records and the files of locks is left."""
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    wrong = {name for name in names if not name.endswith((".json", ".lock"))}
    assert not wrong and not list((folder / "status").iterdir())
    assert len(list((folder / "records").iterdir())) == RUNS


def main(folder, *words):
    options = dict(word.split("=", 1) for word in words)
    how = dict(device="cpu", checkpoint_every=0)
    if "scheduler" in options:
        with dask(options["scheduler"]) as executor:
            sweep(CASE, folder=folder, executor=executor, **how)
    else:
        sweep(CASE, folder=folder, workers=int(options.get("workers", 1)), **how)


if __name__ == "__main__":
    main(*sys.argv[1:])
