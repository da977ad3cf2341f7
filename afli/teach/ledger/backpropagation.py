"""Claims of the chapter "What the derivative of an activation does": backpropagation."""

import numpy as np
import torch

import afli
from afli.teach.claims import bound, claim

SIGMOID, TANH, SOFTSIGN, RELU, CLIP = map(
    afli.activation, ("sigmoid", "tanh", "softsign", "relu", "hard_tanh")
)


def sigmoid(h):
    """The logistic function."""
    return 1 / (1 + np.exp(-h))


def small_network(theta, x):
    """p, q and the output of the network with two hidden units; theta = (w14, w24, w34, b4, w15,
    w25, w35, b5, w46, w56, b6)."""
    p, r = x @ theta[0:3] + theta[3], x @ theta[4:7] + theta[7]
    q = theta[8] * sigmoid(p) + theta[9] * sigmoid(r) + theta[10]
    return p, r, q, sigmoid(q)


def derivatives(theta, x):
    """d output / d theta for each row of x, as the chain rule gives them."""
    p, r, q, f = small_network(theta, x)
    slope, one = f * (1 - f), np.ones((len(x), 1))
    at_p = theta[8] * sigmoid(p) * sigmoid(-p) * slope
    at_r = theta[9] * sigmoid(r) * sigmoid(-r) * slope
    x = np.hstack([x, one])
    last = np.stack([sigmoid(p), sigmoid(r), one[:, 0]], axis=1) * slope[:, None]
    return np.hstack([x * at_p[:, None], x * at_r[:, None], last])


@claim(
    "D1",
    "In the network of the thread "
    "$\\partial y/\\partial w_{14} = \\sigma'(q)\\, w_{46}\\, \\sigma'(p)\\, x_1$. Without the "
    "factor $w_{46}$ the derivatives of all four parameters of hidden unit 4 are divided by "
    "$w_{46}$: they have the wrong size, and the wrong sign where $w_{46} < 0$.",
    source="ours",
    fails_with={"factor": 1.001},
)
def the_missing_factor(factor=1.0):
    """200 random networks and inputs: the formula against central differences and, for all
    parameters, against PyTorch; and the formula without the factor against autograd."""
    rng = np.random.default_rng(0)
    worst, wrong_signs, negative = 0.0, 0, 0
    for _ in range(200):
        theta, x = rng.standard_normal(11), rng.standard_normal((1, 3))
        t = torch.tensor(theta, requires_grad=True)
        s, hidden = torch.sigmoid, torch.tensor(x[0])
        y = s(t[8] * s(t[:3] @ hidden + t[3]) + t[9] * s(t[4:7] @ hidden + t[7]) + t[10])
        y.backward()
        exact = t.grad.numpy()
        p, _, q, _ = small_network(theta, x)
        slopes = SIGMOID.derivative(q) * SIGMOID.derivative(p)
        by_hand = factor * slopes * theta[8] * x[0, 0]
        step = np.zeros(11)
        step[0] = 1e-5
        ahead, behind = (small_network(theta + k * step, x)[3] for k in (1, -1))
        worst = max(
            worst,
            abs(derivatives(theta, x)[0] - exact).max(),
            abs(by_hand - exact[0])[0],
            abs(by_hand - (ahead - behind) / 2e-5)[0],
            abs(slopes * np.append(x, 1) * theta[8] - exact[:4]).max(),
        )
        without = slopes * x[0, 0]
        wrong_signs += int(without[0] * exact[0] < 0)
        negative += int(theta[8] < 0)
    return bool(worst < 1e-9 and wrong_signs == negative > 50), (
        f"largest difference below {bound(worst)}; without the factor {wrong_signs} of 200 "
        f"derivatives have the wrong sign, in the {negative} networks with a negative weight"
    )


@claim(
    "D2",
    "The error of a central difference is at first proportional to the square of the step, that "
    "of a one-sided difference to the step. In double precision the central one is best near a "
    "step of $10^{-5}$ and then more accurate than the one-sided one at any step.",
    source="ours",
    fails_with={"order": 1.95},
)
def finite_differences(order=2):
    """Medians over 100 random networks of the relative error of d y / d w14 at steps from 1e-12
    to 1e-1, four to the power of ten."""
    rng = np.random.default_rng(1)
    steps, errors = np.logspace(-12, -1, 45), []
    for _ in range(100):
        theta, x = rng.standard_normal(11), rng.standard_normal((1, 3))
        x[0, 0] = 1.0
        exact, move = derivatives(theta, x)[0, 0], np.eye(11)[0]
        row = []
        for h in steps:
            y, up, down = (small_network(theta + k * h * move, x)[3][0] for k in (0, 1, -1))
            row.append([(up - down) / (2 * h), (up - y) / h])
        errors.append(abs(np.array(row) / exact - 1))
    central, one_sided = np.median(errors, axis=0).T

    def slope(e, large, small):
        return np.log10(e[np.isclose(steps, large)][0] / e[np.isclose(steps, small)][0])

    best = steps[central.argmin()]
    holds = abs(slope(central, 1e-1, 1e-2) - order) < 0.03
    holds &= abs(slope(central, 1e-2, 1e-3) - order) < 0.03
    holds &= abs(slope(one_sided, 1e-2, 1e-3) - 1) < 0.03
    holds &= 1e-6 < best < 1e-4 and central.min() < one_sided.min() / 30
    return bool(holds), (
        f"ten times the step, {10 ** slope(central, 1e-2, 1e-3):.0f} times the error (one-sided "
        f"{10 ** slope(one_sided, 1e-2, 1e-3):.0f}); smallest central error below "
        f"{bound(central.min())}, "
        f"best one-sided one below {bound(one_sided.min())}"
    )


