"""One training run as data: everything that decides its result."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from functools import cache

from .. import theory
from ..theory import checks
from .schedules import SCHEDULES, half_width

LOSSES = ("cross_entropy", "squared_error")
NORMS = ("layer", "batch")
LAWS = ("orthogonal", "gaussian")
HEURISTICS = ("lecun_uniform", "glorot_uniform", "glorot_normal", "he_normal")
DTYPES = ("float32", "float64", "bfloat16")


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training run.

    Parameters
    ----------
    data : {"auto", "cifar10", "shapeset", "digits"}
    preprocessing : {"theory", "authors"}
        See `afli.lab.prepare`.
    train, test : int, optional
        How many images; by default all.
    holdout : int
        That many of the last training images take the place of the test images.
    activation : str
        A registered name; or "shaped_tanh" or "tailored_relu", which `afli.shaping` makes for the
        depth and which fix the variances: sigma_w2 = 1, no biases, q* = 1.
    a : float, optional
        Half-width, for the scaled-bounded families.
    schedule : {"constant", "linear", "cosine", "authors"}
        How a changes during training, towards `a_end`.
    a_end : float, optional
    rescale : bool
        Whether the hidden weights are rescaled as a changes, to the sigma_w2 of the new edge.
    weights : str
        "orthogonal" or "gaussian", at `sigma_w2` and `sigma_b2`; or a heuristic without biases,
        "lecun_uniform", "glorot_uniform", "glorot_normal" or "he_normal".
    sigma_w2 : float, optional
        Variance of the weights times the fan-in; by default on the edge of chaos.
    sigma_b2 : float
        Variance of the biases.
    depth, width : int
        Of the hidden layers.
    residual : bool
        Whether preactivations add up from layer to layer: h + (W z + b) / sqrt(depth).
    norm : {"layer", "batch"}, optional
        Over what the preactivations are normalised: the units of an image, or the batch.
    orthogonality : float
        From 0 to 1: which share of the hidden weights' deviation from orthogonality is taken away
        every few steps; see `afli.lab.manifold`.
    loss : {"cross_entropy", "squared_error"}
    learning_rate, momentum, batch, epochs
        As for `afli.lab.train`.
    images_per_epoch : int, optional
        By default all; less makes epochs shorter, as for `afli.lab.train`.
    watch : bool
        Whether the layers are measured after every epoch, with quantiles of their activations,
        and not only before the first and after the last.
    dtype : {"float32", "float64", "bfloat16"}
    seed : int
        Of the weights and of the order of the data.

    Raises
    ------
    TypeError, ValueError
        If a value is not what it says above.

    Examples
    --------
    >>> run = Run(activation="shtanh", a=2.0, sigma_b2=0.1, depth=20)
    >>> run.replace(seed=1).seed
    1
    """

    data: str = "auto"
    preprocessing: str = "theory"
    train: int | None = None
    test: int | None = None
    holdout: int = 0
    activation: str = "shtanh"
    a: float | None = None
    schedule: str = "constant"
    a_end: float | None = None
    rescale: bool = False
    weights: str = "orthogonal"
    sigma_w2: float | None = None
    sigma_b2: float = 0.0
    depth: int = 20
    width: int = 300
    residual: bool = False
    norm: str | None = None
    orthogonality: float = 0.0
    loss: str = "cross_entropy"
    learning_rate: float = 1e-3
    momentum: float = 0.0
    batch: int = 64
    epochs: int = 1
    images_per_epoch: int | None = None
    watch: bool = False
    dtype: str = "float32"
    seed: int = 0

    def __post_init__(self):
        checks.choice("data", self.data, ("auto", "cifar10", "shapeset", "digits"))
        checks.choice("preprocessing", self.preprocessing, ("theory", "authors"))
        checks.choice("schedule", self.schedule, SCHEDULES)
        checks.choice("weights", self.weights, LAWS + HEURISTICS)
        checks.choice("loss", self.loss, LOSSES)
        if self.norm is not None:
            checks.choice("norm", self.norm, NORMS)
        checks.choice("dtype", self.dtype, DTYPES)
        for name, low in _WHOLE.items():
            value = getattr(self, name)
            if value is not None or name not in ("train", "test", "images_per_epoch"):
                object.__setattr__(self, name, checks.whole(name, value, low=low))
        for name, bounds in _REAL.items():
            if getattr(self, name) is not None:
                value = checks.real(name, getattr(self, name), **bounds)
                object.__setattr__(self, name, float(value))
        if self.momentum >= 1:
            raise ValueError(f"momentum must be below 1, got {self.momentum}")
        if self.orthogonality > 1:
            raise ValueError(f"orthogonality must be at most 1, got {self.orthogonality}")
        if self.orthogonality and self.weights != "orthogonal":
            raise ValueError(f"orthogonality needs weights 'orthogonal', got {self.weights!r}")
        if self.orthogonality and self.rescale:
            raise ValueError("orthogonality keeps the weights' size, and rescale changes it")
        if self.schedule != "constant" and (self.a is None or self.a_end is None):
            raise ValueError(f"schedule {self.schedule!r} needs a and a_end")
        if self.weights in HEURISTICS and (self.sigma_w2 is not None or self.sigma_b2):
            raise ValueError(
                f"weights {self.weights!r} fix the variances: leave out sigma_w2 and sigma_b2"
            )
        if self.activation in SHAPED and (self.a or self.sigma_w2 or self.sigma_b2):
            raise ValueError(
                f"activation {self.activation!r} fixes the variances: leave out a, sigma_w2 and "
                "sigma_b2"
            )
        self.phi(0)

    replace = replace
    as_dict = asdict

    def phi(self, epoch=0):
        """The activation in an epoch."""
        if self.activation in SHAPED:
            return _shaped(self.activation, self.depth)
        if self.a is None:
            return theory.activation(self.activation)
        a = half_width(self.schedule, epoch, max(self.epochs, 1), self.a, self.a_end)
        return theory.activation(self.activation, a=a)

    def edge(self, epoch=0):
        """The edge of chaos of the activation in an epoch, at this run's sigma_b2."""
        return theory.edge_of_chaos(self.phi(epoch), self.sigma_b2)

    def variances(self):
        """(q*, sigma_w2) of the initialisation; q* is None for a heuristic."""
        if self.weights in HEURISTICS:
            return None, None
        if self.activation in SHAPED:
            return 1.0, 1.0
        if self.sigma_w2 is None:
            edge = self.edge()
            return float(edge.q), float(edge.sigma_w2)
        q = theory.fixed_point(self.phi(), self.sigma_w2, self.sigma_b2)
        return float(q), self.sigma_w2

    def key(self, fingerprint):
        """Sixteen hexadecimal digits that stand for this run on the data with a fingerprint."""
        values = {n: v for n, v in self.as_dict().items() if _LATER.get(n, _LATER) != v}
        text = json.dumps([values, fingerprint], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def stack_key(self):
        """Runs with the same stack key can be trained in one stack, whatever device that is on."""
        same = [f.name for f in fields(self) if f.name not in _MAY_DIFFER]
        family = self.activation if self.a is not None else self.phi()
        return (family, *(getattr(self, name) for name in same))

    @classmethod
    def from_dict(cls, values):
        """The run that `as_dict` described."""
        unknown = sorted(set(values) - {f.name for f in fields(cls)})
        if unknown:
            raise TypeError(f"a run has no field {unknown[0]!r}")
        return cls(**values)


SHAPED = ("shaped_tanh", "tailored_relu")


@cache
def _shaped(name, depth):
    """One object for each depth, so that networks of a stack share it."""
    if name == "shaped_tanh":
        return theory.shaping.shaped(theory.activation("tanh"), depth)
    return theory.shaping.tailored_leaky_relu(depth)


# Fields that came later, at their defaults, do not count: the keys of older records stay valid.
_LATER = dict(residual=False, norm=None, orthogonality=0.0)
_MAY_DIFFER = (
    *("seed", "a", "a_end", "schedule", "rescale"),
    *("weights", "sigma_w2", "sigma_b2", "activation", "orthogonality"),
)
_WHOLE = dict(
    **dict(train=1, test=1, holdout=0, images_per_epoch=1),
    **dict(depth=1, width=1, batch=1, epochs=1, seed=0),
)
_REAL = dict(
    a=dict(above=0),
    a_end=dict(above=0),
    sigma_w2=dict(above=0),
    sigma_b2=dict(low=0),
    learning_rate=dict(above=0),
    momentum=dict(low=0),
    orthogonality=dict(low=0),
)
