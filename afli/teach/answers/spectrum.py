"""Answers to the exercises of the chapter "The whole spectrum"."""

import numpy as np
from scipy.special import erf

import afli
from afli.teach import exercise, judged

RELU, LEAKY = afli.activation("relu"), afli.activation("leaky_relu")


@exercise(
    "IV.3.1",
    hint="Each value with its probability: m_k = E[x^k], G(z) = E[1 / (z - x)].",
    mistakes={
        "In G the value 0 counts too: it adds (1/4) / z.": lambda: [1, 4 / 3, 0.75 / (2 - 4 / 3)],
        "The last number is M(2); G(2) is (1 + M(2)) / 2.": lambda: [1, 4 / 3, 2 * 1.25 - 1],
        "The second number is the variance; the second moment is asked for.": (
            lambda: [1, 1 / 3, 1.25]
        ),
    },
)
def two_point_law():
    return np.array([1, 0.75 * (4 / 3) ** 2, 0.25 / 2 + 0.75 / (2 - 4 / 3)])


_P = float(erf(1 / np.sqrt(2)))


@exercise(
    "IV.3.2",
    hint="p = P(|Z| < 1). Count the directions that each layer destroys.",
    rtol=0.02,
    mistakes={
        "A direction is not safe with probability p in each layer: subspaces of dimension pN meet "
        "in dimension N - L (1 - p) N.": lambda: [1 - _P, _P**3, _P**-3],
        "The zeros do not add up from layer to layer.": (
            lambda: [3 * (1 - _P), 1 - 3 * (1 - _P), _P**-3]
        ),
        "The last number is the singular value; its square is asked for.": (
            lambda: [1 - _P, 1 - 3 * (1 - _P), _P**-1.5]
        ),
        "On the edge of chaos sigma_w^2 = 1/p, so untouched directions are stretched.": (
            lambda: [1 - _P, 1 - 3 * (1 - _P), 1.0]
        ),
    },
)
def atoms_of_three_layers():
    return np.array([1 - _P, 1 - 3 * (1 - _P), _P**-3])


@exercise(
    "IV.3.3",
    hint="ReLU is a clip as far as the spectrum goes, with p = 1/2; then take the root.",
    mistakes={
        "That is the square of the largest singular value.": lambda: 10**10 / 9**9,
        "That is the value for Gaussian weights.": (
            lambda: np.sqrt(afli.spectral_edge(RELU, 1.0, 10, "gaussian"))
        ),
        "That is the root of e L, which holds for large L only.": lambda: np.sqrt(np.e * 10),
        "That is the linear network with Gaussian weights and ten layers.": (
            lambda: np.sqrt(11**11 / 10**10)
        ),
    },
)
def largest_of_relu():
    return np.sqrt(10**10 / 9**9)


def _smooth_edge(v):
    w = (np.sqrt(1 + 4 / v) - 1) / 2
    return (1 + w) / w * np.exp(v * w)


@exercise(
    "IV.3.4",
    hint="The smooth class is symmetric in ln s^2, and the ends are symmetric too.",
    mistakes={
        "The mean is 1, the median is smaller.": (lambda: [1.0, _smooth_edge(2.0) * np.exp(1.0)]),
        "The second is the ratio of the squares.": (
            lambda: [np.exp(-1.0), (_smooth_edge(2.0) * np.exp(1.0)) ** 2]
        ),
        "The centre of symmetry is -v/2, not -v.": (
            lambda: [np.exp(-2.0), _smooth_edge(2.0) * np.exp(2.0)]
        ),
    },
)
def median_and_condition():
    return np.array([np.exp(-1.0), _smooth_edge(2.0) * np.exp(1.0)])


def _share(half_width, depth, low, high, count=200_001):
    """The continuous part and the top atom between two squared singular values: two shares."""
    p = float(erf(half_width / np.sqrt(2)))
    tau = (1 - p) / p
    angle = np.pi / depth * (np.arange(count) + 0.5) / count
    angle = angle[np.sin(depth * angle) > 1e-4]  # beyond it s^2 is 0 to all digits
    above, below = np.sin(depth * angle), np.sin((depth - 1) * angle)
    t = above / below * np.exp(1j * angle)
    s2 = tau * np.exp(depth * np.log(above / below)) * below / np.sin(angle)
    density = tau * t.imag / (np.pi * s2 * np.abs(1 / p - t) ** 2)
    inside = (s2 > low) & (s2 < high)
    bulk = np.sum((density * -np.gradient(s2))[inside])
    top = max(0.0, 1 - depth * (1 - p))
    return bulk, top * (low <= p**-depth <= high)


