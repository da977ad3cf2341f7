"""Claims of the chapter "The theorem": the fixed point on the edge of chaos, and the map there."""

import numpy as np
from scipy.special import erf, ndtr

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import density

FAMILIES = ("shtanh", "ssin", "sexp", "ssaw")
_WITHIN_ONE = erf(np.sqrt(0.5))  # P(|Z| <= 1)


def leaky_clip(slope):
    """x on [-1, 1], and of the given slope beyond: odd, and unbounded unless the slope is 0."""
    return afli.Activation(
        name=f"leaky clip {slope:g}",
        value=lambda x: slope * x + (1 - slope) * np.clip(x, -1, 1),
        derivative=lambda x: np.where(abs(x) < 1, 1.0, slope),
        kinks=(-1.0, 1.0),
        odd=True,
        linear_pieces=True,
        half_width=1.0,
    )


def bias_variance(phi, q):
    """The sigma_b2 for which q is the fixed point on the edge of chaos."""
    return q - afli.variance_map(phi, q, 1.0, 0.0) / afli.derivative_moment(phi, q, 1)


@claim(
    "T1",
    "For a scaled-bounded activation with half-width $a$ and any $\\sigma_b^2 > 0$, $\\Psi$ has a "
    "fixed point between $\\sigma_b^2$ and $(a/p + \\sigma_b)^2$, where $p = P(|Z| \\le 1)$; with "
    "$\\sigma_w^2 = 1/\\mathbb{E}[\\phi'^2]$ it is a fixed point of $V$ with $\\chi_1 = 1$.",
    source="murray2022",
    fails_with={"p": 0.6828},
)
def fixed_point_between_two_numbers(p=_WITHIN_ONE):
    """The inequality P(|Z| <= x) >= p x on (0, 1] that the proof uses; Psi at both ends, V and
    chi_1 at q*, for the four families, three half-widths and nine bias variances."""
    x = np.linspace(0.001, 1, 1000)
    good, error = bool((erf(x / np.sqrt(2)) >= p * x * (1 - 1e-14)).all()), 0.0
    sigma_b2 = np.logspace(-4, 4, 9)
    for name in FAMILIES:
        for a in (1.0, 2.0, 5.0):
            phi = afli.activation(name, a=a)
            top = (a / p + np.sqrt(sigma_b2)) ** 2
            low, high = bias_variance(phi, sigma_b2), bias_variance(phi, top)
            good &= bool((low < sigma_b2).all() and (high > sigma_b2).all())
            edge = afli.edge_of_chaos(phi, sigma_b2)
            good &= bool((sigma_b2 < edge.q).all() and (edge.q < top).all())
            sigma_w2 = 1 / afli.derivative_moment(phi, edge.q, 1)
            mapped = afli.variance_map(phi, edge.q, sigma_w2, sigma_b2)
            chi1 = afli.chi1(phi, edge.q, sigma_w2)
            error = max(error, abs(mapped / edge.q - 1).max(), abs(chi1 - 1).max())
    return bool(good and error < 1e-9), f"108 edges of chaos, equations within {bound(error)}"


# Piecewise linear: slope at minus infinity, constant, and the jump of the slope at each kink.
_PIECES = {
    "ReLU": (0.0, 0.0, {0.0: 1.0}),
    "leaky ReLU": (0.1, 0.0, {0.0: 0.9}),
    "clip": (0.0, -1.0, {-1.0: 1.0, 1.0: -1.0}),
    "Ssaw": (0.0, 0.0, {-2.0: -1.0, -1.0: 2.0, 1.0: -2.0, 2.0: 1.0}),
    "hat off centre": (0.0, 0.0, {-0.5: 1.0, 0.5: -2.0, 1.5: 1.0}),
}


def _average(piece, mean, deviation):
    """E[phi(X)] and E[phi'(X)] for X ~ N(mean, deviation^2), exactly."""
    slope, constant, jumps = piece
    value, rate = constant + slope * mean, np.full_like(mean, slope)
    for kink, jump in jumps.items():
        t = (mean - kink) / deviation
        value += jump * ((mean - kink) * ndtr(t) + deviation * density(t))
        rate += jump * ndtr(t)
    return value, rate


