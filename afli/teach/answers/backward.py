"""Answers to the exercises of the chapter "Signals going back"."""

import numpy as np

import afli
from afli.teach import exercise, judged
from afli.theory.scaled_bounded import FORMULAS

TANH, CLIP = afli.activation("tanh"), afli.activation("hard_tanh")


@exercise(
    "IV.1.1",
    hint="From layer 21 to layer 1 there are twenty factors chi_1 = 1.8 / 2.",
    mistakes={
        "From layer 21 down to layer 1 there are 20 factors.": lambda: 0.9**21,
        "You left out that ReLU passes half of the units only.": lambda: 1.8**20,
        "That is the factor of the norm |delta|; its square was asked for.": lambda: 0.9**10,
    },
)
def twenty_relu_layers():
    return 0.9**20


@exercise(
    "IV.1.2",
    hint="Total squared lengths are kept. Divide each by the number of units of its layer.",
    mistakes={
        "That is the inverse.": lambda: np.array([1.0, 0.25, 2.0]) ** -1,
        "That holds for the total squared length; here it is for each unit.": lambda: np.ones(3),
        "You compared with the layer above; compare each with layer 4.": lambda: np.array(
            [500 / 1000, 2000 / 500, 250 / 2000]
        ),
    },
)
def widths_that_differ():
    widths = np.array([1000.0, 500.0, 2000.0, 250.0])
    return widths[3] / widths[:3]


def _layers(chi1, factor):
    return int(np.ceil(np.log(factor) / np.log(chi1)))


def _ordered():
    return afli.chi1(TANH, afli.fixed_point(TANH, 1.2, 0.05), 1.2)


@exercise(
    "IV.1.3",
    hint="Solve chi_1^k < 1/1000 for the smallest whole k, with chi_1 at the fixed point.",
    rtol=1e-9,
    mistakes={
        "The root mean square falls with the square root of chi_1; the mean square was asked "
        "for.": lambda: _layers(_ordered(), 1e-6),
        "That is chi_1 at q = 1; lengths settle at q*.": lambda: _layers(
            afli.chi1(TANH, 1.0, 1.2), 1e-3
        ),
        "One layer more: there the mean square is still above 1/1000.": lambda: (
            _layers(_ordered(), 1e-3) - 1
        ),
    },
)
def layers_until_a_thousandth():
    return _layers(_ordered(), 1e-3)


@exercise(
    "IV.1.4",
    hint="Without biases and with v = 1 the part along z is (|h|^2 / N_l) z, and |h|^2 is near "
    "N_(l+1).",
    mistakes={
        "That is for equal widths.": lambda: 0.5,
        "That is the share of the fresh part.": lambda: 0.25,
        "The squares of the lengths are compared, and |z|^2 = N_l.": lambda: 9 / 10,
        "That is the ratio of the two parts, not the share of the sum.": lambda: 3.0,
    },
)
def share_along_the_signal():
    return 3 / (1 + 3)


def _clip_limit(square=True, sum_up=True):
    edge = afli.edge_of_chaos(CLIP, 0.05)
    z = np.linspace(-9, 9, 60_001)
    h, weight = np.sqrt(edge.q) * z, np.exp(-z * z / 2)
    average = np.sum(weight * CLIP(h) ** 2 * (abs(h) < 1)) / np.sum(weight)
    first = edge.sigma_w2**2 * average / edge.q
    slope = edge.variance_slope
    return 1 + first / ((1 - slope**2 if square else 1 - slope) if sum_up else 1)


@exercise(
    "IV.1.5",
    hint="Start with size q* and overlap q*. The increments are a geometric series in V'^2.",
    mistakes={
        "The overlap enters with its square, so the series is one in V' squared.": lambda: (
            _clip_limit(square=False)
        ),
        "That is after one layer; add up all of them.": lambda: _clip_limit(sum_up=False),
        "That is the sum of the increments; the error itself counts too.": lambda: (
            _clip_limit() - 1
        ),
        "For an error that comes from a fresh read-out, yes. This one is the signal.": lambda: 1.0,
    },
)
def clip_with_aligned_errors():
    return _clip_limit()


@exercise(
    "IV.1.6",
    hint="The median of a log-normal variable is e to the mean of its logarithm; set "
    "5 k / (2 N) equal to ln 100.",
    mistakes={
        "That is the depth at which the variance of the logarithm is ln 100; the median is e to "
        "its "
        "mean, which falls by 5/(2N) a layer.": lambda: 128 * np.log(100) / 5,
        "That is for a linear network, which loses 1/N a layer.": lambda: 128 * np.log(100),
        "The median of the mean square is asked for, not of its root.": lambda: (
            4 * 128 * np.log(100) / 5
        ),
    },
)
def where_the_median_is_lost():
    return 2 * 128 * np.log(100) / 5


def _clip_just_above():
    return "hard_tanh", 1.01 * afli.edge_of_chaos(CLIP, 0.05).sigma_w2, 0.05


@judged(
    "IV.1.7",
    hint="The figure of the two depth scales has such a point: note the kind of activation, the "
    "side of the edge, and the distance from it.",
    example=_clip_just_above,
)
def memory_beyond_gradients(answer):
    name, sigma_w2, sigma_b2 = answer
    sigma_w2, sigma_b2 = float(sigma_w2), float(sigma_b2)
    options = {"a": 1.5} if name in FORMULAS else {}
    phi = afli.activation(name, **options)
    try:
        q = afli.fixed_point(phi, sigma_w2, sigma_b2)
    except afli.NoFixedPoint:
        return "Lengths do not settle there."
    if q == 0:
        return "Lengths settle at 0 there."
    chi1 = afli.chi1(phi, q, sigma_w2)
    if chi1 <= 1 + 1e-9:
        return f"chi_1 is {chi1:.4g}: that is not the chaotic phase."
    ratio = afli.depth_scales(phi, sigma_w2, sigma_b2)[1] * np.log(chi1)
    return None if ratio >= 1.8 else f"The ratio of the two depth scales is {ratio:.3f} there."


def _pooled(alpha):
    return 2 / np.pi * (1 + alpha**4) * (1 - alpha) ** 2 / (1 + alpha**2) ** 3


@exercise(
    "IV.1.8",
    hint="Compute E[phi'^2], E[h phi'] and E[phi^2 phi'^2] from the two half-axes, and check that "
    "alpha = 0 gives 2/pi.",
    mistakes={
        "That is for ReLU itself.": lambda: _pooled(0.0),
        "The negative half lowers the overlap: E[h phi'] has the factor 1 - alpha, with a "
        "minus.": lambda: 2 / np.pi * (1 + 0.2**4) * 1.2**2 / (1 + 0.2**2) ** 3,
        "The overlap enters with its square.": lambda: (
            2 / np.pi * (1 + 0.2**4) * 0.8 / (1 + 0.2**2) ** 3
        ),
        "That is with sigma_w2 = 2; on the edge of chaos it is 2 / (1 + alpha^2).": lambda: (
            2 / np.pi * (1 + 0.2**4) * 0.8**2 / (1 + 0.2**2)
        ),
        "Divide by the size of the error at the top, (1 + alpha^2) / 2.": lambda: (
            (1 + 0.2**4) * 0.8**2 / (1 + 0.2**2) ** 2 / np.pi
        ),
    },
)
def mean_pooling_with_a_leaky_relu():
    return _pooled(0.2)
