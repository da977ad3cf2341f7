"""The experiments of the course as data: what is swept, at which budget.

"quick" is for trying things out, in minutes at most; "laptop" takes hours on a few cores; "paper"
has the published size and asks for a GPU or a cluster.
"""

from ..theory import checks
from .budgets import DEPTHS, LAPTOP, LAWS, PUBLISHED, QUICK, STAGES
from .comparisons import ALL_FAMILIES, ALL_SCHEDULES, MODERN, ORTHOGONALITY
from .glorot import GLOROT_RATES, GLOROT_TABLE, SATURATION
from .grids import Experiment, grid


def experiment(name):
    """The experiment of that name.

    Parameters
    ----------
    name : str
        As ``python -m afli sweep --help`` lists them.

    Returns
    -------
    Experiment

    Raises
    ------
    ValueError
        If there is none; the message lists them.

    Examples
    --------
    >>> experiment("heatmap").rows
    ('weights', 'sigma_b2', 'depth')
    """
    return EXPERIMENTS[checks.choice("name", name, tuple(EXPERIMENTS))]


DEMO = Experiment(
    "demo",
    "Does a wider linear region help a deep network to learn?",
    {
        "quick": [grid(QUICK | dict(sigma_b2=0.1), depth=(5, 40), a=(0.5, 2, 5), seed=range(2))],
        "laptop": [grid(LAPTOP | dict(sigma_b2=0.1), depth=(10, 50), a=(1, 2, 5), seed=range(2))],
        "paper": [grid(PUBLISHED | dict(sigma_b2=0.1), depth=DEPTHS, a=(1, 2, 5), seed=range(3))],
    },
)

HEATMAP = Experiment(
    "heatmap",
    "For which half-width and bias variance can a network of each depth be trained?",
    {
        "quick": [grid(QUICK, sigma_b2=(1, 0.01), depth=(10, 40), a=(0.5, 1, 2, 5, 10))],
        "laptop": [
            grid(
                LAPTOP | STAGES,
                weights=LAWS,
                sigma_b2=(1, 0.01, 0.0001),
                depth=DEPTHS,
                a=(1, 2, 3, 5, 8),
                seed=range(2),
            )
        ],
        "paper": [
            grid(
                PUBLISHED,
                weights=LAWS,
                sigma_b2=(1, 0.1, 0.01, 0.001, 0.0001),
                depth=DEPTHS,
                a=range(1, 11),
                seed=range(10),
            )
        ],
    },
    rows=("weights", "sigma_b2", "depth"),
)

RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
HELD_OUT = dict(sigma_b2=0.1, holdout=5_000)  # a rate is not chosen by the test images
LEARNING_RATES = Experiment(
    "learning_rates",
    "Which learning rate suits which depth, judged by images held out from training?",
    {
        "quick": [
            grid(
                QUICK | dict(sigma_b2=0.1, holdout=300),
                depth=(10, 40),
                a=(2,),
                learning_rate=RATES[1:],
            )
        ],
        "laptop": [grid(LAPTOP | HELD_OUT, depth=(20, 100, 200), a=(1, 5), learning_rate=RATES)],
        "paper": [
            grid(
                PUBLISHED | HELD_OUT, depth=DEPTHS, a=(1, 2, 5), learning_rate=RATES, seed=range(3)
            )
        ],
    },
    rows=("depth", "a"),
    columns=("learning_rate",),
)

WIDE = (13, 20)


def _cells(**axes):
    """Cells of the map, judged by images held out from training, at the laptop budget."""
    return grid(LAPTOP | dict(epochs=1, holdout=5_000), seed=range(2), **axes)


CELL_RATES = Experiment(
    "cell_rates",
    "Where is the best half-width if each has a learning rate of its own?",
    {
        "quick": [
            grid(
                QUICK | dict(holdout=300),
                sigma_b2=(1, 0.01),
                depth=(10, 40),
                a=(0.5, 1, 2, 5, 10),
                learning_rate=RATES[1:],
            )
        ],
        "laptop": [
            _cells(
                sigma_b2=(1, 0.01), depth=(20, 100), a=(1, 2, 3, 5, 8), learning_rate=RATES[:-1]
            ),
            _cells(sigma_b2=(1,), depth=(200,), a=(3, 5, 8), learning_rate=RATES[:-1]),
            _cells(sigma_b2=(0.01,), depth=(200,), a=(1, 2, 3, 5, 8), learning_rate=RATES[:-1]),
            # Large biases ask for wider regions, and these for shorter steps.
            _cells(sigma_b2=(1,), depth=(20, 100, 200), a=WIDE, learning_rate=(3e-5, *RATES[:-2])),
            # One rate more where the best was at the end of its list.
            _cells(sigma_b2=(1, 0.01), depth=(20,), a=(1, 2, 3, 5, 8), learning_rate=RATES[-1:]),
            _cells(sigma_b2=(1,), depth=(20,), a=WIDE, learning_rate=(3e-3,)),
            _cells(sigma_b2=(1,), depth=(200,), a=(8,), learning_rate=(3e-5,)),
            _cells(sigma_b2=(1,), depth=(200,), a=WIDE, learning_rate=(1e-5,)),
        ],
        "paper": [
            grid(
                PUBLISHED | dict(holdout=5_000),
                sigma_b2=(1, 0.01, 0.0001),
                depth=DEPTHS,
                a=range(1, 11),
                learning_rate=(3e-5, *RATES[:-1]),
                seed=range(3),
            )
        ],
    },
    rows=("sigma_b2", "depth", "a"),
    columns=("learning_rate",),
)

EXPERIMENTS = {
    one.name: one
    for one in (
        *(DEMO, HEATMAP, LEARNING_RATES, CELL_RATES),
        *(ALL_FAMILIES, ALL_SCHEDULES, ORTHOGONALITY, MODERN),
        *(GLOROT_RATES, GLOROT_TABLE, SATURATION),
    )
}
