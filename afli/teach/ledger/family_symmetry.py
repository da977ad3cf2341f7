"""Claims of the chapter "The family": what continuity and oddness are good for."""

import numpy as np
from scipy.special import erf, erfc, ndtr

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import density
from afli.teach.ledger.family_edge import ROOT

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def _integrate(function, edges):
    """Gauss-Legendre between neighbouring edges."""
    middle, half = 0.5 * (edges[1:] + edges[:-1]), 0.5 * np.diff(edges)
    return np.sum(half[:, None] * _WEIGHTS * function(middle[:, None] + half[:, None] * _NODES))


class _Dropping:
    """x on [-a, a] and c beyond: it jumps by c - a at both ends. Variance 1 throughout."""

    def __init__(self, a, c):
        self.a, self.c = a, c

    def second_moment(self):
        a, c = self.a, self.c
        return erf(a / ROOT) - 2 * a * density(a) + c * c * erfc(a / ROOT)

    def _edges(self, s, inside):
        around = s * np.arange(-8, 8.1, 0.5)
        reach = self.a if inside else 9.0
        edges = np.concatenate(
            [np.linspace(-reach, reach, 37), [-self.a, self.a], around - self.a, around + self.a]
        )
        return np.unique(edges[np.abs(edges) <= reach])

    def product(self, rho):
        """E[phi(U1) phi(U2)], the inner average in closed form."""
        a, c, s = self.a, self.c, np.sqrt((1 - rho) * (1 + rho))

        def integrand(x):
            m = rho * x
            low, high = (-a - m) / s, (a - m) / s
            mean = m * (ndtr(high) - ndtr(low)) + s * (density(low) - density(high))
            mean += c * (ndtr(-high) - ndtr(low))
            return np.where(np.abs(x) <= a, x, c * np.sign(x)) * mean * density(x)

        return _integrate(integrand, self._edges(s, False))

    def slopes(self, rho):
        """E[phi' phi'] without the jumps, and what the two jumps add."""
        a, s, jump = self.a, np.sqrt((1 - rho) * (1 + rho)), self.c - self.a

        def within(x):
            return ndtr((a - rho * x) / s) - ndtr((-a - rho * x) / s)

        smooth = _integrate(lambda x: density(x) * within(x), self._edges(s, True))
        pairs = sum(density(a) * density((t - rho * a) / s) / s for t in (a, -a))
        return smooth, 4 * jump * density(a) * within(a) + 2 * jump**2 * pairs


@claim(
    "A8",
    "Where $\\phi$ jumps, by $s_t$ at $t$, $R'$ has further terms, and $1 - R(1-\\varepsilon) "
    "\\sim C\\sqrt\\varepsilon$ with $C = \\sigma_w^2 \\sum_t s_t^2\\, "
    "n(t/\\sqrt{q^*})/(\\sqrt\\pi\\, q^*)$: the slope at 1 is infinite.",
    source="ours",
    fails_with={"factor": 1.0001},
)
def jump_makes_the_slope_infinite(factor=1.0):
    """A clip that drops, by a tenth and by all of a: differences of its correlation integral
    against the terms at three correlations, and the square root at 1e-8."""
    error = missing = 0.0
    for c in (1.35, 0.0):
        phi = _Dropping(1.5, c)
        for rho in (0.1, 0.5, 0.9):
            step = 1e-4 * (1 - rho)
            slope = (phi.product(rho + step) - phi.product(rho - step)) / (2 * step)
            smooth, jumps = phi.slopes(rho)
            error = max(error, abs(smooth + factor * jumps - slope))
            missing = max(missing, abs(smooth - slope))
        constant = 2 * (c - 1.5) ** 2 * density(1.5) / np.sqrt(np.pi)
        near, nearer = (
            (phi.second_moment() - phi.product(1 - e)) / np.sqrt(e) for e in (4e-8, 1e-8)
        )
        error = max(error, abs((2 * nearer - near) / (factor * constant) - 1))
    return error < 5e-6, f"terms and constant within {bound(error)}; without: {missing:.2f} off"


