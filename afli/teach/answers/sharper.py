"""Answers to the exercises of the chapter "Sharper than the paper"."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import erf, erfc

import afli
from afli.teach import exercise, judged
from afli.theory.extremal import fine_saw


def _n(x):
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def _p(x):
    return erf(x / np.sqrt(2))


def _tau(x):
    return 2 * _n(x) - x * (1 - _p(x))


def _square_tau(x):
    return (1 + x**2) * erfc(x / np.sqrt(2)) - 2 * x * _n(x)


@exercise(
    "V.3.1",
    hint="R(0.5) + R(-0.5) = 2 R(0), and R(0) = sigma_b2 / q* for an odd activation.",
    mistakes={
        "R - R(0) is odd, not R itself.": lambda: -0.53,
        "The constant counts twice: once for each of the two correlations.": lambda: 0.06 - 0.53,
        "That is the step, R(-0.5) + 0.5.": lambda: 2 * 0.06 - 0.53 + 0.5,
    },
)
def opposite_correlation():
    return 2 * 0.06 - 0.53


@exercise(
    "V.3.2",
    hint="The moment ratio is at most k^2 sigma_w2.",
    mistakes={
        "That is the bound on L times the moment ratio; subtract 1 before you multiply.": (
            lambda: 20 * 1.25
        ),
        "The ratio is at most sigma_w2, not its square: E[phi'^4] <= E[phi'^2].": (
            lambda: 20 * (1.25**2 - 1)
        ),
        "That is for one layer.": lambda: 0.25,
    },
)
def variance_from_the_weights():
    return 20 * (1.25 - 1)


@exercise(
    "V.3.3",
    hint="First tau / (L p), then (4 L tau + T(2 L)) / L^2, both at L = 1.",
    mistakes={
        "The first is right; in the second do not forget T(2 L).": (
            lambda: np.array([_tau(1) / _p(1), 4 * _tau(1)])
        ),
        "The first is right; in the second T is taken at 2 L.": (
            lambda: np.array([_tau(1) / _p(1), 4 * _tau(1) + _square_tau(1)])
        ),
        "The second is right; the first has the denominator L p(L).": (
            lambda: np.array([_tau(1), 4 * _tau(1) + _square_tau(2)])
        ),
        "The two are exchanged.": lambda: two_roads()[::-1],
    },
)
def two_roads():
    return np.array([_tau(1) / _p(1), 4 * _tau(1) + _square_tau(2)])


def _slope(values):
    return np.log(values[1] / values[0]) / np.log(10)


@exercise(
    "V.3.4",
    hint="The difference of two logarithms, divided by ln(20 / 2).",
    mistakes={
        "The quantity falls: the exponent is negative.": lambda: -exponent_of_the_ratio(),
        "That is the exponent of R(0); we ask for the moment ratio minus 1.": (
            lambda: _slope(
                [1 / a**2 * afli.bounds.half_width_ratio_min(1 / a**2) ** 2 for a in (2, 20)]
            )
        ),
        "That is the exponent of the moment ratio; subtract 1 first.": (
            lambda: _slope(1 + afli.bounds.sharp(1.0, [2.0, 20.0]).moment_ratio)
        ),
        "That is the published bound.": (
            lambda: _slope(afli.bounds.published(1.0, [2.0, 20.0]).moment_ratio)
        ),
    },
)
def exponent_of_the_ratio():
    return _slope(afli.bounds.sharp(1.0, [2.0, 20.0]).moment_ratio)


def _uneven(rho):
    phi = afli.Activation(
        "uneven clip",
        lambda x: np.clip(x, -1.5, 1.0),
        lambda x: np.where((x > -1.5) & (x < 1), 1.0, 0.0),
        kinks=(-1.5, 1.0),
        half_width=1.0,
        linear_pieces=True,
    )
    edge = afli.edge_of_chaos(phi, 0.01)
    gap = afli.correlation_map(phi, rho, edge.q, edge.sigma_w2, 0.01) - rho
    return gap, 0.01 / edge.q


def _in_units_of_y(rho, factor):
    gap, odd = _uneven(rho)
    return (gap - factor * odd) / 0.01


@exercise(
    "V.3.5",
    hint="Subtract 2 y / q* from 1 + R(-1), and divide by y.",
    rtol=0.02,
    mistakes={
        "That is the extra term of R(0); the largest gap is at -1.": (
            lambda: _in_units_of_y(0.0, 1)
        ),
        "Subtract 2 y Lambda^2, not y Lambda^2.": lambda: _in_units_of_y(-1.0, 1),
        "Divide by y.": lambda: 0.01 * _in_units_of_y(-1.0, 2),
    },
)
def cost_of_the_even_part():
    return _in_units_of_y(-1.0, 2)


def _root(bound, steepness):
    def room(ratio):
        return bound(ratio, _p(ratio), steepness) - 0.01 * ratio**2

    return brentq(room, 1.0, 12.0)


def _least(ratio, p, steepness):
    return 1 - (p - 2 * ratio * _n(ratio)) / (p + steepness**2 * (1 - p))


@exercise(
    "V.3.6",
    hint="Solve y L^2 = 1 - A / (p + M^2 (1 - p)) with M = 2.",
    rtol=0.003,
    mistakes={
        "That is the bound for M = 1.": lambda: _root(_least, 1.0),
        "M enters with its square.": lambda: _root(_least, np.sqrt(2)),
        "Only the part beyond the linear region is steep: p + M^2 (1 - p), not M^2.": (
            lambda: _root(lambda ratio, p, m: 1 - (p - 2 * ratio * _n(ratio)) / m**2, 2.0)
        ),
    },
)
def steeper_tails():
    return _root(_least, 2.0)


@judged(
    "V.3.7",
    hint="Slopes 1 and -1 as far as the Gaussian reaches, and values close to a.",
    example=lambda: fine_saw(1.0, 8, floor=7 / 8),
)
def both_at_once(answer):
    if not isinstance(answer, afli.Activation):
        return "The answer is an afli.Activation."
    x = np.linspace(1e-3, 30, 30_001)
    size, slope = abs(answer(x)), abs(answer.derivative(x))
    if not answer.odd or not np.allclose(answer(x), -answer(-x), atol=1e-9):
        return "A scaled-bounded activation is odd: say odd=True."
    if answer.half_width != 1.0 or not np.allclose(answer(x[x < 1]), x[x < 1]):
        return "It must be x for |x| <= 1, with half_width=1."
    if size.max() > 1 + 1e-9 or slope.max() > 1 + 1e-9:
        return "Value and slope must not exceed 1 in size."
    edge = afli.edge_of_chaos(answer, 0.1)
    ratio, gap = afli.moment_ratio(answer, edge.q), 0.1 / edge.q
    if ratio < 1.05 and gap < 0.25:
        return None
    return f"The moment ratio is {ratio:.3f} and R(0) is {gap:.3f}."


@judged(
    "V.3.8",
    hint="The kinks at a count against you, those at b for you: make a small and b = sqrt(q).",
    example=lambda: (0.1, 1.0, 0.5, 1.0),
)
def how_unstable(answer):
    a, b, slope, q = (float(number) for number in answer)
    if not (0 < a < b and -1 <= slope < 1 and q > 0):
        return "We need 0 < a < b, a slope from -1 to below 1, and q > 0."
    # V'(q) - 1 = sigma_w2 E[phi phi''], a sum over the kinks at a and b, each twice.
    z = np.array([a, b]) / np.sqrt(q)
    top = a + slope * (b - a)
    push = 2 * (1 - slope) * (top * _n(z[1]) - a * _n(z[0])) / np.sqrt(q)
    kept = 1 - (1 - slope**2) * (_p(z[1]) - _p(z[0]))
    value = 1 + push / kept
    return None if value > 1.15 else f"The slope of V at its fixed point is {value:.4f}."
