"""Claims of the chapter "The variance map": the map and what it does to lengths."""

import numpy as np
from scipy import integrate, special

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import (
    CLIP,
    ELU,
    GELU,
    RELU,
    TANH,
    density,
    iterate,
    networks,
)

FOUR = {"tanh": TANH, "clip": CLIP, "ReLU": RELU, "ELU": ELU}


@claim(
    "V1",
    "The closed forms of $\\mathbb{E}[\\phi(\\sqrt q Z)^2]$ for ReLU, the error function, the sine "
    "and the clip agree with quadrature to ten digits.",
    source="williams1997",
    fails_with={"tail": 1.001},
)
def closed_forms_agree(tail=1.0):
    """Each closed form against `scipy.integrate.quad`, split at the kinks, and against
    `afli.variance_map`, at 13 variances from 0.1 to 100."""
    q = np.geomspace(0.1, 100, 13)
    s = 1 / np.sqrt(q)
    closed = {
        "relu": q / 2,
        "erf": 2 / np.pi * np.arcsin(2 * q / (1 + 2 * q)),
        "sin": -np.expm1(-2 * q) / 2,
        "hard_tanh": q * (special.erf(s / 2**0.5) - (2 / np.pi) ** 0.5 * s * np.exp(-s * s / 2))
        + tail * special.erfc(s / 2**0.5),
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
    fails_with={"bounded": 8},
)
def lengths_forget_their_start(bounded=9):
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
    holds = close and max(worst["tanh"], worst["clip"]) <= bounded and max(worst.values()) <= 35
    return holds, "within 1 % from layer " + ", ".join(f"{n} ({name})" for name, n in worst.items())


@claim(
    "V3",
    "At $\\sigma_w^2 = 1.5$, $\\sigma_b^2 = 0.1$ the fixed points are 0.520 (tanh), 0.810 (clip), "
    "0.400 (ReLU) and 1.439 (ELU), and a small deviation shrinks at each layer by 0.473, 0.383, "
    "0.750 and 0.834.",
    source="ours",
    fails_with={"clip": 0.812},
)
def four_fixed_points(clip=0.810):
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
    holds = np.allclose(q, [0.520, clip, 0.400, 1.439], atol=5e-4)
    holds &= np.allclose(slope, [0.473, 0.383, 0.750, 0.834], atol=6e-4)
    return bool(holds and error < 1e-6), f"the three digits given, errors below {bound(error)}"


@claim(
    "V5",
    "For ReLU with $\\sigma_w^2 = 2$ and $\\sigma_b^2 = 0$ the variance map is the identity.",
    source="he2015",
    fails_with={"sigma_w2": 2.001},
)
def relu_keeps_lengths(sigma_w2=2.0):
    """The variance map at 13 lengths from 1e-6 to 1e6."""
    q = np.geomspace(1e-6, 1e6, 13)
    error = abs(afli.variance_map(RELU, q, sigma_w2, 0.0) / q - 1).max()
    return error < 1e-12, f"largest relative error below {bound(error)}"


