"""Claims of the chapter "Glorot's variance": where the argument ends."""

import numpy as np
import torch

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.common import RELU, TANH, density
from afli.teach.ledger.glorot_variance import power, standard_errors, uniform


@claim(
    "G4",
    "With softmax outputs $p$, $-\\ln p_y$ is the negative logarithm of the probability of the "
    "right class, and its gradient is $p - e_y$. The formula $-\\sum_i (y_i \\ln p_i + "
    "(1-y_i) \\ln(1-p_i))$ is another number with another gradient.",
    source="ours",
    fails_with={"share": 1.001},
)
def cost_of_softmax(share=1):
    """Both costs and their gradients by PyTorch, in float64, for 50 random outputs of 5 classes."""
    generator = torch.Generator().manual_seed(0)
    h = torch.randn(50, 5, dtype=torch.float64, generator=generator).requires_grad_()
    labels = torch.arange(50) % 5
    p, y = h.softmax(1), torch.nn.functional.one_hot(labels, 5)
    right = -torch.log((p * y).sum(1))
    binary = -(y * p.log() + (1 - y) * (1 - p).log()).sum(1)
    gradient = torch.autograd.grad(right.sum(), h, retain_graph=True)[0]
    error = (gradient - (share * p - y)).abs().max()
    other = (torch.autograd.grad(binary.sum(), h)[0] - (p - y)).abs().amax(1).min()
    gap = (binary - right).min()
    return bool(error < 1e-12 and gap > 0.1 and other > 1e-3), (
        f"gradient right up to {bound(error.item())}; "
        f"the other cost is larger by {gap.item():.2f} or more"
    )


@claim(
    "G7",
    "Each assumption is needed: signals with mean 1 and variance 1 double the forward factor; "
    "weights that have seen the signal double it while their variance hardly changes; gradients "
    "that depend on the weights, as $\\delta = Wz$ does, double the backward factor of a square "
    "matrix; and at variance 1 tanh reduces them to $\\mathbb{E}[\\tanh(Z)^2] = 0.394$ and "
    "$\\mathbb{E}[\\tanh'(Z)^2] = 0.464$.",
    source="ours",
    fails_with={"doubled": 2.05},
)
def broken_assumptions(doubled=2.0):
    """20 uniform matrices of 300 rows and columns: the means within 4 standard errors and one
    per cent, which covers the effect of the width."""
    n, found = 300, {"mean": [], "seen": [], "back": [], "forward": [], "slope": []}
    rng, grown = np.random.default_rng(0), []
    for _ in range(20):
        w, z = uniform(rng, n, n), rng.standard_normal((40, n))
        found["mean"].append(((z + 1) @ w.T).var())
        u = rng.choice([-1, 1], n) / np.sqrt(n)
        seen = w + np.outer(u, z[0]) / np.linalg.norm(z[0])
        grown.append(seen.var() / w.var())
        found["seen"].append(power(seen @ z[0]) / power(z[0]))
        found["back"].append(power(z @ w.T @ w) / power(z @ w.T))
        h = z @ w.T
        found["forward"].append(power(np.tanh(h)))
        found["slope"].append(power(rng.standard_normal((40, n)) @ w * TANH.derivative(h)))
    expected = {
        "mean": doubled,
        "seen": doubled,
        "back": doubled,
        "forward": afli.variance_map(TANH, 1.0, 1, 0),
        "slope": afli.derivative_moment(TANH, 1.0, 1),
    }
    holds = max(grown) < 1.02
    holds &= abs(expected["forward"] - 0.394) < 5e-4 and abs(expected["slope"] - 0.464) < 5e-4
    for name, values in found.items():
        error = 4 * np.std(values, ddof=1) / 20**0.5
        holds &= abs(np.mean(values) - expected[name]) < error + 0.01 * expected[name]
    return bool(holds), "factors " + ", ".join(f"{np.mean(v):.2f}" for v in found.values()) + (
        f"; variance of the weights that have seen the signal times {max(grown):.3f}"
    )


