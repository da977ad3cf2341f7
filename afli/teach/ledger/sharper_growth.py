"""Claims of the chapter "Sharper than the paper": how the bounds depend on a."""

import numpy as np
from flint import arb

import afli
from afli.teach.balls import NotProved, prove_positive
from afli.teach.claims import claim
from afli.teach.ledger.sharper_bounds import beyond, density, excess, inside
from afli.theory.half_width import log_bias_ratio

LIMIT = 4 * np.log(2)


def twice_density(ratio):
    """2 n(L) on a ball."""
    return (2 / arb.pi()).sqrt() * (-(ratio**2) / 2).exp()


def outside(ratio):
    """erfc(L / sqrt 2) on a ball."""
    return (ratio / arb(2).sqrt()).erfc()


@claim(
    "X6",
    "On the edge of chaos $\\Lambda \\le \\max(1, \\sqrt{W(8/(\\pi y^2))})$ for every "
    "scaled-bounded activation, and from $y\\Lambda^2 \\le \\operatorname{erfc}(\\Lambda/\\sqrt2) "
    "+ 2\\Lambda n(\\Lambda)$ the same follows with 5.5 in place of 8.",
    source="ours",
    fails_with={"constant": 5.4},
)
def explicit_bound(constant=5.5):
    """By ball arithmetic for every ratio from 1 to 12, in a form that needs no Lambert function
    (beyond, erfc < 2 n / L leaves room); at 40 values of y from 1e-300 to 10 the root of the
    inequality is compared with the bound."""

    def room(ratio):
        # y L^2 <= erfc + 2 L n implies L^2 exp(L^2) <= constant / (pi y^2), for L >= 1.
        scaled = (outside(ratio) + ratio * twice_density(ratio)) * (ratio**2 / 2).exp()
        return constant * ratio**2 / arb.pi() - scaled**2

    try:
        boxes = prove_positive(room, (1.0, 12.0))
    except NotProved as reason:
        return False, str(reason)
    y = np.geomspace(1e-300, 10, 40)
    good = np.all(
        afli.bounds.half_width_ratio_simple(y) <= afli.bounds.half_width_ratio_explicit(y)
    )
    return bool(good), f"proved on {boxes} intervals, and 40 values of y agree"


@claim(
    "X7",
    "As $y \\to 0$, $\\Lambda_{\\max}^2 - \\Lambda_{\\min}^2 \\to 4 \\ln 2$: the tail changes "
    "$R(0)$ by no more than $4 y \\ln 2\\,(1 + o(1))$.",
    source="ours",
    fails_with={"limit": LIMIT - 0.02},
)
def width_of_the_band(limit=LIMIT):
    """Both roots at y = 1e-75, 1e-150 and 1e-300; the difference, times Lambda^2, stays."""
    y = np.array([1e-75, 1e-150, 1e-300])
    low, high = afli.bounds.half_width_ratio_min(y), afli.bounds.half_width_ratio_max(y)
    scaled = (limit - (high**2 - low**2)) * low**2
    good = np.all(abs(scaled / scaled[-1] - 1) < 0.1)
    return bool(good), f"the distance from the limit is about {scaled[-1]:.2g} / Lambda^2"


@claim(
    "X8",
    "For Shtanh $d \\ln R(0) / d \\ln a = -2 + 4/s$ at fixed $\\sigma_b^2$, which lies between "
    "$-2$ and 0, and $s = \\Lambda^2 + 3 + O(\\Lambda^{-2})$.",
    source="ours",
    fails_with={"three": 2.8},
)
def exponent_of_the_clip(three=3.0):
    """The signs by ball arithmetic for ratios from 0.05 to 8, the formula against a difference
    quotient, and its expansion at ratios from 10 to 40."""

    def above_two(ratio):
        # s - 2, where the exponent is -2 + 4 / s, times positive factors.
        rest, twice = outside(ratio), twice_density(ratio)
        tail, gain = twice - ratio * rest, 1 - rest
        return ratio * rest * gain + ratio * twice * tail - tail * gain

    try:
        boxes = prove_positive(above_two, (0.05, 8.0))
    except NotProved as reason:
        return False, str(reason)

    def rate(ratio):
        step = 1e-5
        up, down = (log_bias_ratio(ratio * np.exp(s)) for s in (step, -step))
        return (down - up) / (2 * step)

    ratio = np.array([0.3, 1.0, 2.0, 4.0])
    exact = 1 + ratio * beyond(ratio) / excess(ratio) + 2 * ratio * density(ratio) / inside(ratio)
    good = np.all(abs(rate(ratio) / exact - 1) < 1e-6)
    ratio = np.array([10.0, 20.0, 40.0])
    scaled = (rate(ratio) - ratio**2 - three) * ratio**2
    good &= np.all((-8 < scaled) & (scaled < 0))
    return bool(good), f"signs proved on {boxes} intervals; s = Lambda^2 + 3 - c / Lambda^2, c < 8"
