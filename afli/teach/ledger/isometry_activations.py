"""Claims of the chapter "Dynamical isometry": what the activation contributes."""

import numpy as np

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import CLIP, RELU
from afli.teach.ledger.isometry_draws import jacobians


@claim(
    "I5",
    "$\\tau = 1$ for ReLU and $\\big(\\frac{1-\\alpha^2}{1+\\alpha^2}\\big)^2$ for leaky ReLU of "
    "slope $\\alpha$, whatever $q^*$ is.",
    source="murray2022",
    fails_with={"power": 1.999},
)
def slope_of_leaky_relu(power=2.0):
    """Quadrature for six slopes at five lengths from 1e-3 to 1e3."""
    error, q = 0.0, np.logspace(-3, 3, 5)
    for alpha in (0.0, 0.01, 0.1, 0.3, 0.7, 0.99):
        phi = RELU if alpha == 0 else afli.activation("leaky_relu", slope=alpha)
        formula = ((1 - alpha**2) / (1 + alpha**2)) ** power
        error = max(error, np.abs(afli.moment_ratio(phi, q) - 1 - formula).max())
    return bool(error < 1e-12), f"largest error below {bound(error)}"


@claim(
    "I6",
    "With $|x|$ and orthogonal weights $J$ is an isometry at every width and depth, and its gap "
    "$R(\\rho) - \\rho$ is twice that of ReLU.",
    source="ours",
    fails_with={"factor": 1.999},
)
def modulus_is_isometric_and_forgets(factor=2.0):
    """Singular values of 50-layer networks of 5 and 20 units; both gaps at 41 correlations."""
    modulus, error, rho = afli.activation("abs"), 0.0, np.linspace(-1, 1, 41)
    for width in (5, 20):
        j = jacobians(modulus, 1.0, 0.1, np.ones(width), 50, 20, "orthogonal", 1)
        error = max(error, np.abs(np.linalg.svd(j, compute_uv=False) - 1).max())
    gap = afli.correlation_map(modulus, rho, 1.0, 1.0, 0.0) - rho
    of_relu = afli.correlation_map(RELU, rho, 1.0, 2.0, 0.0) - rho
    formula = 2 / np.pi * (np.sqrt(1 - rho**2) + rho * np.arcsin(rho)) - rho
    error = max(error, np.abs(gap - factor * of_relu).max(), np.abs(gap - formula).max())
    return bool(error < 1e-11), f"largest error below {bound(error)}"


SMOOTH_ODD = {"tanh": -2.0, "erf": -2.0, "sin": -1.0, "arctan": -2.0}  # phi''' / phi' at 0


def _extrapolated(quotient, q):
    """The limit of a quotient at q -> 0 from its values at q and q / 2."""
    return 2 * quotient(q / 2) - quotient(q)


@claim(
    "I7",
    "For smooth odd activations $\\tau = 2 c_3^2 (q^*)^2 + O((q^*)^3)$, $c_3 = "
    "\\phi'''(0)/\\phi'(0)$. For smooth ones with $\\phi''(0) \\ne 0$ it is "
    "$4 (\\phi''(0)/\\phi'(0))^2 q^*$ to leading order.",
    source="ours",
    fails_with={"factor": 1.998},
)
def rate_of_smooth_activations(factor=2.0):
    """tau / (c_3 q)^2 extrapolated to q = 0 for tanh, erf, sine, arctan; tau / q for GELU, SiLU."""
    error = 0.0
    for name, c3 in SMOOTH_ODD.items():
        phi = afli.activation(name)
        limit = _extrapolated(lambda q: afli.spectrum_variance(phi, q, 1) / (c3 * q) ** 2, 1e-4)  # noqa: B023
        error = max(error, abs(limit / factor - 1))
    for name, c2 in (("gelu", np.sqrt(8 / np.pi)), ("silu", 1.0)):  # phi'' / phi' at 0
        phi = afli.activation(name)
        limit = _extrapolated(lambda q: afli.spectrum_variance(phi, q, 1) / (4 * c2**2 * q), 1e-4)  # noqa: B023
        error = max(error, abs(limit - 1))
    return bool(error < 1e-4), f"six activations, relative error below {bound(error)}"


