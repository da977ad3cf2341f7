"""Whatever kills a sweep: nothing is lost, nothing is half-written, nothing is done twice."""

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from lab.sweep_cases import CASE, RUNS, assert_same, assert_tidy, in_this_process

from afli.lab import executors
from afli.lab.files import StorageError, write
from afli.lab.folders import SweepFolder
from afli.lab.records import DamagedRecord, read_record
from afli.lab.sweeps import WorkerLost, sweep

HERE = Path(__file__).parent
PATIENCE = 90  # seconds after which a test gives up
KEY = "a" * 16


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return in_this_process(tmp_path_factory.mktemp("expected"))


@contextmanager
def started(*command, **options):
    """A process of this Python, which is killed at the end if it still lives."""
    pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process = subprocess.Popen([sys.executable, *map(str, command)], **pipes | options)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def sweeping(folder, *options, **how):
    return started(HERE / "sweep_cases.py", folder, *options, **how)


def finished(process):
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return out, err


def until(condition, *processes):
    """Wait for something to become true while processes live."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        assert all(process.poll() is None for process in processes), "it ended too early"
        time.sleep(0.005)


def in_mid_run(folder):
    """Whether a run has been saved, so that some worker surely has one in hand."""
    return lambda: any((folder / "checkpoints").glob("[!.]*.npz"))


def records_in(folder, expected):
    return [read_record(folder / "records" / f"{record['key']}.json") for record in expected]


def assert_ended_well(folder, expected):
    assert_same(records_in(folder, expected), expected)
    assert_tidy(folder)


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_random_moments_it_ends_as_if_never_killed(seed, expected, tmp_path):
    with started(HERE / "mortal.py", tmp_path, seed) as mortal:
        deaths = finished(mortal)[0]
    assert sum(map(int, deaths.split())) >= 5, deaths
    assert_ended_well(tmp_path, expected)
    assert sum(r["provenance"]["resumed"] for r in records_in(tmp_path, expected)) > 0


def test_when_the_sweep_is_killed_its_workers_leave_and_another_goes_on(expected, tmp_path):
    with sweeping(tmp_path, "workers=2") as process:
        until(in_mid_run(tmp_path), process)
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        assert len(workers) >= 2 and not psutil.wait_procs(workers, timeout=PATIENCE)[1]
    assert len(list((tmp_path / "records").iterdir())) < RUNS
    assert_same(in_this_process(tmp_path), expected)
    assert_tidy(tmp_path)


def test_a_killed_worker_is_replaced(expected, tmp_path):
    with sweeping(tmp_path, "workers=2") as process:
        until(in_mid_run(tmp_path), process)
        children = psutil.Process(process.pid).children()
        workers = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
        workers[0].kill()
        finished(process)
    assert len(workers) == 2
    assert_ended_well(tmp_path, expected)


def test_two_sweeps_of_one_folder_do_each_run_once(expected, tmp_path):
    """A record that is written again is another file, with another inode."""
    seen = {}
    with sweeping(tmp_path) as one, sweeping(tmp_path) as other:
        while one.poll() is None or other.poll() is None:
            for path in (tmp_path / "records").glob("[!.]*.json"):
                seen.setdefault(path, path.stat().st_ino)
            time.sleep(0.002)
        finished(one), finished(other)
    for path, inode in seen.items():
        assert path.stat().st_ino == inode
    assert_ended_well(tmp_path, expected)
    assert all(r["provenance"]["resumed"] == 0 for r in records_in(tmp_path, expected))


class Dying(Executor):
    """Loses its worker with every task."""

    def submit(self, *arguments):
        future = Future()
        future.set_exception(BrokenExecutor("a worker died"))
        return future


def test_workers_that_die_again_and_again_end_the_sweep(tmp_path):
    with pytest.raises(WorkerLost, match="3 times a worker died.* 6 runs missing.* fewer workers"):
        sweep(CASE, folder=tmp_path, executor=Dying(), progress=False)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("after", [0, 5, 14])
def test_a_full_disk_leaves_nothing_half_written(code, after, expected, tmp_path, monkeypatch):
    real, left = os.fsync, after

    def full(handle):
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(code, os.strerror(code))
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError) as error:
        in_this_process(tmp_path, checkpoint_every=0)
    monkeypatch.setattr(os, "fsync", real)
    assert str(tmp_path) in str(error.value) and "the disk is full" in str(error.value)
    assert "make room, then repeat the command" in str(error.value)
    assert not list(tmp_path.rglob("*.part"))
    assert_same(in_this_process(tmp_path), expected)
    assert_tidy(tmp_path)


def test_a_disk_that_is_really_full(expected, tmp_path):
    """The system refuses files of more than 20 kB, which a checkpoint is: 50 kB."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    with sweeping(tmp_path, preexec_fn=limit) as process:
        err = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 1
    last = err.splitlines()[-1]
    assert "StorageError: " in last and ".npz could not be written: the disk is full" in last
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} <= {".lock"}
    assert_same(in_this_process(tmp_path), expected)


