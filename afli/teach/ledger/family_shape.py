"""Claims of the chapter "The family": the definition, the four shapes, and changes of unit."""

import numpy as np
from scipy.special import erf

import afli
from afli.teach.claims import bound, claim
from afli.theory.scaled_bounded import FORMULAS

FAMILY = ("shtanh", "ssin", "sexp", "ssaw")


def _shares(a, sigma_b2, layers):
    """Constant, linear and non-linear share of a preactivation of the clip at that depth."""
    phi = afli.activation("shtanh", a=a)
    edge = afli.edge_of_chaos(phi, sigma_b2)
    rho = sigma_b2 / edge.q
    linear = 1 - rho
    for _ in range(layers - 1):
        linear *= afli.correlation_slope(phi, rho, edge.q, edge.sigma_w2)
        rho = afli.correlation_map(phi, rho, edge.q, edge.sigma_w2, sigma_b2)
    return np.array([rho, linear, 1 - rho - linear])


@claim(
    "A1",
    "At layer 20 of a Shtanh network on the edge of chaos with $\\sigma_b^2 = 0.1$ the non-linear "
    "share is largest at $a \\approx 2.25$, where it is 0.12.",
    source="ours",
    fails_with={"peak": 2.35},
)
def non_linear_share_peaks(peak=2.25):
    """The shares from 20 applications of the map and its slope at three half-widths about the
    peak, and at a quarter and four times of it."""
    there, left, right, narrow, wide = (
        _shares(a, 0.1, 20)[2] for a in (peak, peak - 0.15, peak + 0.15, peak / 4, 4 * peak)
    )
    good = there > max(left, right) and max(narrow, wide) < 0.05 and abs(there - 0.12) < 0.002
    # A parabola through the three points has its top within a third of their distance.
    top = 0.5 * 0.15 * (right - left) / (2 * there - left - right)
    return good and abs(top) < 0.05, f"{there:.3f} at the peak, {narrow:.3f} and {wide:.3f} far off"


@claim(
    "A2",
    "At $a$ the slope of every scaled-bounded activation drops by at least $k$, so that none is "
    "differentiable there.",
    source="ours",
    fails_with={"drop": 1.001},
)
def slope_drops_at_the_half_width(drop=1.0):
    """The jump of the derivative at a for the four families at three half-widths and two slopes;
    an activation that leaves the line smoothly is refused for its bound."""
    least = np.inf
    for name in FAMILY:
        for a in (1.0, 2.0, 5.0):
            for k in (1.0, 1.5):
                phi = afli.activation(name, a=a, k=k)
                least = min(least, -phi.jumps[np.isclose(phi.kinks, a)][0] / k)

    def bend(x):
        u = np.clip(np.abs(x) - 1, 0, 1)
        return np.sign(x) * (np.minimum(np.abs(x), 1) + u - u**2 / 2)

    def slope(x):
        return np.clip(2 - np.abs(x), 0, 1)

    smooth = afli.check_scaled_bounded(bend, a=1.0, derivative=slope, kinks=(-2, -1, 1, 2))
    good = least >= drop - 1e-6 and smooth.failures == ("bounded",)
    return good, f"least drop {least:.6f} k; the smooth bend fails the bound"


@claim(
    "A3",
    "Ssin is scaled-bounded if and only if $a \\ge 1$, and Sexp if and only if $a \\ge 1/2$.",
    source="murray2022",
    fails_with={"ssin": 1.002},
)
def least_half_widths(ssin=1.0, sexp=0.5):
    """The formulas at the least half-width and 0.1 per cent below it, checked at many points."""
    good = True
    for name, least in (("ssin", ssin), ("sexp", sexp)):
        value, derivative = FORMULAS[name]
        for a, expected in ((least, ()), (0.999 * least, ("bounded",))):
            found = afli.check_scaled_bounded(
                lambda x, a=a, value=value: value(x, a),
                derivative=lambda x, a=a, derivative=derivative: derivative(x, a),
                kinks=(-a, a),
            )
            good &= found.failures == expected
    return good, "allowed at the least half-width, too low in the tail just below it"


@claim(
    "A4",
    "$k$ divides $\\sigma_w^2$ by $k^2$ and changes neither $q^*$ nor $R$. For Shtanh and Ssaw "
    "$q^*/a^2$ and $\\sigma_w^2$ depend on $\\sigma_b^2/a^2$ alone; for Ssin and Sexp they do not.",
    source="ours",
    fails_with={"power": 2.001},
)
def changes_of_unit(power=2.0):
    """The edge of chaos of the four families with k = 1 and 2, and with a = 1 and 4 at equal
    ratios of bias variance and squared half-width."""
    error, moved = 0.0, np.inf
    rho = np.linspace(0, 1, 5)
    for name in FAMILY:
        one, steep, wide = (
            afli.activation(name, **options) for options in ({"a": 1}, {"a": 1, "k": 2}, {"a": 4})
        )
        for y in (0.01, 0.3):
            e, s = afli.edge_of_chaos(one, y), afli.edge_of_chaos(steep, y)
            w = afli.edge_of_chaos(wide, y * 4.0**power)
            first = afli.correlation_map(one, rho, e.q, e.sigma_w2, y)
            second = afli.correlation_map(steep, rho, s.q, s.sigma_w2, y)
            error = max(error, abs(s.q / e.q - 1), np.abs(first - second).max())
            error = max(error, abs(s.sigma_w2 * 2.0**power / e.sigma_w2 - 1))
            change = abs(w.q / 16 / e.q - 1) + abs(w.sigma_w2 / e.sigma_w2 - 1)
            if name in ("shtanh", "ssaw"):
                error = max(error, change)
            else:
                moved = min(moved, change)
    good = error < 1e-9 and moved > 0.02
    return good, f"within {bound(error)} where it should, off by {moved:.2f} or more where not"


@claim(
    "A7",
    "As $a \\to \\infty$ at fixed $\\Lambda$, $\\mathbb{E}[\\phi'^2]$ tends to "
    "$\\operatorname{erf}(\\Lambda/\\sqrt2)$ for Sexp, as for Shtanh, but for Ssin to the mean of "
    "this and 1.",
    source="ours",
    fails_with={"share": 0.501},
)
def tails_of_sine_do_not_rest(share=0.5):
    """The mean squared slope at half-width ratio 1 and half-widths 25 and 50; what is missing at
    50 is extrapolated from the two."""
    gain, limits = erf(1 / np.sqrt(2)), {}
    for name, order in (("sexp", 1), ("ssin", 2)):
        near, far = (
            afli.derivative_moment(afli.activation(name, a=a), a * a, 1) for a in (25.0, 50.0)
        )
        limits[name] = far + (far - near) / (2**order - 1)
    error = max(abs(limits["sexp"] - gain), abs(limits["ssin"] - (gain + share * (1 - gain))))
    return error < 1e-4, f"extrapolated limits within {bound(error)}"