@claim(
    "V7",
    "For tanh with $\\sigma_w^2 = 1$, $\\sigma_b^2 = 0$ and $q^1 = 1$ the length tends to 0 like "
    "$1/(2l)$; the activations have variance 0.103 at layer 5, 0.0259 at layer 20 and 0.0051 at "
    "layer 100.",
    source="ours",
    fails_with={"factor": 2.01},
)
def tanh_with_glorot_decays(factor=2):
    """2 l q at layer 10000, the variances E[z^2] of three layers, and 20 simulated networks of
    width 500 at layer 20, within 4 standard errors and the correction of order 1/width."""
    q = 1.0
    z2 = {}
    for layer in range(1, 10_001):
        following = afli.variance_map(TANH, q, 1.0, 0.0) if layer <= 300 else q_next(q)
        z2[layer] = following
        last, q = q, following
    ratio = factor * 10_000 * last
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
    "V11",
    "An input with "
    "$|x|^2/N_0 = (q^* - \\sigma_b^2)/\\sigma_w^2 = \\mathbb{E}[\\phi(\\sqrt{q^*}Z)^2]$ has length "
    "$q^*$ at every layer; multiplied by $\\sqrt{q^*}$ instead, it starts 20 % too long in a tanh "
    "network on the edge of chaos with $\\sigma_b^2 = 0.001$.",
    source="ours",
    fails_with={"biases": 1.001},
)
def input_normalisation(biases=1.0):
    """Both sides of the equation for five activations at three settings each, and the ratio."""
    error = 0.0
    for phi in (*FOUR.values(), afli.activation("shtanh", a=2.0)):
        for sigma_w2, sigma_b2 in ((0.8, 0.3), (1.5, 0.1), (1.7, 0.01)):
            star = afli.fixed_point(phi, sigma_w2, sigma_b2)
            squared = (star - biases * sigma_b2) / sigma_w2
            error = max(error, abs(afli.variance_map(phi, star, 1.0, 0.0) / squared - 1))
    edge = afli.edge_of_chaos(TANH, 0.001)
    ratio = (edge.sigma_w2 * edge.q + edge.sigma_b2) / edge.q
    holds = error < 1e-10 and abs(ratio - 1.2) < 0.005
    return bool(holds), f"relative error below {bound(error)}; ratio {ratio:.3f}"


@claim(
    "V15",
    "A tanh network with $\\sigma_b^2 = 0.05$ is on the edge of chaos at $\\sigma_w^2 = 1.761$; "
    "there $q^* = 0.570$, and it is stable.",
    source="ours",
    fails_with={"q": 0.571},
)
def edge_of_chaos_of_tanh(q=0.570):
    """`afli.edge_of_chaos` against $\\chi_1$ and the variance map on a fine grid in z."""
    edge = afli.edge_of_chaos(TANH, 0.05)
    z = np.linspace(-12, 12, 6001)
    weight = density(z) * (z[1] - z[0])
    h = np.sqrt(edge.q) * z
    error = abs(edge.sigma_w2 * (weight @ np.cosh(h) ** -4) - 1)
    error = max(error, abs((edge.sigma_w2 * (weight @ np.tanh(h) ** 2) + 0.05) / edge.q - 1))
    holds = error < 1e-10 and edge.stable
    holds &= abs(edge.sigma_w2 - 1.761) < 5e-4 and abs(edge.q - q) < 5e-4
    return bool(holds), f"both equations hold to {bound(error)}, V' = {edge.variance_slope:.3f}"


@claim(
    "V16",
    "The numbers in the solutions: near its fixed point tanh with $\\sigma_w^2 = 3$, "
    "$\\sigma_b^2 = 0.1$ shrinks a deviation by 1000 in 6.79 layers; the clip with "
    "$\\sigma_w^2 = 1$, $\\sigma_b^2 = 0$ has $q^{1000} = 0.0636$ from $q^1 = 1$; on its edge of "
    "chaos GELU becomes stable at $\\sigma_b^2 = 0.173$.",
    source="ours",
    fails_with={"shrunk": 1010},
)
def numbers_in_the_solutions(shrunk=1000):
    """The slope of tanh, 999 iterations for the clip, and the slope of GELU on either side."""
    star = afli.fixed_point(TANH, 3.0, 0.1)
    layers = np.log(shrunk) / -np.log(afli.variance_slope(TANH, star, 3.0))
    length = iterate(CLIP, 1.0, 1.0, 0.0, 999)
    stable = afli.edge_of_chaos(GELU, np.array([0.1725, 0.1735])).stable
    holds = abs(layers - 6.79) < 5e-3 and abs(length - 0.0636) < 5e-5
    return bool(holds and list(stable) == [False, True]), f"{layers:.2f}; {length:.4f}; as stated"
