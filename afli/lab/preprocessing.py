"""From images to the inputs that the theory assumes.

The first preactivation of an input x has variance sigma_w2 abs(x)^2 / d + sigma_b2. To start at a
fixed point q* of the variance map it must be q*, so abs(x)^2 / d must be (q* - sigma_b2) /
sigma_w2, which is E[phi(sqrt(q*) Z)^2]. Here images get abs(x)^2 / d = 1; a network multiplies by
`input_scale`, which depends on its activation. So one prepared data set serves every activation.
"""

from dataclasses import dataclass

import numpy as np

from ..theory import checks
from ..theory.meanfield import variance_map
from .datasets import Dataset, Images
from .kinds import instance

WAYS = ("theory", "authors")
CHUNK = 2_000  # images in float64 at a time


@dataclass(frozen=True, eq=False)
class Prepared:
    """A data set as inputs of a network.

    Attributes
    ----------
    train_inputs, test_inputs : ndarray of float32, shape (n, d)
        One image a row, d = channels * rows * columns.
    train_labels, test_labels : ndarray of int64, shape (n,)
    classes : tuple of str
        The names of the labels.
    name, fingerprint : str
        Of the data set.
    label : str
        What to write beside a result: `Dataset.label`.
    how : {"theory", "authors"}
        How the inputs were prepared.
    holdout : int
        How many training images stand in the place of the test split; 0 for the test split itself.
    """

    train_inputs: np.ndarray
    train_labels: np.ndarray
    test_inputs: np.ndarray
    test_labels: np.ndarray
    classes: tuple
    name: str
    fingerprint: str
    label: str
    how: str
    holdout: int

    def __repr__(self):
        (train, inputs), test = self.train_inputs.shape, len(self.test_labels)
        counts = f"{train} training and {test} test images of {inputs} inputs"
        return f"Prepared({self.label!r}, how={self.how!r}, holdout={self.holdout}, {counts})"


def prepare(dataset, *, how="theory", holdout=0):
    """Standardise images, and give every one the length that the theory assumes.

    Each channel is shifted and scaled by the mean and the standard deviation of the training
    images. With "theory" each image x is then scaled to abs(x)^2 / d = 1. With "authors" it is
    not, as in the published script of Murray, Abrol and Tanner (2021): then abs(x)^2 / d is 1 on
    average over the training images, and differs from image to image.

    Parameters
    ----------
    dataset : Dataset
    how : {"theory", "authors"}
    holdout : int
        This many of the last training images are held out and take the place of the test split:
        a validation set, for choices such as a learning rate. They do not enter the means and
        standard deviations.

    Returns
    -------
    Prepared

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range, a channel is the same number in all training images, or an
        image is the mean image exactly, so that no factor gives it a length.

    Examples
    --------
    >>> from afli.lab import load_dataset
    >>> ready = prepare(load_dataset("shapeset", train=200, test=50))
    >>> ready.train_inputs.shape, ready.train_inputs.dtype
    ((200, 1024), dtype('float32'))
    >>> bool(np.allclose((ready.test_inputs**2).mean(1), 1))
    True
    """
    instance("dataset", dataset, Dataset, "load_dataset('shapeset')")
    checks.choice("how", how, WAYS)
    train, test = dataset.train, dataset.test
    holdout = checks.whole("holdout", holdout, low=0)
    if holdout >= len(train):
        raise ValueError(f"holdout must leave training images: {holdout} of {len(train)}")
    if holdout:
        cut = len(train) - holdout
        test = Images(train.images[cut:], train.labels[cut:])
        train = Images(train.images[:cut], train.labels[:cut])
    statistics = _statistics(train.images)
    return Prepared(
        _inputs(train.images, *statistics, how, "training"),
        train.labels,
        _inputs(test.images, *statistics, how, "held-out" if holdout else "test"),
        test.labels,
        dataset.classes,
        dataset.name,
        dataset.fingerprint,
        dataset.label,
        how,
        holdout,
    )


def input_scale(phi, q, how="theory"):
    """The factor by which a network multiplies prepared inputs.

    Parameters
    ----------
    phi : Activation
    q : float
        Fixed point q* of the variance map, greater than 0.
    how : {"theory", "authors"}
        "theory": sqrt(E[phi(sqrt(q) Z)^2]), which makes the variance of the first preactivation
        q. "authors": sqrt(q), which does not, unless sigma_w2 + sigma_b2 / q = 1.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range.

    References
    ----------
    Murray, Abrol and Tanner (2021), section 2.1, assume inputs normalised to q*.

    Examples
    --------
    >>> import afli
    >>> relu = afli.activation("relu")
    >>> round(input_scale(relu, 2.0), 9), input_scale(relu, 4.0, "authors")
    (1.0, 2.0)
    """
    checks.choice("how", how, WAYS)
    q = checks.real("q", q, above=0)
    if q.ndim:
        raise ValueError(f"q must be one number, got an array of shape {q.shape}")
    square = variance_map(phi, q, 1.0, 0.0)
    return float(np.sqrt(square if how == "theory" else q))


def _statistics(images):
    """Mean and standard deviation of each channel, exact sums of whole numbers."""
    channels = images.shape[1]
    sums, squares = np.zeros(channels), np.zeros(channels)
    for start in range(0, len(images), CHUNK):
        pixels = images[start : start + CHUNK].astype(np.float64)
        sums += pixels.sum((0, 2, 3))
        squares += np.square(pixels, out=pixels).sum((0, 2, 3))
    number = images.size // channels
    # number * squares - sums^2 is a difference of whole numbers: 0 exactly for a constant channel.
    pairs = zip(sums, squares, strict=True)
    spread = [number * int(square) - int(total) ** 2 for total, square in pairs]
    if 0 in spread:
        value = int(sums[spread.index(0)]) // number
        raise ValueError(
            f"channel {spread.index(0)} is {value} in every pixel of the training images: "
            "it cannot be standardised; take other or more images"
        )
    return sums / number, np.sqrt(np.array(spread, float)) / number


def _inputs(images, means, deviations, how, split):
    inputs = np.empty((len(images), images[0].size), np.float32)
    for start in range(0, len(images), CHUNK):
        pixels = images[start : start + CHUNK].astype(np.float64)
        pixels -= means[:, None, None]
        pixels /= deviations[:, None, None]
        rows = pixels.reshape(len(pixels), -1)
        if how == "theory":
            lengths = np.mean(np.square(rows), axis=1)
            flat = np.flatnonzero(lengths < 1e-12)
            if flat.size:
                raise ValueError(
                    f"{split} image {start + flat[0]} equals the mean image, so that it has no "
                    'direction to scale: leave it out, or prepare with how="authors"'
                )
            rows /= np.sqrt(lengths)[:, None]
        inputs[start : start + CHUNK] = rows
    return inputs
