"""Claims of the chapter "What predicts training?" on the tangent kernel."""

import numpy as np
import torch

import afli
from afli.lab import Run, build, load_dataset, prepare
from afli.lab.steps import Descent
from afli.teach.claims import claim
from afli.teach.ledger.common import registered
from afli.theory import NoFixedPoint


@claim(
    "K1",
    "On the edge of chaos every layer contributes $n_l (q^* - \\sigma_b^2)/\\sigma_w^2 + 1$ to "
    "$\\Theta(x, x)$.",
    source="jacot2018",
    fails_with={"biases": 0.0},
)
def no_layer_fades(biases=1.0):
    """`afli.tangent_kernel` at correlation 1, 50 layers, for every activation with an edge of
    chaos at sigma_b2 = 0.5."""
    worst = count = 0
    for phi in registered():
        try:
            edge = afli.edge_of_chaos(phi, 0.5)
        except NoFixedPoint:
            continue
        parts = afli.tangent_kernel(
            phi, 1.0, edge.q, edge.sigma_w2, 0.5, depth=50, width=30, inputs=10
        )
        fan_in = np.array([10] + 50 * [30])
        expected = fan_in * (edge.q - 0.5) / edge.sigma_w2 + biases
        worst, count = max(worst, np.abs(parts / expected - 1).max()), count + 1
    return bool(worst < 1e-9 and count > 10), f"{worst:.1e}, {count} activations"


@claim(
    "K2",
    "Gradient descent on the squared error of a model that is linear in its parameters shrinks "
    "every error if $\\eta < 2 n/\\lambda_{\\max}(\\Theta)$, and makes one grow beyond.",
    source="lecun1991",
    fails_with={"factor": 2.1},
)
def longest_step_of_a_linear_model(factor=2.0):
    """300 steps with 0.99 and 1.01 of the longest step, 20 images and 50 parameters."""
    rng = np.random.default_rng(0)
    gradients, targets = rng.normal(size=(20, 50)), rng.normal(size=20)
    longest = factor * 20 / np.linalg.eigvalsh(gradients @ gradients.T)[-1]
    top = np.linalg.eigh(gradients @ gradients.T)[1][:, -1]
    sizes = []
    for share in (0.99, 1.01):
        parameters = np.zeros(50)
        for _ in range(300):
            errors = gradients @ parameters - targets
            parameters -= share * longest / 20 * gradients.T @ errors
        sizes.append(abs(top @ (gradients @ parameters - targets)) / abs(top @ targets))
    return bool(sizes[0] < 0.1 and sizes[1] > 10), f"factors {sizes[0]:.2g} and {sizes[1]:.2g}"


def _kernel(run, cosines, inputs):
    """The kernel of images with these cosines, interpolated between 200 correlations."""
    knots, (q, sigma_w2) = np.cos(np.linspace(np.pi, 0, 200)), run.variances()
    values = afli.tangent_kernel(
        run.phi(), knots, q, sigma_w2, run.sigma_b2,
        depth=run.depth, width=run.width, inputs=inputs,
    ).sum(axis=-1)  # fmt: skip
    share = run.sigma_b2 / q
    return np.interp(share + (1 - share) * cosines, knots, values)


def _unit(images):
    """Images scaled to length 1."""
    return images.astype(float) / np.linalg.norm(images, axis=1, keepdims=True)


def _longest_step(run, images, factor):
    """factor n / lambda_max."""
    kernel = _kernel(run, _unit(images) @ _unit(images).T, images.shape[1])
    return factor * len(images) / np.linalg.eigvalsh(kernel)[-1]


def _grows(run, data, count, rate):
    """Whether the loss on the first images rises by a tenth within 30 steps."""
    descent = Descent(build([run], data, device="cpu"), learning_rate=rate, loss="squared_error")
    x = torch.as_tensor(data.train_inputs[:count], dtype=torch.float32)[None]
    y = torch.as_tensor(data.train_labels[:count])[None]
    losses = [float(descent.step(x, y)[0]) for _ in range(30)]
    return not all(loss < 1.1 * losses[0] for loss in losses)


