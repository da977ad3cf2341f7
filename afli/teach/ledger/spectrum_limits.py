"""Claims of the chapter "The whole spectrum": universal limits, and what finite width changes."""

import numpy as np
from scipy.optimize import brentq

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import TANH
from afli.theory import simulation


def log_s(value, mass, w):
    """ln S(w) of a law with mean 1 on finitely many points, for -1 < w < 0 or small w > 0.

    With zeta = (1 + w) / w + shift, M(zeta) = w is an equation for a shift that is small.
    """
    start = (1 + w) / w

    def gap(shift):
        return (mass * value / (start + shift - value)).sum() - w

    size = 0.2 * min(abs(start - value.max()), abs(start - value.min()))
    shift = brentq(gap, -size, size, xtol=1e-15)
    return -np.log1p(shift / start)


def _two_slopes(p, slope):
    """phi'^2 over its mean: 1 with probability p and slope^2 else."""
    value, mass = np.array([1.0, slope**2]), np.array([p, 1 - p])
    return value / (value @ mass), mass


W = np.array([-0.7, -0.4, -0.2, 0.1, 0.2])


@claim(
    "F8",
    "Let the depth grow with the variance $v = L\\,\\tau$ held fixed. For tanh (as $q^* \\to 0$) "
    "$S_{JJ^T}(w) \\to e^{-v w}$, for the clip (as $\\Lambda \\to \\infty$) "
    "$S_{JJ^T}(w) \\to e^{-v w/(1+w)}$.",
    source="pennington2018",
    fails_with={"smooth": -0.01},
)
def two_classes(smooth=0.0, bernoulli=-1.0):
    """ln S of one layer over its variance at five w: tanh at q = 1e-4 and a clip, p = 1 - 1e-5."""
    z = np.linspace(-9, 9, 3601)
    mass = np.exp(-z * z / 2)
    value = TANH.derivative(np.sqrt(1e-4) * z) ** 2
    mass = mass / mass.sum()
    error = 0.0
    for (points, weights), c in (
        ((value / (mass @ value), mass), smooth),
        (_two_slopes(1 - 1e-5, 0.0), bernoulli),
    ):
        variance = weights @ (points - 1) ** 2
        found = np.array([log_s(points, weights, w) for w in W]) / variance
        error = max(error, np.abs(found + W / (1 - c * W)).max())
    return bool(error < 1.5e-3), f"five values of w, error below {bound(error)}"


def smooth_edge(v):
    """The largest squared singular value in the smooth class."""
    w = (np.sqrt(1 + 4 / v) - 1) / 2
    return (1 + w) / w * np.exp(v * w)


@claim(
    "F9",
    "In the smooth class the logarithm of the squared singular value is distributed symmetrically "
    "about $-v/2$, between two ends: no singular value is 0, at any depth.",
    source="ours",
    fails_with={"centre": 0.499},
)
def smooth_class_is_symmetric(centre=0.5):
    """tanh at q = 1e-4 and three v: x times the density at eight pairs of points, the ends."""
    error, outside = 0.0, 0.0
    tau = afli.spectrum_variance(TANH, 1e-4, 1)
    for v in (0.3, 1.0, 3.0):
        depth = round(v / tau)
        top = np.log(smooth_edge(v))
        u = np.linspace(0.1, 0.9, 8) * (top + v / 2)
        x = np.exp(-centre * v + np.array([u, -u]))
        up, down = x * afli.spectral_density(TANH, 1e-4, depth, x)
        error = max(error, np.abs(up / down - 1).max())
        beyond = np.exp(-v / 2 + 1.03 * np.array([-1, 1]) * (top + v / 2))
        outside = max(outside, np.abs(afli.spectral_density(TANH, 1e-4, depth, beyond)).max())
    return bool(error < 0.004 and outside == 0), "densities equal within 0.4 %, 0 beyond both ends"