def _lopsided(a):
    """The clip on the left and the tooth of Ssaw on the right."""
    return afli.Activation(
        name="lopsided",
        value=lambda x: np.where(x > a, np.maximum(2 * a - x, 0), np.maximum(x, -a)),
        derivative=lambda x: 1.0 * (np.abs(x) <= a) - (x > a) * (x < 2 * a),
        kinks=(-a, a, 2 * a),
        linear_pieces=True,
        half_width=a,
    )


@claim(
    "A9",
    "The slope formula $R' = \\sigma_w^2\\,\\mathbb{E}[\\phi'(U_1)\\phi'(U_2)]$ needs continuity, "
    "not oddness: for a lopsided activation no further term appears.",
    source="ours",
    fails_with={"extra": 1e-6},
)
def slope_formula_without_oddness(extra=0.0):
    """R by a two-dimensional quadrature of its own at 1 and 2 variances and five correlations:
    differences of R against the formula, for the clip with one tail replaced."""
    error = 0.0
    for a, q in ((1.0, 1.0), (1.0, 2.0)):
        phi = _lopsided(a)
        for rho in (-0.5, 0.0, 0.3, 0.6, 0.9):
            h = 1e-4
            slope = (_product(phi, rho + h, q) - _product(phi, rho - h, q)) / (2 * h * q)
            formula = afli.correlation_slope(phi, rho, q, 1.0)
            error = max(error, abs(slope - formula * (1 + extra)))
    return error < 2e-7, f"differences and formula agree within {bound(error)}"


def _product(phi, rho, q):
    """E[phi(U1) phi(U2)] of a lopsided activation, the inner average in closed form."""
    a, s, root = phi.half_width, np.sqrt(q * (1 - rho**2)), np.sqrt(q)
    ends = np.array([-a, a, 2 * a])
    around = (ends[:, None] + s * np.arange(-6, 6.1, 1.0)).ravel()
    edges = np.concatenate([np.linspace(-9, 9, 37) * root, ends, around])
    edges = np.unique(edges[np.abs(edges) <= 9 * root])
    return _integrate(lambda x: phi(x) * _smoothed(rho * x, s, a) * density(x / root) / root, edges)


def _smoothed(m, s, a):
    """E[phi(m + s Z)] of the lopsided activation, as a sum of ramps."""

    def ramp(t):
        """E[max(m + s Z - t, 0)]."""
        return (m - t) * ndtr((m - t) / s) + s * density((m - t) / s)

    return -a + ramp(-a) - 2 * ramp(a) + ramp(2 * a)


@claim(
    "A10",
    "For the lopsided activation on the edge of chaos the mean adds "
    "$\\sigma_w^2\\,\\mathbb{E}[\\phi]^2/q^*$ to $R(0)$; measured by $\\sigma_b^2/q^*$ it tends to "
    "$y/25$ as $y = \\sigma_b^2/a^2 \\to 0$.",
    source="ours",
    fails_with={"limit": 1 / 24.9},
)
def mean_is_negligible(limit=1 / 25):
    """The integrals over the tails with the factor n(Lambda) taken out, at Lambda = 100 and 200."""
    t = np.linspace(0, 60, 60_001)
    errors = []
    for ratio in (100.0, 200.0):
        weight = np.exp(-t - t**2 / (2 * ratio**2)) * (t[1] - t[0]) / ratio
        weight[0] *= 0.5
        over = t / ratio  # |x| - a, in units where q = 1 and a = Lambda; 2 a is out of reach
        mean = -weight @ over
        lost = weight @ ((1 - over**2) + (4 - 4 * over**2))
        errors.append(mean**2 * ratio**2 / lost**2)
    extrapolated = (4 * errors[1] - errors[0]) / 3
    error = abs(extrapolated / limit - 1)
    return error < 1e-3, f"y / {1 / extrapolated:.2f}"
