"""Answers to the exercises of the chapter "How large must a be?"."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import erfcinv

import afli
from afli.teach import exercise, judged

TANH = afli.activation("tanh")


def _density(x):
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def _share_and_ratio(depth, tolerance):
    outside = tolerance / (depth + tolerance)
    return np.array([outside, np.sqrt(2) * erfcinv(outside)])


@exercise(
    "V.4.1",
    hint="P(|Z| > L0) / P(|Z| <= L0) = T / L at L0 = Lambda; both tails are erfc(L0 / sqrt 2).",
    mistakes={
        "The share is right; you gave Lambda / sqrt(2).": (
            lambda: _share_and_ratio(50, 0.2) * [1, np.sqrt(0.5)]
        ),
        "The share is right, but you put all of it into one tail.": (
            lambda: np.array(
                [
                    _share_and_ratio(50, 0.2)[0],
                    np.sqrt(2) * erfcinv(2 * _share_and_ratio(50, 0.2)[0]),
                ]
            )
        ),
        "That is for T = 1.": lambda: _share_and_ratio(50, 1.0),
    },
)
def share_and_ratio():
    return _share_and_ratio(50, 0.2)


@exercise(
    "V.4.2",
    hint="Only y = sigma_b^2 / a^2 enters Lambda; then q* = (a / Lambda)^2.",
    mistakes={
        "The half-width goes with the standard deviation of the biases.": (
            lambda: np.array([4.0, 16.0, 1.0])
        ),
        "If a is multiplied by c and Lambda stays, q* is multiplied by c^2.": (
            lambda: np.array([2.0, 2.0, 1.0])
        ),
    },
)
def four_times_the_bias_variance():
    a = afli.half_width_for_depth(100, np.array([0.1, 0.4]), 0.5)
    q = [
        afli.edge_of_chaos(afli.activation("shtanh", a=width), b).q
        for width, b in zip(a, (0.1, 0.4), strict=True)
    ]
    return np.array([a[1] / a[0], q[1] / q[0], a[1] / a[0] * np.sqrt(q[0] / q[1])])


def _guaranteed(kappa, half):
    return 1 + (half**-0.5 - 1) / ((1 - kappa / np.sqrt(2)) ** -0.5 - 1)


@exercise(
    "V.4.3",
    hint="1 + c (l - 1) = sqrt(2), with c from kappa = 0.05.",
    mistakes={
        "That is the asymptote 9 / (kappa l)^2 = 1/2, which is no guarantee.": (
            lambda: 3 * np.sqrt(2) / 0.05
        ),
        "You left out that the first layer is l = 1.": lambda: _guaranteed(0.05, 0.5) - 1,
        "The bound is a square: 1 + c (l - 1) = sqrt(2), not 2.": lambda: _guaranteed(0.05, 0.25),
    },
)
def guaranteed_layers():
    return _guaranteed(0.05, 0.5)


def _three_lines(depth, sigma_b, tolerance):
    outside, ratio = _share_and_ratio(depth, tolerance)
    y = (2 * _density(ratio) / ratio - outside) / (1 - outside)
    return sigma_b / np.sqrt(y)


@exercise(
    "V.4.4",
    hint="Lambda from the share outside, y from Lambda, then a = sigma_b / sqrt(y).",
    rtol=0.002,
    mistakes={
        "You divided the variance of the biases by the root of y; take its root too.": (
            lambda: _three_lines(300, 0.05, 0.25)
        ),
        "That is a^2.": lambda: _three_lines(300, np.sqrt(0.05), 0.25) ** 2,
        "That is the rule of thumb; use the three lines.": (
            lambda: np.sqrt(0.05 * 300 / 0.25) * _share_and_ratio(300, 0.25)[1]
        ),
    },
)
def three_lines():
    return _three_lines(300, np.sqrt(0.05), 0.25)


def _tanh_setting(depth, variance):
    def excess(log_q):
        return np.log(afli.spectrum_variance(TANH, np.exp(log_q), depth) / variance)

    q = np.exp(brentq(excess, -12, 1))
    return q, afli.edge_of_chaos_curve(TANH, q)[1]


@exercise(
    "V.4.5",
    hint="Find q with spectrum_variance(tanh, q, 300) = 0.2, then edge_of_chaos_curve(tanh, q).",
    rtol=0.02,
    mistakes={
        "That is q*; we ask for the bias variance.": lambda: _tanh_setting(300, 0.2)[0],
        "That is the leading order, 4/3 q^3 with q = sqrt(T / (8 L)); solve the equation.": (
            lambda: 4 / 3 * (0.2 / 8 / 300) ** 1.5
        ),
        "That is the weight variance.": (
            lambda: afli.edge_of_chaos_curve(TANH, _tanh_setting(300, 0.2)[0])[0]
        ),
    },
)
def bias_variance_for_tanh():
    return _tanh_setting(300, 0.2)[1]


@judged(
    "V.4.6",
    hint="Ask the package for tolerance 0.25 and any bias variance of 1 or more.",
    example=lambda: (afli.half_width_for_depth(80, 1.0, 0.25), 1.0),
)
def a_clip_for_eighty_layers(answer):
    a, sigma_b2 = (float(part) for part in answer)
    if sigma_b2 < 1:
        return "The bias variance is to be 1 or more."
    if not 0 < a < 1e6:
        return "The half-width is a positive number, below a million."
    phi = afli.activation("shtanh", a=a)
    variance = afli.spectrum_variance(phi, afli.edge_of_chaos(phi, sigma_b2).q, 80)
    if variance > 0.3:
        return f"The spectrum has variance {variance:.3g}, above 0.3: a is too small."
    if variance < 0.2:
        return f"The spectrum has variance {variance:.3g}, below 0.2: a is larger than it need be."
    return None


def _clip_share(depth, tolerance):
    """Depth times the nonlinear share of the clip of the rule."""
    outside, ratio = _share_and_ratio(depth, tolerance)
    gap = (2 * ratio * _density(ratio) - ratio**2 * outside) / (1 - outside)
    return depth * (outside - gap)


@exercise(
    "V.4.7",
    hint="L r for the clip is L [P(|Z| > Lambda) - R(0)]; the limit for the other is T / 8.",
    rtol=0.03,
    mistakes={
        "That is where it has fallen to T / 12, the limit of tanh with vanishing bias.": (
            lambda: brentq(lambda depth: _clip_share(depth, 0.5) - 0.5 / 12, 10, 1e6)
        ),
    },
)
def where_the_lead_ends():
    return brentq(lambda depth: _clip_share(depth, 0.5) - 0.5 / 8, 10, 1e5)


@judged(
    "V.4.8",
    hint="Slopes 1 and -1 have the same square.",
    example=lambda: afli.activation("ssaw", a=13.0),
)
def isometric_and_nonlinear(phi):
    if not hasattr(phi, "derivative"):
        return "Give an activation, as afli.activation or afli.Activation makes it."
    edge = afli.edge_of_chaos(phi, 0.1)
    variance = afli.spectrum_variance(phi, edge.q, 100)
    gap = afli.correlation_map(phi, 0.0, edge.q, edge.sigma_w2, 0.1)
    share = 1 - gap - afli.correlation_slope(phi, 0.0, edge.q, edge.sigma_w2)
    if variance > 0.01:
        return f"The spectrum has variance {variance:.2g} over 100 layers, above 0.01."
    if 100 * share < 0.08:
        return f"100 times the nonlinear share is {100 * share:.3f}, below 0.08."
    if 100 * gap > 0.6:
        return f"100 R(0) is {100 * gap:.2f}, above 0.6: correlations move too much."
    return None
