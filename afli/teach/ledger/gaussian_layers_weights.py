"""Claims of the chapter "Why wide layers are Gaussian": weights that are not Gaussian."""

import numpy as np

from afli.teach.claims import bound, claim
from afli.teach.ledger.common import CLIP, RELU, TANH
from afli.teach.ledger.gaussian_layers_kurtosis import layer_two, second_and_fourth
from afli.teach.ledger.gaussian_layers_limit import largest_gap
from afli.teach.ledger.hermite_basis import grid


@claim(
    "W8",
    "If the weights of layer 2 have excess kurtosis $\\kappa_w$ (uniform: $-1.2$, signs: $-2$) and "
    "those of layer 1 are Gaussian, then without biases $h^2$ has excess kurtosis "
    "$[(3 + \\kappa_w) \\mathbb{E}[\\phi^4]/\\mathbb{E}[\\phi^2]^2 - 3]/N_1$.",
    source="ours",
    fails_with={"uniform": -1.201},
)
def other_weights(uniform=-1.2):
    """The fourth cumulant from the characteristic function, three activations, two widths."""
    error = 0.0
    for phi in (TANH, CLIP, RELU):
        second, fourth = second_and_fourth(phi, 1.0, 2)
        for name, kurtosis in (("gaussian", 0.0), ("uniform", uniform), ("sign", -2.0)):
            for width in (3, 100):
                found = layer_two(phi, 1.0, 1.5, 0.0, width, name)[1]
                said = ((3 + kurtosis) * fourth / second**2 - 3) / width
                error = max(error, abs(found - said) * width)
    return bool(error < 1e-6), f"error below {bound(error)}"


@claim(
    "W9",
    "For weights with Student's distribution with 3 degrees of freedom, variance $1/N$ and "
    "infinite kurtosis, the sum of $N$ weights tends to a Gaussian, at a distance "
    "of $0.110/\\sqrt N$.",
    source="ours",
    fails_with={"power": 0.505},
)
def slow_for_student(power=0.5):
    """The exact characteristic function inverted at fan-ins 100 to 100 000."""
    t = np.arange(0.5, 2000) * 0.01
    gaps = []
    for n in (10**3, 10**5):
        u = t / np.sqrt(n)
        gaps.append(n**power * largest_gap(np.exp(n * (np.log1p(u) - u)), t))
    good = abs(gaps[1] / gaps[0] - 1) < 0.01 and abs(gaps[1] - 0.110) < 5e-4
    return bool(good), f"scaled distances {gaps[0]:.4f} and {gaps[1]:.4f}"


@claim(
    "W10",
    "With Cauchy weights of scale $1/N$, $h^1$ for the input of ones is Cauchy at every fan-in, "
    "and with tanh $h^2$ tends to a Cauchy variable of scale $\\mathbb{E}|\\tanh C| = 0.667$, not "
    "to a Gaussian.",
    source="ours",
    fails_with={"power": 0.97},
)
def cauchy_stays_cauchy(power=1.0):
    """Medians of |h| over 8000 sums of 10 and of 1000 terms, and of |h^2| behind 500 units; the
    scale by a sum over the quantiles of C: within 4 standard errors."""
    rng = np.random.default_rng(51)
    share = (np.arange(100_000) + 0.5) / 100_000
    scale = np.abs(np.tanh(np.tan(np.pi * (share - 0.5)))).mean()
    worst = abs(scale - 0.667) / 5e-4
    error = np.pi / 2 / np.sqrt(8000)  # of the median of |C|, whose density there is 1 / pi
    for n in (10, 1000):
        h = np.concatenate([rng.standard_cauchy((500, n)).sum(axis=1) for _ in range(16)])
        worst = max(worst, abs(np.median(np.abs(h)) / n**power - 1) / (4 * error))
    h = [rng.standard_cauchy((500, 500)) * np.tanh(rng.standard_cauchy((500, 500))) for _ in "1234"]
    middle = np.median(np.abs(np.concatenate(h).sum(axis=1))) / 500**power
    worst = max(worst, abs(middle / scale - 1) / (4 * 2 * error))
    return bool(worst < 1), f"within {4 * worst:.1f} standard errors"


@claim(
    "W11",
    "With orthogonal weights and no biases, the excess kurtosis of a ReLU network at layer $l$ is "
    "$\\frac{3N}{N+2}\\big(1 + \\frac{3}{N+2}\\big)^{l-1} - 3$.",
    source="ours",
    fails_with={"three": 3.4},
)
def orthogonal_relu(three=3.0):
    """60 000 networks of two orthogonal matrices of size 6: the second moment of the length of
    z^1 and the fourth of one preactivation h^2, within 4 standard errors."""
    rng, n = np.random.default_rng(52), 6
    q, r = np.linalg.qr(rng.standard_normal((2, 60_000, n, n)))
    q = q * np.sign(np.diagonal(r, axis1=2, axis2=3))[:, :, None, :]
    z = np.maximum(q[0].sum(axis=2), 0)
    squared = (2 * (z**2).mean(axis=1)) ** 2
    fourth = 4 * (q[1, :, 0, :] * z).sum(axis=1) ** 4
    worst = 0.0
    for values, law in (
        (squared, 1 + three / (n + 2)), (fourth, 3 * n / (n + 2) * (1 + three / (n + 2))),
    ):  # fmt: skip
        worst = max(worst, abs(values.mean() - law) / (values.std() / np.sqrt(60_000)))
    return bool(worst < 4), f"within {worst:.1f} standard errors"


@claim(
    "W12",
    "With orthogonal weights the noise that a wide layer adds to the length is smaller: "
    "$\\operatorname{Var}[f] - \\frac12 \\mathbb{E}[f\\,(Z^2-1)]^2$ in place of "
    "$\\operatorname{Var}[f]$, with $f = \\phi(\\sqrt q Z)^2$; for tanh at $q = 1$ "
    "less than a third.",
    source="ours",
    fails_with={"half": 0.48},
)
def orthogonal_noise(half=0.5):
    """20 000 random directions in 200 dimensions, for tanh, the clip and ReLU: within 4 standard
    errors and 2 %."""
    rng, worst, ratios = np.random.default_rng(53), 0.0, []
    g = rng.standard_normal((20_000, 200))
    g /= np.sqrt((g**2).mean(axis=1, keepdims=True))
    for phi in (TANH, CLIP, RELU):
        z, weight = grid(np.array(phi.kinks))
        f = phi(z) ** 2
        noise = f**2 @ weight - (f @ weight) ** 2
        law = noise - half * ((z**2 - 1) * f @ weight) ** 2
        found = 200 * (phi(g) ** 2).mean(axis=1).var()
        ratios.append(law / noise)
        worst = max(worst, abs(found / law - 1) / (0.02 + 4 * np.sqrt(2 / 20_000)))
    return bool(worst < 1 and ratios[0] < 1 / 3), f"shares of the noise {np.round(ratios, 3)}"
