"""Claims of the chapter "How deep a signal survives": linear networks, and finite width."""

import numpy as np
from scipy.special import digamma

import afli
from afli.teach.claims import bound, claim
from afli.theory.simulation import simulate


@claim(
    "R8",
    "In a linear network with $\\sigma_w^2 = 1$ lengths grow by $\\sigma_b^2$ a layer, and "
    "$1 - \\rho^l = (1 - \\rho^1)\\, q^1/(q^1 + (l-1)\\sigma_b^2)$ for two inputs of one length.",
    source="ours",
    fails_with={"growth": 1.001},
)
def linear_network_with_biases(growth=1.0):
    """The recursion over 100 layers, and the mean of 30 networks of width 150 at layer 20."""
    q, c, error = 1.5, 0.3, 0.0
    linear = afli.activation("linear")
    for layer in range(1, 101):
        predicted = (1 - 0.2) * 1.5 / (1.5 + growth * (layer - 1) * 0.1)
        error = max(error, abs((1 - c / q) / predicted - 1))
        mapped = float(afli.correlation_map(linear, c / q, q, 1.0, 0.1))
        q, c = float(afli.variance_map(linear, q, 1.0, 0.1)), mapped * q
    axes = np.linalg.qr(np.random.default_rng(0).standard_normal((150, 2)))[0].T
    # The covariance of the first layer is x_1 x_2 / N_0 + 0.1, the length 1.4 + 0.1.
    cosine = 0.2 / 1.4
    other = cosine * axes[0] + np.sqrt(1 - cosine**2) * axes[1]
    x = np.sqrt(150 * 1.4) * np.array([axes[0], other])
    run = simulate(linear, x, 20, 150, 1.0, 0.1, networks=30, seed=1)
    seen = 1 - run.correlations[:, 20, 0, 1].mean()
    theory = 0.8 * 1.5 / (1.5 + 1.9)
    good = error < 1e-12 and abs(seen - theory) < 0.03
    return bool(good), f"recursion within {bound(error)}; networks {seen:.3f}, formula {theory:.3f}"


@claim(
    "R9",
    "Linear with biases and $\\sigma_w^2 \\ne 1$: $1 - \\rho^l = (1 - \\rho^1)\\,\\sigma_w^{2(l-1)}"
    " q^1 / q^l$. For $\\sigma_w^2 < 1$ it vanishes like $\\sigma_w^{2l}$; for $\\sigma_w^2 > 1$ "
    "it tends to $(1-\\rho^1)/(1 + \\sigma_b^2/[(\\sigma_w^2 - 1)\\, q^1])$.",
    source="ours",
    fails_with={"shift": 0.001},
)
def linear_network_of_any_variance(shift=0.0):
    """The two maps iterated for 400 layers at weight variances 0.8, 0.95, 1.05 and 1.5."""
    error, worst = 0.0, 0.0
    for w in (0.8, 0.95, 1.05, 1.5):
        q = q1 = 0.7
        distance, b = 1.0 - 0.3, 0.1
        for layer in range(1, 401):
            c = q * (1 - distance)
            q, c = w * q + b, w * c + b
            distance = 1 - c / q
            predicted = 0.7 * w**layer * q1 / q
            if predicted > 1e-6:
                error = max(error, abs(distance / predicted - 1))
        limit = 0.7 / (1 + b / ((w - 1 + shift) * q1)) if w > 1 else 0.0
        worst = max(worst, abs(distance - limit))
    return error < 1e-8 and worst < 1e-6, f"formula within {bound(error)}, limits {bound(worst)}"


@claim(
    "R10",
    "In a linear network of width $N$ without biases, with Gaussian weights, the mean of "
    "$\\ln(1 - (\\rho^l)^2)$ falls by $\\psi(\\frac N2) - \\psi(\\frac{N-1}2) \\approx 1/N$ in "
    "each layer ($\\psi$ is the digamma function), whatever $\\sigma_w^2$.",
    source="ours",
    fails_with={"offset": 0.02},
)
def linear_networks_lose_angles(offset=0.0):
    """20 000 pairs through twelve layers of width 6 and of width 20, drawn without weights."""
    rng, good, shown = np.random.default_rng(3), True, []
    for n in (6, 20):
        # Triangular factor of a 2 x 2 Wishart matrix: two chi variables and a normal one.
        total = np.zeros(20_000)
        a, c, b = np.ones(20_000), np.full(20_000, 0.3), np.ones(20_000)
        for _ in range(12):
            before = np.log(a * b - c * c) - np.log(a) - np.log(b)
            t11, t22 = np.sqrt(rng.chisquare(n, 20_000)), np.sqrt(rng.chisquare(n - 1, 20_000))
            t21 = rng.standard_normal(20_000)
            l11, l21 = np.sqrt(a), c / np.sqrt(a)
            l22 = np.sqrt(b - l21**2)
            # New Gram matrix: (L T)(L T)^T / n with both lower triangular.
            x, y, z = l11 * t11, l21 * t11 + l22 * t21, l22 * t22
            a, c, b = x**2 / n, x * y / n, (y**2 + z**2) / n
            total += np.log(a * b - c * c) - np.log(a) - np.log(b) - before
        rate, error = total.mean() / 12, total.std() / np.sqrt(20_000) / 12
        exact = digamma((n - 1) / 2 + offset) - digamma(n / 2)
        good &= abs(rate - exact) < 4 * error
        shown.append(f"N = {n}: {rate:.4f}, formula {exact:.4f}")
    return bool(good), "; ".join(shown)
