"""Claims of the chapter "Zero-centred signals": signs of gradients."""

import numpy as np
import torch
from scipy import optimize, stats
from scipy.special import expit

from afli.teach import claim


def _one_sign(gradient):
    return (gradient > 0).all(-1) | (gradient < 0).all(-1)


@claim(
    "Z1",
    "If all inputs of a unit are positive, all derivatives of the loss of one sample in its "
    "weights have the sign of its error: per sample and per unit. Across the units of a layer "
    "signs differ.",
    source="thread2017centred",
    fails_with={"lowered": 0.1},
)
def signs_of_one_sample(lowered=0.0):
    """The second layer of a sigmoid network of 30, 40 and 3 units, by autograd, for 50 samples one
    at a time; and the same with tanh, where rows have both signs."""
    rng, rows, differ, mixed = np.random.default_rng(0), 0, 0, 0
    first, second, last = (
        torch.from_numpy(rng.standard_normal(s) / s[0] ** 0.5) for s in ((8, 30), (30, 40), (40, 3))
    )
    second.requires_grad_()
    for x in torch.from_numpy(rng.standard_normal((50, 8))):
        for phi in (torch.sigmoid, torch.tanh):
            z = phi(x @ first) - (lowered if phi is torch.sigmoid else 0)
            h = z @ second
            logits = phi(h) @ last
            loss = torch.logsumexp(logits, 0) - logits[0]
            gradient, error = torch.autograd.grad(loss, (second, h))
            gradient, error = gradient.numpy().T, error.numpy()
            if phi is torch.sigmoid:
                rows += int((np.sign(gradient) == np.sign(error)[:, None]).all(1).sum())
                differ += error.min() < 0 < error.max()
            else:
                mixed += int((~_one_sign(gradient)).sum())
    holds = rows == 2000 and differ == 50 and mixed == 2000
    return bool(holds), f"{rows} of 2000 rows; units differ in {differ} of 50 samples"


@claim(
    "Z2",
    "With linearly independent inputs the batch gradient lies in the cone of the inputs, or its "
    "negative does, exactly if all errors have one sign. With dependent inputs it can lie there "
    "with errors of both signs.",
    source="ours",
    fails_with={"dimension": 4},
)
def cone_of_the_inputs(dimension=8):
    """Non-negative least squares in 200 batches of 5 positive inputs in dimension 8, and the three
    inputs (1, 0.1), (0.1, 1), (1, 1) with errors 1, 1 and -0.1."""
    rng, wrong, kinds = np.random.default_rng(1), 0, {True: 0, False: 0}
    for k in range(200):
        x, error = rng.uniform(0, 1, (5, dimension)), rng.standard_normal(5)
        error = abs(error) * rng.choice([-1, 1]) if k % 2 else error
        gradient = error @ x / 5
        inside = min(optimize.nnls(x.T, s * gradient)[1] for s in (1, -1)) < 1e-10
        same = bool((error > 0).all() or (error < 0).all())
        kinds[same] += 1
        wrong += inside != same
    x = np.array([[1, 0.1], [0.1, 1], [1, 1]])
    dependent = optimize.nnls(x.T, np.array([1, 1, -0.1]) @ x)[1]
    holds = wrong == 0 and min(kinds.values()) > 50 and dependent < 1e-10
    return bool(
        holds
    ), f"{kinds[True]} batches with one sign, {kinds[False]} with both, no exception"


@claim(
    "Z3",
    "For independent inputs of mean $m$ and variance $s^2$ and independent errors of mean 0, the "
    "probability that all $n$ entries of a batch gradient have one sign tends to "
    "$2\\,\\mathbb{E}[\\Phi(mZ/s)^n]$ as the batch grows, not to 0. For $n = 2$ this is "
    "$\\frac12 + \\frac1\\pi \\arcsin\\frac{m^2}{m^2 + s^2}$.",
    source="ours",
    fails_with={"twice": 2.001},
)
def signs_in_large_batches(twice=2):
    """2000 batches of 64 and of 512 with uniform inputs, for n = 2, 10 and 50, within 4 standard
    errors plus 0.01 for the finite batch; and both formulas for n = 2."""
    t = np.linspace(-9, 9, 3601)
    ratio, rng, worst = 3**0.5, np.random.default_rng(2), 0.0

    def limit(n):
        return twice * stats.norm.pdf(t) @ stats.norm.cdf(ratio * t) ** n * (t[1] - t[0])

    for n in (2, 10, 50):
        for batch in (64, 512):
            # Given the errors, the mean part and the deviations are drawn; chunks save memory.
            hits = []
            for _ in range(20):
                x = rng.random((100, batch, n), dtype=np.float32)
                error = rng.standard_normal((100, 1, batch), dtype=np.float32)
                hits.append(_one_sign((error @ x)[:, 0]).mean())
            p = limit(n)
            worst = max(worst, abs(np.mean(hits) - p) - 4 * np.sqrt(p * (1 - p) / 2000))
    closed = 0.5 + np.arcsin(ratio**2 / (1 + ratio**2)) / np.pi
    holds = worst < 0.01 and abs(limit(2) - closed) < 1e-6 and limit(50) > 0.1
    return bool(holds), f"limits {limit(2):.3f}, {limit(10):.3f} and {limit(50):.3f} are met"


