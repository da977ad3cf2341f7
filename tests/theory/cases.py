"""The activations that every test of the theory runs over."""

import json
from pathlib import Path

import afli

FAMILIES = {
    "shtanh": (0.3, 1.0, 2.5),
    "ssin": (1.0, 2.5),
    "sexp": (0.5, 1.0, 2.5),
    "ssaw": (0.3, 1.0, 2.5),
}
UNBOUNDED = {"sleaky": (0.3, 2.5), "slog": (0.3, 2.5)}


def label(case):
    name, parameters = case
    return "-".join([name, *(f"{key}={value:g}" for key, value in parameters.items())])


CASES = [
    (name, parameters)
    for name in afli.activations()
    for parameters in [{"a": a} for a in (FAMILIES | UNBOUNDED).get(name, ())] or [{}]
]
CASES += [("shtanh", {"a": 2.0, "k": 3.0}), ("leaky_relu", {"slope": 0.3})]
LABELS = [label(case) for case in CASES]

# An edge of chaos with bias: not for homogeneous activations, nor for softplus, which has none.
WITHOUT_EDGE = ("linear", "relu", "leaky_relu", "abs", "softplus")
CRITICAL = [case for case in CASES if case[0] not in WITHOUT_EDGE]


def make(case):
    name, parameters = case
    return afli.activation(name, **parameters)


def compare(errors, tolerance, table, record_property):
    """Fail with the worst points of each quantity that is out of tolerance; else record them.

    `errors` holds a list of (relative error, where) for each quantity.
    """
    lines, found = [], []
    for quantity, points in sorted(errors.items()):
        worst = sorted(points, key=lambda point: -point[0])[:3]
        found.append(((table, quantity), (float(worst[0][0]), worst[0][1], len(points))))
        if not worst[0][0] <= tolerance:
            lines += [f"{quantity}: {error:.2e} at {where}" for error, where in worst]
    assert not lines, "\n".join(["relative errors above tolerance:", *lines])
    record_property("accuracy", found)


_SPELLING = {"hardtanh": "hard_tanh", "s_sin": "ssin", "s_exp": "sexp", "s_saw": "ssaw"}
_LEAST = {"ssin": 1.0, "sexp": 0.5}


def reference():
    """The file of 20-digit values; its header says what they are and how they were computed."""
    path = Path(__file__).parent / "reference" / "meanfield.json"
    return json.loads(path.read_text(encoding="utf-8"))


def reference_activation(row):
    """The activation of a row, or None where the parameter is below the family's minimum."""
    name = _SPELLING.get(row["activation"], row["activation"])
    if row["a"] is None or name == "hard_tanh":
        return afli.activation(name)
    a = float(row["a"])
    return None if a < _LEAST.get(name, 0.0) else afli.activation(name, a=a)
