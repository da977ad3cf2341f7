"""One finished run, one record: its configuration, what it did, and where that comes from.

A record is a JSON file that follows `record.schema.json`, the schema of this package. It is checked
when it is written and when it is read.
"""

import json
import math
from functools import cache
from pathlib import Path

from . import files
from .runs import Run

SCHEMA = 1
HERE = Path(__file__).parent


class DamagedRecord(OSError):
    """A record that is not what the schema says; the message names the file and the cure."""


def record(run, data, result, about):
    """The record of a run.

    Parameters
    ----------
    run : Run
        With the name of its data set, not "auto".
    data : Prepared
        The images it was trained on.
    result : dict
        One of those that `afli.lab.trials.carry_out` returns.
    about : dict
        Of `afli.lab.provenance.provenance`, and "started" (UTC), "wall_seconds", "stack" (how many
        runs were trained side by side) and "resumed" (how often it went on from a checkpoint).

    Returns
    -------
    dict
    """
    return {
        "schema": SCHEMA,
        "key": run.key(data.fingerprint),
        "run": run.as_dict(),
        "data": {
            "name": data.name,
            "fingerprint": data.fingerprint,
            "official": data.label == data.name,
        },
        **{name: _without_infinity(result[name]) for name in ("start", "end")},
        **{name: result[name] for name in ("outcome", "curve", "watched") if name in result},
        "provenance": about,
    }


def write_record(path, content):
    """Check a record and write it in one step.

    Parameters
    ----------
    path : path-like
        Ends with the record's key and ".json".
    content : dict

    Raises
    ------
    ValueError
        If the record does not match the schema or holds a number that is not finite.
    afli.lab.files.StorageError
        If it cannot be written.
    """
    text = json.dumps(content, allow_nan=False, indent=1)
    wrong = faults(content, Path(path).stem)
    if wrong:
        raise ValueError(f"the record for {path} is not written, because {wrong}")
    files.write(path, text.encode() + b"\n")


def read_record(path):
    """Read a record and check it.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    dict

    Raises
    ------
    DamagedRecord
        If the file is not JSON, does not match the schema, or contradicts itself or its name.
    afli.lab.files.StorageError
        If it cannot be read.
    """
    with files.explained(path, "read"):
        text = Path(path).read_bytes()
    try:
        content = json.loads(text, parse_constant=_refuse)
        wrong = faults(content, Path(path).stem)
    except ValueError as error:
        wrong = f"it is not JSON ({error})"
    if wrong:
        raise DamagedRecord(
            f"{path} is not a record that can be used: {wrong}; delete it and run the sweep "
            "again, which repeats this run only"
        )
    run = Run.from_dict(content["run"])  # also with the fields that a run has got since then
    return content | {"run": run.as_dict()}


def faults(content, key):
    """What is wrong with a record, in words; empty if nothing is."""
    wrong = violation("record.schema.json", content)
    if wrong:
        return wrong
    try:
        run = Run.from_dict(content["run"])
    except (TypeError, ValueError) as error:
        return f"run: {error}"
    if not content["key"] == key == run.key(content["data"]["fingerprint"]):
        return "key: its name, its key and its configuration do not belong together"
    return _lengths(run, content)


def violation(schema, content):
    """Where and how JSON content violates a schema of this package; empty if it does not."""
    from jsonschema.exceptions import best_match

    error = best_match(_validator(schema).iter_errors(content))
    if error is None:
        return ""
    place = "/".join(map(str, error.absolute_path)) or "the whole"
    return f"{place}: {error.message[:200]}"


@cache
def _validator(schema):
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads((HERE / schema).read_text(encoding="utf-8")))


def _lengths(run, content):
    """Curves have a value for every epoch, statistics one for every layer."""
    curve = dict(content["curve"])
    diverged = curve.pop("diverged_at") is not None
    if diverged != (content["outcome"] == "diverged") or diverged != (content["end"] is None):
        return "outcome: it contradicts the curve or the statistics"
    lengths = {len(values) for values in curve.values()}
    if len(lengths) > 1 or not (max(lengths) < run.epochs if diverged else lengths == {run.epochs}):
        return f"curve: lengths {sorted(lengths)} for {run.epochs} epochs"
    watched = content.get("watched")
    if run.watch != (watched is not None) or run.watch and len(watched) not in lengths:
        return "watched: not the layers after each epoch of a run that is watched"
    states = [(when, content[when]["layers"]) for when in ("start", "end") if content[when]]
    for when, layers in states + [("watched", layers) for layers in watched or ()]:
        if any(len(values) != run.depth for values in layers.values()):
            return f"{when}: not {run.depth} layers"
    return ""


def _without_infinity(state):
    """JSON has no infinity: the logarithm of the mean of a Jacobian of zeros becomes null."""
    if state is None or state["jacobian"]["log_mean"] != -math.inf:
        return state
    return state | {"jacobian": state["jacobian"] | {"log_mean": None}}


def _refuse(constant):
    raise ValueError(f"{constant} is not a number of JSON")
