"""Claims of the chapter "What the derivative of an activation does": saturation."""

import numpy as np
import torch
from scipy import optimize

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.backpropagation import sigmoid

SIGMOID, TANH, SOFTSIGN, RELU, CLIP = map(
    afli.activation, ("sigmoid", "tanh", "softsign", "relu", "hard_tanh")
)


@claim(
    "D5",
    "In a sigmoid network $|\\delta^l| \\le \\frac14 \\|W^{l+1}\\|\\, |\\delta^{l+1}|$, with the "
    "largest singular value of $W^{l+1}$. Over the layers of a chain of single units the "
    "derivative of the output is at most $4^{-L} \\prod_l |w^l|$, and equal to it only where every "
    "preactivation is 0.",
    source="ours",
    fails_with={"quarter": 0.249},
)
def quarter_a_layer(quarter=0.25):
    """100 random layers of 3 to 30 units and weights of several sizes, with the ratio to the
    bound; and chains of ten units with biases that put the preactivations at 0, or 0.1 off."""
    rng, ratio = np.random.default_rng(4), 0.0
    for _ in range(100):
        m, n = rng.integers(3, 31, 2)
        w, h = rng.standard_normal((m, n)) * 10.0 ** rng.uniform(-1, 1), rng.standard_normal(n)
        delta = rng.standard_normal(m)
        back = SIGMOID.derivative(h) * (w.T @ delta)
        limit = np.linalg.norm(w, 2) * np.linalg.norm(delta) * quarter
        ratio = max(ratio, np.linalg.norm(back) / limit)
    shares = []
    for off in (0.0, 0.1):
        w, z, product = rng.uniform(0.5, 8, 10), 0.3, 1.0
        for one in w:
            h = one * z + (off - one * z)
            z, product = sigmoid(h), product * SIGMOID.derivative(h) / quarter
        shares.append(product)
    holds = ratio <= 1 and abs(shares[0] - 1) < 1e-12 and shares[1] < 0.99
    return bool(holds), (
        f"at most {ratio:.2f} of the bound in random layers; a chain reaches it at h = 0 and "
        f"{shares[1]:.3f} of it at h = 0.1"
    )


@claim(
    "D6",
    "In a chain of sigmoid units with positive weights, no biases and an input of at least "
    "$\\frac12$, each layer multiplies the derivative by less than 0.448, however large the "
    "weights are. With $w = 4$ and $b = -2$ the derivative is 1 at the input $\\frac12$ at every "
    "depth, and at other inputs it falls like $L^{-3/2}$.",
    source="ours",
    fails_with={"factor": 0.447},
)
def large_weights_do_not_help(factor=0.448):
    """The factor w phi'(w z) on a grid of w from 0.01 to 100 and z from 1/2 to 1; and the chain
    with w = 4 at depth 1000 and 4000, at five inputs."""
    w, z = np.meshgrid(np.geomspace(0.01, 100, 2001), np.linspace(0.5, 1, 101))
    largest = (w * SIGMOID.derivative(w * z)).max()
    x = np.array([0.0, 0.3, 0.5, 0.8, 1.0])
    z, d, seen = x.copy(), np.ones(5), {}
    for layer in range(1, 4001):
        h = 4 * z - 2
        z, d = sigmoid(h), d * 4 * SIGMOID.derivative(h)
        seen[layer] = d.copy()
    power = np.log(seen[4000] / seen[1000]) / np.log(4)
    others = np.delete(power, 2)
    holds = 0.44 < largest < factor and seen[4000][2] == 1 and abs(others + 1.5).max() < 0.01
    return bool(holds), (
        f"largest factor {largest:.4f}; powers of the depth between {others.min():.3f} and "
        f"{others.max():.3f}"
    )


