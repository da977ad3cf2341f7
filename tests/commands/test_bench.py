"""The benchmark measures what it says; how fast it is, is for `make bench`."""

import json

import pytest
import torch

from afli.__main__ import main
from afli.lab import benchmark, throughput
from afli.lab.benchmark import CLASSES, INPUTS, Race, flops, race

SMALL = ["bench", "--width", "20", "--rounds", "1", "--device", "cpu"]


def test_it_prints_a_table(capsys, monkeypatch):
    monkeypatch.setattr(
        throughput, "machine", lambda *_, **__: {"ours": 2.0, "ordinary": 1.0, "ratio": 2}
    )
    assert main([*SMALL, "--depth", "1", "3"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0][0] == "L" and lines[0][-2:] == ["1", "3"]
    per_epoch = next(line for line in lines if line[:1] == ["s/epoch"])
    assert per_epoch[-2:] == ["390.5", "390.5"]  # 781 batches of 64 at two steps a second


def test_it_prints_json(capsys):
    assert main([*SMALL, "--depth", "2", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    step, whole = found["step"], found["machine"]
    assert step["ratio"] == pytest.approx(step["ordinary"] / step["ours"])
    assert step["floor"] == pytest.approx(step["products"] / step["ours"])
    assert whole["ratio"] == pytest.approx(whole["ours"] / whole["ordinary"])
    assert min(whole.values()) > 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (["--depth", "0"], "depth must be at least 1, got 0"),
        (["--rounds", "0"], "rounds must be at least 1"),
        (["--width", "-3"], "width must be at least 1, got -3"),
    ],
)
def test_bad_arguments_are_one_line(capsys, change, says):
    assert main([*SMALL, *change]) == 2
    assert says in capsys.readouterr().err


def test_the_products_are_counted():
    """By torch's own counter, in the ordinary loop."""
    from torch.utils.flop_counter import FlopCounterMode

    course = Race(4, width=30, batch=10, device="cpu")
    with FlopCounterMode(display=False) as counter:
        course.ordinary()
    assert counter.get_total_flops() == flops(4, 30, 10)


def test_all_ways_train_the_same_shape():
    course = Race(2, width=12, networks=3, device="cpu")
    shapes = [tuple(p.shape) for p in course.module.parameters() if p.ndim == 2]
    assert shapes == [(12, INPUTS), (12, 12), (CLASSES, 12)]
    assert [tuple(w.shape) for w in course.stack.weights] == [(3, *shape) for shape in shapes]
    before = [w.clone() for w in course.stack.weights], course.module[0].weight.clone()
    course.products()
    assert torch.equal(course.stack.weights[0], before[0][0])
    course.ours()
    course.ordinary()
    assert all(not torch.equal(w, b) for w, b in zip(course.stack.weights, before[0], strict=True))
    assert not torch.equal(course.module[0].weight, before[1])


def test_the_peak_counts_the_operations(monkeypatch):
    monkeypatch.setattr(benchmark, "_timed", lambda step, device: 1e-3)
    assert benchmark.peak("cpu", size=100) == pytest.approx(2 * 100**3 / 1e-3 / 1e9)


def test_threads_are_put_back():
    before = torch.get_num_threads()
    race(1, width=5, rounds=1, threads=before + 1, device="cpu")
    assert torch.get_num_threads() == before
