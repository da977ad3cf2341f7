"""The experiments of the course as data: what is swept, at which budget.

"quick" is for trying things out, in minutes at most; "laptop" takes hours on a few cores; "paper"
has the published size and asks for a GPU or a cluster.
"""

from ..theory import checks
from .glorot import GLOROT_RATES, GLOROT_TABLE, SATURATION
from .grids import Experiment, grid


def experiment(name):
    """The experiment of that name.

    Examples
    --------
    >>> experiment("heatmap").rows
    ('weights', 'sigma_b2', 'depth')
    """
    return EXPERIMENTS[checks.choice("name", name, tuple(EXPERIMENTS))]


# Figure 7 of Murray, Abrol and Tanner (2021): SGD at 1e-4, batches of 64, 100 epochs, width 300.
PUBLISHED = dict(width=300, batch=64, learning_rate=1e-4, epochs=100)
# Two epochs need a larger rate: "learning_rates" finds none above 1e-3 at which 200 layers learn.
LAPTOP = dict(width=300, batch=64, learning_rate=1e-3, epochs=2)
STAGES = dict(epochs=5, images_per_epoch=10_000, test=5_000)  # once through the images
QUICK = dict(train=2_000, test=1_000, width=64, batch=32, learning_rate=3e-3, epochs=5)
LAWS = ("orthogonal", "gaussian")
DEPTHS = (20, 50, 100, 200)

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
        "quick": [grid(QUICK, sigma_b2=(1, 0.01), depth=(10, 40), a=(1, 5))],
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
                QUICK | dict(sigma_b2=0.1, holdout=500),
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

FAMILIES = tuple(
    dict(activation=family, a=a) for family in ("shtanh", "ssin", "sexp", "ssaw") for a in (2, 5)
)
BASELINES = (
    dict(activation="tanh"),
    dict(activation="relu", weights="gaussian", sigma_b2=0),  # He's initialisation
    dict(activation="selu"),
    dict(activation="gelu"),
)
ALL_FAMILIES = Experiment(
    "families",
    "Does the scaled-bounded family matter, and how do common activations do?",
    {
        "quick": [grid(QUICK | dict(sigma_b2=0.1), variants=FAMILIES + BASELINES, depth=(10, 40))],
        "laptop": [
            grid(
                LAPTOP | dict(sigma_b2=0.1),
                variants=FAMILIES + BASELINES,
                depth=(20, 100),
                seed=range(2),
            )
        ],
        "paper": [
            grid(
                PUBLISHED | dict(sigma_b2=0.1),
                variants=FAMILIES + BASELINES,
                depth=DEPTHS,
                seed=range(10),
            )
        ],
    },
    rows=("activation", "a"),
    columns=("depth",),
)


def _from_10_to_2(*schedules):
    """Fixed half-widths, and schedules between them with and without rescaling of the weights."""
    changing = tuple(
        dict(schedule=schedule, a=10, a_end=2, rescale=rescale)
        for schedule in schedules
        for rescale in (False, True)
    )
    return dict(a=2), dict(a=10), *changing


SHORT = _from_10_to_2("linear", "cosine")  # the authors' schedule takes 80 epochs
ALL_SCHEDULES = Experiment(
    "schedules",
    "Does it help to begin with a wide linear region and narrow it during training?",
    {
        "quick": [grid(QUICK | dict(sigma_b2=0.1), variants=SHORT, depth=(10, 40))],
        "laptop": [
            grid(
                LAPTOP | dict(sigma_b2=0.1, epochs=5, train=10_000),
                variants=SHORT,
                depth=DEPTHS,
                seed=range(2),
            )
        ],
        "paper": [
            grid(
                PUBLISHED | dict(sigma_b2=0.1),
                variants=_from_10_to_2("authors", "linear", "cosine"),
                depth=DEPTHS,
                seed=range(10),
            )
        ],
    },
    rows=("schedule", "a", "rescale"),
    columns=("depth",),
)

EXPERIMENTS = {
    one.name: one
    for one in (
        *(DEMO, HEATMAP, LEARNING_RATES, ALL_FAMILIES, ALL_SCHEDULES),
        *(GLOROT_RATES, GLOROT_TABLE, SATURATION),
    )
}
