"""The claims of the chapter "The variance map"."""

import numpy as np
from scipy import integrate, special

import afli
from afli.teach.claims import bound, claim

TANH, CLIP, RELU, ELU, GELU = map(afli.activation, ("tanh", "hard_tanh", "relu", "elu", "gelu"))
FOUR = {"tanh": TANH, "clip": CLIP, "ReLU": RELU, "ELU": ELU}


def iterate(phi, q, sigma_w2, sigma_b2, layers):
    """q after so many applications of the variance map."""
    for _ in range(layers):
        q = afli.variance_map(phi, q, sigma_w2, sigma_b2)
    return q


def chain(phi, q1, sigma_w2, sigma_b2, width, depth, networks, seed):
    """v at layer `depth` in many networks, from fresh Gaussian preactivations at each layer."""
    rng, v = np.random.default_rng(seed), np.full(networks, float(q1))
    for _ in range(depth - 1):
        g = rng.standard_normal((networks, width))
        v = sigma_w2 * (phi(np.sqrt(v)[:, None] * g) ** 2).mean(axis=1) + sigma_b2
    return v


def networks(phi, sigma_w2, sigma_b2, width, depth, count, seed):
    """v at layer `depth` in many networks with all their weights, |x|^2 / N_0 = 1."""
    rng, z = np.random.default_rng(seed), np.ones((count, width, 1))
    for _ in range(depth - 1):
        weights = rng.standard_normal((count, width, width)) * np.sqrt(sigma_w2 / width)
        biases = rng.standard_normal((count, width, 1)) * np.sqrt(sigma_b2)
        z = phi(weights @ z + biases)
    return sigma_w2 * (z[:, :, 0] ** 2).mean(axis=1) + sigma_b2


def variance_with_error(v):
    """The variance of a sample and its standard error, for any distribution."""
    d = v - v.mean()
    variance = (d**2).mean()
    return variance, np.sqrt(((d**4).mean() - variance**2) / v.size)


def density(z):
    """The standard Gaussian density."""
    return np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def fluctuation(phi, q, sigma_w2, sigma_b2, depth):
    """T at layer `depth`: the limit of width times the variance of the length."""
    total = 0.0
    for _ in range(depth - 1):
        second, fourth = (
            integrate.quad(lambda z, k=k, q=q: density(z) * phi(np.sqrt(q) * z) ** k, -12, 12,
                           points=[p / np.sqrt(q) for p in phi.kinks], limit=200)[0]
            for k in (2, 4)
        )  # fmt: skip
        total = afli.variance_slope(phi, q, sigma_w2) ** 2 * total
        total += sigma_w2**2 * (fourth - second**2)
        q = afli.variance_map(phi, q, sigma_w2, sigma_b2)
    return total


@claim(
    "V1",
    "The closed forms of $\\mathbb{E}[\\phi(\\sqrt q Z)^2]$ for ReLU, the error function, the sine "
    "and the clip agree with quadrature to ten digits.",
    source="ours",
)
def closed_forms_agree():
    """Each closed form against `scipy.integrate.quad`, split at the kinks, and against
    `afli.variance_map`, at 13 variances from 0.1 to 100."""
    q = np.geomspace(0.1, 100, 13)
    s = 1 / np.sqrt(q)
    closed = {
        "relu": q / 2,
        "erf": 2 / np.pi * np.arcsin(2 * q / (1 + 2 * q)),
        "sin": -np.expm1(-2 * q) / 2,
        "hard_tanh": q * (special.erf(s / 2**0.5) - (2 / np.pi) ** 0.5 * s * np.exp(-s * s / 2))
        + special.erfc(s / 2**0.5),
    }
    error = 0.0
    for name, exact in closed.items():
        phi = afli.activation(name)
        for value, v in zip(exact, q, strict=True):
            points = [p / np.sqrt(v) for p in phi.kinks] or None
            direct, _ = integrate.quad(
                lambda z, phi=phi, v=v: density(z) * phi(np.sqrt(v) * z) ** 2,
                -12, 12, points=points, limit=500, epsabs=0, epsrel=1e-12,
            )  # fmt: skip
            error = max(error, abs(direct / value - 1))
        error = max(error, abs(afli.variance_map(phi, q, 1.0, 0.0) / exact - 1).max())
    return error < 1e-10, f"largest relative error below {bound(error)}"


