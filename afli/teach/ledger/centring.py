"""Claims of the chapter "Zero-centred signals": cures, and means that help."""

import numpy as np
import torch

from afli import lab
from afli.teach import claim
from afli.teach.ledger.conditioning import _layers


def _standardise(h, axis):
    h = h - h.mean(axis, keepdims=True)
    return h / np.sqrt((h**2).mean(axis, keepdims=True))


@claim(
    "Z10",
    "Batch normalisation of $Wz$ gives the same for $z$ and for $z$ with the mean of every unit "
    "subtracted; layer normalisation does not, and leaves units with a mean over the data. In "
    "the third layer of a random sigmoid network this is about 0.99 of the second moment.",
    source="ours",
    fails_with={"expected": 0.98},
)
def what_normalisations_do_to_the_mean(expected=0.99):
    """Sigmoid layers on Shapeset, a random next layer, and the share of the means after layer
    normalisation."""
    rng, error, differ = np.random.default_rng(9), 0.0, np.inf
    for z in _layers("sigmoid", 1):
        w = rng.standard_normal((100, 30)) / 10
        pairs = (z @ w, (z - z.mean(0)) @ w)
        error = max(error, abs(np.subtract(*(_standardise(h, 0) for h in pairs))).max())
        differ = min(differ, abs(np.subtract(*(_standardise(h, 1) for h in pairs))).max())
    after = _standardise(z, 1)
    share = (after.mean(0) ** 2).mean() / (after**2).mean()
    holds = error < 1e-6 and differ > 0.1 and abs(share - expected) < 0.005
    return bool(holds), f"share of the means after layer normalisation {share:.2f}"


@claim(
    "Z11",
    "With $f = \\sum_i w_i(x_i + b_i)$ the derivatives are $\\delta(x_i + b_i)$ in $w_i$, with a "
    "plus, and $\\delta w_i$ in $b_i$. The $b_i$ matter through $\\sum_i w_i b_i$ only, at 0 they "
    "change no gradient in $w$, and descent does not bring them to minus the means.",
    source="ours",
    fails_with={"plus": 0.999},
)
def biases_of_inputs(plus=1):
    """Autograd at 20 random points, two sets of biases with one sum, and 2000 steps on a solvable
    task in five inputs."""
    rng, error = np.random.default_rng(10), 0.0
    slip = np.inf
    for _ in range(20):
        x, w0, b0 = (torch.from_numpy(rng.standard_normal(5)) for _ in range(3))
        w, b = w0.clone().requires_grad_(), b0.clone().requires_grad_()
        f = (w * (x + b)).sum()
        (f**2 / 2).backward()
        delta = f.detach()
        error = max(error, float((w.grad - delta * (x + plus * b0)).abs().max()))
        error = max(error, float((b.grad - delta * w0).abs().max()))
        slip = min(slip, float((w.grad - delta * (x - b0)).abs().max()))
        other = torch.zeros(5, dtype=x.dtype)
        other[0] = (w0 * b0).sum() / w0[0]
        error = max(error, float((f.detach() - (w0 * (x + other)).sum()).abs()))
    x = rng.uniform(0, 1, (100, 5))
    target, w, b = x @ rng.standard_normal(5) + 0.5, rng.standard_normal(5), np.zeros(5)
    first = ((x @ w - target) ** 2).mean()
    for _ in range(2000):
        delta = (x + b) @ w - target
        w, b = w - 0.2 * delta @ (x + b) / 100, b - 0.2 * delta.mean() * w
    end = (((x + b) @ w - target) ** 2).mean()
    away = np.linalg.norm(b + x.mean(0)) / np.linalg.norm(x.mean(0))
    holds = error < 1e-10 and slip > 1e-4 and end < 1e-3 * first and away > 0.3
    return bool(holds), f"solved, with b off minus the mean by {away:.0%} of it"


@claim(
    "Z12",
    "Centring is not always best for the conditioning of a unit without a bias: with "
    "$C = \\operatorname{diag}(4, 1)$ the mean $(0, \\sqrt 3)$ lowers the condition number from 4 "
    "to 1. With a learned bias the same mean raises it.",
    source="ours",
    fails_with={"mean": 1.7},
)
def a_useful_mean(mean=3**0.5):
    """The eigenvalues of both matrices, with mean 0 and with that mean."""
    kappa = {}
    for second in (0.0, mean):
        mu = np.array([0.0, second])
        h = np.diag([4.0, 1.0]) + np.outer(mu, mu)
        with_bias = np.block([[h, mu[:, None]], [mu[None, :], np.ones((1, 1))]])
        for name, matrix in (("without", h), ("with", with_bias)):
            values = np.linalg.eigvalsh(matrix)
            kappa[name, second > 0] = values[-1] / values[0]
    holds = abs(kappa["without", False] - 4) < 1e-9 and abs(kappa["without", True] - 1) < 1e-9
    holds &= kappa["with", True] > 2 * kappa["with", False]
    return bool(holds), (
        f"without a bias {kappa['without', True]:.2f}, with one {kappa['with', False]:.1f} and "
        f"{kappa['with', True]:.1f}"
    )


@claim(
    "Z13",
    "A network with $\\tanh + 1$, started as the same function as one with tanh, learns more "
    "slowly with the best rate of each.",
    source="ours",
    fails_with={"more": 0.01},
)
def a_mean_costs_speed(more=1.0):
    """Four hidden layers of 20 units, 100 Shapeset images of 64 standardised pixels, 80 steps,
    rates from 1/8 to 2, three seeds: equal losses at the start; every seed of tanh ends lower."""
    data = lab.load_dataset("shapeset", train=100, test=10).train
    x = data.images.astype(float).reshape(100, 8, 4, 8, 4).mean((2, 4)).reshape(100, 64)
    x = torch.from_numpy((x - x.mean(0)) / x.std(0))
    rate = torch.tensor([0.125, 0.25, 0.5, 1.0, 2.0]).double().repeat_interleave(3)[:, None, None]
    goal, widths = (
        torch.as_tensor(np.asarray(data.labels)).long().expand(15, -1),
        [64, *[20] * 4, 9],
    )
    start, end = [], []
    for shift in (0.0, more):
        weights, biases = [], []
        for k, size in enumerate(zip(widths, widths[1:], strict=False)):
            each = [np.random.default_rng([s, k]).standard_normal(size) for s in range(3)]
            w = torch.from_numpy(np.tile(each, (5, 1, 1))) * (2 / sum(size)) ** 0.5
            weights.append(w.requires_grad_())
            b = -shift * w.detach().sum(1, keepdim=True) * (k > 0)
            biases.append(b.requires_grad_())
        for step in range(81):
            z = x.expand(15, -1, -1)
            for w, b in zip(weights, biases, strict=True):
                h = z @ w + b
                z = torch.tanh(h) + shift
            loss = torch.nn.functional.cross_entropy(h.transpose(1, 2), goal, reduction="none")
            loss = loss.mean(1)
            if step == 0:
                start.append(loss.detach().numpy())
            gradients = torch.autograd.grad(loss.sum(), weights + biases)
            with torch.no_grad():
                for p, g in zip(weights + biases, gradients, strict=True):
                    p -= rate * g
        final = np.nan_to_num(loss.detach().numpy().reshape(5, 3), nan=np.inf)
        end.append(final[final.mean(1).argmin()])
    same = abs(start[0] - start[1]).max() < 1e-9
    holds = same and end[0].max() < end[1].min()
    return bool(holds), f"mean losses {end[0].mean():.1f} and {end[1].mean():.1f}"
