"""Answers to the exercises of the chapter "The laboratory"."""

import numpy as np
from scipy import special

import afli
from afli.lab import input_scale
from afli.teach import exercise


@exercise(
    "Lab.1.1",
    hint="Each layer multiplies the variance of the gradients by 1/3, so their root mean square "
    "by the root of that.",
)
def layers_to_lose_three_digits():
    return np.log(1000) / np.log(np.sqrt(3))


@exercise("Lab.1.2", hint="You need q* first: afli.edge_of_chaos gives it.")
def input_scale_of_tanh():
    tanh = afli.activation("tanh")
    return input_scale(tanh, afli.edge_of_chaos(tanh, 0.05).q)


@exercise("Lab.1.3", hint="Write the square of the trace as a double sum over the diagonal.")
def squared_trace_of_a_haar_matrix():
    # 10 entries U_ii^2 of mean 1/10; the products U_ii U_jj have mean 0.
    return 10 * (1 / 10)


@exercise(
    "Lab.1.4",
    hint="The logarithm of the ratio falls by lambda_1 - lambda_N at each layer; find where it "
    "reaches that of 2^-52.",
    rtol=0.02,
)
def depth_at_which_the_product_is_full():
    first, last = special.digamma([50.0, 0.5]) / 2
    return 52 * np.log(2) / (first - last)


@exercise(
    "Lab.1.5",
    hint="Every matrix takes part in three products in a step, except the first, which takes "
    "part in two.",
)
def operations_of_a_step():
    widths = [3072] + [300] * 20 + [10]
    entries = [fan_in * units for fan_in, units in zip(widths, widths[1:], strict=False)]
    return 2 * 64 * (3 * sum(entries) - entries[0])
