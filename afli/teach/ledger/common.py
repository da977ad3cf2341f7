"""What the claims of several topics are checked with."""

import numpy as np

import afli
from afli.theory.scaled_bounded import FORMULAS

TANH, CLIP, RELU, ELU, GELU = map(afli.activation, ("tanh", "hard_tanh", "relu", "elu", "gelu"))

# Activations with a bias variance at which each has a stable edge of chaos.
SMOOTH = (("tanh", {}, 0.05), ("erf", {}, 0.1), ("sin", {}, 0.1), ("gelu", {}, 0.5))
KINKED = (("hard_tanh", {}, 0.05), ("shtanh", {"a": 2.0}, 0.1), ("selu", {}, 0.1))


def iterate(phi, q, sigma_w2, sigma_b2, layers):
    """q after so many applications of the variance map."""
    for _ in range(layers):
        q = afli.variance_map(phi, q, sigma_w2, sigma_b2)
    return q


def density(z):
    """The standard Gaussian density."""
    return np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def chain(phi, q1, sigma_w2, sigma_b2, width, depth, networks, seed):
    """v at layer `depth` in many networks, from fresh Gaussian preactivations at each layer."""
    rng, v = np.random.default_rng(seed), np.full(networks, float(q1))
    for _ in range(depth - 1):
        g = rng.standard_normal((networks, width))
        v = sigma_w2 * (phi(np.sqrt(v)[:, None] * g) ** 2).mean(axis=1) + sigma_b2
    return v


def networks(phi, sigma_w2, sigma_b2, width, depth, count, seed):
    """v at layer `depth` in many networks with all their weights, |x|^2 / N_0 = 1."""
    rng, z = np.random.default_rng(seed), np.ones((count, width, 1))
    for _ in range(depth - 1):
        weights = rng.standard_normal((count, width, width)) * np.sqrt(sigma_w2 / width)
        biases = rng.standard_normal((count, width, 1)) * np.sqrt(sigma_b2)
        z = phi(weights @ z + biases)
    return sigma_w2 * (z[:, :, 0] ** 2).mean(axis=1) + sigma_b2


def variance_with_error(v):
    """The variance of a sample and its standard error, for any distribution."""
    d = v - v.mean()
    variance = (d**2).mean()
    return variance, np.sqrt(((d**4).mean() - variance**2) / v.size)


def registered():
    """Every activation of the registry, at a = 1.5 where it needs one."""
    for name in afli.activations():
        yield afli.activation(name, **({"a": 1.5} if name in FORMULAS else {}))


def on_the_edge(cases):
    for name, options, sigma_b2 in cases:
        phi = afli.activation(name, **options)
        yield phi, afli.edge_of_chaos(phi, sigma_b2)
