"""Claims of the chapter "Why wide layers are Gaussian": kurtosis, depth and pairs of units."""

import numpy as np
from scipy import special

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import CLIP, RELU, TANH, chain
from afli.teach.ledger.hermite_basis import grid

# E exp(i t W z) for a weight W of variance 1, as a function of (t z)^2.
TRANSFORMS = {
    "gaussian": lambda y: np.exp(-y / 2),
    "uniform": lambda y: np.sinc(np.sqrt(3 * y) / np.pi),
    "sign": lambda y: np.cos(np.sqrt(y)),
}


def second_and_fourth(phi, q, power):
    """E[phi^power] and E[phi^(2 power)] at variance q."""
    z, weight = grid(np.array(phi.kinks) / np.sqrt(q))
    values = phi(np.sqrt(q) * z) ** power
    return values @ weight, values**2 @ weight


def layer_two(phi, q, sigma_w2, sigma_b2, width, weights="gaussian"):
    """Variance and excess kurtosis of h^2, from the Taylor series of its characteristic function.

    The logarithm of that function, in s = t^2, is -variance s / 2 + fourth cumulant s^2 / 24 + ...
    """
    z, weight = grid(np.array(phi.kinks) / np.sqrt(q))
    s = 0.3 * np.exp(2j * np.pi * np.arange(32) / 32)
    y = sigma_w2 / width * s[:, None] * phi(np.sqrt(q) * z) ** 2
    series = width * np.log(TRANSFORMS[weights](y) @ weight) - sigma_b2 * s / 2
    variance = -2 * (series / s).mean().real
    return variance, 24 * (series / s**2).mean().real / variance**2


def growth(phi, q, sigma_w2, sigma_b2, depth, power=2):
    """Width times the excess kurtosis at layer `depth`, to first order in 1 / width."""
    total = 0.0
    for _ in range(depth - 1):
        after = afli.variance_map(phi, q, sigma_w2, sigma_b2)
        damping = afli.variance_slope(phi, q, sigma_w2) * q / after
        second, fourth = second_and_fourth(phi, q, 2)
        total = damping**power * total + 3 * (fourth - second**2) * (sigma_w2 / after) ** 2
        q = after
    return total


@claim(
    "W1",
    "With Gaussian weights the second preactivation has the excess kurtosis "
    "$\\frac{3\\sigma_w^4}{N_1 (q^2)^2}\\big(\\mathbb{E}[\\phi^4] - \\mathbb{E}[\\phi^2]^2\\big)$, "
    "exactly and at every width. Without biases it is $15/N_1$ for ReLU.",
    source="ours",
    fails_with={"three": 3.0001},
)
def second_layer_kurtosis(three=3.0):
    """The fourth cumulant from the characteristic function, for three activations, three widths,
    with and without biases."""
    error = 0.0
    for phi in (TANH, CLIP, RELU):
        second, fourth = second_and_fourth(phi, 0.8, 2)
        for width in (1, 7, 300):
            for w, b in ((1.3, 0.0), (1.5, 0.2)):
                q, kurtosis = layer_two(phi, 0.8, w, b, width)
                said = three * w**2 / (width * q**2) * (fourth - second**2)
                error = max(error, abs(kurtosis / said - 1))
    error = max(error, abs(layer_two(RELU, 0.8, 1.3, 0.0, 7)[1] * 7 / (5 * three) - 1))
    return bool(error < 1e-8), f"relative error below {bound(error)}"


@claim(
    "W2",
    "To first order in $1/N$ each layer multiplies the excess kurtosis by "
    "$(q V'(q)/V(q))^2$ and adds that of one hidden layer.",
    source="ours",
    fails_with={"power": 1.5},
)
def kurtosis_through_layers(power=2):
    """20 000 chains of width 100 for tanh at layer 6: within 4 standard errors and 2 %; the clip
    at a larger weight variance the same."""
    worst = 0.0
    for phi, w, b, seed in ((TANH, 1.5, 0.1, 31), (CLIP, 1.6, 0.0, 32)):
        v = chain(phi, 1.0, w, b, 100, 6, 12_000, seed)
        measured = 300 * v.var() / v.mean() ** 2
        law = growth(phi, 1.0, w, b, 6, power)
        worst = max(worst, abs(measured / law - 1) / (0.02 + 4 * np.sqrt(2 / v.size)))
    return bool(worst < 1), f"within {worst:.1f} of the tolerance"


@claim(
    "W3",
    "In a ReLU network without biases the excess kurtosis at layer $l$ is "
    "$3(1 + 5/N)^{l-1} - 3$, at every width.",
    source="ours",
    fails_with={"five": 5.01},
)
def relu_kurtosis(five=5.0):
    """The second moment of a layer's factor by the chi-square law of the active units, at four
    widths, and its powers at layers 2, 11 and 101."""
    error = 0.0
    for n in (1, 8, 50, 200):
        k = np.arange(n + 1)
        logs = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
        factor = np.exp(logs - n * np.log(2)) @ (k * (k + 2)) * 4 / n**2
        for layers in (1, 10, 100):
            said = 3 * (1 + five / n) ** layers - 3
            error = max(error, abs((3 * factor**layers - 3) / said - 1))
    return bool(error < 1e-9), f"relative error below {bound(error)}"


@claim(
    "W4",
    "Two units of a layer with Gaussian weights and no biases are uncorrelated; their squares have "
    "the correlation $\\kappa/(6 + 3\\kappa)$, where $\\kappa$ is the excess kurtosis of one unit.",
    source="ours",
    fails_with={"six": 7.0},
)
def squares_are_correlated(six=6.0):
    """A million pairs of units behind ten ReLU units, all weights drawn: within 4 standard errors
    (by blocks)."""
    rng, blocks = np.random.default_rng(33), []
    for _ in range(40):
        z = np.maximum(rng.standard_normal((25_000, 10), dtype=np.float32), 0)
        h = [np.einsum("nj,nj->n", rng.standard_normal(z.shape, dtype=np.float32), z) for _ in "12"]
        blocks.append([np.corrcoef(*h)[0, 1], np.corrcoef(h[0] ** 2, h[1] ** 2)[0, 1]])
    blocks = np.array(blocks)
    mean, error = blocks.mean(axis=0), blocks.std(axis=0) / np.sqrt(40)
    law = 1.5 / (six + 3 * 1.5)
    good = abs(mean[0]) < 4 * error[0] and abs(mean[1] - law) < 4 * error[1]
    return bool(good), f"{mean[1]:.3f} +- {error[1]:.3f}, of the units {mean[0]:.3f}"