@claim(
    "D7",
    "The derivative falls below one per cent of its maximum at "
    "$|h| = 2 \\operatorname{arcosh} 10 = 5.99$ for the sigmoid, at "
    "$\\operatorname{arcosh} 10 = 2.99$ for tanh and at $9$ for softsign. A further factor of "
    "100 costs 4.6, 2.3 and 90 more.",
    source="ours",
    fails_with={"share": 0.0101},
)
def one_per_cent(share=0.01):
    """Roots of phi'(h) / phi'(0) = 1e-2 and 1e-4, from the derivatives of the package."""
    expected = {
        SIGMOID: (2 * np.arccosh(10), 2 * np.arccosh(100)),
        TANH: (np.arccosh(10), np.arccosh(100)),
        SOFTSIGN: (9.0, 99.0),
    }
    error, printed = 0.0, []
    for phi, values in expected.items():
        for level, value in zip((share, share**2), values, strict=True):
            top = phi.derivative(0.0)
            found = optimize.brentq(lambda h: phi.derivative(h) / top - level, 0, 200, xtol=1e-12)  # noqa: B023
            error = max(error, abs(found / value - 1))
        printed.append(values[1] - values[0])
    holds = error < 1e-9 and np.allclose(printed, [4.6, 2.3, 90], atol=0.03)
    return bool(holds), f"six roots agree up to {bound(error)}; " + ", ".join(
        f"{step:.2f}" for step in printed
    )


def steps_to_zero(signal, start):
    """Steps of gradient descent on the bias, learning rate 1, until the preactivation is 0."""
    h, steps = float(start), 0
    while h > 0:
        h, steps = h - signal(h), steps + 1
    return steps


@claim(
    "D8",
    "A sigmoid unit with squared error that starts saturated on the wrong side needs about $e$ "
    "times as many steps of gradient descent for each unit of distance. With softsign the number "
    "grows like the cube of the distance, with the cross-entropy in proportion to the distance.",
    source="ours",
    fails_with={"growth": 2.7},
)
def slow_start(growth=np.e):
    """Steps until h = 0 from several starts, learning rate 1, target 0 (softsign: -1)."""
    sigmoid_steps = [steps_to_zero(lambda h: sigmoid(h) ** 2 * sigmoid(-h), s) for s in (10, 11)]
    entropy_steps = [steps_to_zero(sigmoid, s) for s in (20, 40)]
    soft = [steps_to_zero(lambda h: (h / (1 + h) + 1) / (1 + h) ** 2, start) for start in (40, 80)]
    ratios = [b / a for a, b in (sigmoid_steps, entropy_steps, soft)]
    holds = abs(ratios[0] / growth - 1) < 0.005 and abs(ratios[1] / 2 - 1) < 0.05
    holds &= abs(ratios[2] / 8 - 1) < 0.1
    return bool(holds), (
        f"one unit further: {ratios[0]:.2f} times as many steps; twice as far: {ratios[1]:.2f} "
        f"times with the cross-entropy, {ratios[2]:.2f} times with softsign"
    )


@claim(
    "D9",
    "With a sigmoid output and the cross-entropy the gradient in the output's preactivation is "
    "$y - t$, without $\\phi'$. The gradients in the weights of a hidden layer below still carry "
    "the $\\phi'$ of that layer.",
    source="ours",
    fails_with={"power": 0.001},
)
def only_at_the_output(power=0):
    """Autograd on one hidden sigmoid unit under one output unit, over 30 preactivations each."""
    worst = 0.0
    for h1 in np.linspace(-12, 12, 30):
        for h2 in np.linspace(-12, 12, 30):
            w, t = 1.5, 1.0
            hidden = torch.tensor(h1, requires_grad=True)
            shift = torch.tensor(h2 - w * sigmoid(h1), requires_grad=True)
            out = w * torch.sigmoid(hidden) + shift
            torch.nn.functional.softplus(-out).backward()  # the cross-entropy at target 1
            y = sigmoid(h2)
            at_output = abs(float(shift.grad) - (y - t) * SIGMOID.derivative(h2) ** power)
            expected = (y - t) * w * SIGMOID.derivative(h1)
            worst = max(worst, at_output, abs(float(hidden.grad) - expected))
    return bool(worst < 1e-12), f"900 pairs, largest difference below {bound(worst)}"