def test_a_file_that_cannot_be_replaced_stays_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "kept"
    write(path, b"old")

    def refused(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(StorageError, match="kept could not be written: permission was refused"):
        write(path, b"new")
    assert path.read_bytes() == b"old" and [*tmp_path.iterdir()] == [path]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="file/records could not be made: "):
        in_this_process(tmp_path / "file")


def shortened(content):
    return content[: len(content) // 2]


def flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGES = {
    "shortened": shortened,
    "flipped": flipped,
    "emptied": lambda content: b"",
    "replaced": lambda content: b"not a checkpoint",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_is_dropped_and_its_run_starts_again(
    damage, expected, tmp_path, monkeypatch
):
    save = SweepFolder.save

    def last_save(*arguments):
        save(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(SweepFolder, "save", last_save)
        in_this_process(tmp_path, checkpoint_every=0)
    path = min((tmp_path / "checkpoints").iterdir())
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    with pytest.warns(UserWarning, match=f"{path.name} is damaged .*the run starts again"):
        found = in_this_process(tmp_path)
    assert_same(found, expected)
    assert_tidy(tmp_path)
    (mine,) = (record for record in found if record["key"] == path.stem)
    assert mine["provenance"]["resumed"] == 0


def test_a_checkpoint_of_another_run_is_not_used(tmp_path):
    folder = SweepFolder(tmp_path)
    folder.save("b" * 16, {}, {"epoch": 2})
    os.replace(folder.checkpoint_path("b" * 16), folder.checkpoint_path(KEY))
    with pytest.warns(UserWarning, match="it belongs to another run"):
        assert folder.load(KEY) == ({}, {"epoch": 0})


def test_a_pickle_is_not_loaded(tmp_path):
    import numpy as np

    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    folder = SweepFolder(tmp_path)
    np.savez(folder.checkpoint_path(KEY), checkpoint=np.array([Trap()], dtype=object))
    with pytest.warns(UserWarning, match="allow_pickle=False"):
        folder.load(KEY)
    assert not (tmp_path / "sprung").exists()


def test_a_damaged_record_is_refused_by_name(expected, tmp_path):
    in_this_process(tmp_path)
    victim = tmp_path / "records" / f"{expected[2]['key']}.json"
    victim.write_bytes(shortened(victim.read_bytes()))
    with pytest.raises(DamagedRecord, match=f"{victim.name} is not a record that can be used"):
        in_this_process(tmp_path)
    victim.unlink()  # as the message says
    assert_same(in_this_process(tmp_path), expected)


def test_what_a_killed_process_left_is_removed(tmp_path):
    folder = SweepFolder(tmp_path)
    for path in (folder.record_path(KEY), folder.checkpoint_path(KEY)):
        path.with_name(f".{path.name}.0123.part").write_bytes(b"half")
    with folder.claimed([KEY]) as keys:
        assert keys == [KEY] and not list(tmp_path.rglob("*.part"))
    folder.report("b" * 16, 3)
    folder.save("b" * 16, {}, {"epoch": 3})
    folder.record_path("b" * 16).write_text("{}")  # written just before death
    folder.tidy()
    assert not folder.checkpoint_path("b" * 16).exists() and not folder.epochs_done("b" * 16)


@contextmanager
def cluster(folder):
    """A real scheduler and two real workers: their processes, and the address."""
    file, quiet = folder / "scheduler.json", dict(stdout=subprocess.DEVNULL)
    tool = ("-m", "distributed.cli.")
    common = ("--no-dashboard", "--scheduler-file", file)
    worker = (tool[0], tool[1] + "dask_worker", *common, "--nthreads", 1, "--no-nanny")
    log = dict(stderr=subprocess.DEVNULL, cwd=folder) | quiet
    scheduler = (tool[0], tool[1] + "dask_scheduler", *common, "--port", 0, "--host", "127.0.0.1")
    with started(*scheduler, **log) as head, started(*worker, **log) as one:
        with started(*worker, **log) as two:
            until(file.exists, head, one, two)
            yield (one, two), file
            head.terminate()


def test_a_dask_worker_is_killed_in_mid_run(expected, tmp_path):
    import json

    place = tmp_path / "cluster"
    place.mkdir()
    folder = tmp_path / "sweep"
    with cluster(place) as (workers, file):
        until(lambda: "address" in file.read_text())
        address = json.loads(file.read_text())["address"]
        command = ("-m", "lab.sweep_cases", folder, f"scheduler={address}")
        with started(*command, cwd=HERE.parent) as process:
            until(in_mid_run(folder), process)
            workers[0].send_signal(signal.SIGKILL)
            finished(process)
        assert workers[1].poll() is None
    assert_ended_well(folder, expected)


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr(executors, "PATIENCE", 0.5)
    with pytest.raises(OSError, match="no Dask scheduler answers at tcp://127.0.0.1:9"):
        with executors.dask("tcp://127.0.0.1:9"):
            pass
