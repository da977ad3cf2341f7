"""Claims of the chapter "Beyond": normalisation layers, and orthogonality kept."""

from functools import cache, partial

import numpy as np

import afli
from afli.teach.claims import bound, claim

WIDTH, IMAGES = 200, 100


def explosion(phi):
    """chi of batch and of layer normalisation: factors on squared gradients in one layer."""
    slope = afli.chi1(phi, 1.0, 1.0)
    whole = afli.variance_map(phi, 1.0, 1.0, 0.0)
    common = afli.correlation_map(phi, 0.0, 1.0, 1.0, 0.0)
    return slope / (whole - common), slope / whole


@cache
def squared_gradients(name, norm, depth, sigma_w2=1.0, branch=None, seeds=3):
    """Mean squares of the gradients in h of each layer of random networks on random inputs."""
    from afli.lab import Stack, gaussian_, layer_statistics

    def initialise(weight, bias, generator):
        gaussian_(weight, sigma_w2, generator=generator)

    rng = np.random.default_rng(0)
    x = rng.standard_normal((IMAGES, WIDTH))
    x *= np.sqrt(WIDTH) / np.linalg.norm(x, axis=1, keepdims=True)
    stack = Stack(
        afli.activation(name),
        [WIDTH] * (depth + 1) + [10],
        initialise,
        seeds=range(seeds),
        input_scale=sigma_w2**-0.5,
        norm=norm,
        branch=branch,
        device="cpu",
    )
    rows = layer_statistics(stack, x, rng.integers(0, 10, IMAGES), learning_rate=1)
    spread = np.array([row["gradient_spread"] for row in rows])
    spread[:, 1:] /= branch or 1
    return (spread**2).mean(0)


def rate(squares):
    """Factor of one layer, between the fifth layer and the last but four."""
    return (squares[4] / squares[-5]) ** (1 / (len(squares) - 9))


@claim(
    "N5",
    "With layer normalisation and no biases one layer multiplies squared gradients by "
    "$\\mathbb{E}[\\phi'(Z)^2]/\\mathbb{E}[\\phi(Z)^2]$, whatever $\\sigma_w^2$ is: 1 for ReLU, "
    "1.18 for tanh, 1.31 for the sine.",
    source="ours",
    fails_with={"power": 1.5},
)
def layer_norm(power=1.0):
    """ReLU, tanh and sine at sigma_w2 = 0.5 and 8, 24 layers of width 200."""
    worst = 0.0
    for name in ("relu", "tanh", "sin"):
        theory = explosion(afli.activation(name))[1] ** power
        for sigma_w2 in (0.5, 8.0):
            squares = squared_gradients(name, "layer", 24, sigma_w2)
            worst = max(worst, abs(rate(squares) / theory - 1))
    return bool(worst < 0.05), "six kinds of networks within 5 %"


@claim(
    "N6",
    "With batch normalisation, without residual connections, one layer multiplies squared "
    "gradients by $\\mathbb{E}[\\phi'(Z)^2]/\\operatorname{Var}\\phi(Z)$: $\\pi/(\\pi-1) = 1.467$ "
    "for ReLU, whatever $\\sigma_w^2$ is.",
    source="yang2019batch",
    fails_with={"relu": 1.36},
)
def batch_norm(relu=np.pi / (np.pi - 1)):
    """ReLU and tanh at sigma_w2 = 0.5 and 8, batches of 100, 24 layers of width 200."""
    exact = abs(explosion(afli.activation("relu"))[0] / relu - 1) < 1e-9
    worst = 0.0
    for name, theory in (("relu", relu), ("tanh", explosion(afli.activation("tanh"))[0])):
        for sigma_w2 in (0.5, 8.0):
            squares = squared_gradients(name, "batch", 24, sigma_w2)
            worst = max(worst, abs(rate(squares) / theory - 1))
    return bool(exact and worst < 0.05), "the constant exactly, networks within 5 %"


@claim(
    "N7",
    "$\\operatorname{Var}\\phi(Z) \\le \\mathbb{E}[\\phi'(Z)^2]$, and for activations that are not "
    "affine the right side is larger: by half a per cent at most for a clip at 3, and 2.75 times "
    "as large for $|x|$.",
    source="chernoff1981",
    fails_with={"factor": 1.01},
)
def poincare(factor=1.0):
    """Eleven activations, and equality for the identity within rounding."""
    names = "tanh erf relu elu selu gelu silu softplus sigmoid sin abs".split()
    quotients = {name: explosion(afli.activation(name))[0] for name in names}
    quotients["clip"] = explosion(afli.activation("shtanh", a=3.0))[0]
    linear = abs(explosion(afli.activation("linear"))[0] - 1)
    holds = min(quotients.values()) > factor and linear < 1e-12
    named = 1 < quotients["clip"] < 1.005 and abs(quotients["abs"] - 2.752) < 1e-3
    return bool(holds and named), f"from {min(quotients.values()):.3f} to {quotients['abs']:.3f}"


@claim(
    "N8",
    "With residual connections (factor $1/\\sqrt L$) and batch normalisation squared gradients "
    "grow over all layers by $(1 + \\sigma_w^2 \\operatorname{Var}\\phi / s^2(0))^{\\chi_{BN}}$: "
    "a factor 2.1 for ReLU at $\\sigma_w^2 = 2$ and $s^2(0) = 1$, at depth 20 as at depth 80.",
    source="ours",
    fails_with={"power": 1.0},
)
def batch_norm_residual(power=np.pi / (np.pi - 1)):
    """ReLU, depths 20 and 80, width 200, batches of 100."""
    theory, found = (1 + 1 - 1 / np.pi) ** power, []
    for depth in (20, 80):
        squares = squared_gradients("relu", "batch", depth, 2.0, depth**-0.5, seeds=2)
        found.append(squares[0] / squares[-1])
    worst = abs(np.array(found) / theory - 1).max()
    return bool(worst < 0.12), "both depths within 12 %"


@claim(
    "N9",
    "One step back towards orthogonality with share $s$ makes a small deviation $e$ of a singular "
    "value $(1 - s)\\,e$; with $s = 1$ it leaves $-\\frac32 e^2$ to leading order.",
    source="bjorck1971",
    fails_with={"rest": 1.6},
)
def retraction_step(rest=1.5):
    """Matrices of 40 rows with deviations of up to 1e-3, through the package's own step."""
    import torch

    from afli.lab import Stack
    from afli.lab.manifold import EVERY, retraction

    deviation = np.linspace(-1e-3, 1e-3, 40)
    rng = np.random.default_rng(0)
    u, v = (np.linalg.qr(rng.standard_normal((40, 40)))[0] for _ in range(2))
    matrix = np.sqrt(1.7) * (u * (1 + deviation)) @ v
    worst = 0.0
    for share in (0.1, 0.5, 1.0):
        fill = partial(_fill, values=torch.as_tensor(matrix))
        stack = Stack(afli.activation("tanh"), [40, 40, 40, 3], fill, dtype="float64", device="cpu")
        retraction(stack, [share], [1.7])(EVERY)
        found = np.diagonal(u.T @ stack.weights[1][0].numpy() @ v.T) / np.sqrt(1.7) - 1
        expected = (1 - share) * deviation - share * rest * deviation**2
        worst = max(worst, abs(found - expected).max())
    return bool(worst < 1e-9), f"within {bound(worst)} at deviations of 1e-3"


def _fill(weight, bias, *, generator, values):
    if weight.shape == values.shape:
        weight.copy_(values)
