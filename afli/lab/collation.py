"""All records of a sweep as one table (CSV) and one account of where it comes from (JSON).

A row of the table is a run after an epoch; epoch 0 is the initialisation. Losses and accuracies
are there from epoch 1 on, layer statistics at epoch 0 and after the last; an empty field was not
measured. ``STATISTIC_first``, ``_last``, ``_least`` and ``_most`` are taken over the hidden layers.
Of an experiment that watches its runs, a row is a hidden layer of a run after an epoch.
"""

import csv
import hashlib
import io
import json
from dataclasses import fields
from pathlib import Path

from . import files
from .folders import SweepFolder
from .records import violation
from .runs import Run

SCHEMA = 1
CURVES = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")
PER_RUN = ("started", "wall_seconds", "resumed", "stack")  # not the same for all by nature
OVER_LAYERS = {
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "least": min,
    "most": max,
}
KINDS = {str: "text", bool: "boolean", int: "integer", float: "number"}


def collate(experiment, budget, folder, destination, *, partial=False):
    """Write ``NAME-BUDGET.csv`` and ``NAME-BUDGET.json`` from the records of a sweep.

    The data need not be on this machine.

    Parameters
    ----------
    experiment : Experiment
    budget : str
    folder : path-like
        Of the sweep.
    destination : path-like
        A folder.
    partial : bool
        Whether runs may be missing; the account says how many there are.

    Returns
    -------
    pathlib.Path
        Of the CSV.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or no record of the experiment in it.
    ValueError
        If runs are missing, or there are records of a run on two data sets.
    afli.lab.records.DamagedRecord
        If a record does not match its schema.
    afli.lab.files.StorageError
        If a file cannot be written.
    """
    planned = experiment.runs(budget)
    again = f"python -m afli sweep {experiment.name} --budget {budget} --folder {folder}"
    records = _matching(planned, folder, again)
    if len(records) < len(planned) and not partial:
        raise ValueError(
            f"{len(planned) - len(records)} of {len(planned)} runs have no record in {folder}: "
            f"go on with: {again}"
        )
    varying = [
        field.name
        for field in fields(Run)
        if len({json.dumps(record["run"][field.name]) for record in records}) > 1
    ]
    rows_of = _rows_of_layers if records[0]["run"]["watch"] else _rows
    rows = [row for record in records for row in rows_of(record, varying)]
    text = _csv(rows)
    with files.explained(destination, "made"):
        Path(destination).mkdir(parents=True, exist_ok=True)
    path = Path(destination) / f"{experiment.name}-{budget}.csv"
    account = {
        "schema": SCHEMA,
        "experiment": experiment.name,
        "question": experiment.question,
        "budget": budget,
        "varying": varying,
        **_account(records, varying, len(planned)),
        "table": {
            "file": path.name,
            "sha256": hashlib.sha256(text).hexdigest(),
            "rows": len(rows),
            "columns": _kinds(rows),
        },
    }
    wrong = violation("collation.schema.json", account)
    if wrong:
        raise ValueError(f"the account of {path} does not match its schema: {wrong}")
    # If the second write fails, the first does not match the account, and readers refuse it.
    files.write(path, text)
    files.write(path.with_suffix(".json"), json.dumps(account, indent=1).encode() + b"\n")
    return path


def _account(records, varying, planned):
    """What is common to records, where they come from, how they ended."""
    outcomes = [record["outcome"] for record in records]
    about = [record["provenance"] for record in records]
    return {
        "runs": {"planned": planned, **{o: outcomes.count(o) for o in ("finished", "diverged")}},
        "same": {n: v for n, v in records[0]["run"].items() if n not in varying},
        "data": _different(record["data"] for record in records),
        "provenance": {
            part: _different(one[part] for one in about) for part in about[0] if part not in PER_RUN
        },
        "started": [pick(one["started"] for one in about) for pick in (min, max)],
        "wall_seconds": round(sum(one["wall_seconds"] for one in about), 1),
        "keys": [record["key"] for record in records],
    }


def _matching(planned, folder, again):
    """The records of planned runs, in their order, whatever data "auto" stood for."""
    if not Path(folder).is_dir():
        raise FileNotFoundError(f"{folder} is not there: make it with: {again}")
    wanted = {run: None for run in planned}
    folder = SweepFolder(folder)
    for key in sorted(folder.recorded()):
        record = folder.read_record(key)
        run = Run.from_dict(record["run"])
        for known in (run, run.replace(data="auto")):
            if known not in wanted:
                continue
            if wanted[known] is not None:
                both = sorted(r["data"]["fingerprint"] for r in (record, wanted[known]))
                raise ValueError(
                    f"{folder.path} holds records of one run on data {both[0]} and {both[1]}: "
                    "run the sweep in a folder of its own for each"
                )
            wanted[known] = record
    found = [record for record in wanted.values() if record]
    if not found:
        raise FileNotFoundError(f"{folder.path} has no record of this experiment: {again}")
    return found


def _rows(record, varying):
    """A row for the initialisation and one for each epoch."""
    ends = {0: record["start"], record["run"]["epochs"]: record["end"]}
    for row in _curve(record, varying):
        yield row | _summary(ends.get(row["epoch"]), record["start"])


def _rows_of_layers(record, varying):
    """A row for each hidden layer at the initialisation and after each epoch."""
    states = [record["start"]["layers"], *record["watched"]]
    for row, state in zip(_curve(record, varying), states, strict=True):
        for layer, values in enumerate(zip(*state.values(), strict=True), 1):
            yield row | {"layer": layer} | dict(zip(state, values, strict=True))


def _curve(record, varying):
    """What a row says of a run and its curves, for the initialisation and each epoch."""
    curve, run = record["curve"], record["run"]
    for epoch in range(len(curve["test_loss"]) + 1):
        row = {"key": record["key"], **{name: run[name] for name in varying}}
        row |= {"outcome": record["outcome"], "diverged_at": curve["diverged_at"], "epoch": epoch}
        yield row | {name: curve[name][epoch - 1] if epoch else None for name in CURVES}


def _summary(state, like):
    """Layer statistics over the layers, and the Jacobian; empty without a state."""
    row = {
        f"{name}_{which}": pick(state["layers"][name]) if state else None
        for name in like["layers"]
        for which, pick in OVER_LAYERS.items()
    }
    jacobian = {f"jacobian_{n}": state["jacobian"][n] if state else None for n in like["jacobian"]}
    return row | jacobian


def _csv(rows):
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows(map(_text, row.values()) for row in rows)
    return buffer.getvalue().encode()


def _text(value):
    if value is None:
        return ""
    return format(value, ".8g") if isinstance(value, float) else str(value)


def _kinds(rows):
    """The kind of each column, from what is in it; numbers if nothing is."""
    return {
        name: next((KINDS[type(row[name])] for row in rows if row[name] is not None), "number")
        for name in rows[0]
    }


def _different(values):
    """The different values, in a fixed order."""
    return sorted({json.dumps(value): value for value in values}.values(), key=json.dumps)
