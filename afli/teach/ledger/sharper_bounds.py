"""Claims of the chapter "Sharper than the paper": the best bounds for the class."""

import numpy as np
from scipy import special

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import density
from afli.theory import gaussian
from afli.theory.extremal import fine_saw

FAMILIES = (("shtanh", 0.5), ("ssin", 1.0), ("sexp", 0.5), ("ssaw", 0.5))
Y = np.array([1e-6, 1e-4, 1e-2, 0.1, 1.0, 10.0])


def inside(ratio):
    """P(|Z| < L) = erf(L / sqrt 2)."""
    return special.erf(ratio / np.sqrt(2))


def beyond(ratio):
    """P(|Z| > L) = erfc(L / sqrt 2)."""
    return special.erfc(ratio / np.sqrt(2))


def excess(ratio):
    """E[(|Z| - L)_+]."""
    return 2 * density(ratio) - ratio * beyond(ratio)


def square_excess(ratio):
    """E[(|Z| - L)_+^2]."""
    return (1 + ratio**2) * beyond(ratio) - 2 * ratio * density(ratio)


def members(k=1.0):
    """Every family at six values of y: the activation, its edge of chaos, y and Lambda."""
    for name, a in FAMILIES:
        phi = afli.activation(name, a=a, k=k)
        for y in Y:
            edge = afli.edge_of_chaos(phi, y * a * a)
            yield phi, edge, y, a / np.sqrt(edge.q)


@claim(
    "X1",
    "On the edge of chaos, if $\\phi(0) = 0$, $\\sigma_b^2/q^* = \\sigma_w^2\\,\\mathbb{E}"
    "[(\\phi'(h) - \\phi(h)/h)^2]$ with $h \\sim \\mathcal{N}(0, q^*)$.",
    source="ours",
    fails_with={"gain": 1.0001},
)
def bias_is_slope_minus_gain(gain=1.0):
    """Seven activations, odd and not, by quadrature split at the kinks."""
    error = 0.0
    cases = (("tanh", 0.1), ("erf", 0.1), ("sin", 0.1), ("elu", 0.2), ("gelu", 0.5))
    phis = [(afli.activation(name), b) for name, b in cases]
    phis += [(afli.activation(name, a=2.0), 0.1) for name in ("shtanh", "ssin")]
    for phi, sigma_b2 in phis:
        edge = afli.edge_of_chaos(phi, sigma_b2)
        _, h, weight = gaussian.nodes(phi, np.array([edge.q]))
        square = (phi.derivative(h) - gain * phi(h) / h) ** 2
        mean = edge.sigma_w2 * np.sum(weight * square)
        error = max(error, abs(mean / (sigma_b2 / edge.q) - 1))
    return bool(error < 1e-8), f"seven activations, relative error below {bound(error)}"


@claim(
    "X2",
    "For every scaled-bounded activation $\\Lambda \\ge \\Lambda_{\\min}(y)$, and Shtanh has "
    "$\\Lambda = \\Lambda_{\\min}(y)$.",
    source="ours",
    fails_with={"factor": 1.0001},
)
def clip_has_the_smallest_ratio(factor=1.0):
    """The four families at six values of y; the root is checked in its equation."""
    error, least = 0.0, np.inf
    for phi, _, y, ratio in members():
        low = factor * afli.bounds.half_width_ratio_min(y)
        error = max(error, abs(excess(low) / (low * inside(low)) / y - 1))
        if phi.name == "shtanh":
            error = max(error, abs(ratio / low - 1))
        else:
            least = min(least, ratio / low - 1)
    evidence = f"Shtanh within {bound(error)}, the others above by {100 * least:.2g} % or more"
    return bool(error < 1e-9 and least > 0), evidence