@claim(
    "T2",
    "For $\\phi$ continuous with finitely many kinks, $\\frac{d}{d\\rho}\\, "
    "\\mathbb{E}[\\phi(U_1)\\phi(U_2)] = q\\,\\mathbb{E}[\\phi'(U_1)\\phi'(U_2)]$. The activation "
    "need not be odd.",
    source="ours",
    fails_with={"factor": 1.0001},
)
def slope_with_kinks(factor=1.0):
    """Five piecewise linear activations at q = 1, two of them odd: the average over one variable
    in closed form, over the other by a sum between the kinks; differences of fourth order in rho
    against the slope."""
    h = 0.005
    z = (np.arange(4000) + 0.5) * h - 10  # every kink lies between two of these
    weight, tiny, error, step = density(z) * h, 1e-9, 0.0, 0.01

    def both(piece, rho):
        value, rate = _average(piece, z, tiny)
        other = _average(piece, rho * z, np.sqrt(1 - rho**2))
        return weight @ (value * other[0]), weight @ (rate * other[1])

    for piece in _PIECES.values():
        for rho in (-0.8, -0.3, 0.0, 0.4, 0.8):
            k = {i: both(piece, rho + i * step)[0] for i in (-2, -1, 1, 2)}
            difference = (8 * (k[1] - k[-1]) - (k[2] - k[-2])) / (12 * step)
            error = max(error, abs(difference - factor * both(piece, rho)[1]))
    return bool(error < 3e-5), f"25 slopes, within {bound(error)}"


@claim(
    "T3",
    "On the edge of chaos of an odd activation $R(\\rho) - \\rho$ falls on $[-1, 1]$ from "
    "$2\\sigma_b^2/q^*$ at $-1$ to 0 at 1. Its maximum on $[0, 1]$ is $R(0) = \\sigma_b^2/q^*$.",
    source="ours",
    fails_with={"factor": 2.0001},
)
def gap_on_both_sides(factor=2.0):
    """R at 81 correlations for the four families, tanh, sine and a leaky clip, at three bias
    variances each."""
    rho, good, error, count = np.linspace(-1, 1, 81), True, 0.0, 0
    members = [afli.activation(name, a=2.0) for name in FAMILIES]
    for phi in (*members, afli.activation("tanh"), afli.activation("sin"), leaky_clip(0.3)):
        for sigma_b2 in (0.01, 0.1, 1.0):
            edge = afli.edge_of_chaos(phi, sigma_b2)
            gap = afli.correlation_map(phi, rho, edge.q, edge.sigma_w2, sigma_b2) - rho
            unit = sigma_b2 / edge.q
            good &= bool((np.diff(gap) < 1e-9).all())
            ends = np.array([gap[0] - factor * unit, gap[40] - unit, gap[-1]])
            error, count = max(error, abs(ends).max()), count + 1
    return bool(good and error < 1e-8), f"{count} maps, at -1, 0 and 1 within {bound(error)}"


@claim(
    "T4",
    "Where $\\sigma_b^2(q) = q - \\mathbb{E}[\\phi^2]/\\mathbb{E}[\\phi'^2]$ is positive, "
    "$\\frac{d \\ln \\sigma_b^2}{d \\ln q} \\ge \\frac12$. So on the edge of chaos there is at "
    "most one $q^*$ for each $\\sigma_b^2 > 0$. The exponent is met to within 0.001.",
    source="ours",
    fails_with={"exponent": 0.501},
)
def one_fixed_point_only(exponent=0.5):
    """Differences of the logarithm over 61 values of q, for eleven activations: bounded, leaky,
    and not odd."""
    u, least = np.linspace(np.log(0.05), np.log(1e4), 61), np.inf
    cases = [afli.activation(name, a=1.0) for name in FAMILIES]
    cases += [afli.activation(name) for name in ("tanh", "sin", "elu", "gelu")]
    cases += [leaky_clip(slope) for slope in (-1.0, 0.5, 0.9)]
    for phi in cases:
        b = bias_variance(phi, np.exp(u))
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = np.diff(np.log(b)) / np.diff(u)
        least = min(least, rate[(b[:-1] > 1e-6) & (b[1:] > 1e-6)].min())
    return bool(least >= exponent), f"least exponent {least:.4f}"
