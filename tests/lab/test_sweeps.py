"""A sweep does what its experiment says, once, on any executor, and goes on where it was."""

import resource
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import fields

import numpy as np
import pytest
from lab import cifar_files
from lab.sweep_cases import CASE, RUNS, SMALL, assert_same, assert_tidy, in_this_process

from afli.lab import cifar10
from afli.lab.experiments import EXPERIMENTS, experiment
from afli.lab.folders import SweepFolder
from afli.lab.grids import BUDGETS, Experiment, grid
from afli.lab.plans import INPUTS, Planned, gpu_stack, images, parameters, plan, tasks, work_of
from afli.lab.progress import Progress
from afli.lab.runs import Run
from afli.lab.sweeps import sweep
from afli.lab.trials import build, carry_out, data_of


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return in_this_process(tmp_path_factory.mktemp("expected"))


class Refusing(Executor):
    """An executor that must not be used."""

    def submit(self, *arguments):
        raise AssertionError("a run was submitted")


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("budget", BUDGETS)
def test_the_experiments_of_the_course_can_be_run(name, budget):
    """Every configuration has an initialisation, and every table a place for every run."""
    chosen, seen = experiment(name), {}
    runs = chosen.runs(budget)
    for run in runs:
        seen.setdefault((run.activation, run.a, run.sigma_b2, run.weights), run)
    for run in seen.values():
        q, sigma_w2 = run.variances()
        assert q is None and sigma_w2 is None or q > 0 and sigma_w2 > 0, run
    for run in runs:
        for data in ("cifar10", "shapeset") if run.data == "auto" else (run.data,):
            named = run.replace(data=data)
            assert images(named) <= images(named.replace(images_per_epoch=None)), named
    assert len(set(runs)) == len(runs)
    assert set(chosen.rows + chosen.columns) <= {field.name for field in fields(Run)}


def test_the_published_figure_has_its_published_size():
    runs = experiment("heatmap").runs("paper")
    assert len(runs) == 4 * 10 * 5 * 2 * 10
    assert {(run.width, run.learning_rate, run.batch, run.epochs) for run in runs} == {
        (300, 1e-4, 64, 100)
    }
    assert len(experiment("heatmap").runs("laptop")) == 240


@pytest.mark.parametrize("name", ["learning_rates", "cell_rates", "glorot_rates"])
def test_a_learning_rate_is_not_chosen_on_test_images(name):
    for budget in BUDGETS:
        assert all(run.holdout > 0 for run in experiment(name).runs(budget))


def test_the_table_of_glorot_and_bengio_has_its_published_rows():
    for budget in ("laptop", "paper"):
        runs = experiment("glorot").runs(budget)
        assert {(run.depth, run.width, run.batch) for run in runs} == {(5, 1000, 10)}
        assert len(runs) == 2 * 5 * 3 and all(run.holdout == 0 for run in runs)
    assert {images(run) * run.epochs / run.batch for run in runs} == {5e6}  # steps


def test_variants_go_together():
    runs = grid(SMALL, variants=(dict(a=1), dict(a=3, sigma_b2=0.5)), seed=(4, 5)).runs()
    assert [(run.a, run.sigma_b2, run.seed) for run in runs] == [
        (1, 0.1, 4),
        (1, 0.1, 5),
        (3, 0.5, 4),
        (3, 0.5, 5),
    ]


@pytest.mark.parametrize("there", [True, False])
def test_auto_is_resolved_when_planning(there, tmp_path, monkeypatch):
    monkeypatch.setenv(cifar10.VARIABLE, str(tmp_path))
    if there:
        cifar_files.write(cifar10.folder())
    (key, one), = plan([Run(a=2, sigma_b2=0.1, train=60, test=20)]).items()  # fmt: skip
    assert one.run.data == ("cifar10" if there else "shapeset")
    assert key == one.run.key(one.fingerprint) and one.fingerprint == data_of(one.run).fingerprint


def planned(runs):
    return {one.key: one for one in (Planned(run, "0" * 16) for run in runs)}


MIXED = [
    Run(data="shapeset", a=a, sigma_b2=0.1, depth=depth, seed=seed, width=20)
    for seed in range(3)
    for a in (1, 2)
    for depth in (5, 50, 20)
]


