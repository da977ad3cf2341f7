"""Where a result comes from: the code, the libraries and the processor that made it."""

import platform
import subprocess
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
CPU_FILE = Path("/proc/cpuinfo")


def provenance(device):
    """What made a result, apart from its configuration and its data.

    Parameters
    ----------
    device : torch.device

    Returns
    -------
    dict
        Versions of the code and the libraries, the processor, the device and the threads. Neither
        the name of the machine nor that of its user.
    """
    import torch

    gpu = device.type == "cuda"
    return {
        **_code(),
        **{name: _version(name) for name in ("afli", "numpy", "scipy", "torch")},
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": processor(),
        "device": torch.cuda.get_device_name(device) if gpu else device.type,
        "threads": torch.get_num_threads(),
    }


@lru_cache(maxsize=1)
def _code():
    """The commit of the package and whether files differ from it; None outside a work tree."""
    commit = _git("rev-parse", "HEAD") if _git("ls-files", "__init__.py") else None
    changes = _git("status", "--porcelain", "--untracked-files=all", ".") if commit else None
    return {"commit": commit, "modified": None if changes is None else bool(changes)}


def _git(*arguments):
    """What git answers, or None if there is no git or no answer."""
    command = ["git", "-C", str(PACKAGE), *arguments]
    try:
        done = subprocess.run(command, text=True, capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:  # used from a folder, not installed
        return "unknown"


@lru_cache(maxsize=1)
def processor():
    """The model of the processor, in its maker's words where the system tells."""
    try:
        lines = CPU_FILE.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return (named or [platform.processor() or platform.machine()])[0]
