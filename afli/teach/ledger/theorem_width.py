"""Claims of the chapter "The theorem": the half-width of the linear region, Lemma 3.4."""

from math import e

import numpy as np
from flint import arb
from scipy.special import erf, erfc, erfcx, wrightomega

import afli
from afli.teach.balls import NotProved, derivative, prove_positive
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import density
from afli.teach.ledger.theorem_map import FAMILIES


def _edges(y):
    """The half-width ratios of the four families with a = 1 on the edge of chaos."""
    for name in FAMILIES:
        yield name, 1 / np.sqrt(afli.edge_of_chaos(afli.activation(name, a=1.0), y).q)


def _proofs(*attempts):
    """The numbers of boxes, or where the first failing attempt failed."""
    try:
        boxes = [prove_positive(f, *where, **how) for f, where, how in attempts]
    except NotProved as failure:
        return False, str(failure)[:100]
    return True, f"proved in {' + '.join(map(str, boxes))} boxes"


def f(x):
    """2 n(x) / x in balls."""
    return (2 / arb.pi()).sqrt() * (-(x * x) / 2).exp() / x


def tail(x):
    """P(|Z| > x) in balls."""
    return (x / arb(2).sqrt()).erfc()


@claim(
    "T5",
    "On the edge of chaos of a scaled-bounded activation, $y\\Lambda^2 \\le P(|Z| > \\Lambda) + "
    "2\\Lambda n(\\Lambda)$ and $2n(\\Lambda)/\\Lambda \\le y + (1-y) P(|Z| > \\Lambda)$, with "
    "equality in the second for the clip.",
    source="murray2022",
    fails_with={"factor": 0.9999},
)
def two_inequalities(factor=1.0):
    """The four families at 33 values of y from 1e-8 to 100; the factor is put to the right-hand
    side of the second."""
    y, good, error = np.logspace(-8, 2, 33), True, 0.0
    for name, ratio in _edges(y):
        outside, peak = erfc(ratio / np.sqrt(2)), density(ratio)
        good &= bool((y * ratio**2 < outside + 2 * ratio * peak).all())
        quotient = factor * (y + (1 - y) * outside) * ratio / (2 * peak)
        good &= bool((quotient > 1 - 1e-8).all())
        if name == "shtanh":
            error = abs(quotient - 1).max()
    return bool(good and error < 1e-8), f"132 settings; equality for the clip within {bound(error)}"


@claim(
    "T6",
    "$P(|Z| > x) < 2n(x)/x$ for $0.01 \\le x \\le 6$, and $(1 + x^2)e^{-x^2/2} < 1.2131$ for "
    "$0 \\le x \\le 10$, where $2/\\sqrt e = 1.21306\\dots$ is the largest value.",
    source="murray2022",
    fails_with={"top": "1.2130"},
)
def two_ingredients(top="1.2131"):
    """Ball arithmetic on the whole intervals."""
    return _proofs(
        (lambda x: f(x) - tail(x), [(0.01, 6)], {}),
        (lambda x: arb(top) - (1 + x * x) * (-x * x / 2).exp(), [(0, 10)], {}),
    )


@claim(
    "T7",
    "The left minus the right side of (34), $2n(x)/x - y - (1-y) P(|Z| > x)$, falls as $x$ grows: "
    "for every $0 \\le y \\le 10$ and $0.05 \\le x \\le 6$.",
    source="murray2022",
    fails_with={"weight": 1.04},
)
def left_minus_right_falls(weight=1.0):
    """Ball arithmetic with automatic differentiation, at y = 0 and y = 10: the derivative is
    linear in y. The weight is put to the tail."""

    def falling(y):
        return lambda x: -derivative(lambda s: f(s) - y - weight * (1 - y) * tail(s), x)

    where, how = [(0.05, 6)], {"log": True}
    return _proofs((falling(0), where, how), (falling(10), where, how))


