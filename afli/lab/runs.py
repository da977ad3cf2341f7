"""One training run as data: everything that decides its result."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from functools import cache, lru_cache

from .. import theory
from .fields import HEURISTICS, SHAPED, checked, together
from .schedules import half_width


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
        For the other schedules only, as `rescale`.
    rescale : bool
        Whether the hidden weights are rescaled as a changes, to the sigma_w2 of the new edge.
    weights : str
        "orthogonal" or "gaussian", at `sigma_w2` and `sigma_b2`; or a heuristic without biases,
        "lecun_uniform", "glorot_uniform", "glorot_normal" or "he_normal".
    sigma_w2 : float, optional
        Variance of the weights times the fan-in; by default on the edge of chaos.
    sigma_b2 : float
        Variance of the biases. Without any, an activation such as shtanh or tanh has q* = 0 on the
        edge of chaos, and `variances` refuses to start there.
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
        By default all; less makes epochs shorter, as for `afli.lab.train`; at least a batch.
    watch : bool
        Whether the layers are measured after every epoch, with quantiles of their activations,
        and not only before the first and after the last.
    dtype : {"float32", "float64", "bfloat16"}
    seed : int
        Of the weights and of the order of the data.

    Raises
    ------
    TypeError, ValueError
        If a value is not what it says above, or two contradict each other.

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
        for field in fields(self):
            value = checked(field.name, getattr(self, field.name))
            object.__setattr__(self, field.name, value)
        together(self)
        self.phi(0)

    def replace(self, **changes):
        """The run with some fields changed."""
        return replace(self, **changes)

    def as_dict(self):
        """The fields by name, of which `from_dict` makes the run again."""
        return asdict(self)

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
        """(q*, sigma_w2) of the initialisation; both are None for a heuristic.

        Raises
        ------
        ValueError
            If q* is 0 or there is none: inputs have no length to start at.

        Examples
        --------
        >>> q, sigma_w2 = Run(a=2.0, sigma_b2=0.1).variances()
        >>> round(q, 5), round(sigma_w2, 5)
        (1.41314, 1.10191)
        """
        if self.weights in HEURISTICS:
            return None, None
        if self.activation in SHAPED:
            return 1.0, 1.0
        q, sigma_w2 = _start(self.phi(), self.sigma_w2, self.sigma_b2)
        if q == 0:
            raise ValueError(
                f"sigma_b2 must be greater than 0 for {self.activation} at sigma_w2 = "
                f"{sigma_w2:g}, got {self.sigma_b2}, with which every length goes to q* = 0: or "
                f"name a sigma_w2 that has q* > 0, or weights such as {HEURISTICS[-1]!r}"
            )
        return q, sigma_w2

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


@lru_cache(maxsize=1024)
def _start(phi, sigma_w2, sigma_b2):
    """q* and sigma_w2, by default on the edge of chaos; kept, as the runs of a sweep share them."""
    if sigma_w2 is None:
        edge = theory.edge_of_chaos(phi, sigma_b2)
        return float(edge.q), float(edge.sigma_w2)
    return float(theory.fixed_point(phi, sigma_w2, sigma_b2)), sigma_w2


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