@claim(
    "Z4",
    "The batch gradient in the weights is mean error times mean input plus the covariance of error "
    "and input. Where the derivative in the bias is 0 it is the covariance alone, the same for "
    "inputs and centred inputs.",
    source="ours",
    fails_with={"share": 1.001},
)
def gradient_is_a_covariance(share=1):
    """Logistic regression with positive inputs in 20 data sets, at random weights: with a random
    bias, and with the best bias, where the entries have both signs in most cases."""
    rng, error, mixed, before = np.random.default_rng(3), 0.0, 0, 0
    for _ in range(20):
        x, w = rng.uniform(1, 2, (40, 6)), rng.standard_normal(6)
        label = rng.integers(0, 2, 40)

        def errors(b, x=x, w=w, label=label):
            return expit(x @ w + b) - label

        centred = x - x.mean(0)
        at = 3 * rng.standard_normal() - x.mean(0) @ w
        split = share * errors(at).mean() * x.mean(0) + errors(at) @ centred / 40
        error = max(error, abs(errors(at) @ x / 40 - split).max())
        b = optimize.brentq(lambda b: errors(b).mean(), -60, 60, xtol=1e-14)
        error = max(error, abs(errors(b) @ x - errors(b) @ centred).max() / 40)
        mixed += not _one_sign(errors(b) @ x)
        before += not _one_sign(errors(at) @ x)
    holds = error < 1e-10 and mixed >= 16 and before < mixed
    return bool(holds), f"equal up to 1e-10; both signs in {mixed} of 20, {before} before"


def _steps(x, goal):
    h = x.T @ x / len(x)
    low, *_, high = np.linalg.eigvalsh(h)
    away, count = -goal, 0
    while np.linalg.norm(away) > 1e-3 * np.linalg.norm(goal):
        away, count = away - 2 / (low + high) * h @ away, count + 1
    return count


@claim(
    "Z5",
    "Steps of one sign reach any goal at the cost of at most $\\sqrt 2$ times its distance. A "
    "rotation that mixes the signs of the inputs leaves the number of steps of gradient descent "
    "as it is, and positive inputs near the axes need few.",
    source="ours",
    fails_with={"detour": 1.41},
)
def conditioning_not_the_quadrant(detour=2**0.5):
    """1000 displacements in dimensions 2 to 50; descent on sigmoid outputs, the same rotated by
    45 degrees, and on inputs near the axes."""
    rng, longest = np.random.default_rng(4), 0.0
    for _ in range(1000):
        d = rng.standard_normal(rng.integers(2, 51))
        parts = np.linalg.norm(np.maximum(d, 0)) + np.linalg.norm(np.minimum(d, 0))
        longest = max(longest, parts / np.linalg.norm(d))
    x, goal = expit(0.8 * rng.standard_normal((60, 2))), np.array([2.0, -1.0])
    turn = np.array([[1, -1], [1, 1]]) / 2**0.5
    axes = np.where(rng.uniform(size=(60, 1)) < 0.5, [[1, 0.05]], [[0.05, 1]])
    axes = axes * rng.uniform(0.9, 1.1, (60, 2))
    plain, turned, near = _steps(x, goal), _steps(x @ turn, goal @ turn), _steps(axes, goal)
    mixed = 1 - _one_sign(x @ turn).mean()
    holds = longest < detour + 1e-12 and plain == turned and mixed > 0.3 and 3 * near < plain
    return bool(holds), (
        f"largest detour {longest:.3f}; {plain} steps, {turned} rotated, {near} near the axes"
    )
