"""Claims of the chapter "How large must a be?": what a nearly linear network gives away."""

import numpy as np

import afli
from afli.teach.claims import bound, claim
from afli.teach.ledger.how_large_rule import FAMILIES


def hermite_weights(phi, q, sigma_w2, sigma_b2, terms):
    """r_0, ..., r_(terms-1), the coefficients of R, by a fine sum over z."""
    z = np.linspace(-12, 12, 2401)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    values, r = phi(np.sqrt(q) * z) * density, []
    older, he = np.zeros_like(z), np.ones_like(z)
    for k in range(terms):
        r.append(sigma_w2 * (values @ he) ** 2 / q)
        older, he = he, (z * he - np.sqrt(k) * older) / np.sqrt(k + 1)
    r[0] += sigma_b2 / q
    return np.array(r)


def nonlinear_share(phi, q, sigma_w2, sigma_b2):
    """The sum of r_k from k = 2 on."""
    r0 = afli.correlation_map(phi, 0.0, q, sigma_w2, sigma_b2)
    return 1 - r0 - afli.correlation_slope(phi, 0.0, q, sigma_w2)


def backpropagate(phi, weights, biases, x, target, gain):
    """Gradients of the mean squared error of gain * output, for columns of inputs."""
    z, h = [x], []
    for w, b in zip(weights, biases, strict=True):
        h.append(w @ z[-1] + b)
        z.append(phi(h[-1]))
    delta = gain * (gain * z[-1] - target) * phi.derivative(h[-1])
    gradients = []
    for i in reversed(range(len(weights))):
        gradients.append((delta @ z[i].T, delta.sum(axis=1, keepdims=True)))
        if i:
            delta = (weights[i].T @ delta) * phi.derivative(h[i - 1])
    return gradients[::-1], gain * z[-1]


@claim(
    "P10",
    "A clip of half-width $a$ with bias variance $\\sigma_b^2$ is a clip of half-width 1 with "
    "$\\sigma_b^2/a^2$, in other units: with inputs divided and outputs multiplied by $a$, and the "
    "learning rate of the biases divided by $a^2$, both stay equal under gradient descent.",
    source="ours",
    fails_with={"power": 1.99},
)
def two_names_of_one_network(power=2.0):
    """Four layers of eight units, a = 5, ten steps of gradient descent on random targets."""
    rng, a, rate = np.random.default_rng(0), 5.0, 0.002
    weights = [rng.standard_normal((8, 8)) / np.sqrt(8) for _ in range(4)]
    biases = [rng.standard_normal((8, 1)) for _ in range(4)]
    x, target = 3 * rng.standard_normal((2, 8, 6))
    outputs = []
    for half_width, unit in ((a, 1.0), (1.0, a)):
        phi = afli.activation("shtanh", a=half_width)
        w, b = [m.copy() for m in weights], [m / unit for m in biases]
        for _ in range(10):
            gradients, output = backpropagate(phi, w, b, x / unit, target, unit)
            for i, (of_w, of_b) in enumerate(gradients):
                w[i] -= rate * of_w
                b[i] -= rate / unit**power * of_b
        outputs.append(output)
    moved = abs(outputs[0] - backpropagate(phi, weights, biases, x, target, 1.0)[1]).max()
    error = abs(outputs[0] - outputs[1]).max()
    return bool(
        error < 1e-9 and moved > 0.1
    ), f"outputs equal within {bound(error)} after ten steps"


@claim(
    "P11",
    "At a fixed point of the variance map $\\sum_{k \\ge 2} (k-1)\\, r_k = \\chi_1 - 1 + R(0)$. "
    "So the nonlinear share $r_{\\ge 2} = \\sum_{k \\ge 2} r_k$ is at most $\\chi_1 - 1 + R(0)$: "
    "on the edge of chaos no layer can be more nonlinear than it is forgetful.",
    source="ours",
    fails_with={"offset": 1.001},
)
def the_budget(offset=1.0):
    """Sixty Hermite coefficients of four smooth activations, on and off the edge of chaos; the
    inequality for seven activations."""
    good, error = True, 0.0
    for name, w, b in (
        ("tanh", 1.5, 0.1),
        ("erf", 0.9, 0.2),
        ("sin", 1.2, 0.1),
        ("gelu", 1.0, 0.5),
    ):
        phi = afli.activation(name)
        q = afli.fixed_point(phi, w, b)
        r = hermite_weights(phi, q, w, b, 60)
        error = max(
            error, abs((np.arange(60) - 1)[2:] @ r[2:] - afli.chi1(phi, q, w) + offset - r[0])
        )
    for name in ("tanh", "relu", "leaky_relu", "elu", "abs", "shtanh", "ssaw"):
        phi = afli.activation(name, **({"a": 1.5} if name in FAMILIES else {}))
        q = afli.fixed_point(phi, 0.9, 0.2)
        budget = afli.chi1(phi, q, 0.9) - 1 + afli.correlation_map(phi, 0.0, q, 0.9, 0.2)
        good &= nonlinear_share(phi, q, 0.9, 0.2) <= budget + 1e-12
    return bool(good and error < 1e-9), f"identity within {bound(error)}"
