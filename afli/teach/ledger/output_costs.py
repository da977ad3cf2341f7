"""Claims of the chapter "Why deep sigmoid networks stall": costs at the output."""

import numpy as np

from afli.teach.claims import bound, claim
from afli.teach.ledger.last_layer import softmax


@claim(
    "S2",
    "For softmax outputs $p$ of $o = b + Wz$ the cost $C = -\\ln p_y$ satisfies "
    "$z \\cdot \\partial C/\\partial z = (Wz) \\cdot (p - e_y)$.",
    source="ours",
    fails_with={"factor": 1.001},
)
def radial_gradient(factor=1):
    """Central differences of the cost along z at 20 random points."""
    rng, error = np.random.default_rng(0), 0.0
    for _ in range(20):
        w, b, z, y = rng.normal(size=(5, 8)), rng.normal(size=5), rng.uniform(size=8), 2
        cost = [-np.log(softmax((b + t * w @ z)[None])[0, y]) for t in (1 + 1e-5, 1 - 1e-5)]
        p = softmax((b + w @ z)[None])[0]
        error = max(error, abs((cost[0] - cost[1]) / 2e-5 - factor * w @ z @ (p - np.eye(5)[y])))
    return bool(error < 1e-8), f"largest difference below {bound(error)}"


@claim(
    "S9",
    "For softmax outputs the cost $-\\ln p_y$ is not the sum over classes of "
    "$-(y_i \\ln p_i + (1 - y_i) \\ln(1 - p_i))$; with two classes the sum is twice as large.",
    source="ours",
    fails_with={"ratio": 2.001},
)
def two_cross_entropies(ratio=2):
    """1000 random softmax outputs of three classes, and of two."""
    rng = np.random.default_rng(6)
    gaps = []
    for classes in (3, 2):
        p = softmax(rng.normal(size=(1000, classes)))
        e = np.eye(classes)[rng.integers(classes, size=1000)]
        both = -(e * np.log(p) + (1 - e) * np.log(1 - p)).sum(axis=1)
        gaps.append(both / -(e * np.log(p)).sum(axis=1))
    error = abs(gaps[1] - ratio).max()
    holds = error < 1e-10 and gaps[0].min() > 1.01 and np.ptp(gaps[0]) > 0.1
    return bool(holds), f"ratio between {gaps[0].min():.2f} and 2 for three classes, 2 for two"


@claim(
    "S10",
    "For a confidently wrong answer, $p_y \\to 0$, the gradient of the cross-entropy in $o_y$ "
    "tends to $-1$; that of $\\frac12 |p - e_y|^2$ on softmax outputs tends to 0 in proportion to "
    "$p_y$. With two classes it is $-2 p_y (1 - p_y)^2$.",
    source="glorot2010",
    fails_with={"factor": 2.001},
)
def gradients_of_two_losses(factor=2):
    """Central differences of both losses at five values of p_y, two classes; and the largest
    entry of both gradients with nine classes at p_y = 1e-6."""
    error = 0.0
    for share in (1e-4, 0.01, 0.1, 0.5, 0.9):
        o, step = np.log([share, 1 - share]), 1e-5 * np.eye(2)[0]
        above, below = (softmax((o + k * step)[None])[0] for k in (1, -1))
        square = [((p - [1, 0]) ** 2).sum() / 2 for p in (above, below)]
        error = max(error, abs(np.log(below[0] / above[0]) / 2e-5 - (share - 1)))
        error = max(error, abs((square[0] - square[1]) / 2e-5 + factor * share * (1 - share) ** 2))
    p = np.array([1e-6, *np.random.default_rng(7).dirichlet(np.ones(8)) * (1 - 1e-6)])
    off = p - np.eye(9)[0]
    entropy, square = off[0], p[0] * (off[0] - p @ off)
    holds = error < 1e-8 and abs(entropy + 1) < 1e-5 and abs(square) < 3e-6
    return bool(holds), f"differences from the formulas below {bound(error)}"
