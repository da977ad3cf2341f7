"""Values that were computed with mpmath at points of our own choice (see make_own_values.py)."""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from theory.cases import compare

import afli
from afli.theory.moments import mean

FILE = json.loads((Path(__file__).parent / "reference" / "own_values.json").read_text("utf-8"))


def label(row):
    return "-".join(filter(None, [row["activation"], row["a"], "q=" + row["q"]]))


@pytest.mark.parametrize("row", FILE["rows"], ids=label)
def test_averages(row, record_property):
    parameters = {} if row["a"] is None else {"a": float(row["a"])}
    phi, q = afli.activation(row["activation"], **parameters), float(row["q"])
    found = {
        "square": afli.variance_map(phi, q, 1.0, 0.0),
        "mean": float(mean(phi, np.array(q))),
        **{f"mu{k}": afli.derivative_moment(phi, q, k) for k in (1, 2, 3)},
    }
    errors = defaultdict(list)
    for quantity, value in found.items():
        expected = float(row[quantity])
        if abs(expected) > 1e-30:
            errors[quantity].append((abs(value / expected - 1), label(row)))
        else:
            assert value == 0.0
    for rho, expected in row["pair"].items():
        value = afli.correlation_map(phi, float(rho), q, 1.0, 0.0) * q
        errors["pair"].append((abs(value / float(expected) - 1), f"{label(row)}, rho = {rho}"))
    compare(errors, 1e-12, "own values", record_property)