@claim(
    "D3",
    "Gradient descent without the factors $w_{46}$ and $w_{56}$ has the same stationary points as "
    "gradient descent (where both are not 0), but every minimum with a regular Hessian and a "
    "negative output weight repels it: in four directions for each negative output weight.",
    source="ours",
    fails_with={"each": 3},
)
def repelling_minima(each=4):
    """Networks that made their own targets, so that the loss is 0: the signs of the 11
    eigenvalues of P H for 40 of them, 10 for each pair of signs, where H is the Hessian and P
    holds the factors 1/w46 and 1/w56 of claim D1."""
    rng, counts = np.random.default_rng(2), set()
    for k in range(40):
        theta, x = 2 * rng.standard_normal(11), rng.standard_normal((60, 3))
        theta[8:10] = (abs(theta[8:10]) + 0.5) * [(-1) ** k, (-1) ** (k // 2)]
        p = np.ones(11)
        p[0:4], p[4:8] = 1 / theta[8], 1 / theta[9]
        r = np.linalg.qr(derivatives(theta, x), mode="r")  # H = r^T r, and P H is similar to
        values = np.linalg.eigvalsh(r @ np.diag(p) @ r.T)  # r P r^T
        regular = np.linalg.svd(r, compute_uv=False)[-1] > 1e-7
        counts.add((bool(regular), int((theta[8:10] < 0).sum()), int((values < 0).sum())))
    holds = counts == {(True, n, each * n) for n in (0, 1, 2)}
    return holds, "0, 4 and 8 repelling directions for 0, 1 and 2 negative output weights"


def deep(phi, sizes, rng, scale=1.0):
    """Weights and biases of a random network."""
    pairs = list(zip(sizes[1:], sizes, strict=False))
    weights = [scale * rng.standard_normal(shape) / np.sqrt(shape[1]) for shape in pairs]
    return weights, [0.3 * rng.standard_normal(rows) for rows, _ in pairs]


@claim(
    "D4",
    "With $\\delta^l = \\partial \\mathcal{L}/\\partial h^l$: "
    "$\\delta^l = D^l (W^{l+1})^T \\delta^{l+1}$ with $D^l = \\operatorname{diag} \\phi'(h^l)$, "
    "and the gradient in $W^l$ is $\\delta^l (z^{l-1})^T$, in $b^l$ it is $\\delta^l$.",
    source="rumelhart1986",
    fails_with={"slope": 1.001},
)
def backpropagation(slope=1.0):
    """Networks of four layers of different widths with five activations: all gradients against
    PyTorch's, in double precision."""
    rng, worst = np.random.default_rng(3), 0.0
    for phi in (SIGMOID, TANH, SOFTSIGN, RELU, CLIP):
        weights, biases = deep(phi, [5, 7, 4, 6, 3], rng)
        x, target = rng.standard_normal(5), rng.standard_normal(3)
        w = [torch.tensor(a, requires_grad=True) for a in weights]
        b = [torch.tensor(a, requires_grad=True) for a in biases]
        z = torch.tensor(x)
        for a, c in zip(w, b, strict=True):
            z = phi(a @ z + c)
        (0.5 * (z - torch.tensor(target)).square().sum()).backward()
        zs, hs = [x], []
        for a, c in zip(weights, biases, strict=True):
            hs.append(a @ zs[-1] + c)
            zs.append(phi(hs[-1]))
        delta = (zs[-1] - target) * phi.derivative(hs[-1])
        for layer in (3, 2, 1, 0):
            worst = max(worst, abs(np.outer(delta, zs[layer]) - w[layer].grad.numpy()).max())
            worst = max(worst, abs(delta - b[layer].grad.numpy()).max())
            if layer:
                delta = slope * phi.derivative(hs[layer - 1]) * (weights[layer].T @ delta)
    return bool(worst < 1e-12), f"largest difference below {bound(worst)}"
