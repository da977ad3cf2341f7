"""`python -m afli sweep` and `records`: from a fresh clone to a table."""

import copy
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lab import cifar_files
from lab.sweep_cases import SMALL

from afli.__main__ import main
from afli.commands.sweep import results
from afli.lab import cifar10, experiments
from afli.lab.experiments import experiment
from afli.lab.grids import Experiment, grid
from afli.lab.tables import load_records

TINY = Experiment(
    "demo",
    "Does the smallest sweep end?",
    {"quick": [grid(SMALL | dict(data="auto", epochs=1), a=(1, 2))]},
)


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A folder to start in, for someone who has no data."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(cifar10.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tiny(fresh, monkeypatch):
    """The same, with a demo that takes a moment."""
    monkeypatch.setitem(experiments.EXPERIMENTS, "demo", TINY)
    return fresh


def afli(*arguments, **options):
    command = [sys.executable, "-m", "afli", *arguments]
    pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return subprocess.Popen(command, **pipes | options)


def complaint(capsys):
    """The only line on stderr; nothing is on stdout."""
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1, (out, err)
    return err


def test_the_demo_runs_offline_from_a_fresh_clone(fresh, capsys):
    with afli("sweep", "demo", "--budget", "quick") as process:
        out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    question, _, heading, _, head, shallow, deep, _, origin = out.splitlines()
    assert question == experiment("demo").question
    assert heading == "test accuracy, mean over 2 seeds"
    assert head.split() == ["depth", "a", "0.5", "a", "2", "a", "5"]
    assert origin == "12 runs, 0 of them diverged, on digits"
    assert (shallow.split()[0], deep.split()[0]) == ("5", "40")
    *_, wide = map(float, deep.split())
    assert err.splitlines()[-1].startswith("runs 12/12, epochs 120/120, ")
    assert main(["sweep", "demo", "--quiet"]) == 0
    assert capsys.readouterr() == (out, "")
    assert main(["records", "demo"]) == 0
    assert "12 runs of 12" in capsys.readouterr().out
    rows = load_records(fresh / "records" / "demo-quick.csv")
    (fresh / "book").mkdir()
    assert main(["records", "demo"]) == 0
    assert capsys.readouterr().out.startswith(f"{Path('book/records/demo-quick.csv')}: ")
    mean = rows.where(depth=40, a=5).last()["test_accuracy"].mean()
    assert mean == pytest.approx(wide, abs=6e-4)


def test_cifar10_is_used_where_it_is(tiny, monkeypatch, capsys):
    place = tiny / "images"
    cifar_files.write(place / cifar10.FOLDER)
    monkeypatch.setenv(cifar10.VARIABLE, str(place))
    assert main(["sweep", "demo", "--workers", "1", "--device", "cpu"]) == 0
    out, err = capsys.readouterr()
    assert "on CIFAR-10 files of unknown origin, unofficial, " in out
    assert err.splitlines()[-1].startswith("runs 2/2, epochs 2/2")


def test_ctrl_c_says_how_to_go_on(fresh):
    """The terminal sends it to the workers, too."""
    with afli("sweep", "demo", start_new_session=True) as process:
        end = time.monotonic() + 180
        while not list(fresh.glob("runs/demo-quick/records/*.json")):
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.endswith("Stopped. What is finished is kept; the same command goes on.\n")
    assert "Traceback" not in err


def test_the_table_says_what_diverged(tiny):
    """Rows and columns as the experiment says; a run that diverged is not in the mean."""
    run = TINY.runs("quick")[0]

    def record(a, seed, accuracy):
        one = {"run": run.replace(a=a, seed=seed, depth=5).as_dict(), "outcome": "finished"}
        if accuracy is None:
            return one | {"outcome": "diverged", "curve": {"test_accuracy": [0.9]}}
        return one | {"curve": {"test_accuracy": [0.0, accuracy]}}

    records = [record(1, 0, 0.25), record(1, 1, 0.5), record(2, 0, None), record(2, 1, 0.5)]
    lines = results(TINY, [*records, record(3, 0, None)]).splitlines()
    assert lines[0] == "test accuracy, mean over 2 seeds"
    assert lines[2].split() == ["depth", "a", "1", "a", "2", "a", "3"]
    assert lines[3].split() == ["5", "0.375", "0.500", "-"]
    held_out = copy.deepcopy(records[:1])
    held_out[0]["run"]["holdout"] = 10
    assert results(TINY, held_out).startswith("accuracy on images held out, mean over 1 seed\n")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ("sweep demos", 2, "argument NAME: invalid choice: 'demos'"),
        ("sweep demo --budget tiny", 2, "argument --budget: invalid choice: 'tiny'"),
        ("sweep demo --workers 0", 2, "workers must be at least 1, got 0"),
        ("sweep demo --workers 2 --scheduler x:1", 2, "--workers goes with processes of this"),
        ("sweep demo --folder file", 1, "file/records could not be made: "),
        ("records demo", 2, "runs/demo-quick is not there: make it with: python -m afli sweep"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arguments, code, says, tiny, capsys):
    (tiny / "file").touch()
    assert main(arguments.split()) == code
    assert says in complaint(capsys)


def test_a_scheduler_without_dask_says_what_to_install(tiny, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["sweep", "demo", "--scheduler", "tcp://here:1"]) == 1
    says = 'error: distributed is not installed: pip install "afli[cluster]"\n'
    assert complaint(capsys) == f"python -m afli sweep: {says}"


def test_a_damaged_record_is_one_line(tiny, capsys):
    (tiny / "runs/demo-quick/records").mkdir(parents=True)
    (tiny / "runs/demo-quick/records" / ("a" * 16 + ".json")).write_text("{")
    assert main(["records", "demo"]) == 1
    assert "aaaa.json is not a record that can be used: it is not JSON" in complaint(capsys)
