"""Claims of the chapter "Beyond": residual connections."""

from functools import partial

import numpy as np
from scipy.integrate import solve_ivp

import afli
from afli.teach.claims import bound, claim

RELU = afli.activation("relu")


@claim(
    "N1",
    "In a residual network with the factor $1/\\sqrt L$ and $V(q) = q$, as with ReLU at "
    "$\\sigma_w^2 = 2$, lengths grow by less than $e$ at every depth $L$, and by a factor that "
    "approaches $e$.",
    source="ours",
    fails_with={"limit": 2.71},
)
def residual_length(limit=np.e):
    """The map q + V(q) / L iterated at depths 10 to 3000."""
    growths = []
    for depth in (10, 100, 1000, 3000):
        q = 1.0
        slope = afli.variance_map(RELU, 1.0, 2.0, 0.0)  # V is linear: V(q) = slope q
        for _ in range(depth - 1):
            q += slope * q / depth
        growths.append(q)
    below = all(growth < limit for growth in growths)
    return bool(below and limit - growths[-1] < 2e-3), f"{growths[0]:.3f} to {growths[-1]:.3f}"


def correlation_through(depth, rho):
    """Exact in infinite width: residual ReLU layers, one by one."""
    for _ in range(depth - 1):
        image = afli.correlation_map(RELU, rho, 1.0, 2.0, 0.0)
        rho = np.minimum((rho + image / depth) / (1 + 1 / depth), 1.0)
    return rho


@claim(
    "N2",
    "In a deep residual ReLU network ($\\sigma_w^2 = 2$, factor $1/\\sqrt L$) correlations solve "
    "$d\\rho/dt = R(\\rho) - \\rho$ for a time of 1, and move by at most as much as in one plain "
    "layer.",
    source="ours",
    fails_with={"time": 1.02},
)
def residual_correlation(time=1.0):
    """Five starts through 600 residual layers, layer by layer, against the equation."""
    start = np.array([-0.5, 0.0, 0.3, 0.6, 0.9])

    def change(_, rho):
        return afli.correlation_map(RELU, np.minimum(rho, 1), 1.0, 2.0, 0.0) - rho

    limit = solve_ivp(change, (0, time), start, rtol=1e-9, atol=1e-11).y[:, -1]
    error = abs(correlation_through(600, start) - limit).max()
    one = afli.correlation_map(RELU, start, 1.0, 2.0, 0.0)
    return bool(error < 2e-3 and np.all(limit < one)), f"within {bound(error)} at 600 layers"


def residual_factors(phi, sigma_w2, depth, width, rng, orthogonal):
    """The factors I + W D / sqrt(L) along the way of one random input, without biases."""
    h, found = rng.standard_normal(width), []
    for _ in range(depth - 1):
        w = rng.standard_normal((width, width)) / np.sqrt(width)
        if orthogonal:
            q, r = np.linalg.qr(w)
            w = q * np.sign(np.diagonal(r))
        w *= np.sqrt(sigma_w2)
        found.append(np.eye(width) + w * phi.derivative(h) / np.sqrt(depth))
        h = h + w @ phi(h) / np.sqrt(depth)
    return found


def limiting_variance(memory, steps=400):
    """Relative variance of the spectrum of a residual ReLU network, in the limit of depth.

    `memory(s)` is sigma_w2^2 / chi^2 times E[phi'^2 phi'^2] of a unit at two layers, s = (l' - l)/L
    apart: 1 if the unit forgets its slope at once, 2 if it keeps it.
    """
    t = np.linspace(0, 1, steps + 1)
    x, step = np.zeros(steps + 1), t[1]
    for i in range(1, steps + 1):
        weight = np.full(i + 1, step)
        weight[[0, -1]] /= 2
        decay = weight * np.exp(t[i] - t[: i + 1])
        known = decay @ (memory(t[i] - t[: i + 1]) * np.exp(2 * t[: i + 1])) + decay[:i] @ x[:i]
        x[i] = known / (1 - weight[-1])
    whole = np.exp(1) * np.trapezoid(np.exp(-t) * (np.exp(2 * t) + x), t)
    return 2 * whole / np.exp(2)


def relu_memory(s):
    """ReLU: a preactivation and its own a share s of the layers later have correlation e^(-s/2)."""
    return 1 + 2 / np.pi * np.arcsin(np.minimum(np.exp(-s / 2), 1))


@claim(
    "N3",
    "The squared singular values of a deep residual network's Jacobian have mean $e^{\\chi}$. "
    "Their relative variance is $2\\chi$ if a unit's slope is independent from layer to layer, as "
    "in a linear network; for ReLU, where units remember their sign, it is 2.52. The law of the "
    "weights plays no part.",
    source="ours",
    fails_with={"relu": 2.0},
)
def residual_spectrum(relu=2.516):
    """The limits by an integral equation; ReLU and the identity, 40 layers, both weight laws."""
    from afli.lab import jacobian_moments

    worst = abs(limiting_variance(relu_memory) / relu - 1) / 0.002
    worst = max(worst, abs(limiting_variance(np.ones_like) - 2) / 0.002)
    for name, sigma_w2, variance in (("relu", 2.0, relu), ("linear", 1.0, 2.0)):
        for orthogonal in (False, True):
            rng = np.random.default_rng(3)
            phi = afli.activation(name)
            chain = residual_factors(phi, sigma_w2, 40, 250, rng, orthogonal)
            moments = jacobian_moments(chain)
            for found, expected in ((np.exp(moments.log_mean), np.e), (moments.variance, variance)):
                worst = max(worst, abs(found / expected - 1) / 0.12)
    return bool(worst < 1), "limits within 0.2 %, four kinds of networks of 40 layers within 12 %"


def of_an_image(row):
    """Sum over the layers of |delta|^2 |z|^2, per weight: an image's squared gradient."""
    delta, mean, variance = (
        np.array(row[name])
        for name in ("gradient_spread", "activation_mean", "activation_variance")
    )
    return (delta[1:] ** 2 * (variance + mean**2)[:-1]).sum()


@claim(
    "N4",
    "From 10 to 40 layers the sum of the squared gradients of an image in all weights grows in "
    "proportion to the depth in a plain clip network on the edge of chaos, and hardly in a "
    "residual one with the factor $1/\\sqrt L$.",
    source="ours",
    fails_with={"residual_power": 0.6},
)
def squared_gradients(residual_power=0.0):
    """Clips with a = 5, orthogonal weights, width 80, six networks of each kind and depth."""
    from afli.lab import Stack, critical_, input_scale, layer_statistics

    phi = afli.activation("shtanh", a=5.0)
    edge = afli.edge_of_chaos(phi, 0.1)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((32, 80))
    x *= np.sqrt(80) / np.linalg.norm(x, axis=1, keepdims=True)
    y, powers = rng.integers(0, 10, 32), []
    for residual in (False, True):
        totals = []
        for depth in (10, 40):
            stack = Stack(
                phi,
                [80] * (depth + 1) + [10],
                partial(critical_, phi=phi, sigma_b2=0.1),
                seeds=range(6),
                input_scale=input_scale(phi, edge.q),
                branch=depth**-0.5 if residual else None,
                device="cpu",
            )
            rows = layer_statistics(stack, x, y, learning_rate=1)
            totals.append(np.mean([of_an_image(row) for row in rows]))
        powers.append(np.log(totals[1] / totals[0]) / np.log(4))
    near = abs(powers[0] - 1) < 0.2 and abs(powers[1] - residual_power) < 0.3
    return bool(near), f"powers of the depth: {powers[0]:.1f} and {abs(powers[1]):.1f}"
