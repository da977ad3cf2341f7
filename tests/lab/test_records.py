"""Records, their schema, and the table that is collated from them."""

import copy
import csv
import json
import math
import platform
import re

import numpy as np
import pytest
from lab.sweep_cases import CASE, RUNS, SMALL, in_this_process

from afli.lab.collation import CURVES, collate
from afli.lab.files import StorageError
from afli.lab.grids import Experiment, grid
from afli.lab.records import DamagedRecord, read_record, record, write_record
from afli.lab.runs import Run
from afli.lab.tables import Records, load_records

DIVERGING = Experiment(
    "diverging",
    "What is recorded of a run that diverges?",
    {"quick": [grid(SMALL | dict(a=2, loss="squared_error"), learning_rate=(0.02, 1e30))]},
)


WATCHED = Experiment(
    "watched",
    "What is recorded of a run whose layers are watched?",
    {
        "quick": [
            grid(
                SMALL | dict(a=2, images_per_epoch=100, watch=True, loss="squared_error"),
                learning_rate=(0.02, 1e30),
                depth=(2, 3),
            )
        ]
    },
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("sweep")
    in_this_process(path)
    return path


@pytest.fixture(scope="module")
def paths(folder):
    return sorted((folder / "records").iterdir())


@pytest.fixture
def some(paths):
    return json.loads(paths[0].read_text())


@pytest.fixture
def table(folder, tmp_path):
    return collate(CASE, "quick", folder, tmp_path / "book" / "records")


def test_a_record_says_everything(paths):
    found = read_record(paths[0])
    run = Run.from_dict(found["run"])
    assert run.key(found["data"]["fingerprint"]) == found["key"] == paths[0].stem
    assert found["data"]["name"] == "Shapeset-3x2" and found["data"]["official"]
    assert {len(found["curve"][name]) for name in CURVES} == {run.epochs}
    for when in ("start", "end"):
        assert {len(values) for values in found[when]["layers"].values()} == {run.depth}
    about = found["provenance"]
    assert about["python"] == platform.python_version()
    assert (about["device"], about["threads"], about["stack"]) == ("cpu", 1, 2)
    assert about["wall_seconds"] > 0 and about["resumed"] == 0


def test_a_record_does_not_name_the_machine(paths):
    import getpass

    text = paths[0].read_text()
    assert platform.node() not in text and f'"{getpass.getuser()}"' not in text


def test_what_is_written_is_read(some, tmp_path):
    path = tmp_path / f"{some['key']}.json"
    write_record(path, some)
    assert read_record(path) == some


def test_the_jacobian_of_a_dead_network_is_recorded_as_null(some, tmp_path):
    class Data:
        name = label = "Shapeset-3x2"
        fingerprint = some["data"]["fingerprint"]

    dead = some["end"] | {"jacobian": {"log_mean": -math.inf, "variance": 0.0}}
    result = {name: some[name] for name in ("outcome", "curve", "start")} | {"end": dead}
    made = record(Run.from_dict(some["run"]), Data, result, some["provenance"])
    assert made["end"]["jacobian"]["log_mean"] is None
    write_record(tmp_path / f"{made['key']}.json", made)


def test_a_run_that_diverges_is_recorded(tmp_path):
    fine, diverged = in_this_process(tmp_path, DIVERGING)
    assert fine["outcome"] == "finished" and diverged["outcome"] == "diverged"
    assert diverged["end"] is None and diverged["curve"]["diverged_at"] >= 1
    assert len(diverged["curve"]["train_loss"]) < diverged["run"]["epochs"]
    rows = load_records(collate(DIVERGING, "quick", tmp_path, tmp_path))
    assert rows.about["runs"] == {"planned": 2, "finished": 1, "diverged": 1}
    assert set(rows.where(outcome="diverged")["learning_rate"]) == {1e30}


def test_the_table_of_watched_runs_has_a_row_for_each_layer(tmp_path):
    records = in_this_process(tmp_path, WATCHED)
    rows = load_records(collate(WATCHED, "quick", tmp_path, tmp_path))
    assert rows.about["runs"] == {"planned": 4, "finished": 2, "diverged": 2}
    for known in records:
        mine, depth = rows.where(key=known["key"]), known["run"]["depth"]
        assert len(mine) == depth * (1 + len(known["watched"]))
        assert mine["layer"].tolist() == list(range(1, depth + 1)) * (1 + len(known["watched"]))
        states = [known["start"]["layers"], *known["watched"]]
        for name in ("activation_mean", "activation_p98", "gradient_spread"):
            values = np.concatenate([state[name] for state in states])
            np.testing.assert_allclose(mine[name], values, rtol=1e-7)
        losses = mine.where(layer=1)["test_loss"]
        assert np.isnan(losses[0])
        np.testing.assert_allclose(losses[1:], known["curve"]["test_loss"], rtol=1e-7)


@pytest.mark.parametrize(
    ("run", "place", "value", "says"),
    [
        (1, "watched", None, "watched: not the layers after each epoch"),
        (1, "watched", [], "watched: not the layers after each epoch"),
        (1, "watched/0/saturation", [0.1], "watched: not 2 layers"),
        (1, "watched/0/saturation", None, "watched/0: 'saturation' is a required property"),
        (0, "watched", [], "watched: not the layers after each epoch"),
    ],
)
def test_what_is_watched_matches_the_run(folder, tmp_path, run, place, value, says):
    """Of a run that is watched (1), and of one that is not (0)."""
    if run:
        (found, *_) = in_this_process(tmp_path / "sweep", WATCHED)
    else:
        found = read_record(sorted((folder / "records").iterdir())[0])
    change(found, place, value)
    path = tmp_path / f"{found['key']}.json"
    path.write_text(json.dumps(found))
    with pytest.raises(DamagedRecord, match=re.escape(says)):
        read_record(path)


def change(content, place, value):
    *way, name = place.split("/")
    for step in way:
        content = content[int(step) if step.isdigit() else step]
    if value is None:
        del content[name]
    else:
        content[name] = value


VIOLATIONS = [
    ("schema", 2, "schema: 1 was expected"),
    ("curve", None, "'curve' is a required property"),
    ("note", "mine", "'note' was unexpected"),
    ("key", "0" * 16, "do not belong together"),
    ("run/seed", 77, "do not belong together"),
    ("run/depth", 0, "depth must be at least 1"),
    ("run/colour", "red", "a run has no field 'colour'"),
    ("curve/test_accuracy", [1.5], "curve/test_accuracy/0: 1.5 is greater than the maximum"),
    ("curve/test_loss", [1.5], "curve: lengths [1, 6] for 6 epochs"),
    ("curve/diverged_at", 7, "outcome: it contradicts"),
    ("end/layers/saturation", [0.1], "end: not 3 layers"),
    ("end/layers/saturation", ["x"] * 3, "end"),
    ("data/fingerprint", "xyz", "data/fingerprint: 'xyz' does not match"),
    ("provenance/threads", 0, "provenance/threads: 0 is less than the minimum"),
    ("provenance/host", "mine", "'host' was unexpected"),
]


@pytest.mark.parametrize(("place", "value", "says"), VIOLATIONS)
def test_what_does_not_match_the_schema_is_refused(some, tmp_path, place, value, says):
    wrong, path = copy.deepcopy(some), tmp_path / f"{some['key']}.json"
    change(wrong, place, value)
    with pytest.raises(ValueError, match="is not written, because ") as error:
        write_record(path, wrong)
    assert says in str(error.value) and not list(tmp_path.iterdir())
    path.write_text(json.dumps(wrong))
    with pytest.raises(DamagedRecord) as error:
        read_record(path)
    assert says in str(error.value) and str(path) in str(error.value)
    assert "delete it and run the sweep again" in str(error.value)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused(some, tmp_path, number):
    path = tmp_path / f"{some['key']}.json"
    some["curve"]["test_loss"][0] = number
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_record(path, some)
    path.write_text(json.dumps(some))
    with pytest.raises(DamagedRecord, match="is not a number of JSON"):
        read_record(path)


def test_every_truncation_of_a_record_is_refused(paths, tmp_path):
    text, copy_of = paths[0].read_bytes(), tmp_path / paths[0].name
    for length in (0, 1, 100, len(text) // 2, len(text) - 3):
        copy_of.write_bytes(text[:length])
        with pytest.raises(DamagedRecord, match="is not JSON"):
            read_record(copy_of)


def test_a_record_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StorageError, match="nowhere.json could not be read: No such file"):
        read_record(tmp_path / "nowhere.json")


def test_the_table_has_a_row_for_each_run_and_epoch(folder, table):
    rows = load_records(table)
    assert len(rows) == RUNS * (SMALL["epochs"] + 1)
    assert rows.about["varying"] == ["a", "seed"]
    assert rows.about["same"]["width"] == SMALL["width"]
    for key in rows.about["keys"]:
        known, mine = read_record(folder / "records" / f"{key}.json"), rows.where(key=key)
        assert mine["epoch"].tolist() == list(range(SMALL["epochs"] + 1))
        for name in CURVES:
            assert np.isnan(mine[name][0])
            np.testing.assert_allclose(mine[name][1:], known["curve"][name], rtol=1e-7)
        for row, when in ((0, "start"), (-1, "end")):
            layers = known[when]["layers"]["gradient_spread"]
            summary = [mine[f"gradient_spread_{s}"][row] for s in ("first", "last", "least")]
            np.testing.assert_allclose(summary, [layers[0], layers[-1], min(layers)], rtol=1e-7)
        assert np.isnan(mine["saturation_most"][1:-1]).all()


def test_a_table_is_shown_in_a_line(table):
    found = load_records(table)
    shown = f"Records({len(found)} rows and {len(found.columns)} columns of {table.name})"
    assert repr(found) == shown and repr(Records({"a": np.ones(2)}, {})).endswith(" of no file)")


def test_rows_are_chosen_by_value(table):
    rows = load_records(table)
    last = rows.where(a=2).last()
    assert set(last["epoch"]) == {SMALL["epochs"]} and sorted(last["seed"]) == [0, 1, 2]
    with pytest.raises(KeyError, match="no column 'depth': there are key, a, seed"):
        rows["depth"]


def test_the_account_adds_up(folder, table):
    about = load_records(table).about
    known = [read_record(folder / "records" / f"{key}.json") for key in about["keys"]]
    total = sum(record["provenance"]["wall_seconds"] for record in known)
    assert about["wall_seconds"] == pytest.approx(total, abs=0.06)
    assert about["runs"] == {"planned": RUNS, "finished": RUNS, "diverged": 0}
    assert about["provenance"]["torch"] == [known[0]["provenance"]["torch"]]
    assert len(about["data"]) == 1 and about["budget"] == "quick"


def test_a_table_says_where_it_comes_from(table):
    rows = load_records(table)
    lines = rows.origin().splitlines()
    made = rows.about["provenance"]
    assert lines[0] == "Recorded: python -m afli sweep case --budget quick"
    said = dict(line.strip().split(maxsplit=1) for line in lines[1:])
    assert said["runs"] == f"{RUNS} of {RUNS} finished"
    assert said["data"] == "Shapeset-3x2" and said["seeds"] == "0, 1, 2"
    assert said["device"].startswith("cpu") and made["torch"][0] in said["made"]
    assert said["when"].startswith(rows.about["started"][0][:10])
    about = copy.deepcopy(rows.about)
    about["data"] = [{"name": "Copy", "fingerprint": "0" * 16, "official": False}]
    about["runs"]["diverged"] = 1
    other = Records(rows.columns, about).origin()
    assert "Copy, unofficial, fingerprint 0000" in other and ", 1 diverged" in other


def test_collating_twice_gives_the_same_files(folder, table):
    before = table.read_bytes(), table.with_suffix(".json").read_bytes()
    assert collate(CASE, "quick", folder, table.parent) == table
    assert before == (table.read_bytes(), table.with_suffix(".json").read_bytes())


def altered(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("suffix", "old", "new", "says"),
    [
        (".csv", ",finished,", ",finishes,", "it is not the table that case-quick.json describes"),
        (".json", '"rows": 42', '"rows": 41', "it is not a table of 41 rows and "),
        (".json", '"epoch": "integer"', '"epochs": "integer"', "its columns are not those of"),
        (".json", '"key": "text"', '"key": "number"', "column key does not hold values of kind"),
        (".json", '"schema": 1', '"schema": 0', "schema: 1 was expected"),
        (".json", '"finished": 6', '"finished": -6', "runs/finished: -6 is less than"),
        (".json", '"budget"', '"bugdet"', "'bugdet' was unexpected"),
        (".json", "{", "", "it is not JSON"),
    ],
)
def test_a_table_that_does_not_match_is_refused(table, suffix, old, new, says):
    path = table.with_suffix(suffix)
    altered(path, old, new)
    with pytest.raises(DamagedRecord) as error:
        load_records(table)
    assert says in str(error.value) and str(table.parent) in str(error.value)
    assert "make both files again" in str(error.value)


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_half_a_table_is_refused(table, suffix):
    table.with_suffix(suffix).unlink()
    with pytest.raises(FileNotFoundError, match=f"{suffix} is not there"):
        load_records(table)


def copied(folder, to, leave_out=0):
    (to / "records").mkdir(parents=True)
    paths = sorted((folder / "records").iterdir())
    for path in paths[leave_out:]:
        (to / "records" / path.name).write_bytes(path.read_bytes())
    return to


def test_missing_runs_are_said(folder, tmp_path):
    part = copied(folder, tmp_path / "part", leave_out=2)
    with pytest.raises(ValueError, match="2 of 6 runs have no record in .*: go on with: python"):
        collate(CASE, "quick", part, tmp_path)
    about = load_records(collate(CASE, "quick", part, tmp_path, partial=True)).about
    assert about["runs"] == {"planned": 6, "finished": 4, "diverged": 0}
    with pytest.raises(FileNotFoundError, match="is not there: make it with: python -m afli"):
        collate(CASE, "quick", tmp_path / "nowhere", tmp_path)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(FileNotFoundError, match="has no record of this experiment"):
        collate(CASE, "quick", tmp_path / "nothing", tmp_path)


def test_records_of_two_data_sets_are_not_mixed(folder, tmp_path, some):
    both = copied(folder, tmp_path / "both")
    some["data"]["fingerprint"] = "f" * 16
    some["key"] = Run.from_dict(some["run"]).key("f" * 16)
    write_record(both / "records" / f"{some['key']}.json", some)
    with pytest.raises(ValueError, match="holds records of one run on data .* and ffffffff"):
        collate(CASE, "quick", both, tmp_path)


def test_a_damaged_record_stops_the_collation_by_name(folder, tmp_path):
    part = copied(folder, tmp_path / "part")
    victim = sorted((part / "records").iterdir())[3]
    victim.write_bytes(victim.read_bytes()[:500])
    with pytest.raises(DamagedRecord, match=victim.name):
        collate(CASE, "quick", part, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_csv_is_plain(table):
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["outcome"] for row in rows} == {"finished"} and rows[0]["test_loss"] == ""
    assert b"\r" not in table.read_bytes()
