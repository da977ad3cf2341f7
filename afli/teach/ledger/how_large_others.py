"""Claims of the chapter "How large must a be?": four strategies for a depth."""

import numpy as np
from scipy.optimize import brentq

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.how_large_price import nonlinear_share
from afli.teach.ledger.how_large_rule import clip_on_the_edge, trajectory

TANH = afli.activation("tanh")
DEPTHS = (20, 50, 100, 200)


def vanishing_bias(phi, depth, variance):
    """The setting on the edge of chaos of a fixed activation with this spectrum variance."""

    def excess(log_q):
        return np.log(afli.spectrum_variance(phi, np.exp(log_q), depth) / variance)

    q = np.exp(brentq(excess, -12, 0))
    return phi, q, *afli.edge_of_chaos_curve(phi, q)


def shaped_to_variance(depth, variance):
    """Shaped tanh, zeta chosen for this spectrum variance; and its setting."""

    def excess(log_zeta):
        phi = afli.shaping.shaped(TANH, depth, np.exp(log_zeta))
        return afli.spectrum_variance(phi, 1.0, depth) - variance

    near = variance / 8  # the limit of great depth
    zeta = np.exp(brentq(excess, 0.9 * near, 1.3 * near, rtol=1e-6))
    return afli.shaping.shaped(TANH, depth, zeta), 1.0, 1.0, 0.0


def tailored_to_variance(depth, variance):
    """Leaky ReLU whose spectrum has this variance, and its setting."""
    root = np.sqrt(variance / depth)  # (1 - s^2) / (1 + s^2)
    phi = afli.activation("leaky_relu", slope=np.sqrt((1 - root) / (1 + root)))
    return phi, 1.0, 2 / (1 + (1 - root) / (1 + root)), 0.0


def drift(setting, depth):
    """The largest change of a correlation in [0, 1] through `depth` layers."""
    start = np.linspace(0, 1, 51)
    return abs(trajectory(*setting, depth + 1, start)[-1] - start).max()


@claim(
    "P12",
    "For tanh, a spectrum variance of $T$ at depth $L$ on the edge of chaos needs $q^* "
    "\\approx \\sqrt{T/(8L)}$ and $\\sigma_b^2 \\approx \\frac43 (q^*)^3$ in the limit of "
    "large depth.",
    source="ours",
    fails_with={"power": 0.49},
)
def vanishing_bias_of_tanh(power=0.5):
    """tanh with T = 0.5 at depths 1e6 and 4e6; the power is that of T / (8 L)."""
    error = 0.0
    for depth in (1e6, 4e6):
        _, q, _, sigma_b2 = vanishing_bias(TANH, depth, 0.5)
        error = max(error, abs(q / (0.5 / 8 / depth) ** power - 1))
        error = max(error, abs(sigma_b2 / (4 / 3 * q**3) - 1))
    return error < 5e-3, "depths of a million and four million, within 1 %"


@claim(
    "P13",
    "As the depth grows, shaped activations approach $L\\, r_{\\ge 2} = \\ln\\zeta$ and a "
    "spectrum of relative variance $8 \\ln\\zeta$, whether made of tanh, softplus or GELU.",
    source="ours",
    fails_with={"factor": 8.05},
)
def shaped_limits(factor=8.0):
    """tanh, softplus and GELU with zeta = 1.5 at depth 2000."""
    error = 0.0
    for name in ("tanh", "softplus", "gelu"):
        phi = afli.shaping.shaped(afli.activation(name), 2000)
        spectrum = afli.spectrum_variance(phi, 1.0, 2000) / (factor * np.log(1.5))
        share = 2000 * nonlinear_share(phi, 1.0, 1.0, 0.0) / np.log(1.5)
        error = max(error, abs(spectrum - 1), abs(share - 1))
    return bool(error < 2e-3), f"both limits within {bound(error)} at depth 2000"


@claim(
    "P14",
    "For a clip $\\mu_2/\\mu_1^2 - 1 = [R(0) + r_{\\ge 2}]/P(|Z| \\le \\Lambda)$; for a weak "
    "smooth nonlinearity or a leaky ReLU near the identity it is four times as much, "
    "$4\\,[\\chi_1 - 1 + R(0) + r_{\\ge 2}]$ to leading order, and for $|x|$ it is 0.",
    source="ours",
    fails_with={"factor": 4.02},
)
def price_of_a_slope(factor=4.0):
    """Three clips exactly; tanh near 0, shaped tanh and leaky ReLU near 1; the absolute value."""
    error = 0.0
    for a in (1.0, 3.0, 10.0):
        phi, edge = clip_on_the_edge(a)
        paid = (0.1 / edge.q + nonlinear_share(phi, edge.q, edge.sigma_w2, 0.1)) * edge.sigma_w2
        error = max(error, abs(paid / (afli.moment_ratio(phi, edge.q) - 1) - 1))
    small = 0.0
    for setting in (
        vanishing_bias(TANH, 1e6, 0.5),
        (afli.shaping.shaped(TANH, 5000), 1.0, 1.0, 0.0),
        tailored_to_variance(1e4, 0.5),
    ):
        phi, q, w, b = setting
        slope = afli.chi1(phi, q, w)
        paid = factor * (slope - afli.correlation_slope(phi, 0.0, q, w))
        small = max(small, abs(paid / afli.spectrum_variance(phi, q, 1) - 1))
    free = afli.moment_ratio(afli.activation("abs"), 1.0) == 1
    return bool(
        error < 1e-9 and small < 3e-3 and free
    ), f"clip within {bound(error)}, weak ones 0.3 %"


@claim(
    "P15",
    "At spectrum variance 0.5 and depths 20, 50, 100 and 200 the clip of the rule is the most "
    "nonlinear of four strategies, by 15 % or more, and moves correlations most; shaped tanh moves "
    "them least, by a quarter or less of what any other does.",
    source="ours",
    fails_with={"lead": 1.2},
)
def four_strategies(lead=1.15):
    """The nonlinear share and the largest change of a correlation, for clip, tanh, shaped tanh
    and leaky ReLU."""
    least, quarter, good = np.inf, 0.0, True
    for depth in DEPTHS:
        phi, edge = clip_on_the_edge(afli.half_width_for_depth(depth, 0.1, 0.5))
        settings = [
            (phi, edge.q, edge.sigma_w2, 0.1),
            vanishing_bias(TANH, depth, 0.5),
            tailored_to_variance(depth, 0.5),
            shaped_to_variance(depth, 0.5),
        ]
        share = [nonlinear_share(*setting) for setting in settings]
        moved = [drift(setting, depth) for setting in settings]
        least = min(least, share[0] / max(share[1:]))
        quarter = max(quarter, moved[3] / min(moved[:3]))
        good &= moved[0] > max(moved[1:])
    good = good and least > lead and quarter < 0.25
    return bool(
        good
    ), f"share {least:.2f} times the next; shaped moves {quarter:.2f} of the next least"
