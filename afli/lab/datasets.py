"""The images: CIFAR-10 where the reader has it, Shapeset-3x2 elsewhere, digits for a minute.

NumPy only. Nothing is downloaded here: `python -m afli data cifar10` does that.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from ..theory import checks
from . import cifar10, digits, shapeset


@dataclass(frozen=True, eq=False)
class Images:
    """Images with their labels: one split of a data set.

    Attributes
    ----------
    images : ndarray of uint8, shape (n, channels, rows, columns)
        From 0 (black) to 255; the channels are red, green and blue, or one of grey.
    labels : ndarray of int64, shape (n,)
        Which of the classes of the data set each image belongs to, counted from 0.
    """

    images: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.labels)

    def __repr__(self):
        return f"Images({len(self)} of shape {self.images.shape[1:]})"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images to learn from and images to test with, and where they come from.

    Attributes
    ----------
    name : str
        "CIFAR-10", "CIFAR-10 (JPEG copy)", "CIFAR-10 files of unknown origin", "Shapeset-3x2"
        or "digits".
    fingerprint : str
        Sixteen hexadecimal digits of a SHA-256 over both splits: equal fingerprints mean equal
        files, however many of their images are used, or equal generated images.
    official : bool
        False for a copy: CIFAR-10 files not known to be those of the official archive.
    classes : tuple of str
        The names of the labels.
    train, test : Images
        The two splits.
    """

    name: str
    fingerprint: str
    official: bool
    classes: tuple
    train: Images
    test: Images

    def __repr__(self):
        return f"Dataset({self.label!r}, train={self.train!r}, test={self.test!r})"

    @property
    def label(self):
        """What to write beside a result: the name, and what a copy must say of itself."""
        if self.official:
            return self.name
        return f"{self.name}, unofficial, fingerprint {self.fingerprint}"


def load_dataset(name="auto", *, train=None, test=None, seed=0):
    """Load CIFAR-10 from the reader's disk, generate Shapeset-3x2, or load scikit-learn's digits.

    Parameters
    ----------
    name : {"auto", "cifar10", "shapeset", "digits"}
        "auto" is CIFAR-10 where its folder is there, Shapeset-3x2 where it is not. The folder is
        looked for in the user's cache, or where the environment variable AFLI_DATA says.
    train, test : int, optional
        How many images: the first of the split. Without a number, all 50,000 and 10,000 of
        CIFAR-10, 1437 and 360 of the digits, or 10,000 and 2,000 of Shapeset-3x2, which has as
        many as one asks for.
    seed : int
        Seed of the generated images, at least 0. The others have none.

    Returns
    -------
    Dataset
        Its `label` says which images these are.

    Raises
    ------
    FileNotFoundError
        If AFLI_DATA is not a folder, or "cifar10" is asked for and not there.
    afli.lab.cifar10.DamagedData
        If a file is missing, truncated or altered: "auto" does not pass over that.
    TypeError, ValueError
        If an argument is out of range.

    References
    ----------
    Krizhevsky (2009), chapter 3; Glorot and Bengio (2010), section 2.1; Alpaydin and Kaynak (1998).

    Examples
    --------
    >>> from afli.lab import load_dataset
    >>> shapes = load_dataset("shapeset", train=300, test=100)
    >>> shapes.name, shapes.train.images.shape, len(shapes.test)
    ('Shapeset-3x2', (300, 1, 32, 32), 100)
    """
    checks.choice("name", name, ("auto", "cifar10", "shapeset", "digits"))
    if name == "auto":
        name = "cifar10" if cifar10.folder().is_dir() else "shapeset"
    if name == "shapeset":
        return _shapeset(*_counts(train, test, 10_000, 2_000), checks.whole("seed", seed, low=0))
    if name == "digits":
        return _digits(train, test)
    available = [cifar10.RECORDS * len(names) for names in cifar10.FILES.values()]
    counts = _counts_within(train, test, available, "CIFAR-10")
    files = cifar10.read(cifar10.folder(), *counts)
    return Dataset(
        files.name,
        files.fingerprint,
        files.official,
        cifar10.CLASSES,
        Images(*files.train),
        Images(*files.test),
    )


def _counts(train, test, all_train, all_test):
    """How many images, where None stands for all."""
    return (
        all_train if train is None else checks.whole("train", train, low=1),
        all_test if test is None else checks.whole("test", test, low=1),
    )


def _counts_within(train, test, available, name):
    """The same, where there are only so many."""
    counts = _counts(train, test, *available)
    for split, count, most in zip(("train", "test"), counts, available, strict=True):
        if count > most:
            raise ValueError(f"{split} must be at most {most} for {name}, got {count}")
    return counts


def _digits(train, test):
    images, labels = digits.read()
    cut = len(labels) - digits.TEST
    fingerprint = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()[:16]
    train, test = _counts_within(train, test, (cut, digits.TEST), "digits")
    splits = (Images(images[s], labels[s]) for s in (slice(train), slice(cut, cut + test)))
    return Dataset("digits", fingerprint, True, digits.CLASSES, *splits)


def _shapeset(train, test, seed):
    digest, splits = hashlib.sha256(), []
    for split, count in (("train", train), ("test", test)):
        images, labels = shapeset.generate(count, seed=seed, split=split)
        digest.update(images)
        digest.update(labels)
        splits.append(Images(images, labels))
    fingerprint = digest.hexdigest()[:16]
    return Dataset("Shapeset-3x2", fingerprint, True, shapeset.CLASSES, *splits)