@claim(
    "T8",
    "For every $y$ from $10^{-8}$ to 10, $\\nu(y)$ satisfies (34) in reverse, and is a lower bound "
    "on $\\Lambda$.",
    source="murray2022",
    fails_with={"constant": "0.58"},
)
def published_bound_is_valid(constant="2"):
    """Ball arithmetic on the whole interval. The constant is the 2 in f(nu) = (2 + delta^2) y."""

    def gap(y):
        delta2 = (2 / (arb.pi() * y * y)).lambertw()
        height = arb(constant) + delta2
        nu2 = (2 / (arb.pi() * (height * y) ** 2)).lambertw()
        return height - 1 - (1 - y) * tail(nu2.sqrt()) / y

    return _proofs((gap, [(1e-8, 10)], {"log": True}))


@claim(
    "T9",
    "$\\nu(y) < \\Lambda_{\\min}(y)$ for every $y > 0$: because $P(|Z| > x) < "
    "\\frac{2n(x)}{x} \\frac{x^2+2}{x^2+3}$, which settles $\\delta^2 > 3/2$, and because $f(\\nu) "
    "\\ge 1$ settles the rest.",
    source="ours",
    fails_with={"extra": 3.1},
)
def valid_for_every_y(extra=3.0):
    """Ball arithmetic for the bound on the tail (whose 3 is made larger in the perturbed run);
    the two inequalities of the proof at delta^2 = 3/2; and the conclusion at 2001 values of y
    from 1e-299 to 1e99, with everything scaled so that nothing underflows."""
    ok, evidence = _proofs((lambda x: f(x) * (x**2 + 2) / (x**2 + extra) - tail(x), [(0.1, 3)], {}))
    s = 1.5
    ok &= (2 + s) ** 2 * (s - 1) > e * s and (2 + s) * np.sqrt(2 / np.pi / s) * np.exp(-s / 2) > 1
    log_y = np.linspace(np.log(1e-299), np.log(1e99), 2001)
    delta2 = wrightomega(np.log(2 / np.pi) - 2 * log_y)
    nu2 = wrightomega(np.log(2 / np.pi) - 2 * log_y - 2 * np.log(2 + delta2))
    # P(|Z| > nu) / y, by f(nu) = (2 + delta2) y
    outside = (2 + delta2) * erfcx(np.sqrt(nu2 / 2)) * np.sqrt(np.pi * nu2 / 2)
    y = np.exp(log_y)
    margin = (1 + delta2 - (1 - y) * outside) / (1 + delta2 + abs(1 - y) * outside)
    ok &= bool(margin.min() > 1e-6)
    ratio = afli.bounds.half_width_ratio_published(y) / afli.bounds.half_width_ratio_min(y)
    return bool(
        ok and ratio.max() < 1
    ), f"{evidence}; 1 - nu/Lambda_min at least {1 - ratio.max():.0e}"


@claim(
    "T10",
    "Lemma 3.4: $\\nu(y) < \\Lambda < (8/\\pi)^{1/6} y^{-1/3}$ on the edge of chaos of every "
    "scaled-bounded activation.",
    source="murray2022",
    fails_with={"stretch": 1.004},
)
def bounds_on_the_half_width(stretch=1.0):
    """The four families at 57 values of y from 1e-12 to 100; the stretch is put to nu, which is
    within 0.4 % of the clip's Lambda at one end."""
    y, closest, largest = np.logspace(-12, 2, 57), np.inf, 0.0
    lower, upper = afli.bounds.published(y, 1.0).half_width_ratio
    agrees = np.allclose(upper, (8 / np.pi) ** (1 / 6) * y ** (-1 / 3), rtol=1e-12)
    for _, ratio in _edges(y):
        closest = min(closest, (ratio / (stretch * lower)).min())
        largest = max(largest, (ratio / upper).max())
    good = agrees and closest > 1 and largest < 1 and bool((erf(lower) > 0).all())
    return bool(
        good
    ), f"Lambda at least {closest:.4f} nu, at most {largest:.2f} times the upper bound"
