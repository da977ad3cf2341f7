"""Claims of the chapter "Glorot's variance": variances forward and back."""

import numpy as np
import torch

from afli.lab import Stack, glorot_uniform_, layer_statistics, lecun_uniform_
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import TANH


def uniform(rng, rows, columns, sigma_w2=1.0):
    """Uniform weights of variance sigma_w2 / columns."""
    return rng.uniform(-1, 1, (rows, columns)) * np.sqrt(3 * sigma_w2 / columns)


def power(x):
    """Mean square."""
    return (x**2).mean()


def standard_errors(found, expected):
    """By how many standard errors the mean of a sample is off."""
    return abs(np.mean(found) - expected) / (np.std(found, ddof=1) / len(found) ** 0.5)


def differentiated(sizes, sigma_w2, seed, images=60):
    """z^l and dC/dh^l of every layer of a linear network, by PyTorch; C = -ln p_y per image."""
    rng = np.random.default_rng(seed)
    z = [torch.as_tensor(rng.standard_normal((images, sizes[0])))]
    h = []
    for fan_in, fan_out in zip(sizes, sizes[1:], strict=False):
        w = torch.as_tensor(uniform(rng, fan_out, fan_in, sigma_w2))
        h.append((z[-1] @ w.T).requires_grad_())
        z.append(h[-1])
    labels = torch.as_tensor(rng.integers(sizes[-1], size=images))
    cost = torch.nn.functional.cross_entropy(h[-1], labels, reduction="sum")
    return [x.detach().numpy() for x in z], [g.numpy() for g in torch.autograd.grad(cost, h)]


@claim(
    "G1",
    "For independent factors $\\operatorname{Var}(XY) = \\operatorname{Var} X\\operatorname{Var} Y "
    "+ \\operatorname{Var} X\\, \\mathbb{E}[Y]^2 + \\operatorname{Var} Y\\, \\mathbb{E}[X]^2$, and "
    "for several $\\prod (\\operatorname{Var} X_i + \\mathbb{E}[X_i]^2) - "
    "\\prod \\mathbb{E}[X_i]^2$, whatever their distributions; for dependent factors it fails.",
    source="readingnote",
    fails_with={"share": 1.001},
)
def variance_of_products(share=1):
    """Exactly, over all combinations of the values of three discrete variables with unequal
    probabilities; and for the product of a variable with itself."""
    rng, error = np.random.default_rng(0), 0.0
    for _ in range(20):
        values, weights = rng.normal(1, 2, (3, 4)), rng.dirichlet(np.ones(4), 3)
        mean = (values * weights).sum(1)
        var = (values**2 * weights).sum(1) - mean**2
        for k in (2, 3):
            letters = "abc"[:k]
            pattern = ",".join(letters) + "->" + letters
            product = np.einsum(pattern, *values[:k])
            chance = np.einsum(pattern, *weights[:k])
            exact = (product**2 * chance).sum() - (product * chance).sum() ** 2
            formula = np.prod(var[:k] + mean[:k] ** 2) - share * np.prod(mean[:k] ** 2)
            error = max(error, abs(formula / exact - 1))
        v, m = var[:2], mean[:2]
        three = v.prod() + v[0] * m[1] ** 2 + v[1] * m[0] ** 2
        error = max(error, abs(three / (np.prod(v + m**2) - np.prod(m**2)) - 1))
    x = rng.uniform(-1, 1, 100_000) * 3**0.5
    dependent = (x * x).var()
    return bool(error < 1e-9 and abs(dependent - 0.8) < 0.02), (
        f"largest relative error below {bound(error)}; with $Y = X$ uniform of variance 1 it is "
        f"{dependent:.2f} and not 1"
    )


@claim(
    "G2",
    "In the linear regime a layer multiplies the variance of the signals by its fan-in times the "
    "variance of a weight: $\\operatorname{Var} z^l = N_{l-1} \\operatorname{Var} W^l "
    "\\operatorname{Var} z^{l-1}$, with $N_{l-1}$ and not $N_l$.",
    source="glorot2010",
    fails_with={"share": 1.03},
)
def forward_takes_the_fan_in(share=1):
    """40 linear networks with layers of 200, 50 and 150 units: the mean of both ratios within 4
    standard errors, and far from what the layer's own size would give."""
    found = []
    for seed in range(40):
        z, _ = differentiated([200, 50, 150], 0.7, seed)
        found.append([power(z[1]) / power(z[0]), power(z[2]) / power(z[1])])
    found = np.array(found)
    worst = max(standard_errors(found[:, i], share * 0.7) for i in (0, 1))
    wrong = min(standard_errors(found[:, i], 0.7 * r) for i, r in ((0, 50 / 200), (1, 150 / 50)))
    return bool(worst < 4 and wrong > 20), (
        f"at most {worst:.1f} standard errors from the fan-in's prediction, at least "
        f"{wrong:.0f} from the other"
    )


@claim(
    "G3",
    "In the linear regime a layer multiplies the variance of the gradients, on their way back, by "
    "its fan-out times the variance of a weight: $\\operatorname{Var} \\delta^{l} = N_{l+1} "
    "\\operatorname{Var} W^{l+1} \\operatorname{Var} \\delta^{l+1}$.",
    source="glorot2010",
    fails_with={"share": 1.03},
)
def backward_takes_the_fan_out(share=1):
    """PyTorch's gradients in 40 linear networks with layers of 200, 50, 150 and 20 units: the
    mean of both ratios within 4 standard errors, and far from what the fan-in would give."""
    found = []
    for seed in range(40):
        _, d = differentiated([200, 50, 150, 20], 0.7, seed)
        found.append([power(d[0]) / power(d[1]), power(d[1]) / power(d[2])])
    found, expected = np.array(found), (0.7 * 150 / 50, 0.7 * 20 / 150)
    worst = max(standard_errors(found[:, i], share * expected[i]) for i in (0, 1))
    wrong = min(standard_errors(found[:, i], 0.7) for i in (0, 1))
    return bool(worst < 4 and wrong > 20), (
        f"at most {worst:.1f} standard errors from the fan-out's prediction, at least "
        f"{wrong:.0f} from the other"
    )


