"""Claims of the chapter "The laboratory": what its tools do, checked on small cases."""

from functools import partial

import numpy as np
import torch

import afli
from afli.lab import (
    Run,
    Stack,
    build,
    carry_out,
    critical_,
    input_scale,
    layer_statistics,
    lecun_uniform_,
    load_dataset,
    log_singular_values,
    orthogonal_,
    prepare,
)
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import TANH


def images(train, test=100):
    """Prepared images of Shapeset."""
    return prepare(load_dataset("shapeset", train=train, test=test))


@claim(
    "L1",
    "Prepared inputs have $|x|^2/d = 1$, each of them; multiplied by the input scale they give "
    "the first preactivation the variance $q^*$. Multiplied by $\\sqrt{q^*}$ instead they give "
    "it $\\sigma_w^2 q^* + \\sigma_b^2$, which is 1.657 for the clip at $\\pm 2$ with "
    "$\\sigma_b^2 = 0.1$, where $q^* = 1.413$.",
    source="ours",
    fails_with={"q": 1.414},
)
def first_preactivation(q=1.413):
    """The lengths of 100 images; and the mean square of the first preactivations in 60 networks
    of width 50, for the clip and tanh, within 4 standard errors."""
    x = torch.as_tensor(images(100).train_inputs)
    error, z = float((x.double().square().mean(1) - 1).abs().max()), []
    for phi in (afli.activation("shtanh", a=2.0), TANH):
        edge = afli.edge_of_chaos(phi, 0.1)
        for how in ("theory", "authors"):
            stack = Stack(
                phi, [1024, 50], partial(critical_, phi=phi, sigma_b2=0.1, weights="gaussian"),
                seeds=range(60), input_scale=input_scale(phi, edge.q, how), device="cpu",
            )  # fmt: skip
            v = stack.output(x.expand(60, -1, -1)).square().mean((1, 2)).double().numpy()
            target = edge.q if how == "theory" else edge.sigma_w2 * edge.q + 0.1
            z.append((v.mean() - target) / (v.std(ddof=1) / 60**0.5))
    clip = afli.edge_of_chaos(afli.activation("shtanh", a=2.0), 0.1)
    holds = abs(clip.q - q) < 5e-4 and abs(clip.sigma_w2 * clip.q + 0.1 - 1.657) < 5e-4
    holds &= error < 1e-5 and max(map(abs, z)) < 4
    return bool(holds), (
        f"lengths 1 up to {bound(error)}; four means, the farthest off by "
        f"{max(map(abs, z)):.1f} standard errors"
    )


@claim(
    "L2",
    "The trace of a Haar-distributed orthogonal matrix has mean 0 and mean square 1, whatever "
    "its size. With Householder's QR alone, without the correction of signs, its mean is far "
    "below 0.",
    source="mezzadri2007",
    fails_with={"square": 1.1},
)
def traces_of_orthogonal_matrices(square=1):
    """10,000 matrices of 10 rows each way, and 400 from `afli.lab.orthogonal_`, within 4 standard
    errors; without the correction the mean is below -1."""
    normal = np.random.default_rng(0).standard_normal((10_000, 10, 10))
    q, r = np.linalg.qr(normal)
    signs = np.sign(np.diagonal(r, axis1=1, axis2=2))
    generator = torch.Generator().manual_seed(0)
    ours = [orthogonal_(torch.empty(10, 10), generator=generator).trace() for _ in range(400)]
    raw = np.trace(q, axis1=1, axis2=2)
    z = []
    for trace in (np.trace(q * signs[:, None, :], axis1=1, axis2=2), np.array(ours)):
        for sample, mean in ((trace, 0), (trace**2, square)):
            z.append((sample.mean() - mean) / (sample.std(ddof=1) / sample.size**0.5))
    worst = max(map(abs, z))
    return bool(worst < 4 and raw.mean() < -1), (
        f"farthest off by {worst:.1f} standard errors; mean trace without correction "
        f"{raw.mean():.2f}"
    )


@claim(
    "L3",
    "`orthogonal_` gives entries of variance $\\sigma_w^2/\\text{fan-in}$ whatever the shape: all "
    "singular values of a matrix with $m$ rows and $n$ columns are "
    "$\\sigma_w \\max(1, \\sqrt{m/n})$.",
    source="ours",
    fails_with={"power": 0.499},
)
def orthogonal_of_any_shape(power=0.5):
    """The mean square of the entries and all singular values of four shapes, in float64."""
    error, generator = 0.0, torch.Generator().manual_seed(0)
    for m, n in ((30, 100), (60, 60), (100, 30), (1, 7)):
        weight = torch.empty(m, n, dtype=torch.float64)
        orthogonal_(weight, 1.7, generator=generator)
        values = torch.linalg.svdvals(weight) / (1.7**0.5 * max(1, m / n) ** power)
        error = max(error, float((values - 1).abs().max()))
        error = max(error, float(abs(weight.square().mean() * n / 1.7 - 1)))
    return error < 1e-12, f"largest relative error below {bound(error)}"


