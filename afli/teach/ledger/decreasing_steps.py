"""Claims of the chapter "Letting a decrease": how far one step of a schedule turns a network."""

import numpy as np
from scipy.special import ndtr

import afli
from afli import lab
from afli.lab.schedules import half_width
from afli.teach.claims import claim
from afli.teach.ledger.common import density
from afli.teach.ledger.decreasing import clip

NODES, LEGENDRE = np.polynomial.legendre.leggauss(120)


def mean_of_clip(mean, deviation, a):
    """The mean of a Gaussian variable that is clipped at +-a."""
    low, high = (-a - mean) / deviation, (a - mean) / deviation
    inside = mean * (ndtr(high) - ndtr(low)) + deviation * (density(low) - density(high))
    return inside + a * (ndtr(-high) - ndtr(low))


def covariance_of_clips(a, b, q, p, c):
    """E[clip_a(U) clip_b(V)] for Gaussian U and V with variances q, p and covariance c."""
    ends = np.array([-9, -a / np.sqrt(q), a / np.sqrt(q), 9])  # split at the kinks
    half = np.diff(ends)[:, None] / 2
    z = ends[:-1, None] + half * (1 + NODES)
    u, weight = np.sqrt(q) * z, half * LEGENDRE * density(z)
    deviation = np.sqrt(max(p - c * c / q, 1e-14 * p))
    return np.sum(weight * np.clip(u, -a, a) * mean_of_clip(c / q * u, deviation, b))


def turn(a, b, depth, sigma_b2, shared=1.0):
    """Angle in degrees between the outputs of a wide network for a, and the same narrowed to b.

    The weights are rescaled to the edge of chaos of b; the biases stay.
    """
    old, new = (afli.edge_of_chaos(clip(width), sigma_b2) for width in (a, b))
    root = np.sqrt(old.sigma_w2 * new.sigma_w2)
    square = (old.q - sigma_b2) / old.sigma_w2  # of the inputs
    p, c = new.sigma_w2 * square + sigma_b2, root * square + shared * sigma_b2
    for _ in range(depth):
        c = root * covariance_of_clips(a, b, old.q, p, c) + shared * sigma_b2
        p = afli.variance_map(clip(b), p, new.sigma_w2, sigma_b2)
    return float(np.degrees(np.arccos(min(c / np.sqrt(old.q * p), 1.0))))


@claim(
    "Q7",
    "The angle by which narrowing turns the signals of a random network follows from a covariance "
    "map of the old and the new activation; networks of width 200 agree with it.",
    source="ours",
    fails_with={"shared": 0.9},
)
def turns_of_networks(shared=1.0):
    """Two networks of 30 layers, narrowed from 10 to 8 and to 5 with rescaled weights: the cosine
    over all images and units of the last hidden layer."""
    data = lab.prepare(lab.load_dataset("shapeset", train=300, test=60))
    base = lab.Run(data="shapeset", a=10.0, sigma_b2=0.1, depth=30, width=200)
    stack = lab.build([base.replace(seed=seed) for seed in range(2)], data, device="cpu").double()
    x = np.broadcast_to(data.test_inputs, (2, *data.test_inputs.shape)).copy()
    told, error, current = [], 0.0, 10.0
    before = signals(stack, x)
    for b in (8.0, 5.0):
        wide, narrow = (afli.edge_of_chaos(clip(width), 0.1).sigma_w2 for width in (current, b))
        for weight in stack.weights[:-1]:
            weight *= float(np.sqrt(narrow / wide))
        stack.phi, current = clip(b), b
        after = signals(stack, x)
        cosine = (before * after).sum() / np.sqrt((before**2).sum() * (after**2).sum())
        found, theory = np.degrees(np.arccos(cosine)), turn(10, b, 29, 0.1, shared)
        error = max(error, abs(found / theory - 1))
        told.append(f"{found:.1f} for {theory:.1f} degrees")
    return bool(error < 0.1), "; ".join(told)


def signals(stack, x):
    """Preactivations of the last hidden layer."""
    import torch

    return stack.forward(torch.as_tensor(x))[0][-2].numpy()


@claim(
    "Q8",
    "A small step turns the output by an angle proportional to the step.",
    source="ours",
    fails_with={"power": 1.1},
)
def first_power(power=1.0):
    """Steps of 2, 4 and 8 per cent down from 10 and 3, at 20 and 100 layers."""
    error = 0.0
    for a in (10.0, 3.0):
        for depth in (20, 100):
            angles = [turn(a, a * (1 - step), depth, 0.1) for step in (0.02, 0.04, 0.08)]
            error = max(error, abs(np.diff(np.log2(angles)) / power - 1).max())
    return bool(error < 0.08), f"local exponents within {error:.3f} of {power:g}"


@claim(
    "Q9",
    "Equal steps of $a$ are not equal steps of the network. On the line from 10 to 2 in ten epochs "
    "the last step turns a random network of 100 layers with $\\sigma_b^2 = 0.1$ nearly five times "
    "as far as the first; with equal factors in place of equal differences the largest turn is 1.6 "
    "times the smallest.",
    source="ours",
    fails_with={"times": 4.0},
)
def equal_steps_are_not_equal(times=4.9):
    """The angles of all nine steps of both schedules."""
    line = [half_width("linear", epoch, 10, 10, 2) for epoch in range(10)]
    even = np.geomspace(10, 2, 10)
    of_line, of_even = (
        np.array([turn(a, b, 100, 0.1) for a, b in zip(path[:-1], path[1:], strict=True)])
        for path in (line, even)
    )
    quotient, spread = of_line[-1] / of_line[0], of_even.max() / of_even.min()
    holds = abs(quotient / times - 1) < 0.1 and spread < 1.65
    return bool(holds), f"{quotient:.1f} times; with equal factors {spread:.2f} times"
