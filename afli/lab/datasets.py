"""Images for the experiments: CIFAR-10 where the reader has it, generated images elsewhere.

NumPy only. Nothing is downloaded.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

VARIABLE = "AFLI_DATA"
FOLDER = "cifar-10-batches-bin"
RECORDS, RECORD_BYTES = 10_000, 1 + 3 * 32 * 32
FILES = {
    "train": tuple(f"data_batch_{i}.bin" for i in range(1, 6)),
    "test": ("test_batch.bin",),
}

# What the fingerprint of the files of a split stands for: the name to print, and whether they are
# byte for byte those of the official archive. No checksum of the official binary files is listed,
# because none is published: one is added here only when it has been computed from that archive.
KNOWN = {
    "a77b543c658d7dd7": ("CIFAR-10 (JPEG copy)", False),
    "7997a18f099cbb5a": ("CIFAR-10 (JPEG copy)", False),
}


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images with their labels, and where they come from.

    Attributes
    ----------
    images : ndarray of float32, shape (n, 3, 32, 32)
        Red, green and blue from 0 to 1.
    labels : ndarray of int, shape (n,)
        From 0 to 9 (CIFAR-10), or 0 to 2 (ellipse, rectangle, triangle).
    name : str
        What to write beside a result computed from these images.
    fingerprint : str
        Sixteen hexadecimal digits of a SHA-256: equal fingerprints mean equal files of the
        split, or equal generated images.
    official : bool
        Whether the files are known to be byte for byte those of the official archive.
    """

    images: np.ndarray
    labels: np.ndarray
    name: str
    fingerprint: str
    official: bool

    def __len__(self):
        return len(self.labels)


def load_images(count=1000, *, source="auto", split="test", seed=0):
    """Load small colour images: CIFAR-10 if the environment variable AFLI_DATA names its folder.

    Parameters
    ----------
    count : int
        Number of images: the first of the split, or as many generated ones.
    source : {"auto", "cifar10", "generated"}
        "auto" is CIFAR-10 where AFLI_DATA is set, generated images where it is not. AFLI_DATA
        names `cifar-10-batches-bin`, the folder of the binary version, or the folder around it.
    split : {"test", "train"}
        Of CIFAR-10; generated images have different seeds for both.
    seed : int
        Of the generated images.

    Returns
    -------
    ImageSet
        Its `name` says which images these are.

    Raises
    ------
    FileNotFoundError
        If AFLI_DATA is needed and not set, or a folder or a file is missing.
    ValueError
        If a file is not in the binary layout of CIFAR-10, or an argument is out of range.

    Examples
    --------
    >>> from afli.lab import load_images
    >>> some = load_images(5, source="generated")
    >>> some.name, some.images.shape
    ('generated images', (5, 3, 32, 32))
    """
    if source not in ("auto", "cifar10", "generated"):
        raise ValueError(f'source must be "auto", "cifar10" or "generated", not {source!r}')
    if split not in FILES:
        raise ValueError(f'split must be "test" or "train", not {split!r}')
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
        raise ValueError(f"count must be a positive whole number, not {count!r}")
    place = os.environ.get(VARIABLE, "").strip()
    if source == "generated" or (source == "auto" and not place):
        return _generated(int(count), split, seed)
    if not place:
        raise FileNotFoundError(
            f"the environment variable {VARIABLE} is not set: set it to the folder that contains "
            f'{FOLDER} (the binary version of CIFAR-10), or ask for source="generated"'
        )
    return _cifar10(Path(place).expanduser(), int(count), split)