@claim(
    "G9",
    "A square matrix of independent entries of variance $s/N$ has root mean square singular value "
    "$\\sqrt s$, but mean singular value $\\frac{8}{3\\pi}\\sqrt s = 0.849\\sqrt s$: 0.849 for the "
    "normalised initialisation and 0.490 for the old heuristic, before the slope of tanh.",
    source="ours",
    fails_with={"mean": 0.85},
)
def mean_singular_values(mean=8 / (3 * np.pi)):
    """The singular values of uniform matrices of 500 rows, within half a per cent, and the
    integrals over the quarter circle."""
    rng, worst = np.random.default_rng(0), 0.0
    for s in (1.0, 1 / 3):
        values = np.linalg.svd(uniform(rng, 500, 500, s), compute_uv=False)
        worst = max(worst, abs(values.mean() / (mean * s**0.5) - 1))
        worst = max(worst, abs(power(values) ** 0.5 / s**0.5 - 1))
    t = (np.arange(20_000) + 0.5) * np.pi / 2 / 20_000  # v = 2 sin t
    weights = 4 * np.cos(t) ** 2 / np.pi * (t[1] - t[0])
    moments = [(weights * (2 * np.sin(t)) ** k).sum() for k in (0, 1, 2)]
    error = np.abs(np.array(moments) - [1, mean, 1]).max()
    holds = worst < 0.005 and error < 1e-8
    holds &= abs(mean - 0.849) < 5e-4 and abs(mean / 3**0.5 - 0.490) < 5e-4
    return bool(holds), (
        f"matrices within {bound(worst)}; integrals of the quarter circle up to {bound(error)}"
    )


@claim(
    "G10",
    "ReLU halves the second moment, $\\mathbb{E}[\\max(h, 0)^2] = q/2$: a layer with "
    "$\\operatorname{Var} W = 1/N$ halves the signal, He's $2/N$ keeps it, and correcting for the "
    "variance of $\\max(h, 0)$, which is $0.341\\,q$, makes it grow by 1.47 a layer.",
    source="he2015",
    fails_with={"share": 0.342},
)
def second_moments_for_relu(share=0.341):
    """30 ReLU networks of width 300: the ratio of layers 6 and 1 for each of the three, within 4
    standard errors; and the moments by quadrature."""
    z = np.linspace(0, 12, 200_001)
    step = z[1] - z[0]
    second = (z**2 * density(z)).sum() * step
    mean = (z * density(z)).sum() * step
    variance = second - mean**2
    holds = abs(second - 0.5) < 1e-6 and abs(variance - share) < 5e-4
    rng, found = np.random.default_rng(0), []
    for _ in range(30):
        h = rng.standard_normal((300, 20))
        h *= np.sqrt(300) / np.linalg.norm(h, axis=0)
        start = power(h)
        for _ in range(5):
            h = uniform(rng, 300, 300) @ RELU(h)
        found.append(power(h) / start)
    worst = 0.0
    for sigma_w2, factor in ((1.0, 0.5), (2.0, 1.0), (1 / variance, 0.5 / variance)):
        worst = max(worst, standard_errors(np.array(found) * sigma_w2**5, factor**5))
    holds &= abs(0.5 / variance - 1.47) < 0.005 and worst < 4
    return bool(holds), (
        f"E[relu^2] = {second:.3f} q, variance {variance:.3f} q; networks at most {worst:.1f} "
        "standard errors off"
    )


@claim(
    "G11",
    "PyTorch's `nn.Linear` draws weights and biases uniformly on $\\pm 1/\\sqrt{\\text{fan-in}}$: "
    "the old heuristic, plus biases of variance $1/(3\\,\\text{fan-in})$.",
    source="paszke2019",
    fails_with={"edge": 1.01},
)
def default_of_pytorch(edge=1):
    """Largest entry, variance, and quartiles of the entries of three layers of the installed
    version, multiplied by the root of the fan-in."""
    state, worst = torch.random.get_rng_state(), 0.0
    torch.manual_seed(0)
    try:
        for fan_in, fan_out in ((100, 9000), (900, 900), (25, 9000)):
            layer = torch.nn.Linear(fan_in, fan_out)
            for part in (layer.weight, layer.bias):
                u = part.detach().double().numpy().ravel() * fan_in**0.5 / edge
                quartiles = np.quantile(u, (0.25, 0.5, 0.75)) - (-0.5, 0, 0.5)
                off = (abs(u).max() - 1, 3 * power(u) - 1, *quartiles)
                # in units of what so many draws allow
                worst = max(worst, np.abs(off).max() * u.size**0.5)
    finally:
        torch.random.set_rng_state(state)
    return bool(worst < 4), f"{worst:.1f} over the root of the number of entries"