@claim(
    "I8",
    "For the clip $\\tau = 1/\\operatorname{erf}(\\Lambda/\\sqrt2) - 1$, which is "
    "$\\sqrt{2/\\pi}\\, e^{-\\Lambda^2/2}/\\Lambda$ to leading order.",
    source="ours",
    fails_with={"half": 0.5001},
)
def rate_of_the_clip(half=0.5):
    """Quadrature against a summed Gaussian tail; the leading order at four small lengths."""
    error, worst = 0.0, 0.0
    for width in (1.0, 3.0, 10.0, 20.0, 30.0):
        q = 1 / width**2
        tau = afli.spectrum_variance(CLIP, q, 1)
        # tail = P(|Z| > width), as a sum in u = z - width, with its exponential taken out
        u = np.linspace(0, 12 / width, 20001)
        part = np.exp(-width * u - u**2 / 2)
        tail = 2 * np.sum((part[1:] + part[:-1]) / 2) * (u[1] - u[0]) / np.sqrt(2 * np.pi)
        leading = np.sqrt(2 / np.pi) / width
        tail_scaled = tail * np.exp(-(width**2) / 2)
        error = max(error, abs(tau / (tail_scaled / (1 - tail_scaled)) - 1))
        if width >= 10:
            by_rate = leading * np.exp(-half * width**2)
            worst = max(worst, abs(tau / by_rate - 1) * width**2)
    good = bool(error < 1e-4 and worst < 1.5)
    return good, f"relative error below {bound(error)}; the leading order within 1.5 / Lambda^2"


@claim(
    "I9",
    "A network with $a\\,\\phi(x/a)$, biases of variance $\\sigma_b^2$ and input $x$ has the "
    "Jacobian of one with $\\phi$, $\\sigma_b^2/a^2$ and $x/a$.",
    source="ours",
    fails_with={"power": 1.999},
)
def units_of_the_preactivation(power=2.0):
    """Ten-layer networks with clips at 1 and at 3; the edge of chaos of clips and saws."""
    a, x = 3.0, np.linspace(-2, 2, 12)
    wide = jacobians(afli.activation("shtanh", a=a), 1.3, 0.9, x, 10, 20, "gaussian", 2)
    unit = jacobians(CLIP, 1.3, 0.9 / a**power, x / a, 10, 20, "gaussian", 2)
    same = np.mean(np.abs(wide - unit).max(axis=(1, 2)) < 1e-9)
    error = 0.0
    for family in ("shtanh", "ssaw"):
        edge = afli.edge_of_chaos(afli.activation(family, a=a), 0.9)
        other = afli.edge_of_chaos(afli.activation(family, a=1.0), 0.9 / a**power)
        error = max(error, abs(edge.sigma_w2 / other.sigma_w2 - 1), abs(edge.q / other.q / 9 - 1))
    return bool(error < 1e-8 and same == 1), f"20 networks the same, edge within {bound(error)}"


@claim(
    "I10",
    "On the edge of chaos of smooth odd activations $\\sigma_b^2 = \\frac13 c_3^2 (q^*)^3 + "
    "O((q^*)^4)$, so that $L\\tau$ stays fixed if $\\sigma_b^2$ falls like $L^{-3/2}$.",
    source="ours",
    fails_with={"factor": 0.3327, "exponent": 1.498},
)
def bias_variance_of_a_depth(factor=1 / 3, exponent=1.5):
    """sigma_b2 / (c_3^2 q^3) extrapolated to q = 0 on four edges; tau at biases 1e-12 and 1e-15."""
    error, slope_error = 0.0, 0.0
    for name, c3 in SMOOTH_ODD.items():
        phi = afli.activation(name)
        cubes = []
        for sigma_b2 in (1e-12, 1e-15):
            q = afli.edge_of_chaos(phi, sigma_b2).q
            cubes.append((q, sigma_b2 / (c3**2 * q**3), afli.spectrum_variance(phi, q, 1)))
        (q1, c1, t1), (q2, c2, t2) = cubes
        limit = (c2 * q1 - c1 * q2) / (q1 - q2)
        error = max(error, abs(limit / factor - 1))
        slope_error = max(slope_error, abs(np.log(1e3) / np.log(t1 / t2) - exponent))
    good = bool(error < 1e-3) and bool(slope_error < 1e-3)
    return good, f"factor within {bound(error)}, exponent within {bound(slope_error)}"