@pytest.mark.parametrize(("device", "memory", "most"), [("cpu", 0, 2), ("cuda", 8e9, 6)])
def test_tasks_hold_every_run_once_the_longest_first(device, memory, most):
    found = tasks(planned(MIXED), device, memory)
    assert sorted(key for task in found for key in task.runs) == sorted(planned(MIXED))
    assert max(len(task.runs) for task in found) == most
    assert [task.work for task in found] == sorted((task.work for task in found), reverse=True)
    for task in found:
        runs = list(task.runs.values())
        assert len({run.stack_key() for run in runs}) == 1
        if device == "cpu":  # the same activation, for which torch has one kernel
            assert len({run.a for run in runs}) == 1


def test_a_stack_on_a_gpu_fits_its_memory():
    deep = Run(data="cifar10", a=2, sigma_b2=0.1, depth=200, width=300)
    sizes = [gpu_stack(deep, memory) for memory in (1, 4e9, 16e9, 80e9, 1e15)]
    assert sizes[0] == 1 and sizes == sorted(sizes)
    assert sizes[2] * parameters(deep) * 20 < 0.4 * 16e9
    assert sizes[-1] == 87  # more would not make it faster


def test_work_is_counted_in_weights_and_images():
    run = MIXED[0]
    data = data_of(run.replace(train=60, test=20))
    stack = build([run.replace(train=60, test=20)], data, device="cpu")
    weights = sum(weight.numel() for weight in stack.weights)
    assert parameters(run) == pytest.approx(weights, rel=0.01) and INPUTS["shapeset"] == 1024
    assert work_of(run.replace(train=500, holdout=100, epochs=3)) == parameters(run) * 400 * 3


def test_records_are_what_the_runs_do(expected):
    data = data_of(CASE.runs("quick")[0])
    alone = [carry_out([run], data, device="cpu")[0] for run in CASE.runs("quick")]
    assert [record["curve"] for record in expected] == [result["curve"] for result in alone]
    assert [record["run"] for record in expected] == [r.as_dict() for r in CASE.runs("quick")]


def test_nothing_is_done_twice(expected, tmp_path, capsys):
    with ThreadPoolExecutor(2) as executor:
        assert_same(sweep(CASE, folder=tmp_path, executor=executor), expected)
    assert_tidy(tmp_path)
    assert "runs 6/6, epochs 36/36" in capsys.readouterr().err
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    assert_same(sweep(CASE, folder=tmp_path, executor=Refusing(), progress=False), expected)
    assert capsys.readouterr() == ("", "")
    assert written == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}


def test_what_is_missing_is_run(expected, tmp_path):
    in_this_process(tmp_path)
    victim = tmp_path / "records" / f"{expected[4]['key']}.json"
    others = {path: path.stat().st_mtime_ns for path in victim.parent.iterdir() if path != victim}
    victim.unlink()
    assert_same(in_this_process(tmp_path), expected)
    assert others == {path: path.stat().st_mtime_ns for path in others}


SCHEDULED = Experiment(
    "scheduled",
    "Does a schedule with momentum survive an interruption?",
    {
        "quick": [
            grid(
                SMALL | dict(a=4, a_end=2, schedule="linear", momentum=0.5),
                rescale=(False, True),
            )
        ]
    },
)


@pytest.mark.parametrize("case", [CASE, SCHEDULED], ids=lambda case: case.name)
@pytest.mark.parametrize("fatal", [1, 4, 5])
def test_a_run_that_goes_on_ends_to_the_last_bit_as_if_never_stopped(
    case, fatal, tmp_path, monkeypatch
):
    """Stopped in the middle of a checkpoint, so that runs of one stack are at two epochs."""
    whole = in_this_process(tmp_path / "whole", case)
    save, count = SweepFolder.save, 0

    def save_some(self, *arguments):
        nonlocal count
        count += 1
        if count > fatal:
            raise KeyboardInterrupt
        save(self, *arguments)

    monkeypatch.setattr(SweepFolder, "save", save_some)
    with pytest.raises(KeyboardInterrupt):
        in_this_process(tmp_path / "stopped", case, checkpoint_every=0)
    monkeypatch.setattr(SweepFolder, "save", save)
    assert len(list((tmp_path / "stopped" / "checkpoints").iterdir())) == min(fatal, 2)
    resumed = in_this_process(tmp_path / "stopped", case, checkpoint_every=0)
    assert_same(resumed, whole)
    assert sum(record["provenance"]["resumed"] for record in resumed) == min(fatal, 2)