@claim(
    "G12",
    "A ReLU network with PyTorch's default divides the length by 6 at each layer until it settles "
    "at $q^* = \\frac{2}{5N}$, which is the biases' alone: at width 1000 theirs is the larger "
    "part from layer 5 on.",
    source="ours",
    fails_with={"share": 0.401},
)
def biases_take_over(share=2 / 5):
    """The variance map for width 1000; and ten networks of width 200 made of `nn.Linear`, whose
    tenth layer has the length $2/(5N)$ within 10 % and differs between two orthogonal inputs by
    less than a thousandth of its square."""
    q, parts = 1 / 3 + 1 / 3000, []
    for layer in range(60):
        parts.append((1 / 3) * (1 / 6) ** layer / q)
        q = afli.variance_map(RELU, q, 1 / 3, 1 / 3000)
    holds = abs(q / (share / 1000) - 1) < 1e-9 and parts[3] > 0.5 > parts[4]
    state, lengths, gaps = torch.random.get_rng_state(), [], []
    torch.manual_seed(0)
    try:
        for _ in range(10):
            z = torch.eye(2, 200, dtype=torch.float64) * 200**0.5
            for _ in range(10):
                h = torch.nn.Linear(200, 200, dtype=torch.float64)(z).detach()
                z = torch.relu(h)
            lengths.append(power(h.numpy()))
            gaps.append(power((h[0] - h[1]).numpy()) / power(h.numpy()))
    finally:
        torch.random.set_rng_state(state)
    ratio = np.mean(lengths) / (share / 200)
    holds &= abs(ratio - 1) < 0.1 and max(gaps) < 1e-3
    return bool(holds), (
        f"part of the input in layers 4 and 5: {parts[3]:.2f}, {parts[4]:.2f}; networks at "
        f"{ratio:.2f} times 2/(5N)"
    )


@claim(
    "G13",
    "In tanh networks with the normalised initialisation the length does not settle: "
    "$1/q^{l+1} - 1/q^l \\to 2$, so that $q^l \\sim 1/(2l)$. From $|x|^2/N_0 = 1$ that of the "
    "activations, $|z^l|^2/N$, is 0.1034, 0.0259 and 0.0051 at layers 5, 20 and 100.",
    source="ours",
    fails_with={"growth": 2.01},
)
def tanh_keeps_shrinking(growth=2):
    """The variance map to layer 3000; its second order $q - 2q^2 + \\frac{17}{3}q^3$ at small q;
    and 20 networks of width 300, at layer 20, within 4 standard errors and 3 %."""
    q, z = 1.0, []
    for _ in range(3000):
        q = float(afli.variance_map(TANH, q, 1.0, 0.0))
        z.append(q)
    z = np.array(z)
    step = 1 / z[-1] - 1 / z[-2]
    table = np.allclose(z[[4, 19, 99]], (0.1034, 0.0259, 0.0051), rtol=0, atol=5e-5)
    small = np.array([1e-3, 2e-3])
    exact = afli.variance_map(TANH, small, 1.0, 0.0)
    series = small - 2 * small**2 + 17 / 3 * small**3
    holds = table and abs(step - growth) < 2e-3 and 0.95 < 6000 * z[-1] < 1.05
    holds &= bool(np.all(abs(exact - series) < 30 * small**4))
    rng, found = np.random.default_rng(0), []
    for _ in range(20):
        signal = np.ones(300)
        for _ in range(20):
            signal = np.tanh(uniform(rng, 300, 300) @ signal)
        found.append(power(signal))
    error = 4 * np.std(found, ddof=1) / 20**0.5 + 0.03 * z[19]
    holds &= abs(np.mean(found) - z[19]) < error
    return bool(holds), (
        f"1/q grows by {step:.3f} at layer 3000; layers 5, 20, 100: {z[4]:.4f}, {z[19]:.4f}, "
        f"{z[99]:.4f}; networks at layer 20: {np.mean(found):.4f}"
    )
