"""Experiments that compare: families, schedules of a, orthogonality, and modern networks."""

from .budgets import DEPTHS, LAPTOP, PUBLISHED, QUICK, STAGES
from .grids import Experiment, grid

BOUNDED = ("shtanh", "ssin", "sexp", "ssaw")
UNBOUNDED = ("sleaky", "slog")
FAMILIES = tuple(dict(activation=name, a=a) for name in BOUNDED + UNBOUNDED for a in (2, 5))
BASELINES = (
    dict(activation="tanh"),
    dict(activation="tanh", sigma_b2=0.001),
    dict(activation="relu", weights="gaussian", sigma_b2=0),  # He's initialisation
    dict(activation="selu", weights="gaussian", sigma_w2=1, sigma_b2=0),  # as it was published
    dict(activation="gelu", sigma_b2=0.5),  # below 0.17 its lengths do not settle on the edge
    dict(activation="gelu", weights="he_normal", sigma_b2=0),  # as it is used
)
RATES = (1e-3, 3e-3)  # a baseline is given a choice
SHORT = QUICK | dict(sigma_b2=0.1)
LONG = PUBLISHED | dict(sigma_b2=0.1)
ONCE = LAPTOP | STAGES | dict(sigma_b2=0.1)
TWO, TEN = range(2), range(10)  # seeds

ALL_FAMILIES = Experiment(
    "families",
    "Does the scaled-bounded family matter, must it be bounded, and how do others do?",
    {
        "quick": [grid(SHORT, variants=FAMILIES + BASELINES, depth=(10, 40))],
        "laptop": [
            grid(ONCE, variants=FAMILIES, depth=(20, 100), seed=TWO),
            grid(ONCE, variants=BASELINES, depth=(20, 100), learning_rate=RATES, seed=TWO),
        ],
        "paper": [grid(LONG, variants=FAMILIES + BASELINES, depth=DEPTHS, seed=TEN)],
    },
    rows=("activation", "a", "sigma_b2", "weights", "learning_rate"),
    columns=("depth",),
)

# Murray, Abrol and Tanner (2021), figure 8: a falls from 10 to 2.
FIXED = tuple(dict(a=a) for a in (2, 5, 10))
FALLING = tuple(
    dict(schedule=schedule, a=10, a_end=2, rescale=rescale)
    for schedule in ("authors", "linear", "cosine")
    for rescale in (False, True)
)
ALL_SCHEDULES = Experiment(
    "schedules",
    "Does it help to begin with a wide linear region and narrow it during training?",
    {
        "quick": [grid(SHORT, variants=FIXED + FALLING, depth=(10, 40))],
        "laptop": [
            grid(
                ONCE | dict(epochs=10, images_per_epoch=5_000),
                variants=FIXED + FALLING,
                depth=(20, 100, 200),
                seed=TWO,
            )
        ],
        "paper": [grid(LONG, variants=FIXED + FALLING, depth=DEPTHS, seed=TEN)],
    },
    rows=("schedule", "a", "rescale"),
    columns=("depth",),
)

KEPT = (dict(weights="gaussian"), *(dict(orthogonality=share) for share in (0, 0.1, 1)))
ORTHOGONALITY = Experiment(
    "orthogonality",
    "Must the weights be orthogonal at the start only, or stay so?",
    {
        "quick": [grid(SHORT, variants=KEPT, a=(2,), depth=(10, 40))],
        "laptop": [grid(ONCE, variants=KEPT, a=(2,), depth=(20, 100, 200), seed=TWO)],
        "paper": [grid(LONG, variants=KEPT, a=(2, 5), depth=DEPTHS, seed=TEN)],
    },
    rows=("weights", "orthogonality", "a"),
    columns=("depth",),
)

HE = dict(activation="relu", weights="gaussian", sigma_b2=0)
NETWORKS = (
    dict(a=5),
    dict(a=5, residual=True),
    HE,
    HE | dict(residual=True),
    HE | dict(norm="layer"),
    HE | dict(norm="batch"),
    HE | dict(residual=True, norm="layer"),
    HE | dict(residual=True, norm="batch"),
    dict(activation="shaped_tanh", sigma_b2=0),  # Martens et al. (2021)
    dict(activation="tailored_relu", sigma_b2=0),  # Zhang et al. (2022)
)
WIDE_RATES = (1e-3, 1e-2)  # what is normalised bears more
MODERN = Experiment(
    "modern",
    "What do residual connections and norms add, at the same number of products?",
    {
        "quick": [grid(SHORT, variants=NETWORKS, depth=(20, 40))],
        "laptop": [
            grid(ONCE, variants=NETWORKS, depth=(20, 100), learning_rate=WIDE_RATES, seed=TWO)
        ],
        "paper": [
            grid(LONG, variants=NETWORKS, depth=DEPTHS, learning_rate=(1e-4, *WIDE_RATES), seed=TEN)
        ],
    },
    rows=("activation", "residual", "norm", "learning_rate"),
    columns=("depth",),
)
