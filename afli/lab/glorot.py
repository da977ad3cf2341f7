"""The experiments after Glorot and Bengio (2010): their Table 1, and saturation layer by layer.

Five hidden layers of a thousand units, batches of ten images. They trained for five million steps,
on Shapeset without seeing an image twice. The budget "laptop" has 15,000 steps on Shapeset, each
image new, and 10,000 on CIFAR-10.
"""

from .grids import Experiment, grid

SHAPE = dict(depth=5, width=1_000, batch=10)
QUICK = SHAPE | dict(data="shapeset", train=2_000, test=1_000, width=200, epochs=2)
IMAGES = {
    "laptop": {
        "shapeset": dict(train=150_000, test=5_000, images_per_epoch=25_000, epochs=6),
        "cifar10": dict(images_per_epoch=25_000, epochs=4),
    },
    "paper": {  # a million images of Shapeset, again and again, as memory is finite
        "shapeset": dict(train=1_000_000, test=10_000, images_per_epoch=50_000, epochs=1_000),
        "cifar10": dict(images_per_epoch=50_000, epochs=1_000),
    },
}
ROWS = (
    ("softsign", "lecun_uniform"),
    ("softsign", "glorot_uniform"),
    ("tanh", "lecun_uniform"),
    ("tanh", "glorot_uniform"),
    ("sigmoid", "lecun_uniform"),
)

# Learning rates are compared after about half of the training; the one with the least loss on
# images held out enters CHOSEN.
HELD_OUT = 5_000
SEARCH = {
    "laptop": {
        "shapeset": dict(train=80_000 + HELD_OUT, test=1, images_per_epoch=20_000, epochs=4),
        "cifar10": dict(images_per_epoch=22_500, epochs=2),
    },
    "paper": {
        "shapeset": dict(train=1_000_000, test=1, images_per_epoch=49_750, epochs=333),
        "cifar10": dict(images_per_epoch=45_000, epochs=500),
    },
}
RATES = {"shapeset": (0.01, 0.03, 0.1), "cifar10": (0.003, 0.01, 0.03, 0.1)}


def _variants():
    return tuple(dict(activation=name, weights=law) for name, law in ROWS)


def _search(budget):
    for data, images in SEARCH[budget].items():
        base = SHAPE | images | dict(data=data, holdout=HELD_OUT)
        yield grid(base, variants=_variants(), learning_rate=RATES[data])


GLOROT_RATES = Experiment(
    "glorot_rates",
    "Which learning rate suits each row of the table, judged by images held out?",
    {
        "quick": [
            grid(QUICK | dict(holdout=500), variants=_variants(), learning_rate=(0.01, 0.1)),
        ],
        "laptop": list(_search("laptop")),
        "paper": list(_search("paper")),
    },
    rows=("data", "activation", "weights"),
    columns=("learning_rate",),
)

# A test compares this with the record of "glorot_rates" at the budget "laptop".
CHOSEN = {
    ("shapeset", "softsign", "lecun_uniform"): 0.01,
    ("shapeset", "softsign", "glorot_uniform"): 0.03,
    ("shapeset", "tanh", "lecun_uniform"): 0.01,
    ("shapeset", "tanh", "glorot_uniform"): 0.01,
    ("shapeset", "sigmoid", "lecun_uniform"): 0.1,
    ("cifar10", "softsign", "lecun_uniform"): 0.03,
    ("cifar10", "softsign", "glorot_uniform"): 0.03,
    ("cifar10", "tanh", "lecun_uniform"): 0.03,
    ("cifar10", "tanh", "glorot_uniform"): 0.01,
    ("cifar10", "sigmoid", "lecun_uniform"): 0.1,
}


def _table(budget):
    """The runs of the table, each row with its learning rate."""
    for data, images in IMAGES[budget].items():
        rows = tuple(
            dict(activation=name, weights=law, learning_rate=CHOSEN[data, name, law])
            for name, law in ROWS
        )
        yield grid(SHAPE | images | dict(data=data), variants=rows, seed=range(3))


GLOROT_TABLE = Experiment(
    "glorot",
    "How much does the normalised initialisation help five hidden layers?",
    {
        "quick": [grid(QUICK | dict(learning_rate=0.03), variants=_variants())],
        "laptop": list(_table("laptop")),
        "paper": list(_table("paper")),
    },
    rows=("data", "activation", "weights"),
    columns=("epochs",),
)


# At a laptop's budget the layers are measured after every 500 steps.
WATCHED = {
    "laptop": {
        "shapeset": dict(train=75_000, test=2_000, images_per_epoch=5_000, epochs=15),
        "cifar10": dict(test=2_000, images_per_epoch=5_000, epochs=15),
    },
    "paper": IMAGES["paper"],
}


def _saturation(budget):
    """One to five layers with the old heuristic, each activation with its learning rate."""
    for data, images in WATCHED[budget].items():
        rows = tuple(
            dict(activation=name, learning_rate=CHOSEN[data, name, "lecun_uniform"])
            for name in ("sigmoid", "tanh", "softsign")
        )
        base = SHAPE | images | dict(data=data, weights="lecun_uniform", watch=True)
        yield grid(base, variants=rows, depth=range(1, 6))


SATURATION = Experiment(
    "saturation",
    "How do the activations of every layer change while a network learns?",
    {
        "quick": [
            grid(
                QUICK | dict(weights="lecun_uniform", watch=True, learning_rate=0.03),
                activation=("sigmoid", "tanh", "softsign"),
                depth=(2, 4),
            )
        ],
        "laptop": list(_saturation("laptop")),
        "paper": list(_saturation("paper")),
    },
    rows=("data", "activation"),
    columns=("depth",),
)