@claim(
    "F10",
    "For an activation of slope 1 near 0 and slope $\\pm\\alpha$ elsewhere, as the elsewhere "
    "becomes rare, $S_{JJ^T}(w) \\to e^{-v w/(1-cw)}$ with $c = \\alpha^2 - 1$.",
    source="ours",
    fails_with={"offset": 0.99},
)
def two_slope_classes(offset=1.0):
    """ln S of one layer over its variance at five w, for five slopes, elsewhere rarer than 1e-5."""
    error = 0.0
    for slope in (0.0, 0.3, 0.6, 1.3, 1.6):
        points, weights = _two_slopes(1 - 1e-6, slope)
        variance = weights @ (points - 1) ** 2
        found = np.array([log_s(points, weights, w) for w in W]) / variance
        error = max(error, np.abs(found + W / (1 - (slope**2 - offset) * W)).max())
    return bool(error < 1e-4), f"five slopes, error below {bound(error)}"


def mean_square(width, depth, relu):
    """E[m^2], m the mean squared singular value of a Gaussian network, by an exact recursion."""
    n, r = width, float(relu)
    step = np.array([[1 + r / n, 2 * (1 + r) / n**2], [1 + r, 1 + (1 + 2 * r) / n]])
    return (np.linalg.matrix_power(step, depth) @ np.ones(2))[0]


def _sampled(rng, width, depth, count, relu):
    """The mean squared singular value of many Gaussian networks."""
    jacobian = np.broadcast_to(np.eye(width), (count, width, width))
    z = rng.standard_normal((count, width, 1))
    for _ in range(depth):
        w = rng.standard_normal((count, width, width)) / np.sqrt(width)
        h, jacobian = w @ z, w @ jacobian
        if relu:
            jacobian = np.sqrt(2) * (h > 0) * jacobian
        z = np.maximum(h, 0) if relu else h
    return (jacobian**2).sum((1, 2)) / width


@claim(
    "F11",
    "The mean squared singular value of a Gaussian network fluctuates from network to network: to "
    "leading order its variance is $(L/N)^2$ in a deep linear network and $L/N$ with ReLU.",
    source="ours",
    fails_with={"relu": 1.01},
)
def fluctuations(relu=1.0):
    """The exact recursion at depth 1000 and width 1e6; 4000 networks of width 16 and depth 4."""
    ratios = (
        (mean_square(1e6, 1000, False) - 1) / 1e-6,
        (mean_square(1e6, 1000, True) - 1) / (relu * 1e-3),
    )
    error, rng, sigmas = max(abs(r - 1) for r in ratios), np.random.default_rng(0), 0.0
    for kind in (False, True):
        m2 = _sampled(rng, 16, 4, 4000, kind) ** 2
        away = abs(m2.mean() - mean_square(16, 4, kind)) / (m2.std() / np.sqrt(4000))
        sigmas = max(sigmas, away)
    return bool(error < 5e-3 and sigmas < 4), "leading order within 0.5 %, samples within 4 errors"


@claim(
    "F12",
    "With tanh and orthogonal weights one singular value of a wide deep network lies below the "
    "limiting spectrum. Its direction is nearly that of the input, and a layer multiplies it by "
    "$V'(q^*)$, to leading order in $q^*$.",
    source="ours",
    fails_with={"power": 1.06},
)
def direction_of_the_input(power=1.0):
    """Eight networks of width 50 at q = 0.01: the last two singular values at layers 40 and 160."""
    w, b = afli.edge_of_chaos_curve(TANH, 0.01)
    options = {"networks": 8, "weights": "orthogonal", "jacobian": (40, 160)}
    x = np.full(50, np.sqrt((0.01 - b) / w))
    s = simulation.simulate(TANH, x, 160, 50, w, b, **options).singular_values
    rate = np.log(s[:, 1, -1] / s[:, 0, -1]).mean() / 120
    ratio = rate / (power * np.log(afli.variance_slope(TANH, 0.01, w)))
    alone = (s[:, 1, -1] < 0.2 * s[:, 1, -2]).all()
    return bool(abs(ratio - 1) < 0.03 and alone), "rate within 3 % of ln V' in eight networks"
