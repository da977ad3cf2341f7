"""Claims of the chapter "The identity near the origin"."""

from itertools import pairwise

import numpy as np
import torch

import afli
from afli.lab import load_dataset, prepare
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import CLIP, RELU, TANH, density

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
)
def orders_of_contact():
    """Values, slopes, and the power of the remainder on both sides of 0, within 0.01."""
    holds, found = True, []
    for phi, left, right in ((TANH, 3, 3), (SIN, 3, 3), (SOFTSIGN, 2, 2), (CLIP, np.inf, np.inf),
                             (RELU, 1, np.inf)):  # fmt: skip
        measured = contact(phi, -1), contact(phi, 1)
        holds &= all(
            a == b or abs(a - b) < 0.01 for a, b in zip(measured, (left, right), strict=True)
        )
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
)
def three_gradients():
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
                target_w, target_x = (x, 0 * w) if a < b else (0 * x, w)
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
)
def gradient_of_a_scalar_product():
    """Autograd at a random w of length 8 and an x orthogonal to it."""
    rng = np.random.default_rng(1)
    w, x = rng.standard_normal((2, 8))
    x -= (w @ x) / (w @ w) * w
    at = torch.tensor(x, requires_grad=True)
    (gradient,) = torch.autograd.grad(torch.tensor(w) @ at, at)
    exact = np.array_equal(gradient.numpy(), w)
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
)
def scale_is_not_optimality():
    """200 images of Shapeset, 30 steps from weights 0, factors 1, 1e-3 and 1e-6."""
    data = prepare(load_dataset("shapeset", train=200, test=100))
    x, y = data.train_inputs.astype(float), data.train_labels
    losses, first, size = softmax_regression(x, y, 0.01, 30)
    error, fallen = abs(losses[0] - np.log(9)), losses[-1]
    for s in (1e-3, 1e-6):
        other, gradient, far = softmax_regression(s * x, y, 0.01 / s**2, 30)
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
)
def zero_is_a_saddle():
    """Gradient and Hessian of the squared error at 0, 4 inputs, 3 hidden units, 100 points."""
    rng = np.random.default_rng(2)
    x = torch.tensor(rng.standard_normal((100, 4)))
    t = torch.sign(x[:, 0])

    def loss(theta):
        return 0.5 * (torch.tanh(x @ theta[:12].view(4, 3)) @ theta[12:] - t).square().mean()

    zero = torch.zeros(15, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(loss(zero), zero)
    values = torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, zero.detach()))
    low, high = values.min().item(), values.max().item()
    return bool(not gradient.any() and low < -0.5 and high > 0.5), (
        f"no gradient, eigenvalues from {low:.2f} to {high:.2f}"
    )


@claim(
    "O6",
    "The Jacobian of $L$ linear layers of width $N$ with independent weights of mean 0 and "
    "standard deviation $s$ has squared singular values of mean $(s^2 N)^L$, averaged over the "
    "weights, at every width. A single network typically lies below it, the more so the larger "
    "$L/N$.",
    source="ours",
)
def size_of_a_product():
    """3000 products of 6 Gaussian matrices of width 15 at s^2 N = 0.5, 1 and 2, within 4 standard
    errors, and the medians."""
    rng, z, medians = np.random.default_rng(3), [], []
    for gain in (0.5, 1.0, 2.0):
        product = np.broadcast_to(np.eye(15), (3000, 15, 15))
        for _ in range(6):
            product = np.sqrt(gain / 15) * rng.standard_normal((3000, 15, 15)) @ product
        m1 = (product**2).sum(axis=(1, 2)) / 15 / gain**6
        z.append((m1.mean() - 1) / (m1.std(ddof=1) / 3000**0.5))
        medians.append(np.median(m1))
    worst = max(map(abs, z))
    return bool(worst < 4 and max(medians) < 0.97), (
        f"farthest off by {worst:.1f} standard errors; medians {min(medians):.2f} to "
        f"{max(medians):.2f} of the mean"
    )


def contact_family(p, h):
    """Value and derivative of h / (1 + |h|^(p-1))^(1/(p-1))."""
    base = 1 + np.abs(h) ** (p - 1)
    return h * base ** (-1 / (p - 1)), base ** (-p / (p - 1))


@claim(
    "O7",
    "Let $\\phi$ be odd, $|\\phi(h)| \\le |h|$ and $\\phi(h) = h - c\\, h^p + \\dots$ for "
    "$h > 0$, $c > 0$. In a wide random network with $\\sigma_w^2 = 1$ and no biases the mean "
    "square of the preactivations and that of the Jacobian's singular values both fall like "
    "$l^{-2/(p-1)}$.",
    source="ours",
)
def order_of_contact_is_an_exponent():
    """Gaussian averages iterated to layer 8000, for p = 2, 3 and 5; the logarithmic slopes between
    layers 2000 and 8000, within 2.5 %, and the mean square against its predicted constant, for
    p = 3, within 1 %."""
    z = np.linspace(-8, 8, 401)
    weight = density(z) * (z[1] - z[0])
    holds, found = True, []
    for p in (2, 3, 5):
        q, log_m1, kept = 1.0, 0.0, {}
        for layer in range(1, 8001):
            value, slope = contact_family(p, np.sqrt(q) * z)
            log_m1 += np.log(weight @ slope**2)
            if layer in (2000, 8000):
                kept[layer] = np.log(q), log_m1
            q = weight @ value**2
        slopes = (np.array(kept[8000]) - kept[2000]) / np.log(4)
        holds &= np.abs(slopes / (-2 / (p - 1)) - 1).max() < 0.025
        if p == 3:  # c = 1/2 and E[Z^4] = 3: q ~ 1 / (2 c E[Z^4] l)
            holds &= abs(np.exp(kept[8000][0]) * 8000 * 3 - 1) < 0.01
        found.append(f"p = {p}: {slopes[0]:.3f} and {slopes[1]:.3f}")
    return bool(holds), "; ".join(found)


