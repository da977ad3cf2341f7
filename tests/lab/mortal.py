"""Carry out the small sweep in children that are killed: `python mortal.py FOLDER SEED`.

It imports torch once and forks, so that many deaths take little time. Children die at a random
time, or just before a random call that brings a file to the disk. Prints how many deaths there
were of each kind.
"""

import os
import random
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path

from sweep_cases import in_this_process

from afli.lab.folders import SweepFolder


def live(folder, call):
    """Sweep; die just before some call of the system, if one is given."""
    if call:
        name, count = call
        real, left = getattr(os, name), [count]

        def fatal(*arguments):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments)

        setattr(os, name, fatal)
    in_this_process(folder, device="cpu", checkpoint_every=0)


def life(folder, seconds, call):
    """Let a child sweep for some time at most; true if it finished."""
    child = os.fork()
    if not child:
        status = 1
        try:
            live(folder, call)
            status = 0
        finally:
            os._exit(status)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.001)
    else:
        os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), f"a child failed: {status}"
    return status == 0


def check(path):
    """Everything that a death leaves can be read."""
    folder = SweepFolder(path)
    for key in folder.recorded():
        folder.read_record(key)
    for checkpoint in (Path(path) / "checkpoints").glob("[!.]*.npz"):
        assert folder.load(checkpoint.stem)[1]["epoch"] >= 1


if __name__ == "__main__":
    warnings.simplefilter("error", UserWarning)
    for _ in range(2):  # the first time some things are slow
        with tempfile.TemporaryDirectory() as place:
            start = time.monotonic()
            in_this_process(place, device="cpu", checkpoint_every=0)
            whole = time.monotonic() - start
    draw, deaths = random.Random(int(sys.argv[2])), {"time": 0, "fsync": 0, "replace": 0}
    while True:
        kind = draw.choice(list(deaths))
        # Shares of what the whole takes here: a fast machine must not finish before it has died.
        # Patience grows, so that the end is reached.
        seconds = whole * (draw.uniform(0.02, 0.15) + 0.01 * sum(deaths.values()))
        call = None if kind == "time" else (kind, draw.randint(1, 12))
        if life(sys.argv[1], seconds if kind == "time" else 60, call):
            break
        deaths[kind] += 1
        check(sys.argv[1])
    print(*deaths.values())
