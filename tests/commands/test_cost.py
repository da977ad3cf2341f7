"""`python -m afli cost`: counts are those of the runs, hours follow from what was measured."""

import json
from concurrent.futures import Future
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from afli.__main__ import main
from afli.lab import Run, cost, experiment, throughput
from afli.lab.benchmark import flops
from afli.lab.costs import steps_of, training_flops


@pytest.fixture(autouse=True)
def quick_machine(monkeypatch):
    """A hundred steps a second, whatever the shape."""
    monkeypatch.setattr(throughput, "sweep_speed", lambda *_, **__: 100.0)


def test_operations_are_those_of_the_benchmark():
    run = Run(data="cifar10", a=2, depth=20, width=300, batch=64, epochs=3, test=1)
    steps = 3 * (50_000 // 64)
    assert steps_of(run) == steps
    tested = 3 * 2 * 300 * (3072 + 19 * 300 + 10)
    assert training_flops(run) == steps * flops(20, 300, 64) + tested


def test_the_paper_budget():
    found = cost(experiment("heatmap"), "paper", device="cpu")
    assert found["runs"] == 4000 and len(found["shapes"]) == 4
    assert found["steps"] == 4000 * 100 * 781
    assert found["seconds"] == pytest.approx(found["steps"] / 100)
    products = 0
    for depth in (20, 50, 100, 200):
        tested = 10_000 * 2 * 300 * (3072 + (depth - 1) * 300 + 10)
        products += 1000 * 100 * (781 * flops(depth, 300, 64) + tested)
    assert found["flops"] == products


def test_it_prints_hours(capsys):
    assert main(["cost", "demo", "--budget", "laptop", "--device", "cpu", "--machines", "4"]) == 0
    out = capsys.readouterr().out
    assert "12 runs" in out and "100 steps/s here" in out and "4 machines like this" in out
    options = ["--device", "cpu", "--tflops", "2", "--machines", "4", "--json"]
    assert main(["cost", "demo", "--budget", "laptop", *options]) == 0
    found = json.loads(capsys.readouterr().out)
    hours = found["hours"]
    assert hours["here"] == pytest.approx(12 * 2 * 781 / 100 / 3600)
    assert hours["cluster"] == pytest.approx(hours["here"] / 4)
    assert hours["gpu"] == pytest.approx(found["flops"] / 2e12 / 3600)


def test_the_machine_is_timed(monkeypatch):
    """With the benchmark itself, on tiny networks."""
    monkeypatch.undo()
    found = cost(_tiny(), "quick", device="cpu", workers=1, seconds=0.05)
    assert [shape["steps"] for shape in found["shapes"]] == [10, 10]
    assert all(shape["steps_per_second"] > 1 for shape in found["shapes"])


def test_nothing_else_is_timed(monkeypatch):
    """Two turns of the sweep's processes, and no ordinary loop; the first only warms up."""
    monkeypatch.undo()
    jobs = []

    @contextmanager
    def processes(workers, threads):
        def submit(function, *arguments):
            jobs.append(arguments)
            done = Future()
            done.set_result(float(len(jobs)))
            return done

        assert (workers, threads) == (3, 1)
        yield SimpleNamespace(submit=submit)

    monkeypatch.setattr(throughput, "processes", processes)
    found = cost(_tiny(), "quick", device="cpu", workers=3, seconds=0.5)
    assert jobs == [("training", (depth, 8, 20), 1, 0.5) for depth in (1, 2) for _ in range(6)]
    assert [one["steps_per_second"] for one in found["shapes"]] == [4 + 5 + 6, 10 + 11 + 12]


def _tiny():
    from afli.lab import Experiment, grid

    base = dict(data="shapeset", a=2, width=8, batch=20, images_per_epoch=100, epochs=2)
    return Experiment("tiny", "How long?", {"quick": [grid(base, depth=(1, 2))]})


@pytest.mark.parametrize(
    ("options", "says"),
    [(["--machines", "0"], "machines must be at least 1"), (["--tflops", "0"], "tflops must be")],
)
def test_wrong_options(options, says, capsys):
    assert main(["cost", "demo", *options]) == 2
    assert says in capsys.readouterr().err
