"""Measure the chapters: how long the cells take in a fresh kernel, and how much memory.

python tools/measure_notebooks.py [NOTEBOOK ...]        (all chapters when none is named)

A chapter runs in an empty folder, without a GPU, with no images but those that everyone has, and
reaches no other machine. What is measured goes to book/reference/status.json, the notebooks stay
as they are. Needs Linux, which tells the memory of a process.
"""

import json
import os
import platform
import sys
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from afli.lab import files
from afli.lab.executors import cores
from afli.lab.provenance import processor
from afli.teach.course import chapters

ROOT = Path(__file__).resolve().parents[1]
STATUS = ROOT / "book" / "reference" / "status.json"
OFFLINE = ROOT / "tools" / "offline"
PACKAGES = ("numpy", "scipy", "torch", "matplotlib", "plotly", "ipykernel")


def measure(path: Path) -> dict:
    """Run a notebook in a kernel of its own.

    Returns
    -------
    dict
        "seconds" from the start of the kernel to the end of the last cell, "peak_mib" of the
        memory that the kernel had, and the date.

    Raises
    ------
    RuntimeError
        If a cell fails; it names the cell.
    """
    seen = {}

    def start(cell, cell_index):
        seen["cell"] = cell_index + 1

    def executed(cell, cell_index, execute_reply):
        seen["seconds"] = round(time.perf_counter() - begin, 1)
        seen["peak_mib"] = peak(client.km.provisioner.pid)

    with TemporaryDirectory() as work, TemporaryDirectory() as images:
        client = NotebookClient(
            nbformat.read(path, as_version=4),
            timeout=600,
            kernel_name="python3",
            on_cell_start=start,
            on_cell_executed=executed,
            extra_arguments=["--log-level=ERROR"],
        )
        alone = {"AFLI_DATA": images, "PYTHONPATH": str(OFFLINE), "CUDA_VISIBLE_DEVICES": ""}
        begin = time.perf_counter()
        try:
            client.execute(cwd=work, env=os.environ | alone)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise RuntimeError(f"{path}, cell {seen['cell']}: {error}") from error
    return {name: seen[name] for name in ("seconds", "peak_mib")} | {
        "date": date.today().isoformat()
    }


def peak(process: int) -> int:
    """The most memory that a process has had so far, in MiB."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return round(int(line.split()[1]) / 1024)


def machine() -> dict:
    """On what is measured."""
    return {
        "processor": processor(),
        "cores": cores(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def name(notebook: str) -> str:
    """The name of a chapter in the course."""
    return Path(notebook).resolve().relative_to(ROOT).with_suffix("").as_posix()


def known() -> dict:
    """What was measured before; nothing where there is no file."""
    if not STATUS.exists():
        return {"machine": machine(), "chapters": {}}
    return json.loads(STATUS.read_text(encoding="utf-8"))


def main(notebooks: list[str]) -> None:
    """Measure chapters and write what was found, if all of them run."""
    course, old, here = chapters(ROOT), known(), machine()
    chosen = [name(notebook) for notebook in notebooks] or list(course)
    if unknown := sorted({*chosen} - {*course}):
        sys.exit(f"no chapter of _toc.yml: {', '.join(unknown)}")
    kept = {one: old["chapters"][one] for one in course if one in {*old["chapters"]} - {*chosen}}
    if kept and old["machine"] != here:
        sys.exit("the other chapters were measured on another machine or with other versions: "
                 "measure all, with: make status")  # fmt: skip
    found, failures = {}, []
    for one in chosen:
        try:
            found[one] = measure(ROOT / f"{one}.ipynb")
        except RuntimeError as error:
            failures.append(str(error))
            print(f"{one}: failed", flush=True)
            continue
        row = "{seconds} s, {peak_mib} MiB".format(**found[one])
        print(f"{one}: {row}; it states {course[one].seconds} s", flush=True)
    if failures:
        sys.exit("\n".join(failures))
    rows = {one: (kept | found)[one] for one in course if one in kept | found}
    text = json.dumps({"machine": here, "chapters": rows}, indent=1, ensure_ascii=False)
    files.write(STATUS, f"{text}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1:])
