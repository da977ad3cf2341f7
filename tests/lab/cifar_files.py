"""Small files in the layout of CIFAR-10, to test with."""

import numpy as np

from afli.lab import cifar10


def write(folder, *, seed=0):
    """Fill a new folder with six files of noise; record i of a file has label i mod 10."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    for name in cifar10.NAMES:
        records = random.integers(0, 256, (cifar10.RECORDS, cifar10.RECORD_BYTES), np.uint8)
        records[:, 0] = np.arange(cifar10.RECORDS) % 10
        records.tofile(folder / name)
    return folder
