"""Claims of the chapter "The identity near the origin": three gradients, and scale."""

import numpy as np
import torch

import afli
from afli.lab import load_dataset, prepare
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import CLIP, RELU, TANH

SIGMOID, SOFTSIGN, SIN = map(afli.activation, ("sigmoid", "softsign", "sin"))


def contact(phi, side):
    """The power with which |phi(h) - h| grows between 0.001 and 0.002, on one side of 0."""
    h = side * np.array([1e-3, 2e-3])
    rest = np.abs(phi(h) - h)
    return np.inf if rest.max() < 1e-15 else float(np.log2(rest[1] / rest[0]))


@claim(
    "O1",
    "Near 0 the value of tanh, softsign, sine and the clip is about the input and the derivative "
    "about 1; the remainder $\\phi(h) - h$ is of order 3 for tanh and sine, of order 2 for "
    "softsign, and 0 for the clip. ReLU equals the identity on the right only. The sigmoid has the "
    "value 1/2 and the slope 1/4.",
    source="ours",
    fails_with={"odd": 2.98},
)
def orders_of_contact(odd=3):
    """Values, slopes, and the power of the remainder on both sides of 0, within 0.01."""
    holds, found = True, []
    orders = {TANH: (odd, odd), SIN: (odd, odd), SOFTSIGN: (2, 2), CLIP: (np.inf, np.inf)}
    for phi, expected in (orders | {RELU: (1, np.inf)}).items():
        measured = contact(phi, -1), contact(phi, 1)
        holds &= all(a == b or abs(a - b) < 0.01 for a, b in zip(measured, expected, strict=True))
        holds &= phi(0.0) == 0 and abs(phi.derivative(1e-9) - 1) < 1e-8
        found.append(f"{phi.name} {measured[0]:.2f} and {measured[1]:.2f}")
    holds &= SIGMOID(0.0) == 0.5 and SIGMOID.derivative(0.0) == 0.25
    holds &= RELU.derivative(-1e-9) == 0
    return bool(holds), "order on the left and on the right: " + ", ".join(found)


@claim(
    "O2",
    "The unit $z = \\phi(w \\cdot x + b)$ has the derivative $\\phi'(h)$ with respect to its "
    "preactivation $h$, $\\phi'(h)\\, x$ with respect to $w$ and $\\phi'(h)\\, w$ with respect to "
    "$x$. As $w \\to 0$ with $b = 0$ they tend to $\\phi'(0)$, $\\phi'(0)\\, x$ and 0; as "
    "$x \\to 0$ to $\\phi'(0)$, 0 and $\\phi'(0)\\, w$.",
    source="ours",
    fails_with={"rest": 0.001},
)
def three_gradients(rest=0):
    """PyTorch's autograd for six activations at random w and x of length 6, and with w or x
    multiplied by 1e-6; the limit of ReLU is taken from the side of h > 0."""
    rng, worst, limits = np.random.default_rng(0), 0.0, 0.0
    for phi in (TANH, SIGMOID, SOFTSIGN, RELU, CLIP, SIN):
        w, x = 0.5 * rng.standard_normal((2, 6))
        x *= np.sign(w @ x)
        slope0 = phi.derivative(1e-12)
        for a, b in ((1, 1), (1e-6, 1), (1, 1e-6)):
            u = torch.tensor(a * w, requires_grad=True)
            v = torch.tensor(b * x, requires_grad=True)
            h = (u @ v).detach().requires_grad_()
            to_h = torch.autograd.grad(phi(h), h)[0].item()
            to_w, to_x = (g.numpy() for g in torch.autograd.grad(phi(u @ v), (u, v)))
            slope = phi.derivative(h.item())
            worst = max(worst, abs(to_h - slope), np.abs(to_w - slope * b * x).max())
            worst = max(worst, np.abs(to_x - slope * a * w).max())
            if a != b:
                target_w, target_x = (x, rest * w) if a < b else (rest * x, w)
                limits = max(limits, abs(to_h - slope0), np.abs(to_w - slope0 * target_w).max())
                limits = max(limits, np.abs(to_x - slope0 * target_x).max())
    return worst < 1e-14 and limits < 1e-4, (
        f"formulas hold up to {bound(worst)}, limits up to {bound(limits)} at a factor 1e-6"
    )


