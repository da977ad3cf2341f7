"""What an experiment is: a question, and for each budget the runs that answer it."""

from dataclasses import dataclass, field, fields
from itertools import product

from ..theory import checks
from .kinds import instance, sequence
from .runs import Run

BUDGETS = ("quick", "laptop", "paper")


@dataclass(frozen=True)
class Grid:
    """Runs that differ in some fields, in all combinations; see `grid`."""

    base: dict
    variants: tuple
    axes: dict

    def runs(self):
        """The runs, the last axis varying fastest."""
        for variant in self.variants:
            for values in product(*self.axes.values()):
                yield Run(**self.base | dict(zip(self.axes, values, strict=True)) | variant)


def grid(base, *, variants=({},), **axes):
    """Runs that differ in some fields, in all combinations.

    Parameters
    ----------
    base : dict
        Fields of `afli.lab.Run` that all runs share.
    variants : sequence of dict
        Fields that go together, such as an activation and its variance; they come last and win.
    **axes : sequence
        Values of one field each.

    Returns
    -------
    Grid
        Its `runs()` are checked when they are made.

    Raises
    ------
    TypeError, ValueError
        If a run has no such field, or values are no sequence or an empty one.

    Examples
    --------
    >>> small = grid(dict(sigma_b2=0.1, width=9), depth=(3, 5), a=(1, 2), seed=range(2))
    >>> [(run.depth, run.a, run.seed) for run in small.runs()][:3]
    [(3, 1.0, 0), (3, 1.0, 1), (3, 2.0, 0)]
    """
    variants = sequence("variants", variants, "(dict(a=2), dict(a=5))")
    axes = {name: sequence(name, values, "a list of its values") for name, values in axes.items()}
    known = {field.name for field in fields(Run)}
    for part in (instance("base", base, dict, "dict(sigma_b2=0.1)"), *variants, axes):
        unknown = sorted(set(instance("variants", part, dict, "dict(a=2)")) - known)
        if unknown:
            raise TypeError(f"a run has no field {unknown[0]!r}: fields are those of afli.lab.Run")
    return Grid(dict(base), variants, axes)


@dataclass(frozen=True)
class Experiment:
    """A question, and the runs that answer it at each budget.

    Attributes
    ----------
    name : str
    question : str
        One sentence.
    budgets : dict of sequence of Grid
        By budget.
    rows, columns : tuple of str
        By which fields of the runs the table of results is laid out; over others it averages.
    """

    name: str
    question: str
    budgets: dict = field(repr=False)
    rows: tuple = ("depth",)
    columns: tuple = ("a",)

    def runs(self, budget):
        """The runs at a budget, each once.

        Parameters
        ----------
        budget : {"quick", "laptop", "paper"}

        Returns
        -------
        list of Run

        Raises
        ------
        ValueError
            If the experiment has no such budget.

        Examples
        --------
        >>> small = grid(dict(a=2, sigma_b2=0.1), depth=(3, 5), seed=range(2))
        >>> len(Experiment("mine", "Does depth matter?", {"quick": [small, small]}).runs("quick"))
        4
        """
        checks.choice("budget", budget, tuple(self.budgets))
        return list(dict.fromkeys(run for one in self.budgets[budget] for run in one.runs()))
