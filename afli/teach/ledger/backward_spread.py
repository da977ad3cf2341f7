"""Claims of the chapter "Signals going back": typical errors, both directions, and the weights."""

import numpy as np
from scipy.special import digamma, polygamma

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.backward_draws import (
    EDGE,
    errors_back,
    gaussian,
    mean_and_error,
    normal,
    signals,
    with_weights,
)
from afli.teach.ledger.common import CLIP, RELU, TANH, variance_with_error

LINEAR, ERF = afli.activation("linear"), afli.activation("erf")
CLIP2 = afli.activation("shtanh", a=2.0)


def spread(phi, q, sigma_w2, layers, share=1.0):
    """N times the variance of claim B8 after so many layers; the rate c is its increase.

    `share` multiplies what comes from the lengths. A length that goes astray m layers below the top
    is felt in m layers only.
    """
    h, weight = gaussian(q)
    z2, slope2 = phi(h) ** 2, phi.derivative(h) ** 2
    mu1 = weight @ slope2
    tau = weight @ slope2**2 / mu1**2 - 1
    slope, step = afli.variance_slope(phi, q, sigma_w2), 1e-5 * q
    ends = [np.log(afli.chi1(phi, q + sign * step, sigma_w2)) for sign in (1, -1)]
    theta = share * sigma_w2 * (ends[0] - ends[1]) / (2 * step) / (1 - slope)
    theta = theta * (1 - slope ** np.arange(layers))
    together = weight @ (z2 * slope2) / mu1 - weight @ z2
    return np.sum(
        2 + 3 * tau + 2 * theta * together + theta**2 * (weight @ z2**2 - (weight @ z2) ** 2)
    )


@claim(
    "B7",
    "In linear Gaussian networks, $\\sigma_w^2 = 1$, $k$ layers back $\\ln |\\delta|^2$ has "
    "changed by $k\\,[\\psi(\\frac N2) - \\ln \\frac N2] \\approx -\\frac kN$ on average, with "
    "variance $k\\, \\psi'(\\frac N2) \\approx \\frac{2k}{N}$; exactly, at every width.",
    source="hanin2020",
    fails_with={"half": 0.52},
)
def linear_networks_exactly(half=0.5):
    """3000 networks of widths 3 and 10, five layers back."""
    good, rough = True, 0.0
    for width in (3, 10):
        _, delta, _ = with_weights(LINEAR, 1.0, 1.0, 0.0, width, 6, 3000, 0, normal)
        logs = np.log((delta[0] ** 2).sum(axis=(1, 2)) / (delta[-1] ** 2).sum(axis=(1, 2)))
        mean, error = mean_and_error(logs)
        n = half * width
        good &= bool(abs(mean - 5 * (digamma(n) - np.log(width / 2))) < 4 * error)
        variance, rest = variance_with_error(logs)
        good &= bool(abs(variance - 5 * polygamma(1, n)) < 4 * rest)
        rough = max(rough, rest / variance)
    return good, f"means and variances within 4 standard errors, of {100 * rough:.1f} % at most"


@claim(
    "B8",
    "On the edge of chaos the variance of $\\ln |\\delta|^2$ grows by $c/N$ a layer with "
    "$c = 2 + 3\\tau + 2\\theta K + \\theta^2 \\operatorname{Var}[\\phi^2]$, $\\theta = "
    "\\sigma_w^2 (\\ln \\chi_1)'(q^*) / (1 - V'(q^*))$ and $K = \\operatorname{Cov}[\\phi^2, "
    "\\phi'^2]/\\mu_1$: 5 for ReLU, 4.0 for tanh at $\\sigma_b^2 = 0.05$.",
    source="ours",
    fails_with={"share": 0.6},
)
def spread_of_the_logarithm(share=1.0):
    """2500 networks of width 64 drawn without their weights, 20 layers back."""
    rng = np.random.default_rng(1)
    h, v = signals(TANH, EDGE.q, EDGE.sigma_w2, 0.05, 64, 21, 2500, rng)
    delta = errors_back(TANH, h, v, EDGE.sigma_w2, 0.05, rng.standard_normal(h[0].shape), rng)[0]
    size = np.log([(d**2).sum(axis=1) for d in (delta[0], delta[-1])])
    found, error = 64 * np.array(variance_with_error(size[0] - size[1]))
    law = spread(TANH, EDGE.q, EDGE.sigma_w2, 20, share)
    rate = spread(TANH, EDGE.q, EDGE.sigma_w2, 300) - spread(TANH, EDGE.q, EDGE.sigma_w2, 299)
    relu = afli.derivative_moment(RELU, 1.0, 2) / afli.derivative_moment(RELU, 1.0, 1) ** 2
    good = abs(found - law) < 3.5 * error and abs(2 + 3 * (relu - 1) - 5) < 1e-12
    good = good and abs(rate - 4.0) < 0.05
    return bool(good), (
        f"N times the variance is {found:.0f} with error {error:.0f}, predicted {law:.0f}; "
        f"c = {rate:.2f} for tanh"
    )


