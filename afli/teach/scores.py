"""The score card: published results of training, and what the course finds in their place.

A score is registered by a function that computes our result from the recorded runs. It lives in a
module of `afli/teach/scorecard/`::

    @score("glorot2010", "Table 1", "softsign, CIFAR-10: test error 55.8 %",
           record="glorot-laptop", differs="fewer steps, a copy of the images")
    def softsign_on_cifar10(records):
        ...
        return True, "56.3 +- 2.2 %"

The page of scores runs every function when the book is built. A result that does not agree is
shown as such; it stops nothing, because it is what was found.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import stats

from afli.teach.records import recorded
from afli.teach.registry import Registry


@dataclass(frozen=True)
class Score:
    """One published result: where it stands, what it says, how ours differs, what we find."""

    source: str
    place: str
    theirs: str
    differs: str
    record: str
    compute: Callable

    def ours(self):
        """Our result.

        Returns
        -------
        agrees : bool
        found : str
            With an interval where there is more than one seed.
        records : Records
            From which it was computed.
        """
        records = recorded(self.record)
        agrees, found = self.compute(records)
        return bool(agrees), found, records


_registry = Registry("score", "afli.teach.scorecard")


def score(source: str, place: str, theirs: str, *, record: str, differs: str):
    """Register the decorated function, which computes our counterpart of a published result.

    Parameters
    ----------
    source : str
        A key of the bibliography.
    place : str
        Where in it: "Table 1".
    theirs : str
        What it says there, in a sentence of Markdown.
    record : str
        The name of our record, such as "glorot-laptop"; the function is called with it.
    differs : str
        What differs in the way it was obtained, and why.
    """

    def register(compute):
        entry = Score(source, place, theirs, differs, record, compute)
        _registry.add(compute.__qualname__, compute, entry)
        return compute

    return register


@cache
def scores() -> tuple[Score, ...]:
    """All registered scores, module by module."""
    return tuple(_registry.load().values())


def interval(values):
    """Mean and half-width of the 95 per cent t-interval of the mean.

    Parameters
    ----------
    values : array_like of float
        One for each seed.

    Examples
    --------
    >>> mean, half = interval([1.0, 2.0, 3.0])
    >>> round(mean, 2), round(half, 2)
    (2.0, 2.48)
    """
    values = np.asarray(values, float)
    if values.size < 2:
        return float(values.mean()), float("nan")
    half = stats.t.ppf(0.975, values.size - 1) * stats.sem(values)
    return float(values.mean()), float(half)


def per_cent(values):
    """A mean of shares and its 95 per cent interval, in per cent, as text.

    Examples
    --------
    >>> per_cent([0.5, 0.51, 0.52])
    '51.0 ± 2.5 %'
    """
    mean, half = interval(100 * np.asarray(values, float))
    return f"{mean:.1f} %" if np.isnan(half) else f"{mean:.1f} ± {half:.1f} %"


def final_accuracy(records, **where):
    """Test accuracy of each run after its last epoch; of a run that diverged that of guessing 0."""
    return np.nan_to_num(records.where(**where).last()["test_accuracy"])


def at_own_rate(records, **where):
    """Final test accuracy of each seed at the learning rate that is best for the other seeds.

    A rate that is chosen by the number it is judged on flatters; this one is not.

    Parameters
    ----------
    records : Records
        With several learning rates, and the same seeds at each.
    **where
        Which runs, as of `Records.where`.

    Returns
    -------
    accuracy, rate : ndarray
        A value for each seed.

    Raises
    ------
    ValueError
        If a seed has no run at some rate, or there is one seed only.

    Examples
    --------
    Here the best rate of each seed is the worse one for the other:

    >>> from afli.lab.tables import Records
    >>> columns = dict(
    ...     key=["a", "b", "c", "d"], learning_rate=[0.1, 0.1, 1, 1], seed=[0, 1, 0, 1],
    ...     test_accuracy=[0.5, 0.3, 0.4, 0.6],
    ... )
    >>> table = Records({name: np.array(column) for name, column in columns.items()}, {})
    >>> accuracy, rate = at_own_rate(table)
    >>> accuracy.tolist(), rate.tolist()
    ([0.4, 0.3], [1.0, 0.1])
    """
    last = records.where(**where).last()
    rates, seeds = np.unique(last["learning_rate"]), np.unique(last["seed"])
    found = np.full((len(rates), len(seeds)), np.nan)
    places = np.searchsorted(rates, last["learning_rate"]), np.searchsorted(seeds, last["seed"])
    found[places] = np.nan_to_num(last["test_accuracy"])
    if len(seeds) < 2 or np.isnan(found).any():
        raise ValueError(f"{where}: every rate needs a run of each of two seeds or more")
    others = [np.delete(found, seed, axis=1).mean(axis=1).argmax() for seed in range(len(seeds))]
    return found[others, np.arange(len(seeds))], rates[others]
