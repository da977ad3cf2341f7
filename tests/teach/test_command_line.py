"""`python -m afli --version` names the installed version."""

import subprocess
import sys
from importlib.metadata import version


def test_version():
    done = subprocess.run(
        [sys.executable, "-m", "afli", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"afli {version('afli')}"