@claim(
    "B9",
    "ReLU with $\\sigma_w^2 = 2$ and without biases keeps the mean of $|\\delta|^2$ exactly, at "
    "every width, if "
    "the error at the top is independent of the network; but $\\ln |\\delta|^2$ falls by about "
    "$\\frac{5}{2N}$ and "
    "spreads by about $\\frac5N$ a layer.",
    source="hanin2020",
    fails_with={"two": 2.04},
)
def relu_keeps_the_mean(two=2.0):
    """20,000 networks of width 12, three layers back; 2000 of width 400, 20 layers back."""
    _, delta, _ = with_weights(RELU, 1.0, two, 0.0, 12, 4, 20_000, 2, normal)
    mean, error = mean_and_error((delta[0] ** 2).sum((1, 2)) / (delta[-1] ** 2).sum((1, 2)))
    good = abs(mean - 1) < 3.5 * error
    rng = np.random.default_rng(3)
    # A layer multiplies by the mean of K squared Gaussians, where K units out of N are active.
    active = rng.binomial(400, 0.5, (2000, 20))
    logs = np.log(two * rng.chisquare(active) / 400).sum(axis=1)
    middle, rest = mean_and_error(logs)
    good &= abs(middle / (-20 * 2.5 / 400) - 1) < 0.03 + 4 * rest * 400 / 50
    variance, rest = variance_with_error(logs)
    good &= abs(variance / (20 * 5 / 400) - 1) < 0.03 + 4 * rest * 400 / 100
    return bool(good), f"mean {mean:.3f} with error {error:.3f}; spread as predicted"


@claim(
    "B10",
    "Averaged over directions, a network stretches perturbations and errors by the same factor: "
    "both are $\\frac1N \\operatorname{tr} J^\\top J$, the mean of the squared singular values, "
    "which is the product of the $\\chi_1(q^l)$ in wide networks.",
    source="schoenholz2017",
    fails_with={"ratio": 1.001},
)
def one_jacobian_two_directions(ratio=1.0):
    """tanh on both sides of the edge, 6 layers of width 150, five networks each: forwards by
    differences in all coordinates, backwards by backpropagation of all unit errors.
    """
    good, worst, rng = True, 0.0, np.random.default_rng(4)
    for w in (1.0, 2.6):
        q, found = afli.fixed_point(TANH, w, 0.05), []
        for _ in range(5):
            h, slopes, weights = np.sqrt(q) * rng.standard_normal((150, 1)), [], []
            moved = h + 1e-6 * np.eye(150)
            for _ in range(6):
                weights.append(rng.standard_normal((150, 150)) * np.sqrt(w / 150))
                bias = np.sqrt(0.05) * rng.standard_normal((150, 1))
                slopes.append(TANH.derivative(h))
                h, moved = (weights[-1] @ TANH(a) + bias for a in (h, moved))
            forward = (((moved - h) / 1e-6) ** 2).sum() / 150
            back = np.eye(150)
            for matrix, slope in zip(weights[::-1], slopes[::-1], strict=True):
                back = slope * (matrix.T @ back)
            found.append((back**2).sum() / 150)
            good &= bool(abs(forward / found[-1] - ratio) < 1e-4)
        gap = abs(np.mean(found) / afli.chi1(TANH, q, w) ** 6 - 1)
        good, worst = good and gap < 0.2, max(worst, gap)
    return bool(good), f"equal to 0.01 %, and the product within {100 * worst:.0f} %"


@claim(
    "B11",
    "The depth scales of errors, $\\xi_\\nabla = 1/|\\ln \\chi_1|$, and of correlations are "
    "equal in "
    "the ordered phase. Near the edge on the chaotic side $\\xi_c/\\xi_\\nabla$ tends to 1 for "
    "smooth activations and to 2 for those with kinks.",
    source="ours",
    fails_with={"kinked": 1.99},
)
def two_depth_scales(kinked=2.0):
    """tanh, erf and two clips at 0.999 and 1.0001 times the weight variance of the edge."""
    worst = 0.0
    for phi, b, limit in (
        (TANH, 0.05, 1.0), (ERF, 0.1, 1.0), (CLIP, 0.05, kinked), (CLIP2, 0.1, kinked)
    ):  # fmt: skip
        edge = afli.edge_of_chaos(phi, b)
        for factor, ratio in ((0.6, 1.0), (0.999, 1.0), (1.0001, limit)):
            w = factor * edge.sigma_w2
            chi = afli.chi1(phi, afli.fixed_point(phi, w, b), w)
            found = afli.depth_scales(phi, w, b)[1] * abs(np.log(chi))
            worst = max(worst, abs(found / ratio - 1))
    return bool(worst < 0.002), f"four activations within {bound(worst)}"


@claim(
    "B12",
    "ReLU without biases: on average over networks the mean square of the gradient in the "
    "weights is "
    "the same in all layers, $(\\sigma_w^2/2)^{L-1} \\tilde q^L |x|^2/N$, at every width and for "
    "every "
    "$\\sigma_w^2$.",
    source="ours",
    fails_with={"two": 2.1},
)
def weight_gradients_of_one_size(two=2.0):
    """2000 networks of width 20 with five layers, weight variances 1.4 and 3."""
    good, worst = True, 0.0
    for w in (1.4, 3.0):
        # Layer 1 has variance q1 = w |x|^2 / N.
        h, delta, _ = with_weights(RELU, w, w, 0.0, 20, 5, 2000, 6, normal)
        below = [np.full(2000, 1.0)] + [(RELU(a) ** 2).mean(axis=(1, 2)) for a in h[:-1]]
        for d, z2 in zip(delta, below, strict=True):
            mean, error = mean_and_error((d**2).mean(axis=(1, 2)) * z2)
            law = (w / two) ** 4
            good &= bool(abs(mean - law) < 4 * error)
            worst = max(worst, abs(mean / law - 1))
    return good, f"five layers within {100 * worst:.0f} %, all within 4 standard errors"
