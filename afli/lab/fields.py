"""What the fields of a run may be: each by itself, and which go together."""

from ..theory import checks
from .schedules import SCHEDULES

LOSSES = ("cross_entropy", "squared_error")
NORMS = ("layer", "batch")
LAWS = ("orthogonal", "gaussian")
HEURISTICS = ("lecun_uniform", "glorot_uniform", "glorot_normal", "he_normal")
SHAPED = ("shaped_tanh", "tailored_relu")

CHOICES = dict(
    data=("auto", "cifar10", "shapeset", "digits"),
    preprocessing=("theory", "authors"),
    schedule=SCHEDULES,
    weights=LAWS + HEURISTICS,
    norm=NORMS,
    loss=LOSSES,
    dtype=("float32", "float64", "bfloat16"),
)
FLAGS = ("rescale", "residual", "watch")
WHOLE = dict(
    **dict(train=1, test=1, holdout=0, images_per_epoch=1),
    **dict(depth=1, width=1, batch=1, epochs=1, seed=0),
)
REAL = dict(
    a=dict(above=0),
    a_end=dict(above=0),
    sigma_w2=dict(above=0),
    sigma_b2=dict(low=0),
    learning_rate=dict(above=0),
    momentum=dict(low=0),
    orthogonality=dict(low=0, high=1),
)
OPTIONAL = ("train", "test", "images_per_epoch", "a", "a_end", "sigma_w2", "norm")


def checked(name, value):
    """A field as the plain value it stands for, such as 2.0 for a = 2, or what is wrong with it.

    Raises
    ------
    TypeError, ValueError

    Examples
    --------
    >>> checked("a", 2), checked("depth", 20.0), checked("norm", None)
    (2.0, 20, None)
    """
    if value is None and name in OPTIONAL:
        return None
    if name in CHOICES:
        return checks.choice(name, value, CHOICES[name])
    if name in WHOLE:
        return checks.whole(name, value, low=WHOLE[name])
    if name in FLAGS and not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    if name not in REAL:
        return value
    number = checks.real(name, value, **REAL[name])
    if number.ndim:
        raise ValueError(f"{name} must be one number, got an array of shape {number.shape}")
    return float(number)


def together(run):
    """Refuse fields of a run that contradict each other.

    Raises
    ------
    ValueError
        It names the fields, and what to leave out.
    """
    pieces = run.images_per_epoch
    moves = run.a_end is not None or run.rescale
    named = run.sigma_w2 is not None or run.sigma_b2
    for wrong, says in (
        (run.momentum >= 1, f"momentum must be below 1, got {run.momentum}"),
        (
            pieces and pieces < run.batch,
            f"images_per_epoch must be at least the batch of {run.batch}, got {pieces}",
        ),
        (
            run.orthogonality and run.weights != "orthogonal",
            f"orthogonality needs weights 'orthogonal', got {run.weights!r}",
        ),
        (
            run.orthogonality and run.rescale,
            "orthogonality keeps the weights' size, and rescale changes it",
        ),
        (
            run.schedule == "constant" and moves,
            f"schedule 'constant' does not change a: leave out a_end and rescale, got a_end = "
            f"{run.a_end}, rescale = {run.rescale}, or name another schedule",
        ),
        (
            run.schedule != "constant" and (run.a is None or run.a_end is None),
            f"schedule {run.schedule!r} needs a and a_end",
        ),
        (
            run.weights in HEURISTICS and named,
            f"weights {run.weights!r} fix the variances: leave out sigma_w2 and sigma_b2",
        ),
        (
            run.activation in SHAPED and (run.a or named),
            f"activation {run.activation!r} fixes the variances: leave out a, sigma_w2 and "
            "sigma_b2",
        ),
    ):
        if wrong:
            raise ValueError(says)
