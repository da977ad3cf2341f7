"""Claims of the chapter "What the derivative of an activation does": deep linear networks."""

import numpy as np
import torch

from afli.teach.claims import bound, claim
from afli.teach.ledger.backpropagation import deep


def descend(x, y, sizes, rng, steps=2500, rate=0.03, scale=0.5):
    """The product of the matrices of a linear network after gradient descent on its mean squared
    error, halved."""
    weights = deep(None, sizes, rng, scale)[0]
    for _ in range(steps):
        zs = [x.T]
        for w in weights:
            zs.append(w @ zs[-1])
        delta, gradients = (zs[-1] - y.T) / len(x), []
        for layer in reversed(range(len(weights))):
            gradients.append(delta @ zs[layer].T)
            delta = weights[layer].T @ delta
        for w, gradient in zip(weights, reversed(gradients), strict=True):
            w -= rate * gradient
    return np.linalg.multi_dot(weights[::-1])


@claim(
    "D10",
    "A deep linear network, whose activation has the derivative 1 everywhere, learns: gradient "
    "descent takes a network of three layers to the least-squares map. Its loss is not convex in "
    "the weights: they are 0 at a saddle, or at a flat point with three layers or more.",
    source="saxe2014",
    fails_with={"flat_from": 2},
)
def deep_linear_networks_learn(flat_from=3):
    """Three regressions with 6 inputs and 4 outputs, against NumPy's least squares; the loss of
    (w2 w1 - 1)^2 / 2 between its minima (1, 1) and (-1, -1), and its Hessian at 0."""
    worst = 0.0
    for seed in range(3):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((100, 6))
        y = np.sin(x @ rng.standard_normal((6, 4))) + x[:, :4]
        best = np.linalg.lstsq(x, y, rcond=None)[0]
        found = descend(x, y, [6, 8, 8, 4], rng)
        worst = max(worst, abs(found - best.T).max())
    loss = [(w * w - 1) ** 2 / 2 for w in (-1, 0, 1)]
    hessian = np.linalg.eigvalsh([[0.0, -1.0], [-1.0, 0.0]])
    flat = torch.autograd.functional.hessian(
        lambda w: (w.prod() - 1) ** 2 / 2, torch.zeros(flat_from, dtype=torch.float64)
    )
    holds = worst < 1e-4 and loss == [0, 0.5, 0] and np.allclose(hessian, [-1, 1])
    holds &= bool((flat == 0).all())
    return bool(holds), (
        f"largest difference of an entry below {bound(worst)}; between two minima the loss is 0.5, "
        "and the Hessian at 0 has the eigenvalues -1 and 1"
    )


@claim(
    "D11",
    "No map without a non-linear activation has a mean squared error below $\\frac14$ on XOR. A "
    "linear network with a layer of $r$ units has at least the error of the least-squares map plus "
    "the sum of the squared singular values of the fitted targets beyond the $r$-th, and gradient "
    "descent reaches it.",
    source="ours",
    fails_with={"share": 1.01},
)
def floors(share=1.0):
    """The least-squares fit of XOR; and networks with r = 1, 2 and 3 hidden units on a regression
    with 4 outputs: the error reached against the bound, and 700 other maps of
    rank r near what was found."""
    corners = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=float)
    xor = np.array([0, 1, 1, 0], dtype=float)
    fit = corners @ np.linalg.lstsq(corners, xor, rcond=None)[0]
    rng = np.random.default_rng(5)
    x = rng.standard_normal((100, 6))
    y = np.sin(x @ rng.standard_normal((6, 4))) + x[:, :4]
    best = np.linalg.lstsq(x, y, rcond=None)[0]
    values, gaps, below = np.linalg.svd(x @ best)[1], [], 0
    for r in (1, 2, 3):
        floor = ((y - x @ best) ** 2).sum() + share * (values[r:] ** 2).sum()
        found = descend(x, y, [6, r, 4], rng)
        gaps.append(((y - x @ found.T) ** 2).sum() / floor - 1)
        for _ in range(700):
            near = found + 0.1 * rng.standard_normal(found.shape)
            u, s, v = np.linalg.svd(near)
            near = (u[:, :r] * s[:r]) @ v[:r]
            below += int(((y - x @ near.T) ** 2).sum() < floor * (1 - 1e-9))
    error = ((fit - xor) ** 2).mean()
    holds = abs(error - 0.25) < 1e-12 and -1e-9 < min(gaps) and max(gaps) < 1e-3 and below == 0
    return bool(holds), (
        f"XOR: mean squared error {error:.3f}; the floors are reached up to "
        f"{bound(max(gaps))}, and none of 2100 other maps of that rank is below"
    )


@claim(
    "D12",
    "The gradient of a linear unit with squared error is the error times the input, and so "
    "proportional to the error; what is the same everywhere is the derivative of the output of a "
    "linear network in its input, $W^L \\cdots W^1$. For a sigmoid unit with squared error and "
    "target 0 the signal is largest at the error $\\frac23$ and tends to 0 as the error tends to "
    "1.",
    source="ours",
    fails_with={"error_at_peak": 0.66},
)
def signal_and_error(error_at_peak=2 / 3):
    """Autograd in a linear network with three layers: Jacobians at 20 inputs, gradients for errors
    from 0.01 to 100 times one error; and e^2 (1 - e) from autograd on a grid."""
    rng = np.random.default_rng(6)
    ws = [
        torch.tensor(rng.standard_normal(s), requires_grad=True) for s in ((5, 4), (5, 5), (2, 5))
    ]

    def network(x):
        return ws[2] @ (ws[1] @ (ws[0] @ x))

    jacobians = [
        torch.autograd.functional.jacobian(network, torch.tensor(rng.standard_normal(4)))
        for _ in range(20)
    ]
    spread = max(float((j - jacobians[0]).abs().max()) for j in jacobians)
    x, error = torch.tensor(rng.standard_normal(4)), torch.tensor([1.0, -2.0]).double()
    gradients = []
    for size in (1.0, 0.01, 100.0):
        target = network(x).detach() - size * error
        loss = 0.5 * (network(x) - target).square().sum()
        gradients.append(torch.autograd.grad(loss, ws)[0] / size)
    off = max(float((g / gradients[0] - 1).abs().max()) for g in gradients)
    h = torch.linspace(-12, 12, 2401, dtype=torch.float64, requires_grad=True)
    y = torch.sigmoid(h)
    (0.5 * y.square()).sum().backward()
    peak = float(y.detach()[h.grad.argmax()])
    holds = spread < 1e-12 and off < 1e-9 and abs(peak - error_at_peak) < 0.005
    holds &= bool(h.grad[-1] < 1e-4)
    return bool(holds), (
        f"Jacobians equal up to {bound(max(spread, 1e-16))}, gradients proportional to the error "
        f"up to {bound(off)}; the sigmoid's signal is largest at the error {peak:.2f}"
    )