@claim(
    "G5",
    "The mean square of the gradients in the weights of a layer is, for one image, exactly the "
    "mean square of $\\delta^l$ times that of $z^{l-1}$. For the average over a batch it is "
    "$B^{-2} \\sum_{bc} \\langle\\delta_b, \\delta_c\\rangle \\langle z_b, z_c\\rangle$, hence "
    "$1/B$ of the former if images do not agree.",
    source="ours",
    fails_with={"exponent": 1.99},
)
def weight_gradients(exponent=2):
    """PyTorch's gradient of a mean loss in a layer of 30 tanh units with 20 inputs, for batches
    of 1 and 8 images; and 300 batches of independent vectors."""
    rng, error = np.random.default_rng(0), 0.0
    for batch in (1, 8):
        z = rng.normal(0.5, 1, (batch, 20))
        w = torch.as_tensor(rng.normal(size=(30, 20)), dtype=torch.float64).requires_grad_()
        h = torch.as_tensor(z) @ w.T
        v = torch.as_tensor(rng.normal(size=(30, 4)))
        labels = torch.as_tensor(rng.integers(4, size=batch))
        cost = torch.nn.functional.cross_entropy(torch.tanh(h) @ v, labels)
        gradient, delta = torch.autograd.grad(cost, (w, h))
        delta = batch * delta.numpy()
        pairs = (delta @ delta.T / 30) * (z @ z.T / 20)
        error = max(error, abs(pairs.sum() / batch**exponent / power(gradient.numpy()) - 1))
        if batch == 1:
            error = max(error, abs(power(delta) * power(z) / power(gradient.numpy()) - 1))
    d, z = rng.normal(size=(300, 8, 30)), rng.normal(size=(300, 8, 20))
    ratio = power(np.einsum("nbi,nbj->nij", d, z) / 8) / (power(d) * power(z))
    return bool(error < 1e-10 and abs(8 * ratio - 1) < 0.02), (
        f"identities up to {bound(error)}; 8 independent images: {ratio:.3f} of one"
    )


@claim(
    "G6",
    "Weights uniform on $\\pm\\sqrt{6/(N_{l-1}+N_l)}$ have the variance $2/(N_{l-1}+N_l)$. The "
    "forward and the backward factor of a matrix then add up to 2, and their product is at most "
    "1, with equality for equal widths only.",
    source="glorot2010",
    fails_with={"six": 6.02},
)
def compromise(six=6):
    """The variance and the largest entry of three matrices from `afli.lab.glorot_uniform_`, and
    the two factors for all pairs of widths from 1 to 300."""
    generator, worst, largest = torch.Generator().manual_seed(0), 0.0, 0.0
    for rows, columns in ((400, 400), (100, 900), (900, 100)):
        w = glorot_uniform_(torch.empty(rows, columns), generator=generator).double().numpy()
        worst = max(worst, abs(power(w) * (rows + columns) / 2 - 1))
        largest = max(largest, abs(abs(w).max() / np.sqrt(six / (rows + columns)) - 1))
    n, m = np.meshgrid(np.arange(1.0, 301), np.arange(1.0, 301))
    forward, backward = 2 * n / (n + m), 2 * m / (n + m)
    holds = np.allclose(forward + backward, 2, rtol=1e-12)
    equal = np.isclose(forward * backward, 1, rtol=0, atol=1e-9)
    holds &= bool(np.all(forward * backward < 1 + 1e-12) and np.array_equal(equal, n == m))
    return bool(holds and worst < 0.02 and largest < 1e-3), (
        f"variance within {bound(worst)} and largest entry within {bound(largest)} of the "
        "formula; 90,000 pairs of widths"
    )


@claim(
    "G8",
    "Under the old heuristic the gradients of a tanh network vanish on their way back, by a factor "
    "between 2.8 and 4.6 in variance at each layer, and do not explode; the gradients in the "
    "weights have about the same size in all layers. Under the normalised initialisation the "
    "gradients of the first layers are at least ten times larger, relative to the last.",
    source="glorot2010",
    fails_with={"largest": 4.3},
)
def gradients_vanish_backward(largest=4.6):
    """Five networks of each kind with 6 hidden layers of 150 units, on 50 Gaussian inputs."""
    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal((50, 150)), rng.integers(9, size=50)
    back, even = {}, {}
    for name, fill in (("old", lecun_uniform_), ("new", glorot_uniform_)):

        def initialise(weight, bias, generator, fill=fill):
            fill(weight, generator=generator)

        stack = Stack(TANH, [150] * 7 + [9], initialise, seeds=range(5), device="cpu")
        rows = layer_statistics(stack, x, labels, learning_rate=0.1)
        square = np.array([row["gradient_spread"] for row in rows]).mean(0) ** 2
        weight = np.array([row["weight_gradient"] for row in rows]).mean(0) ** 2
        back[name] = square[1:] / square[:-1]
        even[name] = weight.max() / weight.min()
    relative = back["old"].prod() / back["new"].prod()
    old = back["old"]
    holds = 2.8 < old.min() and old.max() < largest and max(even.values()) < 2 and relative > 10
    return bool(holds), (
        f"old heuristic: divided by {old.min():.1f} to {old.max():.1f} at each layer back; "
        f"largest over smallest gradient in the weights {even['old']:.1f}; the normalised first "
        f"layer gets {relative:.0f} times more"
    )
