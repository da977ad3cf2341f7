"""Random networks forwards and backwards, for the claims of "Signals going back"."""

import numpy as np

import afli
from afli.teach.ledger.common import TANH

EDGE = afli.edge_of_chaos(TANH, 0.05)


def with_weights(phi, q1, sigma_w2, sigma_b2, width, depth, count, seed, top, errors=1):
    """h^l, delta^l and W^l of `count` networks of equal widths; index 0 is layer 1.

    Every h^1 has unit variance q1. `top` makes delta^L out of h^L and the generator.
    """
    rng = np.random.default_rng(seed)
    h, w = [np.sqrt(q1) * rng.standard_normal((count, width, 1))], [None]
    for _ in range(depth - 1):
        w.append(rng.standard_normal((count, width, width)) * np.sqrt(sigma_w2 / width))
        bias = np.sqrt(sigma_b2) * rng.standard_normal((count, width, 1))
        h.append(w[-1] @ phi(h[-1]) + bias)
    delta = [top(h[-1], rng) if errors == 1 else rng.standard_normal((count, width, errors))]
    for matrix, below in zip(w[:0:-1], h[-2::-1], strict=True):
        delta.append(phi.derivative(below) * (matrix.swapaxes(1, 2) @ delta[-1]))
    return h, delta[::-1], w


def signals(phi, q1, sigma_w2, sigma_b2, width, depth, count, rng):
    """h^l and v^l of `count` networks, drawn without their weights."""
    v, h, sizes = np.full(count, float(q1)), [], []
    for _ in range(depth):
        h.append(np.sqrt(v)[:, None] * rng.standard_normal((count, width)))
        sizes.append(v)
        v = sigma_w2 * (phi(h[-1]) ** 2).mean(axis=1) + sigma_b2
    return h, sizes


def errors_back(phi, h, v, sigma_w2, sigma_b2, delta, rng):
    """delta^1, ..., delta^L by the split of the weights, without drawing them.

    A second list has the errors for backward weights that are independent of the forward ones,
    made of the same random numbers.
    """
    width, shared, fresh = h[0].shape[1], [delta], [delta]
    for below, above, variance in zip(h[-2::-1], h[:0:-1], v[:0:-1], strict=True):
        z, slope = phi(below), phi.derivative(below)
        g = rng.standard_normal(below.shape) * np.sqrt(sigma_w2 / width)
        fresh.append(slope * g * np.linalg.norm(fresh[-1], axis=1)[:, None])
        g *= np.linalg.norm(shared[-1], axis=1)[:, None]
        along = (g * z).sum(axis=1) / (z * z).sum(axis=1)
        known = sigma_w2 * (above * shared[-1]).sum(axis=1) / (width * variance)
        along = known - (1 - np.sqrt(sigma_b2 / variance)) * along
        shared.append(slope * (g + along[:, None] * z))
    return shared[::-1], fresh[::-1]


def normal(h, rng):
    """An error that knows nothing of the signal."""
    return rng.standard_normal(h.shape)


def mean_and_error(values):
    """Mean and standard error."""
    values = np.ravel(values)
    return values.mean(), values.std() / np.sqrt(values.size)


def gaussian(q):
    """A grid h of preactivations of variance q, and its weights."""
    z = np.linspace(-9, 9, 6001)
    weight = np.exp(-z * z / 2)
    return np.sqrt(q) * z, weight / weight.sum()