@exercise(
    "IV.3.5",
    hint="Integrate the density over the angle, then do not forget what has a mass of its own.",
    mistakes={
        "That is the continuous part; the untouched directions lie in the interval too.": (
            lambda: _share(2.0, 10, 0.5, 2.0)[0]
        ),
        "That is the atom alone; some of the continuous part lies in the interval.": (
            lambda: _share(2.0, 10, 0.5, 2.0)[1]
        ),
        "The interval is one of squared singular values.": (
            lambda: sum(_share(2.0, 10, 0.25, 4.0))
        ),
    },
)
def share_near_one():
    return sum(_share(2.0, 10, 0.5, 2.0))


@exercise(
    "IV.3.6",
    hint="T takes two values with probability 1/2 each; minimise z over zeta beyond the larger.",
    mistakes={
        "That is the value for Gaussian weights.": (
            lambda: afli.spectral_edge(LEAKY, 1.0, 20, "gaussian")
        ),
        "That is ReLU: the smaller slope is 0.1, not 0.": lambda: afli.spectral_edge(RELU, 1.0, 20),
        "That is the singular value; its square is asked for.": (
            lambda: np.sqrt(afli.spectral_edge(LEAKY, 1.0, 20))
        ),
        "That is e times the variance, the limit of great depth.": (
            lambda: np.e * afli.spectrum_variance(LEAKY, 1.0, 20)
        ),
        "Divide phi'^2 by its mean first: the network is on the edge of chaos.": (
            lambda: afli.spectral_edge(LEAKY, 1.0, 20) * afli.derivative_moment(LEAKY, 1.0, 1) ** 20
        ),
    },
)
def edge_of_leaky_relu():
    return afli.spectral_edge(LEAKY, 1.0, 20)


@judged(
    "IV.3.7",
    hint="Find the mass and the place of the atom of untouched directions.",
    example=lambda: 3.5,
)
def half_width_for_hundred_layers(answer):
    half_width = float(answer)
    if not 0 < half_width <= 4:
        return "The half-width is a number between 0 and 4."
    share = sum(_share(half_width, 100, 0.5, 2.0))
    if share >= 0.9:
        return None
    return f"With this half-width the share is {share:.2f}."


def _relu_mean_square(width, depth):
    """E[m_1^2] for Gaussian weights and tau = 1, at any width."""
    n = float(width)
    return ((n + 2) * (1 + 5 / n) ** depth + 2 * (n - 1) * (1 - 1 / n) ** depth) / (3 * n)


def _smallest_width(moment):
    low, high = 1, 10**7
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if moment(middle) - 1 <= 0.01 else (middle, high)
    return high


def _linear_mean_square(width, depth):
    n = float(width)
    return ((n + 2) * (1 + 2 / n) ** depth + 2 * (n - 1) * (1 - 1 / n) ** depth) / (3 * n)


@exercise(
    "IV.3.8",
    hint="The variance of m_1 is E[m_1^2] - 1; ten per cent of spread is a variance of 0.01.",
    rtol=0.02,
    mistakes={
        "That is the width for a linear network.": (
            lambda: _smallest_width(lambda n: _linear_mean_square(n, 50))
        ),
        "You took the spread for the variance: 10 per cent of spread is a variance of 0.01.": (
            lambda: 50 / 0.1
        ),
    },
)
def width_for_ten_per_cent():
    return _smallest_width(lambda n: _relu_mean_square(n, 50))


def _two_point_ends(p, c, depth):
    """The least squared singular value, and the variance, for T in {1, 1 + c} over its mean."""
    value, mass = np.array([1.0, 1 + c]), np.array([p, 1 - p])
    value = value / (mass @ value)
    if value.min() == 0:
        return 0.0, depth * (1 - p) / p
    variance = depth * (mass @ (value - 1) ** 2)
    zeta = value.min() * (1 - np.geomspace(1e-9, 0.999, 20_001))
    m = (mass * value / (zeta[:, None] - value)).sum(1)
    # M / (1 + M) is positive left of both values.
    log_z = depth * np.log(zeta) + (depth - 1) * np.log(m / (1 + m))
    least = np.exp(log_z.max())
    i = int(value.argmin())
    if depth * (1 - mass[i]) < 1:  # an atom may lie below the rest
        least = min(least, value[i] ** depth)
    return least, variance


@judged(
    "IV.3.9",
    hint="Rare slopes below 1 pull singular values towards 0: think about the sign of c.",
    example=lambda: (3.054, 2.0),
)
def all_but_zero(answer):
    half_width, slope = (float(part) for part in answer)
    if not (0 < half_width < 6 and 0 <= slope <= 10):
        return "Lambda lies between 0 and 6, alpha between 0 and 10."
    least, variance = _two_point_ends(float(erf(half_width / np.sqrt(2))), slope**2 - 1, 50)
    if abs(variance - 1) > 0.02:
        return f"The variance is {variance:.3g}, and should be 1 within two per cent."
    if least <= 0.1:
        return f"The variance is right; the smallest squared singular value is {least:.3g}."
    return None
