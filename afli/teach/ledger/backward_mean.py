"""Claims of the chapter "Signals going back": the mean, and what independence assumes."""

import numpy as np

import afli
from afli.teach.claims import claim
from afli.teach.ledger.backward_draws import (
    EDGE,
    errors_back,
    gaussian,
    mean_and_error,
    normal,
    signals,
    with_weights,
)
from afli.teach.ledger.common import CLIP, RELU, TANH

ERF, LINEAR = afli.activation("erf"), afli.activation("linear")


@claim(
    "B1",
    "In wide networks of equal widths an error that comes from a fresh read-out is multiplied by "
    "$\\chi_1(q^l) = \\sigma_w^2\\, \\mathbb{E}[\\phi'(\\sqrt{q^l} Z)^2]$ in mean square, also "
    "before "
    "lengths have settled.",
    source="schoenholz2017",
    fails_with={"factor": 1.04},
)
def factor_of_a_layer(factor=1.0):
    """tanh, erf, ReLU and the clip, 8 layers of width 250, lengths that start away from q*."""
    good, worst = True, 0.0
    for phi, q1, w, b in (
        (TANH, 4.0, 1.2, 0.05), (ERF, 2.0, 1.5, 0.1), (RELU, 1.0, 1.7, 0.1), (CLIP, 4.0, 2.0, 0.05)
    ):  # fmt: skip
        h, delta, _ = with_weights(phi, q1, w, b, 250, 8, 4, 0, normal, errors=40)
        q, ratios = [q1], []
        for below, above in zip(delta[:-1], delta[1:], strict=True):
            ratio = (below**2).sum(axis=(1, 2)) / (above**2).sum(axis=(1, 2))
            ratios.append(ratio / (factor * afli.chi1(phi, q[-1], w)))
            q.append(afli.variance_map(phi, q[-1], w, b))
        mean, error = mean_and_error(ratios)
        good &= bool(abs(mean - 1) < min(4 * error, 0.03))
        worst = max(worst, abs(mean - 1))
    return good, f"four activations within {100 * worst:.1f} % a layer"


@claim(
    "B2",
    "At every width $\\mathbb{E}[|\\delta^l|^2]$, given the signals and $\\delta^{l+1}$, is "
    "$\\frac{\\sigma_w^2}{N_l} |\\delta^{l+1}|^2 \\big\\{ |\\phi'(h^l)|^2 + "
    "\\frac{\\sigma_w^2}{N_l v} "
    "|z^l \\odot \\phi'(h^l)|^2 \\big[ \\frac{(h^{l+1} \\cdot \\delta^{l+1})^2}{v "
    "|\\delta^{l+1}|^2} "
    "- 1 \\big] \\big\\}$ with $v = \\sigma_w^2 |z^l|^2/N_l + \\sigma_b^2$.",
    source="ours",
    fails_with={"one": 1.1},
)
def one_layer_back_exactly(one=1.0):
    """200,000 draws of a layer of 4 units above 3, with an error that is a function of h."""
    rng, w, b, count = np.random.default_rng(0), 1.5, 0.2, 200_000
    below = np.array([0.9, -0.4, 1.6])
    z, slope = np.tanh(below), 1 - np.tanh(below) ** 2
    v = w * (z @ z) / 3 + b
    weights = rng.standard_normal((count, 4, 3)) * np.sqrt(w / 3)
    h = weights @ z + np.sqrt(b) * rng.standard_normal((count, 4))
    good, rough = True, 0.0
    for delta in (h, h**3, np.maximum(h, 0), np.ones_like(h), np.cos(h)):
        back = ((slope * np.einsum("cij,ci->cj", weights, delta)) ** 2).sum(axis=1)
        size = (delta**2).sum(axis=1)
        aligned = (h * delta).sum(axis=1) ** 2 / v - one * size
        law = w / 3 * (size * (slope @ slope) + w / (3 * v) * (slope * z) @ (slope * z) * aligned)
        mean, error = mean_and_error(back - law)
        good &= bool(abs(mean) < 4 * error)
        rough = max(rough, error / back.mean())
    return good, f"five errors within 4 standard errors, of {100 * rough:.1f} % at most"


@claim(
    "B3",
    "The loss $\\frac12 |h^L|^2$ on the edge of chaos: $k$ layers back the mean square of the "
    "error "
    "is $1 + k$ times as large for linear and $1 + 2k$ times for ReLU networks. ReLU read out by "
    "the "
    "mean of its units: $1 + 2k/\\pi$. Independence says 1.",
    source="ours",
    fails_with={"pooled": 0.9 / np.pi},
)
def errors_that_know_the_signal(pooled=1 / np.pi):
    """Ten networks of width 10,000 without their weights, and 40 of width 100 with them."""
    good, worst = True, 0.0
    for phi, w, top, slope in (
        (LINEAR, 1.0, lambda h, rng: h, 1.0),
        (RELU, 2.0, lambda h, rng: h, 2.0),
        (RELU, 2.0, lambda h, rng: RELU.derivative(h), 2 * pooled),
    ):
        rng = np.random.default_rng(1)
        h, v = signals(phi, 1.0, w, 0.0, 10_000, 11, 10, rng)
        delta = errors_back(phi, h, v, w, 0.0, top(h[-1], rng), rng)[0]
        ratio = (delta[0] ** 2).sum(axis=1) / (delta[-1] ** 2).sum(axis=1)
        mean, error = mean_and_error(ratio / (1 + 10 * slope))
        good &= bool(abs(mean - 1) < min(4 * error, 0.04))
        worst = max(worst, abs(mean - 1))
        delta = with_weights(phi, 1.0, w, 0.0, 100, 4, 40, 2, top)[1]
        ratio = (delta[0] ** 2).sum(axis=1) / (delta[-1] ** 2).sum(axis=1)
        mean, error = mean_and_error(ratio / (1 + 3 * slope))
        good &= bool(abs(mean - 1) < max(4 * error, 0.1))
    return good, f"10 layers within {100 * worst:.1f} %, with weights 3 layers within the errors"


