"""The folder of a sweep: who works on which run, how far it is, and what is finished.

    records/KEY.json       a finished run
    checkpoints/KEY.npz    a run in hand: its network after some epoch
    status/KEY.json        for the progress line: how many epochs of it are done
    claims/KEY.lock        locked by the process that works on it

The kernel frees a lock when its process dies, however it dies, so a claim is never left behind. On
a cluster the folder must be on a disk that all machines share and that shares locks, such as NFS.
"""

import io
import json
import warnings
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from . import files
from .records import read_record, write_record

PARTS = ("records", "checkpoints", "status", "claims")
DAMAGED = (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error)


class SweepFolder:
    """What a sweep keeps, by key of its runs.

    Parameters
    ----------
    path : path-like
        Made if it is not there.

    Raises
    ------
    afli.lab.files.StorageError
        If it cannot be made.
    """

    def __init__(self, path):
        self.path = Path(path)
        for part in PARTS:
            with files.explained(self.path / part, "made"):
                (self.path / part).mkdir(parents=True, exist_ok=True)

    def record_path(self, key):
        """Where the record of a run is, or will be."""
        return self.path / "records" / f"{key}.json"

    def checkpoint_path(self, key):
        """Where the checkpoint of a run is while it is in hand."""
        return self.path / "checkpoints" / f"{key}.npz"

    def _status_path(self, key):
        return self.path / "status" / f"{key}.json"

    def _of(self, key):
        return self.record_path(key), self.checkpoint_path(key), self._status_path(key)

    def recorded(self):
        """The keys of all records."""
        return {path.stem for path in (self.path / "records").glob("[!.]*.json")}

    def read_record(self, key):
        """A record, checked."""
        return read_record(self.record_path(key))

    @contextmanager
    def claimed(self, keys):
        """Claim runs, without waiting, for as long as the block lasts.

        Yields
        ------
        list of str
            The keys that are neither claimed by another process nor recorded.
        """
        from filelock import FileLock, Timeout

        with ExitStack() as stack:
            free = []
            for key in keys:
                lock = FileLock(self.path / "claims" / f"{key}.lock", is_singleton=False)
                with files.explained(lock.lock_file, "locked"):
                    try:
                        lock.acquire(timeout=0)
                    except Timeout:
                        continue
                stack.callback(lock.release)
                # Looked for under the claim: another may have finished the run just before.
                if self.record_path(key).exists():
                    continue
                for path in self._of(key):
                    files.remove_parts(path)
                free.append(key)
            yield free

    def unclaimed(self, keys):
        """Which runs nobody has in hand at the moment, and none has finished."""
        return [key for key in keys if self._is_free(key)]

    def _is_free(self, key):
        # One at a time: a process may not have as many files open as a sweep has runs.
        with self.claimed([key]) as free:
            return bool(free)

    def finish(self, key, content):
        """Write the record of a claimed run, and remove what it does not need any more."""
        write_record(self.record_path(key), content)
        self._forget(key)

    def _forget(self, key):
        self.checkpoint_path(key).unlink(missing_ok=True)
        self._status_path(key).unlink(missing_ok=True)

    def tidy(self):
        """Remove what processes left that were killed just after they had written a record."""
        for key in self.recorded():
            self._forget(key)

    def state(self):
        """Something that changes whenever a record or a checkpoint is written."""
        checkpoints = (self.path / "checkpoints").glob("[!.]*.npz")
        return self.recorded(), {path.name: _changed(path) for path in checkpoints}

    def save(self, key, snapshot, about):
        """Write the checkpoint of a claimed run.

        Parameters
        ----------
        key : str
        snapshot : dict of ndarray
        about : dict
            "epoch", how many are done, and whatever else is to be kept, as JSON has it.
        """
        buffer = io.BytesIO()
        np.savez(buffer, checkpoint=np.array(json.dumps({"key": key} | about)), **snapshot)
        files.write(self.checkpoint_path(key), buffer.getvalue())

    def load(self, key):
        """(snapshot, about) of the checkpoint of a claimed run; ({}, {"epoch": 0}) without one.

        A damaged checkpoint is removed with a warning: the run starts again.
        """
        path = self.checkpoint_path(key)
        try:
            with files.explained(path, "read"):
                content = path.read_bytes() if path.exists() else None
            if content is None:
                return {}, {"epoch": 0}
            with np.load(io.BytesIO(content), allow_pickle=False) as stored:
                snapshot = {name: stored[name] for name in stored.files}
            about = json.loads(str(snapshot.pop("checkpoint")))
            if about.pop("key") != key:
                raise ValueError("it belongs to another run")
            return snapshot, about
        except DAMAGED as error:
            warnings.warn(
                f"{path} is damaged ({error}): it is removed, and the run starts again",
                stacklevel=2,
            )
            path.unlink(missing_ok=True)
            return {}, {"epoch": 0}

    def report(self, key, epochs):
        """Say that so many epochs of a claimed run are done."""
        files.write(self._status_path(key), json.dumps({"epochs": epochs}).encode())

    def epochs_done(self, key):
        """How many epochs of a run in hand are done."""
        try:
            return int(json.loads(self._status_path(key).read_bytes())["epochs"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0  # nothing that matters: the progress line only


def _changed(path):
    """When a file was written; None if it is gone."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return None