@claim(
    "X3",
    "For every scaled-bounded activation on the edge of chaos $1 < \\mu_2/\\mu_1^2 \\le k^2"
    "\\sigma_w^2 \\le 1/\\operatorname{erf}(\\Lambda_{\\min}(y)/\\sqrt2)$, with equalities for "
    "Shtanh.",
    source="ours",
    fails_with={"factor": 0.9999},
)
def clip_is_the_worst_isometry(factor=1.0):
    """The four families with slopes 1 and 1.5 at six values of y."""
    good, error = True, 0.0
    for k in (1.0, 1.5):
        for phi, edge, y, _ in members(k):
            ratio = afli.moment_ratio(phi, edge.q)
            top = factor / inside(afli.bounds.half_width_ratio_min(y))
            chain = np.array([1.0, ratio, k**2 * edge.sigma_w2, top])
            good &= bool((np.diff(chain) > -1e-10 * chain[1:]).all())
            if phi.name == "shtanh":
                error = max(error, abs(ratio / top - 1))
    return bool(good and error < 1e-9), f"48 members, equal for Shtanh within {bound(error)}"


def _bias_of_saw(teeth, floor, ratio):
    """y at which a saw with half-width 1 has this half-width ratio on the edge of chaos."""
    reach = max(4.0, 9.0 / ratio)  # nine standard deviations
    return afli.edge_of_chaos_curve(fine_saw(1.0, teeth, floor, reach), 1 / ratio**2)[1]


@claim(
    "X4",
    "On the edge of chaos $y\\Lambda^2 < 4\\Lambda\\,\\mathbb{E}(|Z| - \\Lambda)_+ + "
    "\\mathbb{E}(|Z| - 2\\Lambda)_+^2$, and ever finer saws come as close as one likes.",
    source="ours",
    fails_with={"four": 3.99},
)
def saws_approach_the_largest_ratio(four=4.0):
    """Saws with 2, 4 and 8 teeth at three ratios, Ssaw at forty, and the tail by quadrature."""
    good, worst = True, 0.0
    z = np.linspace(0, 12, 240_001)
    weight = 2 * density(z) * (z[1] - z[0])
    weight[0] /= 2
    for ratio in (0.3, 0.6, 1.0):
        top = four * ratio * excess(ratio) + square_excess(2 * ratio)
        tail = np.minimum(z, np.maximum(2 * ratio - z, 0))
        good &= bool(abs(1 - weight @ tail**2 - top) < 1e-7)
        gaps = [1 - _bias_of_saw(teeth, 0.0, ratio) * ratio**2 / top for teeth in (2, 4, 8)]
        good &= bool(gaps[0] > 2 * gaps[1] > 4 * gaps[2] > 0)
        worst = max(worst, gaps[2])
    ratio = np.linspace(0.1, 3, 40)
    y = afli.edge_of_chaos_curve(afli.activation("ssaw", a=1.0), 1 / ratio**2)[1]
    top = four * ratio * excess(ratio) + square_excess(2 * ratio)
    good &= bool((y * ratio**2 < top).all())
    return bool(good and worst < 0.02), f"eight teeth leave a gap of {worst:.1g} of it at most"


@claim(
    "X5",
    "Saws with fine teeth just below $a$ have $\\mu_2/\\mu_1^2 \\to 1$, while "
    "$R(0) \\to 1 - \\mathbb{E}\\min(|Z|, \\Lambda)^2$.",
    source="ours",
    fails_with={"mean_square_slope": 0.99},
)
def isometry_is_free_for_saws(mean_square_slope=1.0):
    """Saws with 8 and 32 teeth at three ratios: the gap shrinks like the height of a tooth."""
    good, largest = True, 0.0
    for ratio in (0.8, 1.2, 2.0):
        size = inside(ratio) - 2 * ratio * density(ratio) + ratio**2 * beyond(ratio)
        limit = 1 - size / mean_square_slope
        gaps = []
        for teeth in (8, 32):
            gaps.append(_bias_of_saw(teeth, 1 - 1 / teeth, ratio) * ratio**2 - limit)
        good &= bool(3 < gaps[0] / gaps[1] < 5 and gaps[1] > 0)
        saw = fine_saw(1.0, 8, 7 / 8, 9.0 / ratio)
        largest = max(largest, afli.moment_ratio(saw, 1 / ratio**2) - 1)
    return bool(good and largest < 1e-9), f"the moment ratio is 1 within {bound(largest)}"