@claim(
    "V2",
    "With $\\sigma_w^2 = 1.5$ and $\\sigma_b^2 = 0.1$ the lengths of tanh, clip, ReLU and ELU "
    "converge to the same value from inputs of squared norm 0, 1 and 10 a unit; the deviation "
    "is below 1 % from layer 9 on for tanh and clip and from layer 35 on for all four.",
    source="poole2016",
)
def lengths_forget_their_start():
    """Iterating the variance map from the three lengths, compared with `afli.fixed_point`; and the
    mean length in 200 simulated networks of width 100 at layer 6, within 4 standard errors and
    the correction of order 1/width."""
    start = np.array([0.1, 1.6, 15.1])
    worst, close = {}, True
    for name, phi in FOUR.items():
        star = afli.fixed_point(phi, 1.5, 0.1)
        q, layer = start, 1
        while np.any(abs(q / star - 1) > 0.01):
            q, layer = afli.variance_map(phi, q, 1.5, 0.1), layer + 1
        worst[name] = layer
        v = networks(phi, 1.5, 0.1, 100, 6, 200, seed=20)
        predicted = iterate(phi, 1.6, 1.5, 0.1, 5)
        close &= abs(v.mean() / predicted - 1) < 4 * v.std() / predicted / 200**0.5 + 1 / 100
    holds = close and max(worst["tanh"], worst["clip"]) <= 9 and max(worst.values()) <= 35
    return holds, "within 1 % from layer " + ", ".join(f"{n} ({name})" for name, n in worst.items())


@claim(
    "V3",
    "At $\\sigma_w^2 = 1.5$, $\\sigma_b^2 = 0.1$ the fixed points are 0.520 (tanh), 0.810 (clip), "
    "0.400 (ReLU) and 1.439 (ELU), and a small deviation shrinks at each layer by 0.473, 0.383, "
    "0.750 and 0.834.",
    source="ours",
)
def four_fixed_points():
    """`afli.fixed_point` against the limit of 300 iterations, and `afli.variance_slope` against
    central differences of the variance map."""
    q, slope, error = [], [], 0.0
    for phi in FOUR.values():
        star = afli.fixed_point(phi, 1.5, 0.1)
        above, below = (afli.variance_map(phi, star * s, 1.5, 0.1) for s in (1.0001, 0.9999))
        q.append(star)
        slope.append(afli.variance_slope(phi, star, 1.5))
        error = max(error, abs(iterate(phi, 1.0, 1.5, 0.1, 300) / star - 1))
        error = max(error, abs((above - below) / (2e-4 * star) / slope[-1] - 1))
    holds = np.allclose(q, [0.520, 0.810, 0.400, 1.439], atol=5e-4)
    holds &= np.allclose(slope, [0.473, 0.383, 0.750, 0.834], atol=6e-4)
    return bool(holds and error < 1e-6), f"the three digits given, errors below {bound(error)}"


@claim(
    "V4",
    "For tanh, the error function, the clip, arctan and softsign with $\\sigma_b^2 > 0$ the "
    "variance map is concave and has exactly one fixed point, with "
    "$0 \\le V'(q^*) \\le 1 - \\sigma_b^2/q^*$.",
    source="ours",
)
def one_stable_fixed_point():
    """Second differences of V on 400 equally spaced variances, the number of sign changes of
    V(q) - q on 300 variances from 1e-6 to 1e6, and the bound, for 25 pairs of variances."""
    even, wide = np.linspace(0, 20, 401), np.geomspace(1e-6, 1e6, 300)
    holds, slack = True, np.inf
    for name in ("tanh", "erf", "hard_tanh", "arctan", "softsign"):
        phi = afli.activation(name)
        holds &= bool(np.diff(afli.variance_map(phi, even, 1.0, 0.0), 2).max() < 1e-9)
        square = afli.variance_map(phi, wide, 1.0, 0.0)
        for sigma_w2 in (0.3, 1.0, 2.0, 5.0, 20.0):
            for sigma_b2 in (1e-3, 0.01, 0.1, 1.0, 10.0):
                signs = np.sign(sigma_w2 * square + sigma_b2 - wide)
                star = afli.fixed_point(phi, sigma_w2, sigma_b2)
                slope = afli.variance_slope(phi, star, sigma_w2)
                holds &= np.count_nonzero(np.diff(signs)) == 1 and slope >= 0
                slack = min(slack, 1 - sigma_b2 / star - slope)
    return bool(holds and slack > -1e-9), "125 maps, one fixed point each, no bound exceeded"


