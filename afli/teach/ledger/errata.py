"""Evidence for the errata that no chapter treats: code published with a paper."""

from math import erf, erfc, exp, pi, sqrt

import numpy as np
import torch
from scipy.special import expit

import afli
from afli.lab import Run, carry_out
from afli.lab.trials import data_of
from afli.teach import claim


def _refusal(value, derivative):
    """What `afli.Activation` says of a function with a derivative."""
    try:
        afli.Activation(name="theirs", value=value, derivative=derivative)
    except ValueError as error:
        return str(error)
    return ""


@claim(
    "E1",
    "The derivative of softsign is $1/(1+|x|)^2$. With $1/(1+x)^2$ in its place the average "
    "$\\mathbb{E}[\\phi'(\\sqrt q Z)^2]$ is infinite, because of the pole at $-1$, and "
    "$\\sigma_w^2$ on the edge of chaos comes out as 0; at $q = 1$ it is 4.39.",
    source="ours",
    fails_with={"found": 4.4},
)
def derivative_of_softsign(found=4.39):
    """Midpoint sums on ever finer grids, which grow without bound with the wrong derivative and
    settle with the right one; and `afli.Activation` refuses the wrong one."""
    sums = {"wrong": [], "right": []}
    for n in (2_000, 20_000, 200_000):
        x = -12 + 24 * (np.arange(n) + 0.5) / n
        weight = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) * 24 / n
        sums["wrong"].append(weight @ (1 + x) ** -4.0)
        sums["right"].append(weight @ (1 + np.abs(x)) ** -4.0)
    sigma_w2 = afli.edge_of_chaos_curve(afli.activation("softsign"), 1.0)[0]
    grows = np.diff(np.log10(sums["wrong"])).min() > 2 and sums["wrong"][-1] > 1e6
    settles = abs(sums["right"][-1] * sigma_w2 - 1) < 1e-6
    said = _refusal(lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + x) ** 2)
    holds = grows and settles and abs(sigma_w2 - found) < 0.005 and "derivative" in said
    return bool(holds), f"sigma_w2 = {sigma_w2:.3f}, and below 1e-6 with the wrong derivative"


@claim(
    "E2",
    "GELU and its two usual approximations, by tanh and by the logistic function, have "
    "derivatives that differ by up to 0.03; the value of one with the derivative of another is no "
    "activation, and `afli.Activation` refuses the pair.",
    source="ours",
    fails_with={"gap": 0.032},
)
def approximations_of_gelu(gap=0.03):
    """Derivatives of all three on a grid, by their formulas, and an attempt to mix two."""
    root = np.sqrt(2 / np.pi)

    def by_tanh(x):
        return 0.5 * x * (1 + np.tanh(root * (x + 0.044715 * x**3)))

    def by_logistic_derivative(x):
        s = expit(1.702 * x)
        return s + 1.702 * x * s * (1 - s)

    def by_tanh_derivative(x):
        t = np.tanh(root * (x + 0.044715 * x**3))
        return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * root * (1 + 3 * 0.044715 * x**2)

    x = np.linspace(-6, 6, 12_001)
    exact = afli.activation("gelu").derivative(x)
    slopes = [exact, by_tanh_derivative(x), by_logistic_derivative(x)]
    found = max(abs(a - b).max() for a in slopes for b in slopes)
    said = _refusal(by_tanh, by_logistic_derivative)
    holds = abs(found - gap) < 0.002 and "derivative" in said
    return bool(holds), f"largest difference {found:.3f}"