def random_tanh(seed, sizes):
    """Layers (W, b) with random weights and biases."""
    rng = np.random.default_rng(seed)
    return [
        (rng.standard_normal((m, n)) / n**0.5, rng.standard_normal(m)) for n, m in pairwise(sizes)
    ]


def as_sigmoid(layers):
    """The layers of the sigmoid network that computes the same as a tanh network."""
    last, new = len(layers) - 1, []
    for l, (w, b) in enumerate(layers):  # noqa: E741
        w = w * (2 if l > 0 else 1) * (2 if l < last else 1)
        b = b * (2 if l < last else 1) - (0.5 * w.sum(axis=1) if l > 0 else 0)
        new.append((w, b))
    return new


def output(phi, layers, z):
    for w, b in layers[:-1]:
        z = phi(z @ w.T + b)
    return z @ layers[-1][0].T + layers[-1][1]


@claim(
    "O8",
    "$2\\sigma(2h) - 1 = \\tanh h$. Every tanh network is exactly a sigmoid network whose inner "
    "weights are 4 times as large, with biases $2b - \\frac12 W' \\mathbf{1}$, where $W'$ are the "
    "new weights.",
    source="ours",
)
def sigmoid_network_of_a_tanh_network():
    """The identity at 1001 points; outputs of a random network of 10 hidden layers, and those
    without the shift of the biases, which differ."""
    h = np.linspace(-20, 20, 1001)
    error = np.abs(2 * SIGMOID(2 * h) - 1 - np.tanh(h)).max()
    layers = random_tanh(4, [12, *[30] * 10, 3])
    x = np.random.default_rng(5).standard_normal((50, 12))
    wanted, new = output(np.tanh, layers, x), as_sigmoid(layers)
    error = max(error, np.abs(output(SIGMOID, new, x) - wanted).max())
    unshifted = [(w, 2 * b) for (w, _), (_, b) in zip(new, layers, strict=True)]
    off = np.abs(output(SIGMOID, unshifted, x) - wanted).max()
    return bool(error < 1e-11 and off > 0.1), f"equal up to {bound(error)}"


@claim(
    "O9",
    "In the limit of infinite width a sigmoid network with variances $16\\sigma_w^2$ and "
    "$\\sigma_b^2$, independent of each other, behaves like a tanh network with $\\sigma_w^2$ and "
    "$\\sigma_w^2 + \\sigma_b^2/4$: the mean 1/2 acts as a bias.",
    source="ours",
)
def mean_is_a_bias():
    """Variance maps at 9 lengths, the sigmoid's at four times the length, and slopes of the
    correlation maps, for three settings."""
    error, q = 0.0, np.logspace(-2, 2, 9)
    for w2, b2 in ((1.0, 0.0), (0.3, 0.5), (6.0, 0.1)):
        sigmoid = afli.variance_map(SIGMOID, 4 * q, 16 * w2, b2)
        tanh = afli.variance_map(TANH, q, w2, w2 + b2 / 4)
        error = max(error, np.abs(sigmoid / (4 * tanh) - 1).max())
        chi = afli.chi1(SIGMOID, 4 * q, 16 * w2) / afli.chi1(TANH, q, w2)
        error = max(error, np.abs(chi - 1).max())
    return error < 1e-9, f"equal up to {bound(error)}"


@claim(
    "O10",
    "Without biases, a wide sigmoid network with $\\sigma_w^2 = 1$ loses a factor of about 4.2 in "
    "the root mean square singular value at each layer, and one with $\\sigma_w^2 = 16$ still "
    "loses a factor of about 1.6. The loss stops at $\\sigma_w^2 = 103.0$.",
    source="ours",
)
def factors_of_the_sigmoid():
    """The slope of the correlation map at the fixed points, and the edge of chaos."""
    factors = []
    for w2 in (1.0, 16.0):
        q = afli.fixed_point(SIGMOID, w2, 0.0)
        factors.append(float(afli.chi1(SIGMOID, q, w2)) ** -0.5)
    edge = afli.edge_of_chaos(SIGMOID, 0.0)
    holds = abs(factors[0] - 4.2) < 0.05 and abs(factors[1] - 1.6) < 0.05
    holds &= abs(edge.sigma_w2 - 103.0) < 0.05
    return bool(holds), (
        f"factors {factors[0]:.2f} and {factors[1]:.2f}; edge at {edge.sigma_w2:.1f}"
    )