@claim(
    "V5",
    "For ReLU with $\\sigma_w^2 = 2$ and $\\sigma_b^2 = 0$ the variance map is the identity.",
    source="he2015",
)
def relu_keeps_lengths():
    """The variance map at 13 lengths from 1e-6 to 1e6."""
    q = np.geomspace(1e-6, 1e6, 13)
    error = abs(afli.variance_map(RELU, q, 2.0, 0.0) / q - 1).max()
    return error < 1e-12, f"largest relative error below {bound(error)}"


@claim(
    "V6",
    "The variance map of ReLU has the fixed point $\\sigma_b^2/(1 - \\sigma_w^2/2)$ for "
    "$\\sigma_w^2 < 2$, and none for $\\sigma_w^2 \\ge 2$ and $\\sigma_b^2 > 0$.",
    source="murray2022",
)
def relu_fixed_points():
    """`afli.fixed_point` at 12 settings: the formula for 8, `NoFixedPoint` for 4."""
    error, raised = 0.0, 0
    for sigma_b2 in (0.01, 1.0):
        for sigma_w2 in (0.5, 1.0, 1.5, 1.99):
            q = afli.fixed_point(RELU, sigma_w2, sigma_b2)
            error = max(error, abs(q * (1 - sigma_w2 / 2) / sigma_b2 - 1))
        for sigma_w2 in (2.0, 2.5):
            try:
                afli.fixed_point(RELU, sigma_w2, sigma_b2)
            except afli.NoFixedPoint:
                raised += 1
    return error < 1e-10 and raised == 4, f"relative error below {bound(error)}; raised 4 of 4"


@claim(
    "V7",
    "For tanh with $\\sigma_w^2 = 1$, $\\sigma_b^2 = 0$ and $q^1 = 1$ the length tends to 0 like "
    "$1/(2l)$; the activations have variance 0.103 at layer 5, 0.0259 at layer 20 and 0.0051 at "
    "layer 100.",
    source="ours",
)
def tanh_with_glorot_decays():
    """2 l q at layer 10000, the variances E[z^2] of three layers, and 20 simulated networks of
    width 500 at layer 20, within 4 standard errors and the correction of order 1/width."""
    q = 1.0
    z2 = {}
    for layer in range(1, 10_001):
        following = afli.variance_map(TANH, q, 1.0, 0.0) if layer <= 300 else q_next(q)
        z2[layer] = following
        last, q = q, following
    ratio = 2 * 10_000 * last
    holds = abs(ratio - 1) < 1e-3
    holds &= abs(z2[5] - 0.103) < 5e-4 and abs(z2[20] - 0.0259) < 5e-5
    holds &= abs(z2[100] - 0.0051) < 5e-5
    v = networks(TANH, 1.0, 0.0, 500, 21, 20, seed=21)
    error = v.std(ddof=1) / 20**0.5
    holds &= abs(v.mean() - z2[20]) < 4 * error + 20 * z2[20] / 500
    return bool(holds), (
        f"2 l q = {ratio:.4f} at layer 10000; {z2[5]:.4f}, {z2[20]:.4f}, {z2[100]:.4f}; "
        f"simulated at layer 20: {v.mean():.4f} +- {error:.4f}"
    )


def q_next(q):
    """E[tanh(sqrt(q) Z)^2] for small q: its Taylor series to fourth order in q."""
    return q - 2 * q**2 + 17 / 3 * q**3 - 62 / 3 * q**4


