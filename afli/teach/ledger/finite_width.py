"""Claims of the chapter "The variance map": networks of finite width."""

import numpy as np
from scipy import integrate, special

import afli
from afli.teach.claims import claim
from afli.teach.ledger.common import (
    CLIP,
    RELU,
    TANH,
    chain,
    density,
    iterate,
    networks,
    variance_with_error,
)


def fluctuation(phi, q, sigma_w2, sigma_b2, depth, power=2):
    """T at layer `depth`: the limit of width times the variance of the length."""
    total = 0.0
    for _ in range(depth - 1):
        second, fourth = (
            integrate.quad(lambda z, k=k, q=q: density(z) * phi(np.sqrt(q) * z) ** k, -12, 12,
                           points=[p / np.sqrt(q) for p in phi.kinks], limit=200)[0]
            for k in (2, 4)
        )  # fmt: skip
        total = afli.variance_slope(phi, q, sigma_w2) ** power * total
        total += sigma_w2**2 * (fourth - second**2)
        q = afli.variance_map(phi, q, sigma_w2, sigma_b2)
    return total


@claim(
    "V12",
    "At every width, the length of one input in a network with Gaussian weights is distributed as "
    "in a chain that draws fresh independent Gaussian preactivations at each layer.",
    source="ours",
    fails_with={"width": 12},
)
def shortcut_is_exact(width=10):
    """Means and variances of the logarithm of the length at layer 8, in 4000 networks of width 10
    with all their weights and in 4000 chains: within 4 standard errors for tanh and ReLU, where
    the infinitely wide limit is off by more."""
    worst = 0.0
    far = True
    for phi, setting in ((TANH, (1.5, 0.1)), (RELU, (2.0, 0.0))):
        with np.errstate(divide="ignore"):
            full = np.log(networks(phi, *setting, 10, 8, 4000, seed=22))
            start = setting[0] + setting[1]
            short = np.log(chain(phi, start, *setting, width, 8, 4000, seed=23))
        full, short = full[np.isfinite(full)], short[np.isfinite(short)]
        errors = np.hypot(full.std() / full.size**0.5, short.std() / short.size**0.5)
        worst = max(worst, abs(full.mean() - short.mean()) / errors)
        far &= abs(full.mean() - np.log(iterate(phi, start, *setting, 7))) > 5 * errors
        (s, e), (t, f) = variance_with_error(full), variance_with_error(short)
        worst = max(worst, abs(s - t) / np.hypot(e, f))
    return bool(worst < 4 and far), f"largest difference {worst:.1f} standard errors"


@claim(
    "V13",
    "Width times the variance of the length at layer 20 tends to the value of the recursion "
    "$T^{l+1} = V'(q^l)^2 T^l + \\sigma_w^4 \\operatorname{Var}[\\phi(\\sqrt{q^l}Z)^2]$: 0.194 for "
    "tanh and 0.416 for the clip at $\\sigma_w^2 = 1.5$, $\\sigma_b^2 = 0.1$, 95 for ReLU at "
    "$\\sigma_w^2 = 2$, $\\sigma_b^2 = 0$, each from $q^1 = 1$.",
    source="roberts2022",
    fails_with={"power": 1.9},
)
def fluctuations_fall_with_width(power=2):
    """The recursion with `scipy.integrate.quad`, against 2000 simulated networks of width 250 and
    500 of width 1000: within 4 standard errors and 25 % (5 % for tanh and clip) at width 250."""
    said = []
    holds = True
    for phi, setting, value, seed in (
        (TANH, (1.5, 0.1), 0.194, 24), (CLIP, (1.5, 0.1), 0.416, 26), (RELU, (2.0, 0.0), 95.0, 27),
    ):  # fmt: skip
        law = fluctuation(phi, 1.0, *setting, 20, power)
        holds &= abs(law / value - 1) < 3e-3
        for width in (250, 1000):
            v = chain(phi, 1.0, *setting, width, 20, 2000 if width == 250 else 500, seed)
            s, e = variance_with_error(v)
            correction = (0.25 if phi is RELU else 0.05) * 250 / width * law
            holds &= abs(width * s - law) < 4 * width * e + correction
            said.append(f"{width * s:.3g} +- {width * e:.1g} at {width}")
    return bool(holds), "; ".join(said)


@claim(
    "V14",
    "In ReLU networks of width 100 with $\\sigma_w^2 = 2$, $\\sigma_b^2 = 0$ the mean of the "
    "length is kept and its second moment grows by exactly $1 + 5/N$ a layer; over 100 layers the "
    "logarithm falls by 2.54 and gains a variance of 5.19 (given that no layer is silent "
    "altogether, which has probability $2^{-100}$ a layer), where the leading orders say 2.5 and "
    "5; more than four fifths of the networks have shrunk the length. At width 1000 the relative "
    "variance of the length is 0.277 at layer 50.",
    source="hanin2020",
    fails_with={"growth": 5.01},
)
def typical_relu_length_decays(growth=5):
    """The moments of one factor from the chi-square law, given the binomial number of active units;
    3000 simulated networks: median, mean and variance of the logarithm within 4 standard errors,
    and the share that shrank; and 500 of width 1000: the relative variance, within 4 standard
    errors of the exact one."""
    n, layers = 100, 100
    k = np.arange(1, n + 1)
    log_share = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    share = np.exp(log_share - n * np.log(2))
    log_mean = special.digamma(k / 2) + np.log(4 / n)
    drift = share @ log_mean
    spread = share @ (special.polygamma(1, k / 2) + log_mean**2) - drift**2
    second = share @ (k * (k + 2)) * 4 / n**2
    holds = abs(second - (1 + growth / n)) < 1e-12
    holds &= abs(layers * drift + 2.54) < 6e-3 and abs(layers * spread - 5.19) < 6e-3
    logs = np.log(chain(RELU, 1.0, 2.0, 0.0, n, layers + 1, 3000, seed=25))
    error = logs.std() / 3000**0.5
    holds &= abs(logs.mean() - layers * drift) < 4 * error
    holds &= abs(np.median(logs) - layers * drift) < 0.1 + 5 * error
    holds &= abs(logs.var() / (layers * spread) - 1) < 4 * (2 / 3000) ** 0.5
    shrank = np.mean(logs < 0)
    relative = (1 + 5 / 1000) ** 49 - 1
    found, error_found = variance_with_error(chain(RELU, 1.0, 2.0, 0.0, 1000, 50, 500, seed=28))
    holds &= abs(relative - 0.277) < 5e-4 and abs(found - relative) < 4 * error_found
    return bool(holds and shrank > 0.8), (
        f"exact: {layers * drift:.3f} and {layers * spread:.3f}; simulated: {logs.mean():.2f} +- "
        f"{error:.2f} and {logs.var():.2f}; {100 * shrank:.0f} % shrank; at width 1000 "
        f"{relative:.3f}, simulated {found:.3f} +- {error_found:.3f}"
    )