@claim(
    "B4",
    "In wide networks the overlap $\\omega^l = h^l \\cdot \\delta^l / N$ obeys $\\omega^l = "
    "\\frac{q^l V'(q^l)}{q^{l+1}}\\, \\omega^{l+1}$: errors lose the signal at the rate at which "
    "lengths are forgotten.",
    source="ours",
    fails_with={"power": 1.06},
)
def overlap_decays_like_a_length(power=1.0):
    """tanh, ELU and the clip, lengths away from q*: one layer of width 250 with its weights, and
    three of width 20,000 without them.
    """
    good, worst = True, 0.0
    for phi, q1, w, b in (
        (TANH, 2.0, 1.76, 0.05), (afli.activation("elu"), 0.5, 1.3, 0.1), (CLIP, 0.5, 1.2, 0.05)
    ):  # fmt: skip
        q, steps = q1, []
        for _ in range(3):
            after = afli.variance_map(phi, q, w, b)
            steps.append((q * afli.variance_slope(phi, q, w) / after) ** power)
            q = after
        h, delta, _ = with_weights(phi, q1, w, b, 250, 2, 30, 3, lambda h, rng: h)
        ratio = (h[0] * delta[0]).sum(axis=(1, 2)) / (h[1] ** 2).sum(axis=(1, 2))
        mean, error = mean_and_error(ratio / steps[0])
        good &= bool(abs(mean - 1) < 4 * error)
        rng = np.random.default_rng(4)
        h, v = signals(phi, q1, w, b, 20_000, 4, 5, rng)
        delta = errors_back(phi, h, v, w, b, h[-1], rng)[0]
        ratio = (h[0] * delta[0]).sum(axis=1) / (h[-1] ** 2).sum(axis=1)
        gap = abs(ratio.mean() / np.prod(steps) - 1)
        good, worst = bool(good and gap < 0.05), max(worst, gap)
    return good, f"one layer within 4 standard errors, three within {100 * worst:.1f} %"


@claim(
    "B5",
    "Without biases, ReLU, leaky ReLU and linear networks have the same $h^l \\cdot \\delta^l$ "
    "in all "
    "layers, at every width and for every loss; it is also $\\sum_{ij} W^l_{ij}\\, "
    "\\partial \\mathcal{L} / \\partial W^l_{ij}$.",
    source="ours",
    fails_with={"sigma_b2": 1e-12},
)
def conserved_overlap(sigma_b2=0.0):
    """Five layers of 25 units, three activations; a single weight gradient for each layer."""
    worst = 0.0
    for phi in (RELU, afli.activation("leaky_relu"), LINEAR):
        h, delta, w = with_weights(phi, 1.0, 2.0, sigma_b2, 25, 5, 10, 4, normal)
        dot = np.array([(a * d).sum(axis=(1, 2)) for a, d in zip(h, delta, strict=True)])
        inner = [
            (w[layer] * (delta[layer] @ phi(h[layer - 1]).swapaxes(1, 2))).sum(axis=(1, 2))
            for layer in range(1, 5)
        ]
        scale = abs(h[0] * delta[0]).sum(axis=(1, 2))
        worst = max(worst, (abs(dot - dot[0]) / scale).max(), (abs(inner - dot[0]) / scale).max())
    return bool(worst < 1e-10), "equal to ten digits"


@claim(
    "B6",
    "On the edge of chaos the typical mean square of an error is lower than with independent "
    "backward weights by the factor $1 + \\frac{A\\, r}{N (1 - V'^2)}$ a layer, where $V' = "
    "V'(q^*)$, $A = "
    "\\mathbb{E}[\\phi^2 \\phi'^2] / (q^* \\mu_1^2)$ and $r = \\mathbb{E}[h^2 \\phi'^2]/(q^* "
    "\\mu_1) - 1$; "
    "for ReLU $r = 0$.",
    source="ours",
    fails_with={"factor": 1.12},
)
def price_of_sharing(factor=1.0):
    """1000 tanh networks of width 150, 16 layers, with the same random numbers for both kinds of
    backward weights; the first layers counted as in the text."""
    rng, width, depth = np.random.default_rng(5), 150, 16
    h, v = signals(TANH, EDGE.q, EDGE.sigma_w2, 0.05, width, depth, 1000, rng)
    top = rng.standard_normal(h[-1].shape)
    delta, fresh = errors_back(TANH, h, v, EDGE.sigma_w2, 0.05, top, rng)
    mean, error = mean_and_error(np.log((delta[0] ** 2).sum(1) / (fresh[0] ** 2).sum(1)))
    x, weight = gaussian(EDGE.q)
    z2, slope2 = np.tanh(x) ** 2, (1 - np.tanh(x) ** 2) ** 2
    m1, squared = weight @ slope2, EDGE.variance_slope**2
    r = weight @ (x**2 * slope2) / (EDGE.q * m1) - 1
    layers = sum((1 - squared**k) / (1 - squared) for k in range(depth - 1))
    law = factor * weight @ (z2 * slope2) / (EDGE.q * m1**2) * r * layers / width
    good = abs(mean - law) < min(3.5 * error, abs(law) / 12)
    return bool(good), f"logarithm {mean:.4f} with error {error:.4f}, predicted {law:.4f}"