@claim(
    "V8",
    "On the edge of chaos of GELU at $\\sigma_b^2 = 0.01$, where $\\sigma_w^2 = 2.983$, the map "
    "has the fixed points 0.0547, stable, and 0.1835, unstable with slope 1.098. The second is "
    "the one on the edge of chaos. Iteration from 0.18 leads to the first, and from 0.19 to "
    "infinity.",
    source="ours",
)
def gelu_has_two_fixed_points():
    """Sign changes of V(q) - q on 2000 variances from 1e-6 to 1e6, the slopes there, and 300
    iterations from either start."""
    edge = afli.edge_of_chaos(GELU, 0.01)
    q = np.geomspace(1e-6, 1e6, 2000)
    signs = np.sign(afli.variance_map(GELU, q, edge.sigma_w2, 0.01) - q)
    crossings = q[np.flatnonzero(np.diff(signs))]
    low = afli.fixed_point(GELU, edge.sigma_w2, 0.01)
    slopes = [afli.variance_slope(GELU, v, edge.sigma_w2) for v in (low, edge.q)]
    down, up = (iterate(GELU, start, edge.sigma_w2, 0.01, 300) for start in (0.18, 0.19))
    holds = crossings.size == 2 and np.allclose(crossings, [0.0547, 0.1835], rtol=0.02)
    holds &= abs(low - 0.0547) < 5e-5 and abs(edge.q - 0.1835) < 5e-5 and not edge.stable
    holds &= abs(edge.sigma_w2 - 2.983) < 5e-4 and slopes[0] < 1 and abs(slopes[1] - 1.098) < 5e-4
    holds &= abs(down / low - 1) < 1e-6 and up > 1e20
    return bool(holds), "q = {:.4f} and {:.4f}, slopes {:.3f} and {:.3f}".format(
        low, edge.q, *slopes
    )


@claim(
    "V9",
    "On the edge of chaos of tanh, iterating $V$ until a step is smaller than $10^{-5}$ leaves an "
    "error about fifty times as large at $\\sigma_b^2 = 10^{-6}$, where $V'(q^*) = 0.982$.",
    source="ours",
)
def iteration_stops_early():
    """Iteration from q = 1, stopped by the size of its step, against `afli.edge_of_chaos`."""
    edge = afli.edge_of_chaos(TANH, 1e-6)
    q, step = 1.0, 1.0
    while step > 1e-5:
        following = afli.variance_map(TANH, q, edge.sigma_w2, 1e-6)
        q, step = following, abs(following - q)
    ratio = abs(q - edge.q) / step
    holds = abs(edge.variance_slope - 0.982) < 5e-4 and 40 < ratio < 60
    return bool(holds), (
        f"stopped {ratio:.0f} steps' worth away, {100 * abs(q / edge.q - 1):.0f} % of q*"
    )


@claim(
    "V10",
    "For a scaled-bounded activation "
    "$|V'(q)| \\le \\sigma_w^2 k^2 \\operatorname{erf}(a/\\sqrt{2q})$, and on the edge of chaos "
    "$|V'(q^*)| < 1$: its fixed point is stable.",
    source="ours",
)
def scaled_bounded_is_stable():
    """The four families of the paper with a = 1, 2, 4 and 8 and slopes 1 and 1.5, at 25 bias
    variances from 1e-6 to 10 times a^2: the slope at the fixed point, and the bound at 40
    variances from 0.01 to 1000 (to 1e-8, the accuracy of the slope)."""
    largest, excess = 0.0, 0.0
    q = np.geomspace(0.01, 1e3, 40)
    for name in ("shtanh", "ssin", "sexp", "ssaw"):
        for a in (1.0, 2.0, 4.0, 8.0):
            for k in (1.0, 1.5):
                phi = afli.activation(name, a=a, k=k)
                edge = afli.edge_of_chaos(phi, a * a * np.geomspace(1e-6, 10, 25))
                largest = max(largest, abs(edge.variance_slope).max())
                limit = k**2 * special.erf(a / np.sqrt(2 * q))
                excess = max(excess, (abs(afli.variance_slope(phi, q, 1.0)) / limit).max() - 1)
    evidence = f"largest slope {largest:.5f}; the bound is never exceeded"
    return bool(largest < 1 and excess < 1e-8), evidence