def _cifar10(place, count, split):
    available = RECORDS * len(FILES[split])
    if count > available:
        raise ValueError(f"count must be at most {available} for split {split!r}, not {count}")
    folder = place / FOLDER if (place / FOLDER).is_dir() else place
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{VARIABLE} = {place} is not a folder: set it to the folder that contains {FOLDER}, "
            "or unset it to use generated images"
        )
    records = np.concatenate([_records(folder / name) for name in FILES[split]])
    fingerprint = hashlib.sha256(records).hexdigest()[:16]
    name, official = KNOWN.get(fingerprint, ("CIFAR-10 files of unknown origin", False))
    records = records[:count]
    images = records[:, 1:].reshape(count, 3, 32, 32).astype(np.float32) / np.float32(255)
    return ImageSet(images, records[:, 0].astype(np.int64), name, fingerprint, official)


def _records(path):
    """The records of one file, shape (10000, 3073): a label, then red, green and blue."""
    cure = f"copy the file again from the binary version of CIFAR-10, or unset {VARIABLE}"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: {cure}")
    data = np.fromfile(path, np.uint8)
    if data.size != RECORDS * RECORD_BYTES:
        raise ValueError(
            f"{path} has {data.size} bytes, not {RECORDS} records of {RECORD_BYTES}: {cure}"
        )
    records = data.reshape(RECORDS, RECORD_BYTES)
    wrong = np.flatnonzero(records[:, 0] > 9)
    if wrong.size:
        raise ValueError(
            f"{path} has label {records[wrong[0], 0]} in record {wrong[0]}, not 0 to 9: {cure}"
        )
    return records


def _generated(count, split, seed):
    """Shapes on coloured gradients: like photographs, images share colours and large areas."""
    random = np.random.default_rng([seed, split == "train"])
    images = np.empty((count, 3, 32, 32), np.float32)
    labels = random.integers(0, 3, count)
    for start in range(0, count, 1000):
        some = slice(start, min(start + 1000, count))
        images[some] = _draw(random, labels[some])
    fingerprint = hashlib.sha256(np.round(255 * images).astype(np.uint8)).hexdigest()[:16]
    return ImageSet(images, labels, "generated images", fingerprint, False)


def _draw(random, labels, shapes=4):
    """An image for each label: a gradient and shapes, of which the last is the label's."""
    n = labels.size
    y, x = np.meshgrid(np.linspace(-1, 1, 32), np.linspace(-1, 1, 32), indexing="ij")
    light, tint = random.uniform(0.1, 0.9, (n, 1)), random.normal(0, 0.12, (n, 3))
    slope = random.normal(0, 0.25, (2, n, 1)) + random.normal(0, 0.06, (2, n, 3))
    images = (light + tint)[..., None, None] + slope[0][..., None, None] * x
    images = images + slope[1][..., None, None] * y
    for number in range(shapes):
        last = number == shapes - 1
        kind = labels if last else random.integers(0, 3, n)
        size = random.uniform(*((0.5, 0.8) if last else (0.15, 0.6)), (n, 1, 1))
        aspect = random.uniform(0.5, 1.0, (n, 1, 1))
        angle = random.uniform(0, 2 * np.pi, (n, 1, 1))
        centre = random.uniform(-0.6, 0.6, (2, n, 1, 1))
        u = (np.cos(angle) * (x - centre[0]) + np.sin(angle) * (y - centre[1])) / size
        v = (np.cos(angle) * (y - centre[1]) - np.sin(angle) * (x - centre[0])) / (size * aspect)
        distance = np.choose(
            kind[:, None, None],
            [
                np.hypot(u, v),
                np.maximum(np.abs(u), np.abs(v)),
                np.maximum(-2 * v, np.sqrt(3) * np.abs(u) + v),
            ],
        )
        # 1 inside, 0 outside, with an edge about a pixel wide.
        cover = np.clip(0.5 + 16 * size * (1 - distance), 0, 1)[:, None]
        light, tint = random.uniform(0, 1, (n, 1)), random.normal(0, 0.15, (n, 3))
        images = images * (1 - cover) + cover * (light + tint)[..., None, None]
    return np.clip(images + random.normal(0, 0.02, images.shape), 0, 1)