@claim(
    "E3",
    "On the edge of chaos an iteration for $q^*$ that stops when a step is below $10^{-5}$ depends "
    "on where it starts: for the clip with $a = 10$ and $\\sigma_b^2 = 10^{-4}$ it ends about 1 % "
    "below $q^*$ or 1 % above, after more than 10,000 steps.",
    source="ours",
    fails_with={"step": 2e-6},
)
def steps_that_stop_too_early(step=1e-5):
    """The iteration q <- Psi(q) from 6 and from 5, against the root that is bracketed. Psi of the
    clip is written out in closed form."""
    clip = afli.activation("shtanh", a=10.0)
    exact, ends, steps = float(afli.edge_of_chaos(clip, 1e-4).q), [], []

    def psi(q):
        width = 10 / sqrt(q)
        inside = erf(width / sqrt(2))
        square = q * (inside - sqrt(2 / pi) * width * exp(-(width**2) / 2))
        return 1e-4 + (square + 100 * erfc(width / sqrt(2))) / inside

    for q in (5.0, 6.0):
        count, new = 1, psi(q)
        while abs(new - q) >= step:
            q, new, count = new, psi(new), count + 1
        ends.append(new / exact - 1)
        steps.append(count)
    holds = -0.015 < ends[0] < -0.005 and 0.005 < ends[1] < 0.015 and min(steps) > 10_000
    return bool(holds), (
        f"{100 * ends[0]:.1f} % after {steps[0]} steps, {100 * ends[1]:+.1f} % after {steps[1]}"
    )


@claim(
    "E4",
    "The proof of Lemma 3.4 gives $\\Lambda < (8/\\pi)^{1/6} (\\sigma_b^2/a^2)^{-1/3}$. With the "
    "exponent $1/3$ in place of $1/6$ the bound still holds, as $8/\\pi > 1$, but it is larger "
    "by 17 %.",
    source="murray2022",
    fails_with={"exponent": 1 / 3},
)
def exponent_of_the_bound(exponent=1 / 6):
    """The published bound against both formulas, and against the half-width of four activations
    on the edge of chaos."""
    y = np.array([1e-4, 1e-2, 0.1])
    ours = afli.bounds.published(y, 1.0).half_width_ratio[1]
    error = abs(ours / ((8 / np.pi) ** exponent * y ** (-1 / 3)) - 1).max()
    ratios = []
    for family in ("shtanh", "ssin", "sexp", "ssaw"):
        phi = afli.activation(family, a=2.0)
        for i, part in enumerate(y):
            point = afli.edge_of_chaos(phi, 4 * part)
            ratios.append(2 / np.sqrt(float(point.q)) / ours[i])
    looser = (8 / np.pi) ** (1 / 3 - 1 / 6)
    holds = error < 1e-12 and max(ratios) < 1 and abs(looser - 1.17) < 0.005
    return bool(holds), f"factor {looser:.3f}; the largest half-width is {max(ratios):.2f} times it"


@claim(
    "E5",
    "A schedule for the half-width that looks for layers by the name of a class, and finds none, "
    "changes nothing and raises nothing. In this course's laboratory the largest activations "
    "follow the schedule from epoch to epoch.",
    source="ours",
    fails_with={"a_end": 2.0},
)
def schedules_that_find_no_layer(a_end=0.5):
    """A loop over the modules of a network that looks for a class which is not there; and a clip
    network whose half-width is to go from 2 to 0.5 in four epochs, watched after each."""
    network = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Hardtanh(-2.0, 2.0))
    for epoch in range(4):
        for layer in network.modules():
            if type(layer).__name__ == "ScaledHardtanh":
                layer.max_val = 2.0 - epoch / 2
    unchanged = network[1].max_val == 2.0
    run = Run(
        **dict(data="shapeset", train=200, test=100, activation="shtanh", a=2.0, a_end=a_end),
        **dict(schedule="linear", sigma_b2=0.5, depth=2, width=20, batch=20, epochs=4, watch=True),
    )
    (result,) = carry_out([run], data_of(run), device="cpu")
    largest = [float(np.max(layers["activation_p98"])) for layers in result["watched"]]
    follows = np.allclose(largest, [2.0, 1.5, 1.0, 0.5], atol=1e-6)
    return bool(unchanged and follows), "98 percentiles " + ", ".join(f"{z:.1f}" for z in largest)