@claim(
    "V11",
    "An input with "
    "$|x|^2/N_0 = (q^* - \\sigma_b^2)/\\sigma_w^2 = \\mathbb{E}[\\phi(\\sqrt{q^*}Z)^2]$ has length "
    "$q^*$ at every layer; multiplied by $\\sqrt{q^*}$ instead, it starts 20 % too long in a tanh "
    "network on the edge of chaos with $\\sigma_b^2 = 0.001$.",
    source="ours",
)
def input_normalisation():
    """Both sides of the equation for five activations at three settings each, and the ratio."""
    error = 0.0
    for phi in (*FOUR.values(), afli.activation("shtanh", a=2.0)):
        for sigma_w2, sigma_b2 in ((0.8, 0.3), (1.5, 0.1), (1.7, 0.01)):
            star = afli.fixed_point(phi, sigma_w2, sigma_b2)
            squared = (star - sigma_b2) / sigma_w2
            error = max(error, abs(afli.variance_map(phi, star, 1.0, 0.0) / squared - 1))
    edge = afli.edge_of_chaos(TANH, 0.001)
    ratio = (edge.sigma_w2 * edge.q + edge.sigma_b2) / edge.q
    holds = error < 1e-10 and abs(ratio - 1.2) < 0.005
    return bool(holds), f"relative error below {bound(error)}; ratio {ratio:.3f}"


@claim(
    "V12",
    "At every width, the length of one input in a network with Gaussian weights is distributed as "
    "in a chain that draws fresh independent Gaussian preactivations at each layer.",
    source="ours",
)
def shortcut_is_exact():
    """Means and variances of the logarithm of the length at layer 8, in 4000 networks of width 10
    with all their weights and in 4000 chains: within 4 standard errors for tanh and ReLU, where
    the infinitely wide limit is off by more."""
    worst = 0.0
    far = True
    for phi, setting in ((TANH, (1.5, 0.1)), (RELU, (2.0, 0.0))):
        with np.errstate(divide="ignore"):
            full = np.log(networks(phi, *setting, 10, 8, 4000, seed=22))
            start = setting[0] + setting[1]
            short = np.log(chain(phi, start, *setting, 10, 8, 4000, seed=23))
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
)
def fluctuations_fall_with_width():
    """The recursion with `scipy.integrate.quad`, against 2000 simulated networks of width 250 and
    500 of width 1000: within 4 standard errors and 25 % (5 % for tanh and clip) at width 250."""
    said = []
    holds = True
    for phi, setting, value, seed in (
        (TANH, (1.5, 0.1), 0.194, 24), (CLIP, (1.5, 0.1), 0.416, 26), (RELU, (2.0, 0.0), 95.0, 27),
    ):  # fmt: skip
        law = fluctuation(phi, 1.0, *setting, 20)
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
    "logarithm falls by 2.54 and gains a variance of 5.19, where the leading orders say 2.5 and 5; "
    "more than four fifths of the networks have shrunk the length.",
    source="hanin2020",
)
def typical_relu_length_decays():
    """The moments of one factor from the chi-square law, given the binomial number of active units;
    and 3000 simulated networks: median, mean and variance of the logarithm within 4 standard
    errors, and the share that shrank."""
    n, layers = 100, 100
    k = np.arange(1, n + 1)
    log_share = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    share = np.exp(log_share - n * np.log(2))
    log_mean = special.digamma(k / 2) + np.log(4 / n)
    drift = share @ log_mean
    spread = share @ (special.polygamma(1, k / 2) + log_mean**2) - drift**2
    second = share @ (k * (k + 2)) * 4 / n**2
    holds = abs(second - (1 + 5 / n)) < 1e-12
    holds &= abs(layers * drift + 2.54) < 6e-3 and abs(layers * spread - 5.19) < 6e-3
    logs = np.log(chain(RELU, 1.0, 2.0, 0.0, n, layers + 1, 3000, seed=25))
    error = logs.std() / 3000**0.5
    holds &= abs(logs.mean() - layers * drift) < 4 * error
    holds &= abs(np.median(logs) - layers * drift) < 0.1 + 5 * error
    holds &= abs(logs.var() / (layers * spread) - 1) < 4 * (2 / 3000) ** 0.5
    shrank = np.mean(logs < 0)
    return bool(holds and shrank > 0.8), (
        f"exact: {layers * drift:.3f} and {layers * spread:.3f}; simulated: {logs.mean():.2f} +- "
        f"{error:.2f} and {logs.var():.2f}; {100 * shrank:.0f} % shrank"
    )


