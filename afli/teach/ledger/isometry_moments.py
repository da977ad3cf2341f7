"""Claims of the chapter "Dynamical isometry": moments of the singular values."""

import numpy as np
from scipy.special import digamma

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import CLIP, RELU, TANH
from afli.teach.ledger.isometry_draws import haar, jacobians, mean_and_error, second_moment
from afli.theory.simulation import simulate


@claim(
    "I1",
    "On the edge of chaos the mean of $\\ln s^2$ is $L$ times "
    "$\\mathbb{E} \\ln \\phi'^2 - \\ln \\mathbb{E}\\, \\phi'^2 - g$, with $g = 0$ for orthogonal "
    "and $g = 1$ for Gaussian weights.",
    source="newman1986",
    fails_with={"g": 0.999},
)
def logarithms_add_up(g=1.0):
    """Determinants of 3-layer leaky networks of width 8 against the exact mean of ln chi-squared,
    whose limit of infinite width is g.
    """

    def lost(n):  # mean of -ln det(W W^T) / n: squared lengths with n, n - 1, ..., 1 terms
        return -(digamma(np.arange(1, n + 1) / 2) + np.log(2 / n)).mean()

    slope, depth = 0.5, 3
    leaky = afli.activation("leaky_relu", slope=slope)
    rate = np.log(slope) - np.log((1 + slope**2) / 2)
    x, sigma_w2, good = np.ones(8), 2 / (1 + slope**2), True
    for weights, predicted in (("orthogonal", rate), ("gaussian", rate - lost(8))):
        j = jacobians(leaky, sigma_w2, 0.0, x, depth, 4000, weights, 0)
        mean, error = mean_and_error(2 * np.linalg.slogdet(j)[1] / 8)
        good &= bool(abs(mean - depth * predicted) < 4 * error)
    limit = lost(300_000)
    return good and bool(
        abs(limit - g) < 1e-4
    ), f"within 4 errors at width 8; g within {bound(1e-4)}"


@claim(
    "I2",
    "In wide networks on the edge of chaos the squared singular values have variance "
    "$L(\\mu_2/\\mu_1^2 - 1 + g)$, with $g = 0$ for orthogonal and $g = 1$ for Gaussian weights.",
    source="pennington2018",
    fails_with={"orthogonal": 0.04},
)
def variance_of_the_spectrum(orthogonal=0.0, gaussian=1.0):
    """Ten networks of width 150 with 6 layers of tanh and of the clip, both kinds of weights."""
    good, worst = True, 0.0
    for phi in (TANH, CLIP):
        edge = afli.edge_of_chaos(phi, 0.05)
        tau = afli.spectrum_variance(phi, edge.q, 1)
        x = np.full(150, np.sqrt((edge.q - 0.05) / edge.sigma_w2))
        for weights, g in (("orthogonal", orthogonal), ("gaussian", gaussian)):
            options = {"networks": 10, "weights": weights, "seed": 1, "jacobian": True}
            run = simulate(phi, x, 6, 150, edge.sigma_w2, 0.05, **options)
            s2 = run.singular_values[:, 0] ** 2
            mean, error = mean_and_error((s2**2).mean(1) / s2.mean(1) ** 2 - 1)
            gap = abs(mean / (6 * (tau + g)) - 1)
            good &= bool(gap < 0.08 and abs(mean - 6 * (tau + g)) < 4 * error)
            worst = max(worst, gap)
    return good, f"four kinds of network within {100 * worst:.0f} %"


def _law(tau, width, depth, weights, three, two):
    n, first = width, (width + 2) / 3
    if weights == "orthogonal":
        return first * (1 + three * tau / (n + 2)) ** depth - (n - 1) / 3
    return first * (1 + (three * tau + two) / n) ** depth - (n - 1) / 3 * (1 - 1 / n) ** depth


def _against_the_law(weights, settings, three=3.0, two=2.0):
    good, worst, rough = True, 0.0, 0.0
    for slope, width, depth, count in settings:
        leaky = afli.activation("leaky_relu", slope=slope)
        tau = ((1 - slope**2) / (1 + slope**2)) ** 2
        x, sigma_w2 = np.ones(width), 2 / (1 + slope**2)
        m2 = second_moment(jacobians(leaky, sigma_w2, 0.0, x, depth, count, weights, 3))
        mean, error = mean_and_error(m2)
        law = _law(tau, width, depth, weights, three, two)
        good &= bool(abs(mean - law) < 3.5 * error)
        worst, rough = max(worst, abs(mean / law - 1)), max(rough, error / law)
    text = f"within 3.5 standard errors, of {100 * rough:.1f} % at most"
    return good, text if good else f"off by {100 * worst:.1f} %"


@claim(
    "I3",
    "For ReLU and leaky ReLU with orthogonal weights, at every width $N$ and depth on the edge of "
    "chaos, $\\mathbb{E}[m_2] = \\frac{N+2}{3} (1 + \\frac{3\\tau}{N+2})^L - \\frac{N-1}{3}$.",
    source="ours",
    fails_with={"three": 2.85},
)
def orthogonal_at_every_width(three=3.0):
    """Means over thousands of networks of 3 to 8 units and 3 to 6 layers."""
    settings = ((0.0, 3, 3, 12000), (0.3, 5, 6, 8000), (0.5, 8, 4, 6000))
    return _against_the_law("orthogonal", settings, three=three)


@claim(
    "I4",
    "For them with Gaussian weights $\\mathbb{E}[m_2] = \\frac{N+2}{3} "
    "(1 + \\frac{3\\tau + 2}{N})^L - \\frac{N-1}{3} (1 - \\frac1N)^L$.",
    source="ours",
    fails_with={"two": 1.85},
)
def gaussian_at_every_width(two=2.0):
    """Means over thousands of networks of 8 and 16 units and 2 to 4 layers."""
    settings = ((0.0, 16, 2, 8000), (0.5, 8, 2, 20000), (1.0, 16, 4, 6000))
    return _against_the_law("gaussian", settings, two=two)


@claim(
    "I11",
    "The largest squared singular value is at least $m_2/m_1$, and no larger multiple of "
    "it will do.",
    source="ours",
    fails_with={"factor": 1.001},
)
def largest_is_at_least(factor=1.0):
    """Networks of four activations and both kinds of weights; equality for one ReLU layer."""
    least, count = np.inf, 0
    for phi, sigma_w2 in ((RELU, 2.0), (TANH, 1.3), (CLIP, 1.2), (afli.activation("elu"), 1.2)):
        for weights in ("orthogonal", "gaussian"):
            j = jacobians(phi, sigma_w2, 0.0, np.ones(10), 5, 100, weights, 4)
            s2 = np.linalg.svd(j, compute_uv=False) ** 2
            s2 = s2[s2[:, 0] > 1e-12]
            least = min(least, (s2[:, 0] * s2.mean(1) / (s2**2).mean(1)).min())
            count += len(s2)
    layer = RELU.derivative(haar(np.random.default_rng(0), 1, 10)[0] @ np.ones(10))
    s2 = 2 * layer**2
    equality = s2.max() * s2.mean() / (s2**2).mean()
    good = least >= factor - 1e-9 and factor - 1e-9 <= equality < 1 + 1e-9
    return bool(good), f"{count} networks; quotient 1 for one ReLU layer"
