"""Carry out an experiment: what is missing, on many processes, whatever dies on the way."""

import sys
import time
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, wait
from contextlib import nullcontext
from pathlib import Path

from ..theory import checks
from .executors import cores, processes
from .experiments import experiment
from .folders import SweepFolder
from .grids import Experiment
from .plans import plan, tasks
from .progress import Progress
from .work import work

CHECKPOINT_EVERY = 30.0  # seconds
DEATHS = 3  # of workers, with nothing gained between them, after which a sweep gives up


class WorkerLost(OSError):
    """Workers die again and again on the same runs."""


def sweep(
    name,
    *,
    budget="quick",
    folder=None,
    executor=None,
    workers=None,
    device="auto",
    progress=True,
    checkpoint_every=CHECKPOINT_EVERY,
):
    """Carry out the runs of an experiment that have no record yet.

    It can be killed at any moment and called again: finished runs are kept, others go on from
    their last checkpoint, to the same result. Several may work on one folder: each run is done
    once. In a script, call it under ``if __name__ == "__main__":``, as processes need it.

    Parameters
    ----------
    name : str or Experiment
        Of `afli.lab.experiments`, or one of your own.
    budget : {"quick", "laptop", "paper"}
    folder : path-like, optional
        Where records and checkpoints are kept (default: runs/NAME-BUDGET, from here).
    executor : concurrent.futures.Executor, optional
        Where the runs are carried out, such as `afli.lab.executors.dask` gives it (default:
        processes of this machine).
    workers : int, optional
        How many processes (default: one for each core, with one thread; on a GPU one).
    device : str
        "auto" is the GPU where there is one.
    progress : bool
        Write the progress to stderr.
    checkpoint_every : float
        Seconds between two checkpoints of a run; they are written at the end of an epoch.

    Returns
    -------
    list of dict
        The records, in the order of the experiment's runs; see `afli.lab.records`.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what it says above.
    afli.lab.files.StorageError
        If the disk is full, or the folder cannot be written.
    afli.lab.records.DamagedRecord
        If a record was damaged.
    WorkerLost
        If workers die again and again, for want of memory perhaps.

    Examples
    --------
    An experiment of one's own, in this process:

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from tempfile import TemporaryDirectory
    >>> from afli.lab import Experiment, grid, sweep
    >>> base = dict(data="digits", sigma_b2=0.1, width=9, batch=32, images_per_epoch=64)
    >>> mine = Experiment("mine", "Does it end?", {"quick": [grid(base, a=(1, 2), depth=(2,))]})
    >>> with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as executor:
    ...     records = sweep(mine, folder=folder, executor=executor, device="cpu", progress=False)
    >>> [(record["run"]["a"], record["outcome"]) for record in records]
    [(1.0, 'finished'), (2.0, 'finished')]
    """
    chosen = name if isinstance(name, Experiment) else experiment(name)
    planned = plan(chosen.runs(budget))
    folder = SweepFolder(Path("runs") / f"{chosen.name}-{budget}" if folder is None else folder)
    every = float(checks.real("checkpoint_every", checkpoint_every, low=0))
    if workers is not None:
        workers = checks.whole("workers", workers, low=1)
    line = Progress(folder, planned, progress)
    if set(planned) - folder.recorded():
        kind, memory = _device(device)
        count = workers or (cores() if kind == "cpu" else 1)

        def pool():
            if executor is not None:
                return nullcontext(executor)
            return processes(count, threads=1 if kind == "cpu" else None)

        def submit(pool, task):
            runs = [run.as_dict() for run in task.runs.values()]
            return pool.submit(work, str(folder.path), runs, task.fingerprint, device, every)

        _carry_on(folder, planned, lambda some: tasks(some, kind, memory), pool, submit, line)
    folder.tidy()
    line.show(last=True)
    return [folder.read_record(key) for key in planned]


def _carry_on(folder, planned, grouped, pool, submit, line):
    """Rounds of work until every run has a record."""
    deaths = 0
    while missing := _without(planned, folder.recorded()):
        before = folder.state()
        # Runs that another sweep has in hand are waited for: it may die.
        if free := folder.unclaimed(missing):
            try:
                with pool() as executor:
                    _round(executor, submit, grouped({key: planned[key] for key in free}), line)
            except _deadly() as error:
                deaths = deaths + 1 if folder.state() == before else 1
                if deaths >= DEATHS:
                    raise WorkerLost(_lost(folder, missing, deaths)) from error
            except CancelledError:
                raise OSError(
                    f"the executor was stopped: what is finished is in {folder.path}, "
                    "and the same command goes on"
                ) from None
        else:
            line.show()
            time.sleep(0.5)


def _round(executor, submit, todo, line):
    """Submit tasks and wait for all of them."""
    pending = set()
    try:
        pending |= {submit(executor, task) for task in todo}
        while pending:
            done, pending = wait(pending, timeout=1, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
            line.show()
    finally:
        for future in pending:
            future.cancel()


def _without(planned, recorded):
    return {key: one for key, one in planned.items() if key not in recorded}


def _lost(folder, missing, deaths):
    begun = [key for key in missing if folder.checkpoint_path(key).exists()] or list(missing)
    run = missing[begun[0]].run
    return (
        f"{deaths} times a worker died and nothing was gained, most likely for want of memory, "
        f"with {len(missing)} runs missing, such as {begun[0]} (depth {run.depth}, width "
        f"{run.width}): use fewer workers; the same command goes on"
    )


def _deadly():
    """The errors that say that a worker died."""
    distributed = sys.modules.get("distributed")
    return (BrokenExecutor, distributed.KilledWorker) if distributed else (BrokenExecutor,)


def _device(name):
    """("cpu" or "cuda", bytes of its memory) of the device of that name."""
    if name == "cpu":
        return "cpu", float("inf")  # without the second that importing torch takes
    import torch

    from .tensors import device_of

    device = device_of(name)
    if device.type == "cpu":
        return "cpu", float("inf")
    return device.type, torch.cuda.get_device_properties(device).total_memory
