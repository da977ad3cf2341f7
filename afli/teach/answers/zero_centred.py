"""Answers to the exercises of the chapter "Zero-centred signals"."""

import numpy as np
from scipy import stats

from afli.teach import exercise, judged

INPUTS = np.array([[1.0, 2.0, 0.5], [2.0, 0.5, 1.0]])
ERRORS = np.array([[0.4, -0.2], [-0.3, -0.1]])
N, M, S2 = 100, 0.5, 0.25


@exercise(
    "I.3.1",
    hint="For each unit, multiply each sample by its error, add, and divide by 2.",
    mistakes={
        "That is the sum over the samples; the average is asked for.": lambda: ERRORS.T @ INPUTS,
        "That is the transpose: one row for each unit, please.": lambda: INPUTS.T @ ERRORS / 2,
        "You multiplied the averages. The average of a product is another thing, see the "
        "covariance.": lambda: np.outer(ERRORS.mean(0), INPUTS.mean(0)),
    },
)
def batch_gradient():
    return ERRORS.T @ INPUTS / 2


@exercise(
    "I.3.2",
    hint="One direction collects the squared means of all n inputs, on top of the variance.",
    rtol=0.004,
    mistakes={
        "The factor n is missing: the means of all inputs act together.": lambda: [
            S2 + M**2,
            1 + M**2 / S2,
        ],
        "You left the variance out of the largest eigenvalue.": lambda: [N * M**2, N * M**2 / S2],
        "0.25 is the variance itself; you squared it.": lambda: [
            S2**2 + N * M**2,
            1 + N * M**2 / S2**2,
        ],
    },
)
def outlier_and_condition():
    return [S2 + N * M**2, 1 + N * M**2 / S2]


def with_bias():
    """The two eigenvalues that the bias couples, the smaller one first."""
    return np.linalg.eigvalsh([[S2 + N * M**2, N**0.5 * M], [N**0.5 * M, 1]])


@exercise(
    "I.3.3",
    hint="The rate is 2 over the largest eigenvalue, and the smallest eigenvalue is not s^2 now.",
    mistakes={
        "That is without the bias.": lambda: [2 / (S2 + N * M**2), 1 + N * M**2 / S2],
        "The rate is that of the fastest decrease in the steepest direction, 1 / lambda; twice "
        "that is stable.": lambda: [1 / with_bias()[1], with_bias()[1] / with_bias()[0]],
        "The smallest eigenvalue is lambda_-, which is below s^2.": lambda: [
            2 / with_bias()[1],
            with_bias()[1] / S2,
        ],
    },
)
def rate_with_a_bias():
    low, high = with_bias()
    return [2 / high, high / low]


@judged(
    "I.3.4",
    hint="Start from two equal inputs and change two entries a little, in opposite directions.",
    example=lambda: ([1.0, 1.0, 1.0], [1.1, 0.9, 1.0]),
)
def mixed_signs(answer):
    first, second = (np.asarray(x, dtype=float) for x in answer)
    if first.shape != (3,) or second.shape != (3,):
        return "Each input has three entries."
    if not np.isfinite([first, second]).all() or min(first.min(), second.min()) <= 0:
        return "All entries are positive, finite numbers."
    cosine = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
    angle = np.degrees(np.arccos(min(cosine, 1.0)))
    if angle >= 10:
        return f"The angle is {angle:.1f} degrees."
    gradient = (first - second) / 2
    if not gradient.min() < 0 < gradient.max():
        return f"The gradient is {gradient.round(4).tolist()}: it has no two signs."
    return None


def one_sign(n, ratio):
    t = np.linspace(-9, 9, 3601)
    return 2 * stats.norm.pdf(t) @ stats.norm.cdf(ratio * t) ** n * (t[1] - t[0])


@exercise(
    "I.3.5",
    hint="Average Phi(2.5 Z)^50 over a standard Gaussian Z. Then count both signs.",
    mistakes={
        "That counts positive gradients only.": lambda: one_sign(50, 2.5) / 2,
        "The number that all weights share is random: average over it, do not put in 1.": lambda: (
            stats.norm.cdf(2.5) ** 50
        ),
        "You took the variance for the standard deviation, or s / m for m / s.": lambda: one_sign(
            50, 0.4
        ),
    },
)
def share_with_one_sign():
    return one_sign(50, 2.5)


@judged(
    "I.3.6",
    hint="diag(4, 1) lacks 3 in its second entry. Find a v whose v v^T adds just that.",
    example=lambda: [-3.0, -2.0 + 3**0.5],
)
def well_conditioned_shift(answer):
    shift = np.asarray(answer, dtype=float)
    if shift.shape != (2,) or not np.isfinite(shift).all():
        return "The answer is two finite numbers."
    v = shift + [3, 2]
    low, high = np.linalg.eigvalsh(np.diag([4.0, 1.0]) + np.outer(v, v))
    if np.allclose(v, 0):
        return "That is centring, with a condition number of 4. One can do better."
    if high / low >= 1.01:
        return f"The condition number is {high / low:.4g}."
    return None


@judged(
    "I.3.7",
    hint="A unit that is the largest of its layer in every sample stays the largest.",
    example=lambda: [[0.9, 0.1, 0.2, 0.1], [0.8, 0.2, 0.1, 0.1], [0.9, 0.1, 0.1, 0.2]],
)
def not_centred_by_layer_norm(answer):
    z = np.asarray(answer, dtype=float)
    if z.ndim != 2 or z.shape[0] < 3 or z.shape[1] < 4:
        return "The answer has at least three rows and four columns."
    if not (np.isfinite(z).all() and z.min() >= 0 and z.max() <= 1):
        return "All activations lie between 0 and 1."
    if len(np.unique(z, axis=0)) < len(z):
        return "Two samples are the same."
    if z.std(axis=1).min() < 1e-6:
        return "A row is constant, so that it cannot be brought to variance 1."
    means = ((z - z.mean(1, keepdims=True)) / z.std(1, keepdims=True)).mean(0)
    if means.max() <= 1:
        return f"After the normalisation the largest mean of a unit is {means.max():.3g}."
    return None


@judged(
    "I.3.8",
    hint="Try the exponential function of a multiple of h.",
    example=lambda: lambda h: np.exp(2 * h),
)
def small_share_of_the_mean(answer):
    if not callable(answer):
        return "The answer is a function."
    t = np.linspace(-12, 12, 9601)
    weight = stats.norm.pdf(t) * (t[1] - t[0])
    try:
        value = np.asarray(answer(t), dtype=float)
    except TypeError:
        return "The function takes an array: use np.exp and the like, not math.exp."
    if value.shape != t.shape or not np.isfinite(value).all():
        return "The function gives one finite number for each entry of an array."
    inside = value[abs(t) <= 5]
    if inside.min() <= 0:
        return "It is not positive everywhere on [-5, 5] (in double precision)."
    share = (weight @ value) ** 2 / (weight @ value**2)
    if not share < 0.3:
        return f"The share of the mean is {share:.3f}."
    return None


@exercise(
    "I.3.9",
    hint="Only different eigenvalues count; 99 of them are equal to s^2.",
    mistakes={
        "Count different eigenvalues, not all of them.": lambda: [100, 101],
        "The bias brings two new eigenvalues and takes one away.": lambda: [2, 4],
        "The outlier is an eigenvalue, too.": lambda: [1, 2],
    },
)
def steps_of_conjugate_gradients():
    return [2, 3]
