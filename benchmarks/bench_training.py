"""The training step against an ordinary loop and the bare products; printed by `make bench`."""

import subprocess
import sys


def test_training_steps():
    subprocess.run([sys.executable, "-m", "afli", "bench"], check=True)
