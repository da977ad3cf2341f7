"""CIFAR-10 on the reader's disk: where it is, what it is, and whether it is intact.

The files are those of the binary version. Each holds 10,000 records: a label, then 32 x 32 values
of red, of green and of blue. Beside downloaded files lies a manifest with the checksum of the
archive that they came from and of every file; a file that does not agree with it is refused.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

VARIABLE = "AFLI_DATA"
FOLDER = "cifar-10-batches-bin"
MANIFEST = "afli-manifest.json"
FILES = {
    "train": tuple(f"data_batch_{i}.bin" for i in range(1, 6)),
    "test": ("test_batch.bin",),
}
NAMES = FILES["train"] + FILES["test"]
RECORDS, RECORD_BYTES = 10_000, 1 + 3 * 32 * 32  # of one file
CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)

# The official archive, as its home page https://www.cs.toronto.edu/~kriz/cifar.html offers it.
URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
ARCHIVE_BYTES = 170_052_171
ARCHIVE_SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"

# Copies that circulate in the same layout, by fingerprint.
COPIES = {"96f56a1e31039db5": "CIFAR-10 (JPEG copy)"}

GET = "python -m afli data cifar10"
MEND = f"replace the files with: {GET} --again"


class DamagedData(OSError):
    """A file of the data set is missing, truncated or altered; the message says how to mend it."""


@dataclass(frozen=True, eq=False)
class Files:
    """What the six files hold: (images, labels) of each split, and what is known of them."""

    name: str
    fingerprint: str
    official: bool
    train: tuple
    test: tuple


def folder():
    """The folder of the six files, whether or not they are there.

    In the user's cache; or, if the environment variable AFLI_DATA is set, in the folder that it
    names, or that folder itself.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    FileNotFoundError
        If AFLI_DATA names something that is not a folder.
    """
    named = os.environ.get(VARIABLE, "").strip()
    if not named:
        from platformdirs import user_cache_path

        return user_cache_path("afli", appauthor=False) / FOLDER
    place = Path(named).expanduser()
    if not place.is_dir():
        raise FileNotFoundError(
            f"{VARIABLE} = {named} is not a folder: create it, or set {VARIABLE} to the folder "
            f"that holds {FOLDER}, or unset it to use the cache folder"
        )
    itself = place.name == FOLDER or any((place / name).exists() for name in NAMES)
    return place if itself and not (place / FOLDER).is_dir() else place / FOLDER


def read(place, train, test):
    """Read the first images of each split, and check all six files.

    Parameters
    ----------
    place : pathlib.Path
        The folder of the files.
    train, test : int
        How many images, at most 50,000 and 10,000.

    Returns
    -------
    Files
        Official if the manifest names the official archive and every file agrees with it.

    Raises
    ------
    FileNotFoundError
        If the folder is not there.
    DamagedData
        If a file is missing, has the wrong size, labels beyond 9 or not the checksum that the
        manifest says.
    """
    if not place.is_dir():
        raise FileNotFoundError(
            f'CIFAR-10 is not in {place}: download it with: {GET}, or load "shapeset" instead'
        )
    buffer = np.empty((RECORDS, RECORD_BYTES), np.uint8)
    digests, splits = {}, {}
    for split, number in (("train", train), ("test", test)):
        images = np.empty((number, 3, 32, 32), np.uint8)
        labels = np.empty(number, np.int64)
        for part, name in enumerate(FILES[split]):
            digests[name] = _fill(buffer, place / name)
            some = slice(part * RECORDS, (part + 1) * RECORDS)
            wanted = buffer[: len(labels[some])]
            images[some] = wanted[:, 1:].reshape(-1, 3, 32, 32)
            labels[some] = wanted[:, 0]
        splits[split] = images, labels
    # Read last: a replacement begins with the manifest, so mixed files cannot go unnoticed.
    archive = _check_manifest(place / MANIFEST, digests)
    fingerprint = hashlib.sha256(b"".join(bytes.fromhex(d) for d in digests.values())).hexdigest()
    name = COPIES.get(fingerprint[:16], "CIFAR-10 files of unknown origin")
    official = archive == ARCHIVE_SHA256
    return Files("CIFAR-10" if official else name, fingerprint[:16], official, **splits)


def manifest(place, archive):
    """What the manifest of the files in a folder says, if they came from an archive.

    Parameters
    ----------
    place : pathlib.Path
        The folder of the files, which are read and checked.
    archive : str
        SHA-256 of the archive, in hexadecimal digits.

    Returns
    -------
    dict
    """
    buffer = np.empty((RECORDS, RECORD_BYTES), np.uint8)
    files = {n: {"bytes": buffer.size, "sha256": _fill(buffer, place / n)} for n in NAMES}
    return {"archive_sha256": archive, "files": files}


def _fill(buffer, path):
    """Read the records of one file into an array of shape (10000, 3073), return their SHA-256."""
    try:
        with open(path, "rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            if size == buffer.size:
                size = file.readinto(buffer)
    except FileNotFoundError:
        raise DamagedData(f"{path} is missing: {MEND}") from None
    if size != buffer.size:
        raise DamagedData(
            f"{path} has {size} bytes, not {RECORDS} records of {RECORD_BYTES}: {MEND}"
        )
    wrong = np.flatnonzero(buffer[:, 0] > 9)
    if wrong.size:
        label = buffer[wrong[0], 0]
        raise DamagedData(f"{path} has label {label} in record {wrong[0]}, not 0 to 9: {MEND}")
    return hashlib.sha256(buffer).hexdigest()


def _check_manifest(path, digests):
    """The archive's SHA-256, or None without a manifest; files that disagree are refused."""
    try:
        said = json.loads(path.read_text())
        archive, expected = said["archive_sha256"], said["files"]
        expected = {name: expected[name]["sha256"] for name in NAMES}
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise DamagedData(f"{path} is not a manifest that can be read: {MEND}") from None
    altered = [name for name in NAMES if digests[name] != expected[name]]
    if altered:
        name = altered[0]
        raise DamagedData(
            f"{path.parent / name} was altered: its SHA-256 is {digests[name]}, not "
            f"{expected[name]} as in {path.name}: {MEND}"
        )
    return archive