@claim(
    "V15",
    "A tanh network with $\\sigma_b^2 = 0.05$ is on the edge of chaos at $\\sigma_w^2 = 1.761$; "
    "there $q^* = 0.570$, and it is stable.",
    source="ours",
)
def edge_of_chaos_of_tanh():
    """`afli.edge_of_chaos` against $\\chi_1$ and the variance map on a fine grid in z."""
    edge = afli.edge_of_chaos(TANH, 0.05)
    z = np.linspace(-12, 12, 6001)
    weight = density(z) * (z[1] - z[0])
    h = np.sqrt(edge.q) * z
    error = abs(edge.sigma_w2 * (weight @ np.cosh(h) ** -4) - 1)
    error = max(error, abs((edge.sigma_w2 * (weight @ np.tanh(h) ** 2) + 0.05) / edge.q - 1))
    holds = error < 1e-10 and edge.stable
    holds &= abs(edge.sigma_w2 - 1.761) < 5e-4 and abs(edge.q - 0.570) < 5e-4
    return bool(holds), f"both equations hold to {bound(error)}, V' = {edge.variance_slope:.3f}"


@claim(
    "V16",
    "The numbers in the solutions: near its fixed point tanh with $\\sigma_w^2 = 3$, "
    "$\\sigma_b^2 = 0.1$ shrinks a deviation by 1000 in 6.79 layers; the clip with "
    "$\\sigma_w^2 = 1$, $\\sigma_b^2 = 0$ has $q^{1000} = 0.0636$ from $q^1 = 1$; on its edge of "
    "chaos GELU becomes stable at $\\sigma_b^2 = 0.173$.",
    source="ours",
)
def numbers_in_the_solutions():
    """The slope of tanh, 999 iterations for the clip, and the slope of GELU on either side."""
    star = afli.fixed_point(TANH, 3.0, 0.1)
    layers = np.log(1000) / -np.log(afli.variance_slope(TANH, star, 3.0))
    length = iterate(CLIP, 1.0, 1.0, 0.0, 999)
    stable = afli.edge_of_chaos(GELU, np.array([0.1725, 0.1735])).stable
    holds = abs(layers - 6.79) < 5e-3 and abs(length - 0.0636) < 5e-5
    return bool(holds and list(stable) == [False, True]), f"{layers:.2f}; {length:.4f}; as stated"


@claim(
    "V17",
    "For the four scaled-bounded families with $a = 1, 2, 5$ and bias variances from $10^{-6}$ to "
    "100 there is no fixed point of $V$ below $q^*$ on the edge of chaos.",
    source="ours",
)
def no_fixed_point_below():
    """V(q) - q at 300 lengths below each of 108 fixed points."""
    share = np.concatenate([np.geomspace(1e-4, 0.5, 100), np.linspace(0.5, 0.999, 200)])
    lowest, count = np.inf, 0
    for name in ("shtanh", "ssin", "sexp", "ssaw"):
        for a in (1.0, 2.0, 5.0):
            phi = afli.activation(name, a=a)
            point = afli.edge_of_chaos(phi, np.geomspace(1e-6, 100, 9))
            q = point.q[:, None] * share
            excess = afli.variance_map(phi, q, point.sigma_w2[:, None], point.sigma_b2[:, None]) - q
            lowest = min(lowest, (excess / point.sigma_b2[:, None]).min())
            count += len(point.q)
    return lowest > 1e-5, f"{count} edges of chaos, V(q) > q at every length below"
