"""Answers to the exercises of the chapter "The family"."""

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import erf, erfc

import afli
from afli.teach import exercise, judged

ROOT = np.sqrt(2)


def _least_half_width(length):
    """Least a for the tail a - c + c exp(-(x - a) / c): its limit a - c must not be below -a."""
    return brentq(lambda a: (a - length) + a, 1e-3, 10 * length)


@exercise(
    "V.1.1",
    hint="Where does the tail end up as x grows? It must not be lower than -a there.",
    mistakes={
        "That is where the tail stays positive; it may go down to -a.": lambda: 3.0,
        "That is the answer for c = 1.": lambda: 0.5,
    },
)
def least_half_width_of_a_slow_tail():
    return _least_half_width(3.0)


def _known(a=2.0, sigma_b2=0.1, k=1.0):
    edge = afli.edge_of_chaos(afli.activation("shtanh", a=a, k=k), sigma_b2)
    return np.array([edge.q, edge.sigma_w2, a / np.sqrt(edge.q)])


@exercise(
    "V.1.2",
    hint="0.9/36 = 0.1/4: only the units changed. Multiply preactivations by 3, variances by 9.",
    mistakes={
        "A variance is multiplied by the square of the factor of a.": (
            lambda: _known(6, 0.9, 0.5) / np.array([3, 1, 1])
        ),
        "The slope k = 0.5 enters sigma_w2.": lambda: _known(6, 0.9, 1.0),
        "The slope enters sigma_w2 with its square.": (
            lambda: _known(6, 0.9, 0.5) * np.array([1, 0.5, 1])
        ),
        "A smaller slope needs larger weights.": (
            lambda: _known(6, 0.9, 0.5) * np.array([1, 1 / 16, 1])
        ),
        "Lambda is a ratio of two lengths: it has no unit.": (
            lambda: _known(6, 0.9, 0.5) * np.array([1, 1, 3])
        ),
    },
)
def another_unit():
    return _known(6.0, 0.9, 0.5)


def _explicit(ratio, a, factor=2.0, root=ROOT):
    gain = erf(ratio / root)
    density = np.exp(-(ratio**2) / 2) / np.sqrt(2 * np.pi)
    return np.array([1 / gain, a * a * (factor * density / ratio - (1 - gain)) / gain])


@exercise(
    "V.1.3",
    hint="Put Lambda = 1 into the three formulas; sigma_b2 is a^2 times what the first one gives.",
    mistakes={
        "The second number is y; multiply by a^2.": lambda: _explicit(1.0, 1.0),
        "Multiply y by a^2, not by a.": lambda: _explicit(1.0, np.sqrt(3.0)),
        "The density appears with a factor 2, one for each end.": (
            lambda: _explicit(1.0, 3.0, factor=1.0)
        ),
        "P(|Z| < 1) is erf(1 / sqrt 2), not erf(1).": lambda: _explicit(1.0, 3.0, root=1.0),
    },
)
def one_standard_deviation():
    return _explicit(1.0, 3.0)


def _gelu(sigma_b2):
    return afli.edge_of_chaos(afli.activation("gelu"), sigma_b2).q


@exercise(
    "V.1.4",
    hint="sigma_b2 / sqrt(q*) does not decrease. Write that down for the two points.",
    mistakes={
        "That is q* itself; we ask for what the proposition alone says of it.": lambda: _gelu(0.3),
        "Three times the bias variance allows more than three times the length: square it.": (
            lambda: 3 * _gelu(0.1)
        ),
        "The root of 3 goes the other way.": lambda: np.sqrt(3) * _gelu(0.1),
    },
)
def upper_bound_on_the_length():
    return 9 * _gelu(0.1)


@exercise(
    "V.1.5",
    hint="One jump, at 0, of size 2. Find q* first: there are no biases.",
    mistakes={
        "The sign jumps by 2, not by 1.": lambda: ROOT / (2 * np.pi),
        "The size of the jump enters with its square.": lambda: ROOT / np.pi,
        "n(0) = 1 / sqrt(2 pi).": lambda: 4 / np.sqrt(np.pi),
    },
)
def constant_of_the_sign():
    return 4 / np.sqrt(2 * np.pi) / np.sqrt(np.pi)