@claim(
    "K3",
    "On 128 digits the loss of clip networks of 20 layers and 200 units, $a$ from 2 to 10 and "
    "$\\sigma_b^2$ 0.01 or 1, shrinks at 0.7 of the predicted longest step and grows at 2.5 of it.",
    source="ours",
    fails_with={"factor": 1.0},
)
def longest_step_of_networks(factor=2.0):
    """Thirty steps of six networks from the start, squared error, all images in one batch."""
    data, agree, lines = prepare(load_dataset("digits")), 0, []
    images = data.train_inputs[:128].astype(float)
    for a in (2.0, 5.0, 10.0):
        for sigma_b2 in (0.01, 1.0):
            run = Run(
                data="digits", activation="shtanh", a=a, sigma_b2=sigma_b2, depth=20, width=200
            )
            longest = _longest_step(run, images, factor)
            found = [_grows(run, data, 128, share * longest) for share in (0.7, 2.5)]
            agree += int(found == [False, True])
            lines.append(f"a = {a:g}, sigma_b2 = {sigma_b2:g}: longest step {longest:.2g}")
    return agree == 6, f"{agree} of 6 as predicted; " + ", ".join(lines)


@claim(
    "K4",
    "On the edge of chaos $\\Theta(x, x')/\\Theta(x, x)$ goes to $1/3$ with depth for tanh and "
    "GELU, and to $1/4$ for the clip and SELU, which have kinks.",
    source="hayou2019ntk",
    fails_with={"kinked": 3.0},
)
def ratio_of_the_kernels(kinked=4.0):
    """1000 layers, from correlation 0.5, at sigma_b2 = 1: nearer to the limit than at 200 layers,
    and within 0.02."""
    lines, holds = [], True
    for name, limit in (("tanh", 3.0), ("gelu", 3.0), ("hard_tanh", kinked), ("selu", kinked)):
        phi = afli.activation(name)
        edge = afli.edge_of_chaos(phi, 1.0)
        off = []
        for depth in (200, 1000):
            other, same = afli.tangent_kernel(
                phi, [0.5, 1.0], edge.q, edge.sigma_w2, 1.0, depth=depth, width=100
            ).sum(axis=-1)
            off.append(abs(other / same - 1 / limit))
        holds &= off[1] < off[0] and off[1] < 0.02
        lines.append(f"{name} {other / same:.4f}")
    return bool(holds), ", ".join(lines)


def _learned(depth, sigma_b2, steps):
    """Shares of the variance of training and test labels that descent with the kernel explains."""
    data = prepare(load_dataset("digits"))
    run = Run(data="digits", a=1, sigma_b2=sigma_b2, depth=depth, width=200)
    inputs = [_unit(x) for x in (data.train_inputs[:600], data.test_inputs)]
    kernels = [_kernel(run, x @ inputs[0].T, 64) for x in inputs]
    train, test = (np.eye(10)[y] - 0.1 for y in (data.train_labels[:600], data.test_labels))
    sizes, vectors = np.linalg.eigh(kernels[0])
    learned = (1 - (1 - sizes / sizes[-1]) ** steps) / sizes
    learned = vectors @ (learned[:, None] * (vectors.T @ train))
    return [
        1 - np.mean((kernel @ learned - y) ** 2) / np.var(y)
        for kernel, y in zip(kernels, (train, test), strict=True)
    ]


@claim(
    "K12",
    "Descent with the tangent kernel of infinitely wide clips, $a = 1$ and $\\sigma_b^2 = 1$, at "
    "half of its longest step explains after 1000 steps 99 % of the labels of 600 training digits "
    "at any depth up to 1000, but of the test digits 79 % at depth 5 and less than 10 % at 1000.",
    source="ours",
    fails_with={"sigma_b2": 0.01},
)
def deep_kernels_do_not_generalise(sigma_b2=1.0):
    """Four depths; the squared error, all training images in one batch."""
    found = {depth: _learned(depth, sigma_b2, 1000) for depth in (5, 20, 100, 1000)}
    tests = [test for _, test in found.values()]
    holds = min(train for train, _ in found.values()) > 0.99
    holds &= abs(tests[0] - 0.79) < 0.01 and tests[-1] < 0.1
    return bool(holds), "on test digits " + ", ".join(f"{test:.2f}" for test in tests)
