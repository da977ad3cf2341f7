"""What a worker does: claim some runs, carry them out from where they are, record them."""

import time
from collections import defaultdict
from datetime import UTC, datetime

from .folders import SweepFolder
from .records import record
from .runs import Run

STATUS_EVERY = 2.0  # seconds between two notes for the progress line


def work(path, runs, fingerprint, device, checkpoint_every):
    """Carry out those runs of a stack that nobody else has done or is doing.

    Parameters
    ----------
    path : str
        The folder of the sweep.
    runs : list of dict
        `Run.as_dict`, all with one stack key.
    fingerprint : str
        Of the data that was planned with; a worker that has other data refuses.
    device : str
    checkpoint_every : float
        Seconds between two checkpoints; they are written at the end of an epoch.

    Returns
    -------
    list of str
        The keys of the runs that were carried out here.
    """
    import torch

    from .tensors import device_of
    from .trials import data_of

    if device_of(device).type == "cpu":
        torch.set_num_threads(1)
    folder = SweepFolder(path)
    runs = {run.key(fingerprint): run for run in map(Run.from_dict, runs)}
    with folder.claimed(runs) as keys:
        if not keys:
            return []
        data = data_of(runs[keys[0]])
        if data.fingerprint != fingerprint:
            raise ValueError(
                f"data {data.name} is {data.fingerprint} here, but the sweep was planned with "
                f"{fingerprint}: give every worker the same files"
            )
        groups = defaultdict(dict)
        for key in keys:
            snapshot, about = folder.load(key)
            groups[about["epoch"]][key] = snapshot, about
        for group in groups.values():
            _carry_out(
                folder, {key: runs[key] for key in group}, group, data, device, checkpoint_every
            )
    return keys


def _carry_out(folder, runs, group, data, device, checkpoint_every):
    """Carry out runs that are at the same epoch, saving them from time to time."""
    from .provenance import provenance
    from .tensors import device_of
    from .trials import carry_out

    snapshots = [snapshot for snapshot, _ in group.values()]
    clocks = {key: _Clock(about, len(runs)) for key, (_, about) in group.items()}
    saved = told = time.monotonic()

    def after_epoch(epoch, snapshot):
        nonlocal saved, told
        if epoch == next(iter(runs.values())).epochs:
            return
        if time.monotonic() - saved >= checkpoint_every:
            for k, key in enumerate(runs):
                folder.save(key, snapshot(k), {"epoch": epoch} | clocks[key].read())
            saved = time.monotonic()
        if time.monotonic() - told >= STATUS_EVERY:
            for key in runs:
                folder.report(key, epoch)
            told = time.monotonic()

    results = carry_out(
        list(runs.values()),
        data,
        device=device,
        snapshots=snapshots if any(snapshots) else None,
        after_epoch=after_epoch,
    )
    made_by = provenance(device_of(device))
    for (key, run), result in zip(runs.items(), results, strict=True):
        about = made_by | clocks[key].read() | {"stack": len(runs)}
        folder.finish(key, record(run, data, result, about))


class _Clock:
    """When a run was started, how long it took so far, and how often it was resumed."""

    def __init__(self, about, shared_by):
        self.started = about.get("started") or f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        self.before = about.get("wall_seconds", 0.0)
        self.resumed = about.get("resumed", -1) + 1
        self.since, self.shared_by = time.monotonic(), shared_by

    def read(self):
        seconds = self.before + (time.monotonic() - self.since) / self.shared_by
        return {
            "started": self.started,
            "wall_seconds": round(seconds, 3),
            "resumed": self.resumed,
        }
