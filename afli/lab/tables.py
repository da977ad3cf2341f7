"""Read the collated records of a sweep, and refuse what does not match its account."""

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import files
from .records import DamagedRecord, violation
from .runs import Run

PARSE = {
    "text": str,
    "integer": int,
    "number": float,
    "boolean": {"True": True, "False": False}.__getitem__,
}


@dataclass(frozen=True, eq=False)
class Records:
    """The table of a sweep: a row for each run and epoch, epoch 0 being the initialisation.

    Attributes
    ----------
    columns : dict of ndarray, shape (rows,)
        By name. NaN in a column of numbers, "" in one of texts: not measured.
    about : dict
        Where it comes from, as `afli.lab.collation` wrote it.
    """

    columns: dict
    about: dict

    def __repr__(self):
        file = self.about.get("table", {}).get("file", "no file")
        return f"Records({len(self)} rows and {len(self.columns)} columns of {file})"

    def __len__(self):
        return len(next(iter(self.columns.values())))

    def __getitem__(self, name):
        """The column of that name."""
        if name not in self.columns:
            raise KeyError(f"no column {name!r}: there are {', '.join(self.columns)}")
        return self.columns[name]

    def where(self, **values):
        """The rows in which columns have the given values.

        Examples
        --------
        >>> table = Records({"depth": np.array([5, 9, 9]), "a": np.array([1.0, 1.0, 2.0])}, {})
        >>> len(table.where(depth=9)), table.where(depth=9, a=2)["a"].tolist()
        (2, [2.0])
        """
        chosen = np.ones(len(self), bool)
        for name, value in values.items():
            chosen &= self[name] == value
        return self._rows(chosen)

    def last(self):
        """The last row of each run."""
        keys = self["key"]
        return self._rows(np.append(keys[1:] != keys[:-1], True))

    def runs(self):
        """The runs of the table, from which they can be carried out again.

        Returns
        -------
        dict of Run
            By key.
        """
        first = self._rows(np.append(True, self["key"][1:] != self["key"][:-1]))
        fields = self.about["same"], self.about["varying"]
        return {
            str(key): Run.from_dict(fields[0] | {n: _plain(first[n][i]) for n in fields[1]})
            for i, key in enumerate(first["key"])
        }

    def origin(self):
        """Where the table comes from, in lines to print under a figure.

        Returns
        -------
        str
            Runs and their outcome, data, seeds, device, versions, date and processor time.
        """
        about = self.about
        runs, made = about["runs"], about["provenance"]
        seeds = self["seed"].tolist() if "seed" in self.columns else [about["same"]["seed"]]
        said = {
            "runs": f"{runs['finished']} of {runs['planned']} finished"
            + (f", {runs['diverged']} diverged" if runs["diverged"] else ""),
            "data": "; ".join(map(_named, about["data"])),
            "seeds": ", ".join(map(str, sorted(set(seeds)))),
            "device": ", ".join(
                part for name in ("device", "processor") for part in made[name] if part
            ),
            "made by": f"afli {_versions(made, 'commit', 9)}, torch {_versions(made, 'torch')}, "
            f"Python {_versions(made, 'python')}",
            "when": f"{about['started'][0][:10]}, {about['wall_seconds'] / 60:.1f} minutes "
            "of a worker in all",
        }
        head = f"Recorded: python -m afli sweep {about['experiment']} --budget {about['budget']}"
        return "\n".join([head, *(f"  {name:8}{text}" for name, text in said.items())])

    def _rows(self, chosen):
        return Records({name: column[chosen] for name, column in self.columns.items()}, self.about)


def load_records(path):
    """Read a CSV and the JSON beside it, as ``python -m afli records`` wrote them.

    Parameters
    ----------
    path : path-like
        Of the CSV.

    Returns
    -------
    Records

    Raises
    ------
    FileNotFoundError
        If one of the two is not there.
    afli.lab.records.DamagedRecord
        If one does not match its schema, or they do not belong together.

    Examples
    --------
    >>> course = Path(__file__).parents[2]
    >>> table = load_records(course / "book" / "records" / "demo-quick.csv")
    >>> table
    Records(132 rows and 49 columns of demo-quick.csv)
    >>> table.where(depth=40, a=5).last()["seed"].tolist()
    [0, 1]
    """
    path = Path(path)
    for file in (path, path.with_suffix(".json")):
        if not file.exists():
            raise FileNotFoundError(f"{file} is not there: make it with: python -m afli records")
    with files.explained(path, "read"):
        text, account = path.read_bytes(), path.with_suffix(".json").read_bytes()
    try:
        about = json.loads(account)
    except ValueError as error:
        raise _refused(path.with_suffix(".json"), f"it is not JSON ({error})") from None
    wrong = violation("collation.schema.json", about)
    if wrong:
        raise _refused(path.with_suffix(".json"), wrong)
    known = about["table"]
    if hashlib.sha256(text).hexdigest() != known["sha256"] or known["file"] != path.name:
        raise _refused(path, f"it is not the table that {path.stem}.json describes")
    try:
        return Records(_columns(text.decode(), known), about)
    except ValueError as error:
        raise _refused(path, str(error)) from None


def _plain(value):
    """A cell as a field of a run; what is empty is None."""
    value = value.item()
    return None if value == "" or value != value else value


def _named(data):
    if data["official"]:
        return data["name"]
    return f"{data['name']}, unofficial, fingerprint {data['fingerprint']}"


def _versions(made, name, digits=None):
    return " and ".join(str(version)[:digits] for version in made[name])


def _columns(text, known):
    header, *rows = csv.reader(io.StringIO(text))
    if header != list(known["columns"]):
        raise ValueError("its columns are not those of its account")
    if len(rows) != known["rows"] or {len(row) for row in rows} != {len(header)}:
        raise ValueError(f"it is not a table of {known['rows']} rows and {len(header)} columns")
    return {
        name: _column(name, kind, [row[i] for row in rows])
        for i, (name, kind) in enumerate(known["columns"].items())
    }


def _column(name, kind, texts):
    """An array; where a number is missing, a float array with NaN."""
    missing = "" if kind == "text" else np.nan
    try:
        return np.array([PARSE[kind](text) if text else missing for text in texts])
    except (ValueError, KeyError):
        raise ValueError(f"column {name} does not hold values of kind {kind}") from None


def _refused(path, wrong):
    return DamagedRecord(
        f"{path} cannot be used: {wrong}; make both files again with: python -m afli records"
    )