@claim(
    "L4",
    "With weights uniform on $\\pm 1/\\sqrt N$, $N$ the fan-in, every layer of a linear network "
    "of equal widths divides the variance of the signals by 3 on their way forward and that of "
    "the gradients by 3 on their way back, while the gradients in the weights have about the "
    "same size in all layers.",
    source="glorot2010",
    fails_with={"divisor": 3.2},
)
def old_heuristic_shrinks(divisor=3):
    """30 linear networks of depth 10 and width 100: layer 10 against layer 1, the mean of the
    logarithms of the three mean squares, within 4 standard errors and 2 % a layer, as the
    typical product of 9 layers is a little smaller than the mean."""
    linear, data = afli.activation("linear"), images(40)

    def old(weight, bias, generator):
        lecun_uniform_(weight, generator=generator)

    stack = Stack(linear, [1024, *[100] * 10, 9], old, seeds=range(30), device="cpu")
    found = layer_statistics(stack, data.train_inputs, data.train_labels, learning_rate=0.1)
    rows = {name: np.array([row[name] for row in found]) for name in found[0]}
    signal = rows["preactivation_variance"] + rows["preactivation_mean"] ** 2
    factors, holds = [], True
    for square, expected in (
        (signal, 1 / divisor),
        (rows["gradient_spread"][:, ::-1] ** 2, 1 / divisor),
        (rows["weight_gradient"] ** 2, 1),
    ):
        logs = np.log(square[:, -1] / square[:, 0]) / 9
        error = 4 * logs.std(ddof=1) / 30**0.5 + 0.02
        holds &= abs(logs.mean() - np.log(expected)) < error
        factors.append(np.exp(logs.mean()))
    return bool(holds), "mean squares change by {:.3f}, {:.3f} and {:.2f} a layer".format(*factors)


@claim(
    "L5",
    "`log_singular_values` gets values right that the singular value decomposition of the product "
    "has lost: their sum is the sum of the $\\ln|\\det A_l|$, and the smallest is minus the "
    "largest of the product of the inverses. The decomposition gives only rounding below "
    "about $10^{-16}$ times the largest.",
    source="ours",
    fails_with={"share": 1.001},
)
def small_singular_values(share=1):
    """100 Gaussian factors with 40 rows: both invariants, the second by plain products that are
    rescaled, and NumPy's singular values of the product."""
    rng = np.random.default_rng(0)
    factors = [rng.standard_normal((40, 40)) / 40**0.5 for _ in range(100)]
    values = log_singular_values(factors)
    total = share * sum(np.linalg.slogdet(factor)[1] for factor in factors)
    product, inverse, scale = np.eye(40), np.eye(40), 0.0
    for factor in factors:
        product, inverse = factor @ product, inverse @ np.linalg.inv(factor)
        scale += np.log(abs(inverse).max())
        inverse /= abs(inverse).max()
    smallest = -(np.log(np.linalg.svd(inverse, compute_uv=False)[0]) + scale)
    plain = np.linalg.svd(product, compute_uv=False)
    error = max(abs(values.sum() / total - 1), abs(values[-1] / smallest - 1))
    lost = plain[-1] / plain[0]
    true = (values[-1] - values[0]) / np.log(10)
    return bool(error < 1e-10 and 1e-22 < lost < 1e-15 and true < -100), (
        f"both agree up to {bound(error)}; the true ratio of the smallest to the largest is "
        f"1e{true:.0f}, and that of the decomposition above 1e-22"
    )


@claim(
    "L6",
    "On a processor a network does the same, bit for bit, alone, in a stack with others, and "
    "after an interruption between two epochs.",
    source="ours",
    fails_with={"rate": 0.010001},
)
def the_same_bits(rate=0.01):
    """Two networks trained for 3 epochs: together, one alone, and together again from what was
    kept after epoch 1; all numbers of their curves and statistics are compared."""
    data = images(200)
    base = Run(data="shapeset", train=200, test=100, a=2.0, sigma_b2=0.1, depth=6, width=30,
               learning_rate=0.01, batch=20, epochs=3, momentum=0.5)  # fmt: skip
    runs, kept = [base, base.replace(a=5.0, seed=1)], {}

    def keep(epoch, snapshot):
        if epoch == 1:  # copies, because a snapshot shares its memory with the network
            kept.update({k: snapshot(k) for k in range(2)})

    together = carry_out(runs, data, device="cpu", after_epoch=keep)
    alone = carry_out([runs[1].replace(learning_rate=rate)], data, device="cpu")
    resumed = carry_out(runs, data, device="cpu", snapshots=[kept[0], kept[1]])
    same = alone[0] == together[1] and resumed == together
    weights = [build(some, data, "cpu").weights for some in (runs, runs[1:])]
    same &= all(torch.equal(a[1], b[0]) for a, b in zip(*weights, strict=True))
    return bool(same), f"{len(together[0]['curve']['train_loss'])} epochs, every number equal"
