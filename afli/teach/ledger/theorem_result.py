"""Claims of the chapter "The theorem": Theorem 2.1, and what is left without a bound on phi."""

import numpy as np

import afli
from afli.teach.claims import claim
from afli.teach.ledger.theorem_map import FAMILIES, leaky_clip


@claim(
    "T11",
    "Theorem 2.1: on the edge of chaos of every scaled-bounded activation $\\max_{[0,1]} "
    "|R(\\rho) - \\rho| < (8y/\\pi)^{1/3}$ and $0 \\le \\mu_2/\\mu_1^2 - 1 < "
    "\\operatorname{erf}(\\nu/\\sqrt2)^{-2} - 1$.",
    source="murray2022",
    fails_with={"share": 0.43},
)
def theorem(share=1.0):
    """R at 21 correlations and the moment ratio, for the four families with a = 2 and 29 values
    of y from 1e-12 to 100. The share is put to the second bound."""
    y, rho, good = np.logspace(-12, 2, 29), np.linspace(0, 1, 21), True
    sigma_b2, nearest = 4 * y, np.zeros(2)
    bounds = afli.bounds.published(sigma_b2, 2.0)
    for name in FAMILIES:
        phi = afli.activation(name, a=2.0)
        edge = afli.edge_of_chaos(phi, sigma_b2)
        ratio = afli.moment_ratio(phi, edge.q) - 1
        gap = sigma_b2 / edge.q
        for i in range(0, 29, 4):
            mapped = afli.correlation_map(phi, rho, edge.q[i], edge.sigma_w2[i], sigma_b2[i])
            good &= bool(abs(abs(mapped - rho).max() - gap[i]) < 1e-9)
        good &= bool((ratio > -1e-12).all())
        shares = (gap / bounds.correlation).max(), (ratio / (share * bounds.moment_ratio)).max()
        nearest = np.maximum(nearest, shares)
    good &= bool((nearest < 1).all())
    return good, f"at most {nearest[0]:.2f} and {nearest[1]:.2f} of the bounds"


@claim(
    "T12",
    "Let $\\phi$ be odd with $|\\phi'| \\le k$, bounded or not. On its edge of chaos "
    "$\\operatorname{Var} \\phi' \\le \\frac32 R(0)\\, \\mathbb{E}[\\phi'^2]$ and "
    "$\\mu_2/\\mu_1^2 - 1 \\le 6 k^2 R(0)/\\mu_1$.",
    source="ours",
    fails_with={"constant": 1.49},
)
def isometry_without_a_bound(constant=1.5):
    """Leaky clips with eight outer slopes from -1 to 0.9, the four families, tanh and sine, at six
    bias variances: the variance of the slope, and the moment ratio."""
    cases = [leaky_clip(slope) for slope in (-1.0, -0.7, -0.3, 0.1, 0.3, 0.5, 0.7, 0.9)]
    cases += [afli.activation(name, a=1.0) for name in FAMILIES]
    cases += [afli.activation("tanh"), afli.activation("sin")]
    sigma_b2, largest = np.array([1e-4, 1e-3, 0.01, 0.1, 1.0, 10.0]), np.zeros(2)
    z = (np.arange(40_000) + 0.5) / 2000 - 10
    weight = np.exp(-z * z / 2) / np.sqrt(2 * np.pi) / 2000
    for phi in cases:
        edge = afli.edge_of_chaos(phi, sigma_b2)
        mu1 = afli.derivative_moment(phi, edge.q, 1)
        mean = np.array([weight @ phi.derivative(np.sqrt(q) * z) for q in edge.q])
        unit = sigma_b2 / edge.q
        variance = (mu1 - mean**2) / (constant * unit * mu1)
        ratio = (afli.moment_ratio(phi, edge.q) - 1) * mu1 / (4 * constant * unit)
        largest = np.maximum(largest, (variance.max(), ratio.max()))
    return bool((largest < 1).all()), f"at most {largest[0]:.2f} and {largest[1]:.2f} of the bounds"
