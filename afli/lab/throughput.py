"""How many training steps a whole machine makes in a second: the processes of a sweep together."""

import statistics
import time

import torch

from .benchmark import Race
from .executors import processes


def machine(depth, *, width=300, batch=64, workers=2, seconds=3.0, rounds=3):
    """Steps per second of the whole machine: a sweep's processes, or one ordinary loop.

    Each process of a sweep trains whole epochs, with shuffling and evaluation. The two are timed in
    turns, and the medians are returned.

    Parameters
    ----------
    depth, width, batch : int
    workers : int
        Processes of one thread each; the ordinary loop runs with so many threads.
    seconds : float
        Length of one turn.
    rounds : int

    Returns
    -------
    dict
        ``ours`` and ``ordinary`` in steps per second, and their ``ratio``.
    """
    shape = (depth, width, batch)
    with (
        processes(workers, threads=1) as many,
        processes(1, threads=workers) as single,
    ):
        ours, ordinary = [], []
        for turn in range(rounds + 1):
            found = _sweep_turn(many, workers, shape, seconds)
            other = single.submit(_steps, "ordinary", shape, workers, seconds).result()
            if turn:
                ours.append(found)
                ordinary.append(other)
    ours, ordinary = statistics.median(ours), statistics.median(ordinary)
    return {"ours": ours, "ordinary": ordinary, "ratio": ours / ordinary}


def sweep_speed(depth, *, width=300, batch=64, workers=2, seconds=3.0):
    """Steps per second of a sweep's processes alone, timed once, after a turn to warm up.

    Parameters and what is timed are those of `machine`, whose ordinary loop is left out. Epochs are
    timed whole, so that a turn of a deep network takes longer than `seconds`.

    Returns
    -------
    float
    """
    with processes(workers, threads=1) as many:
        turns = [_sweep_turn(many, workers, (depth, width, batch), seconds) for _ in range(2)]
    return turns[-1]


def _sweep_turn(pool, workers, shape, seconds):
    """Steps per second of all processes together."""
    jobs = [pool.submit(_steps, "training", shape, 1, seconds) for _ in range(workers)]
    return sum(job.result() for job in jobs)


_RACES = {}


def _steps(way, shape, threads, seconds):
    """Steps per second of one process; what it needs is kept for the next turn."""
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    if shape not in _RACES:
        _RACES[shape] = Race(*shape, device="cpu")
    step = getattr(_RACES[shape], way)
    step()
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        done += step() or 1
    return done / (time.perf_counter() - start)