def test_checkpoints_are_not_written_all_the_time(tmp_path, monkeypatch):
    monkeypatch.setattr(SweepFolder, "save", lambda *_: pytest.fail("a checkpoint was written"))
    in_this_process(tmp_path)  # takes less than the 30 seconds between two


def test_an_error_of_a_run_reaches_the_caller(tmp_path):
    broken = Experiment("broken", "?", {"quick": [grid(SMALL | dict(a=2, batch=500))]})
    with pytest.raises(ValueError, match="batch must be at most 200, the training images"):
        in_this_process(tmp_path, broken)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (dict(budget="huge"), "budget must be one of 'quick', got 'huge'"),
        (dict(workers=0), "workers must be at least 1, got 0"),
        (dict(checkpoint_every=-1), "checkpoint_every must be at least 0, got -1"),
    ],
)
def test_bad_arguments_are_named(options, says, tmp_path):
    with pytest.raises(ValueError, match=says):
        sweep(CASE, folder=tmp_path, **options)
    with pytest.raises(ValueError, match="name must be one of 'demo', 'heatmap'"):
        sweep("heat", folder=tmp_path)


def test_a_worker_with_other_data_refuses(tmp_path):
    """As on a cluster whose machines have different files."""
    from afli.lab.work import work

    run = CASE.runs("quick")[0]
    with pytest.raises(ValueError, match="was planned with ffffffffffffffff: give every worker"):
        work(str(tmp_path), [run.as_dict()], "f" * 16, "cpu", 0.0)
    assert not list((tmp_path / "records").iterdir())


def test_the_remaining_time_follows_from_work_done(tmp_path, monkeypatch):
    runs = [MIXED[0].replace(epochs=10), MIXED[0].replace(epochs=10, seed=9)]
    folder, known = SweepFolder(tmp_path), planned(runs)
    line = Progress(folder, known)
    assert line.line(7) == "runs 0/2, epochs 0/20, 7 s so far, ? left"
    folder.report(next(iter(known)), 5)
    assert line.line(60) == "runs 0/2, epochs 5/20, 1 min 0 s so far, 3 min 0 s left"


def test_a_claim_is_exclusive_and_ends_with_its_block(tmp_path):
    one, other = SweepFolder(tmp_path), SweepFolder(tmp_path)
    with one.claimed(["a" * 16, "b" * 16]) as mine, other.claimed(["b" * 16, "c" * 16]) as theirs:
        assert (mine, theirs) == (["a" * 16, "b" * 16], ["c" * 16])
    with other.claimed(["a" * 16, "b" * 16]) as theirs:
        assert theirs == ["a" * 16, "b" * 16]


def test_a_sweep_may_have_more_runs_than_a_process_may_open_files(tmp_path):
    keys = [f"{number:016x}" for number in range(300)]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (150, hard))
    try:
        folder = SweepFolder(tmp_path)
        with folder.claimed(keys[7:9]):
            assert folder.unclaimed(keys) == keys[:7] + keys[9:]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_checkpoint_keeps_every_bit(tmp_path):
    random = np.random.default_rng(0)
    snapshot = {"weight0": random.normal(size=(3, 4)).astype(np.float32), "about": np.array("{}")}
    folder = SweepFolder(tmp_path)
    folder.save("a" * 16, snapshot, {"epoch": 3})
    found, about = folder.load("a" * 16)
    assert about == {"epoch": 3} and found.keys() == snapshot.keys()
    assert all(found[name].tobytes() == snapshot[name].tobytes() for name in snapshot)


def test_two_sweeps_in_one_process_share_the_work(expected, tmp_path, monkeypatch):
    finished, finish = [], SweepFolder.finish

    def counted(self, key, content):
        finished.append(key)
        finish(self, key, content)

    monkeypatch.setattr(SweepFolder, "finish", counted)
    with ThreadPoolExecutor(3) as executor:
        found = [executor.submit(in_this_process, tmp_path) for _ in range(3)]
        for future in found:
            assert_same(future.result(), expected)
    assert len(finished) == len(set(finished)) == RUNS