@claim(
    "O3",
    "The gradient of $w \\cdot x$ with respect to $x$ is $w$ and not $w \\cdot x$: with $x$ "
    "orthogonal to $w$ the second is 0 and the first is as large as $w$.",
    source="thread2017identity",
    fails_with={"factor": 1.001},
)
def gradient_of_a_scalar_product(factor=1):
    """Autograd at a random w of length 8 and an x orthogonal to it."""
    rng = np.random.default_rng(1)
    w, x = rng.standard_normal((2, 8))
    x -= (w @ x) / (w @ w) * w
    at = torch.tensor(x, requires_grad=True)
    (gradient,) = torch.autograd.grad(torch.tensor(w) @ at, at)
    exact = np.array_equal(gradient.numpy(), factor * w)
    return exact and abs(w @ x) < 1e-14 and np.linalg.norm(w) > 1, (
        f"gradient of length {np.linalg.norm(w):.2f} where w.x is below 1e-14"
    )


def softmax_regression(x, y, rate, steps):
    """Loss before each step, first gradient, last weights, from weights 0."""
    w, losses, first = np.zeros((9, x.shape[1])), [], None
    for _ in range(steps):
        a = x @ w.T
        a -= a.max(axis=1, keepdims=True)
        p = np.exp(a)
        p /= p.sum(axis=1, keepdims=True)
        losses.append(-np.log(p[np.arange(len(y)), y]).mean())
        p[np.arange(len(y)), y] -= 1
        gradient = p.T @ x / len(y)
        first = np.linalg.norm(gradient) if first is None else first
        w -= rate * gradient
    return np.array(losses), first, np.linalg.norm(w)


@claim(
    "O4",
    "Inputs multiplied by $s$ make the first gradient of softmax regression $s$ times as large and "
    "leave the loss at $\\ln 9$. With the rate divided by $s^2$ the loss falls along the very same "
    "curve, and the weights end $1/s$ times as far away: the smaller the gradient, the farther "
    "the minimum.",
    source="ours",
    fails_with={"power": 1.999},
)
def scale_is_not_optimality(power=2):
    """200 images of Shapeset, 30 steps from weights 0, factors 1, 1e-3 and 1e-6."""
    data = prepare(load_dataset("shapeset", train=200, test=100))
    x, y = data.train_inputs.astype(float), data.train_labels
    losses, first, size = softmax_regression(x, y, 0.01, 30)
    error, fallen = abs(losses[0] - np.log(9)), losses[-1]
    for s in (1e-3, 1e-6):
        other, gradient, far = softmax_regression(s * x, y, 0.01 / s**power, 30)
        error = max(error, np.abs(other - losses).max())
        error = max(error, abs(gradient / (s * first) - 1), abs(far * s / size - 1))
    return bool(error < 1e-9 and fallen < 1.95), (
        f"loss from {losses[0]:.3f} to {fallen:.2f} each time; all equal up to {bound(error)}"
    )


@claim(
    "O5",
    "A tanh network with one hidden layer and all weights 0 has no gradient, and a Hessian with "
    "eigenvalues of both signs: zero weights are a saddle, not a minimum.",
    source="ours",
    fails_with={"weights": 0.001},
)
def zero_is_a_saddle(weights=0.0):
    """Gradient and Hessian of the squared error at 0, 4 inputs, 3 hidden units, 100 points."""
    rng = np.random.default_rng(2)
    x = torch.tensor(rng.standard_normal((100, 4)))
    t = torch.sign(x[:, 0])

    def loss(theta):
        return 0.5 * (torch.tanh(x @ theta[:12].view(4, 3)) @ theta[12:] - t).square().mean()

    zero = torch.full((15,), weights, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(loss(zero), zero)
    values = torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, zero.detach()))
    low, high = values.min().item(), values.max().item()
    return bool(not gradient.any() and low < -0.5 and high > 0.5), (
        f"no gradient, eigenvalues from {low:.2f} to {high:.2f}"
    )
