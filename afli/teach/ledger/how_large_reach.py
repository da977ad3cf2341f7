"""Claims of the chapter "How large must a be?": how far correlations survive."""

import numpy as np

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.how_large_rule import FAMILIES, clip_on_the_edge, trajectory


@claim(
    "P3",
    "On the edge of chaos a clip has $R'(\\cos\\theta) \\ge 1 - \\kappa\\theta/\\sqrt2$ for every "
    "angle $0 \\le \\theta \\le \\pi/2$; the right-hand side is the slope for a leaky ReLU with "
    "the same $\\kappa$.",
    source="ours",
    fails_with={"factor": 0.999},
)
def slope_of_the_clip(factor=1.0):
    """Six clips at 61 angles, kappa multiplied by the factor; leaky ReLU with three slopes."""
    angle = np.linspace(0.02, np.pi / 2, 61)
    good, error = True, 0.0
    for a in (0.3, 0.7, 1, 2, 5, 20):
        phi, edge = clip_on_the_edge(a)
        kappa = 3 / afli.correlation_decay(phi, edge.q).depth
        slope = afli.correlation_slope(phi, np.cos(angle), edge.q, edge.sigma_w2)
        good &= bool((slope >= 1 - factor * kappa * angle / np.sqrt(2) - 1e-11).all())
    for s in (0.0, 0.2, 0.8):
        phi = afli.activation("leaky_relu", slope=s)
        kappa = 3 / afli.correlation_decay(phi, 1.0).depth
        slope = afli.correlation_slope(phi, np.cos(angle), 1.0, 2 / (1 + s * s))
        error = max(error, abs(slope - 1 + kappa * angle / np.sqrt(2)).max())
    return bool(good and error < 1e-10), f"six clips; leaky ReLU equal within {bound(error)}"


@claim(
    "P4",
    "From $\\rho^1 = 0$, correlations of a clip on the edge of chaos with $\\kappa < \\sqrt2$ obey "
    "$1 - \\rho^l \\ge [1 + c\\,(l-1)]^{-2}$ with $c = (1 - \\kappa/\\sqrt2)^{-1/2} - 1$, at every "
    "depth.",
    source="ours",
    fails_with={"shrink": 0.88},
)
def correlations_of_the_clip(shrink=1.0):
    """Four clips followed to ten times their l_c, c multiplied by the shrink factor."""
    good, least = True, np.inf
    for a in (0.5, 1, 2, 4):
        phi, edge = clip_on_the_edge(a)
        reach = afli.correlation_decay(phi, edge.q).depth
        path = trajectory(phi, edge.q, edge.sigma_w2, 0.1, int(10 * reach), 0.0)
        c = shrink * ((1 - 3 / reach / np.sqrt(2)) ** -0.5 - 1)
        lower = (1 + c * np.arange(path.size)) ** -2.0
        least = min(least, ((1 - path[1:]) / lower[1:]).min())
    good = least > 1
    return bool(good), f"1 - rho at least {least:.3f} times the bound"


@claim(
    "P7",
    "Every scaled-bounded activation on the edge of chaos keeps $1 - \\rho^L \\ge (1 - y"
    "\\Lambda_{\\max}^2)^{L-1} (1 - \\rho^1)$ for $\\rho^1 \\ge 0$.",
    source="ours",
    fails_with={"largest": False},
)
def correlations_of_the_class(largest=True):
    """The four families from two starts to depth 60; with the least half-width ratio, that of
    the clip, in place of the largest one the bound is wrong."""
    sigma_b2, a, least = 0.1, 3.0, np.inf
    lower, upper = afli.bounds.sharp(sigma_b2, a).half_width_ratio
    gap = sigma_b2 / a**2 * (upper if largest else lower) ** 2
    start = np.array([0.0, 0.6])
    floor = (1 - gap) ** np.arange(60)[:, None] * (1 - start)
    for name in FAMILIES:
        phi = afli.activation(name, a=a)
        edge = afli.edge_of_chaos(phi, sigma_b2)
        path = trajectory(phi, edge.q, edge.sigma_w2, sigma_b2, 60, start)
        least = min(least, ((1 - path) / floor)[1:].min())
    return bool(least >= 1), f"1 - rho at least {least:.3f} times the bound"


def saw(a, teeth):
    """x up to a, then `teeth` teeth of slope -1 and 1 down to 2 a, then constant."""
    width = a / teeth
    kinks = a + width * np.arange(2 * teeth + 1) / 2

    def value(x):
        beyond = np.clip(abs(x), a, 2 * a) - a
        phase = beyond % width
        return np.where(abs(x) < a, x, np.sign(x) * (a - np.minimum(phase, width - phase)))

    def derivative(x):
        beyond = abs(x) - a
        down = np.where(beyond % width < width / 2, -1.0, 1.0)
        return np.where(beyond < 0, 1.0, np.where(beyond < a, down, 0.0))

    return afli.Activation(
        f"saw with {teeth} teeth",
        value,
        derivative,
        kinks=(*kinks, *-kinks),
        odd=True,
        half_width=a,
        linear_pieces=True,
    )


@claim(
    "P8",
    "No lower bound on the depth $3/\\kappa$ holds for the whole class: with the number of teeth "
    "of a saw beyond $a$ it falls like one over that number, while $R(0)$ stays below its bound.",
    source="ours",
    fails_with={"power": 0.95},
)
def saws_have_no_least_depth(power=1.0):
    """Saws with 8, 16 and 32 teeth between a = 2 and 2 a, bias variance 0.1."""
    depths, gaps = [], []
    for teeth in (8, 16, 32):
        phi = saw(2.0, teeth)
        edge = afli.edge_of_chaos(phi, 0.1)
        depths.append(afli.correlation_decay(phi, edge.q).depth)
        gaps.append(0.1 / edge.q)
    fall = depths[1] / depths[2] / 2**power
    good = abs(fall - 1) < 0.02 and max(gaps) < afli.bounds.sharp(0.1, 2.0).correlation
    return bool(
        good
    ), f"3/kappa from {depths[0]:.2f} to {depths[2]:.2f}, R(0) up to {max(gaps):.4f}"
