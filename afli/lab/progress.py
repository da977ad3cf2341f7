"""The progress of a sweep, on stderr."""

import sys
import time

from .plans import work_of

EVERY = {True: 1.0, False: 10.0}  # seconds between two lines; the first on a terminal


class Progress:
    """A line that says how far a sweep is and how long it may still take.

    Parameters
    ----------
    folder : SweepFolder
    planned : dict of Planned
        All runs of the sweep, by key.
    shown : bool
        Whether anything is written.
    """

    def __init__(self, folder, planned, shown=True):
        self.folder, self.shown = folder, shown
        self.runs = {key: one.run for key, one in planned.items()}
        self.terminal = sys.stderr.isatty()
        self.began, self.at_first, self.last = time.monotonic(), self._work(), -1e9

    def _epochs(self):
        """How many epochs of each run are done."""
        recorded = self.folder.recorded()
        return {
            key: run.epochs if key in recorded else self.folder.epochs_done(key)
            for key, run in self.runs.items()
        }

    def _work(self):
        return sum(work_of(self.runs[key], epochs) for key, epochs in self._epochs().items())

    def show(self, *, last=False):
        """Write the line, unless it was written a moment ago."""
        now = time.monotonic()
        if not self.shown or not last and now - self.last < EVERY[self.terminal]:
            return
        self.last = now
        line = self.line(now - self.began)
        if self.terminal:
            print(f"\r{line}\x1b[K", end="\n" if last else "", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def line(self, elapsed):
        """What is done after so many seconds, and how many are left at the same speed."""
        epochs = self._epochs()
        done = sum(epochs[key] == run.epochs for key, run in self.runs.items())
        work = sum(work_of(self.runs[key], count) for key, count in epochs.items())
        total = sum(map(work_of, self.runs.values()))
        gained = work - self.at_first
        left = "?" if not gained else duration((total - work) * elapsed / gained)
        return (
            f"runs {done}/{len(self.runs)}, epochs {sum(epochs.values())}"
            f"/{sum(run.epochs for run in self.runs.values())}, "
            f"{duration(elapsed)} so far, {left} left"
        )


def duration(seconds):
    """A duration in words.

    Examples
    --------
    >>> [duration(s) for s in (5.2, 100, 8000)]
    ['5 s', '1 min 40 s', '2 h 13 min']
    """
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
