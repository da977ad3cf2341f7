"""From an experiment to tasks: which runs are to be done, and which go into one stack."""

import math
from collections import defaultdict
from dataclasses import dataclass

from . import cifar10
from .datasets import load_dataset
from .runs import Run

INPUTS = {"cifar10": 3 * 32 * 32, "shapeset": 32 * 32, "digits": 8 * 8}
TRAIN = {"cifar10": 50_000, "shapeset": 10_000, "digits": 1_437}
TEST = {"cifar10": 10_000, "shapeset": 2_000, "digits": 360}
ON_A_CPU = 2  # networks in a stack
FLOPS = 1e9  # of one product of a stack, that keep a GPU busy for longer than its start takes
SHARE = 0.4  # of a GPU's memory that a stack may take


@dataclass(frozen=True)
class Planned:
    """A run with the fingerprint of its data.

    Attributes
    ----------
    run : Run
        Its data are named, not "auto".
    fingerprint : str
    """

    run: Run
    fingerprint: str

    @property
    def key(self):
        """The key of its record."""
        return self.run.key(self.fingerprint)


@dataclass(frozen=True)
class Task:
    """Runs that are trained side by side."""

    runs: dict
    fingerprint: str

    @property
    def work(self):
        """Estimate of the multiplications it takes, up to a factor."""
        return sum(map(work_of, self.runs.values()))


def plan(runs):
    """Name the data of runs.

    Parameters
    ----------
    runs : iterable of Run

    Returns
    -------
    dict of Planned
        By key, in the order of the runs.

    Raises
    ------
    FileNotFoundError, afli.lab.cifar10.DamagedData
        If data are not there or damaged.
    ValueError
        If a run cannot be carried out, see `Run.variances`.

    Examples
    --------
    >>> planned = plan([Run(data="shapeset", train=90, test=9, a=2, sigma_b2=0.1)])
    >>> [(key == one.key, one.run.train) for key, one in planned.items()]
    [(True, 90)]
    """
    auto = "cifar10" if cifar10.folder().is_dir() else "shapeset"
    fingerprints, found = {}, {}
    for run in runs:
        run.variances()  # what has no start is refused before anything is trained
        if run.data == "auto":
            run = run.replace(data=auto)
        same = run.data, run.train, run.test
        if same not in fingerprints:
            data = load_dataset(run.data, train=run.train, test=run.test)
            fingerprints[same] = data.fingerprint
        one = Planned(run, fingerprints[same])
        found[one.key] = one
    return found


def tasks(planned, device, memory=math.inf):
    """Group runs into stacks, the longest work first.

    On a CPU a stack holds two runs that have the same activation throughout, such as two seeds; its
    networks are computed one by one there, so larger stacks gain nothing. On a GPU it holds as many
    as `gpu_stack` says.

    Parameters
    ----------
    planned : dict of Planned
        By key.
    device : {"cpu", "cuda"}
    memory : float
        Of the GPU, in bytes.

    Returns
    -------
    list of Task

    Examples
    --------
    >>> runs = [Run(data="shapeset", a=a, sigma_b2=0.1, seed=s) for s in (0, 1) for a in (1, 2)]
    >>> planned = {one.key: one for one in (Planned(run, "0" * 16) for run in runs)}
    >>> [[(run.a, run.seed) for run in task.runs.values()] for task in tasks(planned, "cpu")]
    [[(1.0, 0), (1.0, 1)], [(2.0, 0), (2.0, 1)]]
    """
    groups = defaultdict(dict)
    for key, one in planned.items():
        run = one.run
        alike = (run.a, run.a_end, run.schedule) if device == "cpu" else ()
        groups[one.fingerprint, run.stack_key(), alike][key] = run
    found = []
    for (fingerprint, *_), runs in groups.items():
        most = ON_A_CPU if device == "cpu" else gpu_stack(next(iter(runs.values())), memory)
        found += [Task(part, fingerprint) for part in _parts(runs, most)]
    return sorted(found, key=lambda task: -task.work)


def gpu_stack(run, memory):
    """How many networks like a run's make a good stack on a GPU.

    Enough for a product of one layer, 2 batch width^2 operations a network, to take 1e9, about
    the time that starting it takes some ten times; no more than fit in 0.4 of the memory, where a
    network needs its weights in float32 and float64 (for the statistics), its momentum, and the
    signals of a batch and of the statistics' sample.

    Parameters
    ----------
    run : Run
    memory : float
        In bytes.

    Returns
    -------
    int

    Examples
    --------
    >>> run = Run(data="cifar10", a=2, sigma_b2=0.1, depth=100, width=300, batch=64)
    >>> gpu_stack(run, 80e9), gpu_stack(run, 8e9)
    (79, 7)
    """
    busy = math.ceil(FLOPS / (2 * run.batch * run.width**2))
    weights = parameters(run) * (4 + 8 + (4 if run.momentum else 0) + 8)
    signals = run.depth * run.width * (run.batch * 3 * 4 + 256 * 3 * 8)
    return max(1, min(busy, int(SHARE * memory / (weights + signals))))


def parameters(run):
    """How many weights a run's network has."""
    return run.width * (INPUTS[run.data] + (run.depth - 1) * run.width + 10)


def images(run):
    """How many images an epoch of a run has."""
    return run.images_per_epoch or (run.train or TRAIN[run.data]) - run.holdout


def work_of(run, epochs=None):
    """Multiplications of some epochs of a run, by default of all, up to a factor."""
    return parameters(run) * images(run) * (run.epochs if epochs is None else epochs)


def _parts(runs, most):
    """Split a dict into parts of nearly equal size, each at most `most`."""
    items, count = list(runs.items()), math.ceil(len(runs) / most)
    return [
        dict(items[len(items) * i // count : len(items) * (i + 1) // count]) for i in range(count)
    ]