def leaky(ratio, leak):
    """y and mu_2 / mu_1^2 - 1 on the edge of chaos of a clip with leak."""
    gain, tail = erf(ratio / ROOT), erfc(ratio / ROOT)
    density = np.exp(-(ratio**2) / 2) / np.sqrt(2 * np.pi)
    square = gain + leak**2 * tail
    y = (1 - leak) ** 2 * (2 * density / ratio - tail) / square
    return y, (gain + leak**4 * tail) / square**2 - 1


def _excess(leak, y=0.01):
    ratio = brentq(lambda ratio: np.log(leaky(ratio, leak)[0] / y), 1e-4, 5)
    return leaky(ratio, leak)[1]


@exercise(
    "V.1.6",
    hint="Use tail_edge(slope, 0.01) on a grid of slopes between 0 and 1.",
    rtol=0.004,
    mistakes={
        "That is the leak; we ask for the value that it gives.": lambda: float(
            minimize_scalar(lambda leak: -_excess(leak), bounds=(0, 0.99), method="bounded").x
        ),
        "That is the clip, which has no leak.": lambda: _excess(0.0),
        "Subtract 1.": lambda: 1 + worst_leak(),
        "That is how much worse than the clip; we ask for the value itself.": (
            lambda: worst_leak() / _excess(0.0)
        ),
    },
)
def worst_leak():
    return -minimize_scalar(lambda leak: -_excess(leak), bounds=(0, 0.99), method="bounded").fun


def piecewise(points, values):
    """The odd function that is linear between (0, 0) and the points, and constant beyond."""
    u, v = np.array([0.0, *points]), np.array([0.0, *values])
    slopes = np.append(np.diff(v) / np.diff(u), 0.0)
    return afli.Activation(
        name="own",
        value=lambda x: np.sign(x) * np.interp(np.abs(x), u, v),
        derivative=lambda x: slopes[np.searchsorted(u, np.abs(x), side="right") - 1],
        kinks=(*points, *(-p for p in points)),
        odd=True,
        linear_pieces=True,
    )


def _is_member(phi, a):
    """What is wrong with a reader's member of half-width a, or None."""
    if not isinstance(phi, afli.Activation):
        return "The answer is an activation, made by afli.Activation or piecewise."
    found = afli.check_scaled_bounded(phi)
    if not found.holds:
        name = found.failures[0]
        return f"Not scaled-bounded, property {name!r}: {getattr(found, name).message}."
    if abs(found.a - a) > 1e-6 or abs(found.k - 1) > 1e-6:
        return f"It has a = {found.a:.4g} and k = {found.k:.4g}; we ask for a = {a:g}, k = 1."
    return None


@judged(
    "V.1.7",
    hint="mu_2 / mu_1^2 = 1 where all slopes have the same size. Look for the longest fall.",
    example=lambda: piecewise([2.0, 6.0], [2.0, -2.0]),
)
def nearly_an_isometry(phi):
    wrong = _is_member(phi, 2.0)
    if wrong:
        return wrong
    if abs(phi(20.0)) < 1:
        return f"At x = 20 it is {phi(20.0):.3g}, which is closer to 0 than 1."
    edge = afli.edge_of_chaos(phi, 0.1)
    excess = afli.moment_ratio(phi, edge.q) - 1
    return None if excess <= 1e-4 else f"Its moment ratio is 1 + {excess:.2g}."


@judged(
    "V.1.8",
    hint="R(0) grows with E[phi'^2] / E[phi^2]. Ssaw rests beyond 2 a, and need not.",
    example=lambda: piecewise([1.0, 2.0, 2.25, 2.5], [1.0, 0.0, 0.25, 0.0]),
)
def worse_than_ssaw(phi):
    wrong = _is_member(phi, 1.0)
    if wrong:
        return wrong
    gap = 0.1 / afli.edge_of_chaos(phi, 0.1).q
    ssaw = 0.1 / afli.edge_of_chaos(afli.activation("ssaw", a=1.0), 0.1).q
    return None if gap > ssaw + 1e-5 else f"R(0) is {gap:.5f}; Ssaw has {ssaw:.5f}."
