"""Claims of the chapter "What the derivative of an activation does"."""

import numpy as np
import torch
from scipy import optimize

import afli
from afli.teach.claims import bound, claim

SIGMOID, TANH, SOFTSIGN, RELU, CLIP = map(
    afli.activation, ("sigmoid", "tanh", "softsign", "relu", "hard_tanh")
)


def sigmoid(h):
    """The logistic function."""
    return 1 / (1 + np.exp(-h))


def small_network(theta, x):
    """p, q and the output of the network with two hidden units; theta = (w14, w24, w34, b4, w15,
    w25, w35, b5, w46, w56, b6)."""
    p, r = x @ theta[0:3] + theta[3], x @ theta[4:7] + theta[7]
    q = theta[8] * sigmoid(p) + theta[9] * sigmoid(r) + theta[10]
    return p, r, q, sigmoid(q)


def derivatives(theta, x):
    """d output / d theta for each row of x, as the chain rule gives them."""
    p, r, q, f = small_network(theta, x)
    slope, one = f * (1 - f), np.ones((len(x), 1))
    at_p = theta[8] * sigmoid(p) * sigmoid(-p) * slope
    at_r = theta[9] * sigmoid(r) * sigmoid(-r) * slope
    x = np.hstack([x, one])
    last = np.stack([sigmoid(p), sigmoid(r), one[:, 0]], axis=1) * slope[:, None]
    return np.hstack([x * at_p[:, None], x * at_r[:, None], last])


@claim(
    "D1",
    "In the network of the thread "
    "$\\partial y/\\partial w_{14} = \\sigma'(q)\\, w_{46}\\, \\sigma'(p)\\, x_1$. Without the "
    "factor $w_{46}$ the derivatives of all four parameters of hidden unit 4 are divided by "
    "$w_{46}$: they have the wrong size, and the wrong sign where $w_{46} < 0$.",
    source="ours",
)
def the_missing_factor():
    """200 random networks and inputs: the formula against central differences and, for all
    parameters, against PyTorch; and the formula without the factor against autograd."""
    rng = np.random.default_rng(0)
    worst, wrong_signs, negative = 0.0, 0, 0
    for _ in range(200):
        theta, x = rng.standard_normal(11), rng.standard_normal((1, 3))
        t = torch.tensor(theta, requires_grad=True)
        s, hidden = torch.sigmoid, torch.tensor(x[0])
        y = s(t[8] * s(t[:3] @ hidden + t[3]) + t[9] * s(t[4:7] @ hidden + t[7]) + t[10])
        y.backward()
        exact = t.grad.numpy()
        p, _, q, _ = small_network(theta, x)
        slopes = SIGMOID.derivative(q) * SIGMOID.derivative(p)
        by_hand = slopes * theta[8] * x[0, 0]
        step = np.zeros(11)
        step[0] = 1e-5
        ahead, behind = (small_network(theta + k * step, x)[3] for k in (1, -1))
        worst = max(
            worst,
            abs(derivatives(theta, x)[0] - exact).max(),
            abs(by_hand - exact[0])[0],
            abs(by_hand - (ahead - behind) / 2e-5)[0],
            abs(slopes * np.append(x, 1) * theta[8] - exact[:4]).max(),
        )
        without = slopes * x[0, 0]
        wrong_signs += int(without[0] * exact[0] < 0)
        negative += int(theta[8] < 0)
    return bool(worst < 1e-9 and wrong_signs == negative > 50), (
        f"largest difference below {bound(worst)}; without the factor {wrong_signs} of 200 "
        f"derivatives have the wrong sign, in the {negative} networks with a negative weight"
    )


@claim(
    "D2",
    "The error of a central difference is at first proportional to the square of the step, that "
    "of a one-sided difference to the step. In double precision the central one is best near a "
    "step of $10^{-5}$ and then more accurate than the one-sided one at any step.",
    source="ours",
)
def finite_differences():
    """Medians over 100 random networks of the relative error of d y / d w14 at steps from 1e-12
    to 1e-1, four to the power of ten."""
    rng = np.random.default_rng(1)
    steps, errors = np.logspace(-12, -1, 45), []
    for _ in range(100):
        theta, x = rng.standard_normal(11), rng.standard_normal((1, 3))
        x[0, 0] = 1.0
        exact, move = derivatives(theta, x)[0, 0], np.eye(11)[0]
        row = []
        for h in steps:
            y, up, down = (small_network(theta + k * h * move, x)[3][0] for k in (0, 1, -1))
            row.append([(up - down) / (2 * h), (up - y) / h])
        errors.append(abs(np.array(row) / exact - 1))
    central, one_sided = np.median(errors, axis=0).T

    def slope(e, large, small):
        return np.log10(e[np.isclose(steps, large)][0] / e[np.isclose(steps, small)][0])

    best = steps[central.argmin()]
    holds = abs(slope(central, 1e-1, 1e-2) - 2) < 0.1 and abs(slope(central, 1e-2, 1e-3) - 2) < 0.1
    holds &= abs(slope(one_sided, 1e-2, 1e-3) - 1) < 0.1
    holds &= 1e-6 < best < 1e-4 and central.min() < one_sided.min() / 30
    return bool(holds), (
        f"ten times the step, {10 ** slope(central, 1e-2, 1e-3):.0f} times the error (one-sided "
        f"{10 ** slope(one_sided, 1e-2, 1e-3):.0f}); smallest central error below "
        f"{bound(central.min())}, "
        f"best one-sided one below {bound(one_sided.min())}"
    )


@claim(
    "D3",
    "Gradient descent without the factors $w_{46}$ and $w_{56}$ has the same stationary points as "
    "gradient descent (where both are not 0), but every minimum with a regular Hessian and a "
    "negative output weight repels it: in four directions for each negative output weight.",
    source="ours",
)
def repelling_minima():
    """Networks that made their own targets, so that the loss is 0: the signs of the 11
    eigenvalues of P H for 40 of them, 10 for each pair of signs, where H is the Hessian and P
    holds the factors 1/w46 and 1/w56 of claim D1."""
    rng, counts = np.random.default_rng(2), set()
    for k in range(40):
        theta, x = 2 * rng.standard_normal(11), rng.standard_normal((60, 3))
        theta[8:10] = (abs(theta[8:10]) + 0.5) * [(-1) ** k, (-1) ** (k // 2)]
        p = np.ones(11)
        p[0:4], p[4:8] = 1 / theta[8], 1 / theta[9]
        r = np.linalg.qr(derivatives(theta, x), mode="r")  # H = r^T r, and P H is similar to
        values = np.linalg.eigvalsh(r @ np.diag(p) @ r.T)  # r P r^T
        regular = np.linalg.svd(r, compute_uv=False)[-1] > 1e-7
        counts.add((bool(regular), int((theta[8:10] < 0).sum()), int((values < 0).sum())))
    holds = counts == {(True, 0, 0), (True, 1, 4), (True, 2, 8)}
    return holds, "0, 4 and 8 repelling directions for 0, 1 and 2 negative output weights"


def deep(phi, sizes, rng, scale=1.0):
    """Weights and biases of a random network."""
    pairs = list(zip(sizes[1:], sizes, strict=False))
    weights = [scale * rng.standard_normal(shape) / np.sqrt(shape[1]) for shape in pairs]
    return weights, [0.3 * rng.standard_normal(rows) for rows, _ in pairs]


@claim(
    "D4",
    "With $\\delta^l = \\partial \\mathcal{L}/\\partial h^l$: "
    "$\\delta^l = D^l (W^{l+1})^T \\delta^{l+1}$ with $D^l = \\operatorname{diag} \\phi'(h^l)$, "
    "and the gradient in $W^l$ is $\\delta^l (z^{l-1})^T$, in $b^l$ it is $\\delta^l$.",
    source="rumelhart1986",
)
def backpropagation():
    """Networks of four layers of different widths with five activations: all gradients against
    PyTorch's, in double precision."""
    rng, worst = np.random.default_rng(3), 0.0
    for phi in (SIGMOID, TANH, SOFTSIGN, RELU, CLIP):
        weights, biases = deep(phi, [5, 7, 4, 6, 3], rng)
        x, target = rng.standard_normal(5), rng.standard_normal(3)
        w = [torch.tensor(a, requires_grad=True) for a in weights]
        b = [torch.tensor(a, requires_grad=True) for a in biases]
        z = torch.tensor(x)
        for a, c in zip(w, b, strict=True):
            z = phi(a @ z + c)
        (0.5 * (z - torch.tensor(target)).square().sum()).backward()
        zs, hs = [x], []
        for a, c in zip(weights, biases, strict=True):
            hs.append(a @ zs[-1] + c)
            zs.append(phi(hs[-1]))
        delta = (zs[-1] - target) * phi.derivative(hs[-1])
        for layer in (3, 2, 1, 0):
            worst = max(worst, abs(np.outer(delta, zs[layer]) - w[layer].grad.numpy()).max())
            worst = max(worst, abs(delta - b[layer].grad.numpy()).max())
            if layer:
                delta = phi.derivative(hs[layer - 1]) * (weights[layer].T @ delta)
    return bool(worst < 1e-12), f"largest difference below {bound(worst)}"


@claim(
    "D5",
    "In a sigmoid network $|\\delta^l| \\le \\frac14 \\|W^{l+1}\\|\\, |\\delta^{l+1}|$, with the "
    "largest singular value of $W^{l+1}$. Over the layers of a chain of single units the "
    "derivative of the output is at most $4^{-L} \\prod_l |w^l|$, and equal to it only where every "
    "preactivation is 0.",
    source="ours",
)
def quarter_a_layer():
    """100 random layers of 3 to 30 units and weights of several sizes, with the ratio to the
    bound; and chains of ten units with biases that put the preactivations at 0, or 0.1 off."""
    rng, ratio = np.random.default_rng(4), 0.0
    for _ in range(100):
        m, n = rng.integers(3, 31, 2)
        w, h = rng.standard_normal((m, n)) * 10.0 ** rng.uniform(-1, 1), rng.standard_normal(n)
        delta = rng.standard_normal(m)
        back = SIGMOID.derivative(h) * (w.T @ delta)
        limit = np.linalg.norm(w, 2) * np.linalg.norm(delta) / 4
        ratio = max(ratio, np.linalg.norm(back) / limit)
    shares = []
    for off in (0.0, 0.1):
        w, z, product = rng.uniform(0.5, 8, 10), 0.3, 1.0
        for one in w:
            h = one * z + (off - one * z)
            z, product = sigmoid(h), product * 4 * SIGMOID.derivative(h)
        shares.append(product)
    holds = ratio <= 1 and abs(shares[0] - 1) < 1e-12 and shares[1] < 0.99
    return bool(holds), (
        f"at most {ratio:.2f} of the bound in random layers; a chain reaches it at h = 0 and "
        f"{shares[1]:.3f} of it at h = 0.1"
    )


@claim(
    "D6",
    "In a chain of sigmoid units with positive weights, no biases and an input of at least "
    "$\\frac12$, each layer multiplies the derivative by less than 0.448, however large the "
    "weights are. With $w = 4$ and $b = -2$ the derivative is 1 at the input $\\frac12$ at every "
    "depth, and at other inputs it falls like $L^{-3/2}$.",
    source="ours",
)
def large_weights_do_not_help():
    """The factor w phi'(w z) on a grid of w from 0.01 to 100 and z from 1/2 to 1; and the chain
    with w = 4 at depth 1000 and 4000, at five inputs."""
    w, z = np.meshgrid(np.geomspace(0.01, 100, 2001), np.linspace(0.5, 1, 101))
    largest = (w * SIGMOID.derivative(w * z)).max()
    x = np.array([0.0, 0.3, 0.5, 0.8, 1.0])
    z, d, seen = x.copy(), np.ones(5), {}
    for layer in range(1, 4001):
        h = 4 * z - 2
        z, d = sigmoid(h), d * 4 * SIGMOID.derivative(h)
        seen[layer] = d.copy()
    power = np.log(seen[4000] / seen[1000]) / np.log(4)
    others = np.delete(power, 2)
    holds = 0.44 < largest < 0.448 and seen[4000][2] == 1 and abs(others + 1.5).max() < 0.01
    return bool(holds), (
        f"largest factor {largest:.4f}; powers of the depth between {others.min():.3f} and "
        f"{others.max():.3f}"
    )


@claim(
    "D7",
    "The derivative falls below one per cent of its maximum at "
    "$|h| = 2 \\operatorname{arcosh} 10 = 5.99$ for the sigmoid, at "
    "$\\operatorname{arcosh} 10 = 2.99$ for tanh and at $9$ for softsign. A further factor of "
    "100 costs 4.6, 2.3 and 90 more.",
    source="ours",
)
def one_per_cent():
    """Roots of phi'(h) / phi'(0) = 1e-2 and 1e-4, from the derivatives of the package."""
    expected = {
        SIGMOID: (2 * np.arccosh(10), 2 * np.arccosh(100)),
        TANH: (np.arccosh(10), np.arccosh(100)),
        SOFTSIGN: (9.0, 99.0),
    }
    error, printed = 0.0, []
    for phi, values in expected.items():
        for share, value in zip((1e-2, 1e-4), values, strict=True):
            top = phi.derivative(0.0)
            found = optimize.brentq(lambda h: phi.derivative(h) / top - share, 0, 200, xtol=1e-12)  # noqa: B023
            error = max(error, abs(found / value - 1))
        printed.append(values[1] - values[0])
    holds = error < 1e-9 and np.allclose(printed, [4.6, 2.3, 90], atol=0.03)
    return bool(holds), f"six roots agree up to {bound(error)}; " + ", ".join(
        f"{step:.2f}" for step in printed
    )


def steps_to_zero(signal, start):
    """Steps of gradient descent on the bias, learning rate 1, until the preactivation is 0."""
    h, steps = float(start), 0
    while h > 0:
        h, steps = h - signal(h), steps + 1
    return steps


@claim(
    "D8",
    "A sigmoid unit with squared error that starts saturated on the wrong side needs about $e$ "
    "times as many steps of gradient descent for each unit of distance. With softsign the number "
    "grows like the cube of the distance, with the cross-entropy in proportion to the distance.",
    source="ours",
)
def slow_start():
    """Steps until h = 0 from several starts, learning rate 1, target 0 (softsign: -1)."""
    sigmoid_steps = [steps_to_zero(lambda h: sigmoid(h) ** 2 * sigmoid(-h), s) for s in (8, 9)]
    entropy_steps = [steps_to_zero(sigmoid, s) for s in (20, 40)]
    soft = [steps_to_zero(lambda h: (h / (1 + h) + 1) / (1 + h) ** 2, start) for start in (40, 80)]
    ratios = [b / a for a, b in (sigmoid_steps, entropy_steps, soft)]
    holds = abs(ratios[0] / np.e - 1) < 0.02 and abs(ratios[1] / 2 - 1) < 0.05
    holds &= abs(ratios[2] / 8 - 1) < 0.1
    return bool(holds), (
        f"one unit further: {ratios[0]:.2f} times as many steps; twice as far: {ratios[1]:.2f} "
        f"times with the cross-entropy, {ratios[2]:.2f} times with softsign"
    )


@claim(
    "D9",
    "With a sigmoid output and the cross-entropy the gradient in the output's preactivation is "
    "$y - t$, without $\\phi'$. The gradients in the weights of a hidden layer below still carry "
    "the $\\phi'$ of that layer.",
    source="ours",
)
def only_at_the_output():
    """Autograd on one hidden sigmoid unit under one output unit, over 30 preactivations each."""
    worst = 0.0
    for h1 in np.linspace(-12, 12, 30):
        for h2 in np.linspace(-12, 12, 30):
            w, t = 1.5, 1.0
            hidden = torch.tensor(h1, requires_grad=True)
            shift = torch.tensor(h2 - w * sigmoid(h1), requires_grad=True)
            out = w * torch.sigmoid(hidden) + shift
            torch.nn.functional.softplus(-out).backward()  # the cross-entropy at target 1
            y = sigmoid(h2)
            at_output = abs(float(shift.grad) - (y - t))
            expected = (y - t) * w * SIGMOID.derivative(h1)
            worst = max(worst, at_output, abs(float(hidden.grad) - expected))
    return bool(worst < 1e-12), f"900 pairs, largest difference below {bound(worst)}"


def descend(x, y, sizes, rng, steps=2500, rate=0.03, scale=0.5):
    """The product of the matrices of a linear network after gradient descent on its mean squared
    error, halved."""
    weights = deep(None, sizes, rng, scale)[0]
    for _ in range(steps):
        zs = [x.T]
        for w in weights:
            zs.append(w @ zs[-1])
        delta, gradients = (zs[-1] - y.T) / len(x), []
        for layer in reversed(range(len(weights))):
            gradients.append(delta @ zs[layer].T)
            delta = weights[layer].T @ delta
        for w, gradient in zip(weights, reversed(gradients), strict=True):
            w -= rate * gradient
    return np.linalg.multi_dot(weights[::-1])


@claim(
    "D10",
    "A deep linear network, whose activation has the derivative 1 everywhere, learns: gradient "
    "descent takes a network of three layers to the least-squares map. Its loss is not convex in "
    "the weights: they are 0 at a saddle, or at a flat point with three layers or more.",
    source="saxe2014",
)
def deep_linear_networks_learn():
    """Three regressions with 6 inputs and 4 outputs, against NumPy's least squares; the loss of
    (w2 w1 - 1)^2 / 2 between its minima (1, 1) and (-1, -1), and its Hessian at 0."""
    worst = 0.0
    for seed in range(3):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((100, 6))
        y = np.sin(x @ rng.standard_normal((6, 4))) + x[:, :4]
        best = np.linalg.lstsq(x, y, rcond=None)[0]
        found = descend(x, y, [6, 8, 8, 4], rng)
        worst = max(worst, abs(found - best.T).max())
    loss = [(w * w - 1) ** 2 / 2 for w in (-1, 0, 1)]
    hessian = np.linalg.eigvalsh([[0.0, -1.0], [-1.0, 0.0]])
    flat = torch.autograd.functional.hessian(
        lambda w: (w[0] * w[1] * w[2] - 1) ** 2 / 2, torch.zeros(3, dtype=torch.float64)
    )
    holds = worst < 1e-4 and loss == [0, 0.5, 0] and np.allclose(hessian, [-1, 1])
    holds &= bool((flat == 0).all())
    return bool(holds), (
        f"largest difference of an entry below {bound(worst)}; between two minima the loss is 0.5, "
        "and the Hessian at 0 has the eigenvalues -1 and 1"
    )


@claim(
    "D11",
    "No map without a non-linear activation has a mean squared error below $\\frac14$ on XOR. A "
    "linear network with a layer of $r$ units has at least the error of the least-squares map plus "
    "the sum of the squared singular values of the fitted targets beyond the $r$-th, and gradient "
    "descent reaches it.",
    source="ours",
)
def floors():
    """The least-squares fit of XOR; and networks with r = 1, 2 and 3 hidden units on a regression
    with 4 outputs: the error reached against the bound, and 700 other maps of
    rank r near what was found."""
    corners = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=float)
    xor = np.array([0, 1, 1, 0], dtype=float)
    fit = corners @ np.linalg.lstsq(corners, xor, rcond=None)[0]
    rng = np.random.default_rng(5)
    x = rng.standard_normal((100, 6))
    y = np.sin(x @ rng.standard_normal((6, 4))) + x[:, :4]
    best = np.linalg.lstsq(x, y, rcond=None)[0]
    values, gaps, below = np.linalg.svd(x @ best)[1], [], 0
    for r in (1, 2, 3):
        floor = ((y - x @ best) ** 2).sum() + (values[r:] ** 2).sum()
        found = descend(x, y, [6, r, 4], rng)
        gaps.append(((y - x @ found.T) ** 2).sum() / floor - 1)
        for _ in range(700):
            near = found + 0.1 * rng.standard_normal(found.shape)
            u, s, v = np.linalg.svd(near)
            near = (u[:, :r] * s[:r]) @ v[:r]
            below += int(((y - x @ near.T) ** 2).sum() < floor * (1 - 1e-9))
    holds = np.allclose(fit, 0.5) and -1e-9 < min(gaps) and max(gaps) < 1e-3 and below == 0
    return bool(holds), (
        f"XOR: mean squared error {((fit - xor) ** 2).mean():.3f}; the floors are reached up to "
        f"{bound(max(gaps))}, and none of 2100 other maps of that rank is below"
    )


@claim(
    "D12",
    "The gradient of a linear unit with squared error is the error times the input, and so "
    "proportional to the error; what is the same everywhere is the derivative of the output of a "
    "linear network in its input, $W^L \\cdots W^1$. For a sigmoid unit with squared error and "
    "target 0 the signal is largest at the error $\\frac23$ and tends to 0 as the error tends to "
    "1.",
    source="ours",
)
def signal_and_error():
    """Autograd in a linear network with three layers: Jacobians at 20 inputs, gradients for errors
    from 0.01 to 100 times one error; and e^2 (1 - e) from autograd on a grid."""
    rng = np.random.default_rng(6)
    ws = [
        torch.tensor(rng.standard_normal(s), requires_grad=True) for s in ((5, 4), (5, 5), (2, 5))
    ]

    def network(x):
        return ws[2] @ (ws[1] @ (ws[0] @ x))

    jacobians = [
        torch.autograd.functional.jacobian(network, torch.tensor(rng.standard_normal(4)))
        for _ in range(20)
    ]
    spread = max(float((j - jacobians[0]).abs().max()) for j in jacobians)
    x, error = torch.tensor(rng.standard_normal(4)), torch.tensor([1.0, -2.0]).double()
    gradients = []
    for size in (1.0, 0.01, 100.0):
        target = network(x).detach() - size * error
        loss = 0.5 * (network(x) - target).square().sum()
        gradients.append(torch.autograd.grad(loss, ws)[0] / size)
    off = max(float((g / gradients[0] - 1).abs().max()) for g in gradients)
    h = torch.linspace(-12, 12, 2401, dtype=torch.float64, requires_grad=True)
    y = torch.sigmoid(h)
    (0.5 * y.square()).sum().backward()
    peak = float(y.detach()[h.grad.argmax()])
    holds = spread < 1e-12 and off < 1e-9 and abs(peak - 2 / 3) < 0.005 and h.grad[-1] < 1e-4
    return bool(holds), (
        f"Jacobians equal up to {bound(max(spread, 1e-16))}, gradients proportional to the error "
        f"up to {bound(off)}; the sigmoid's signal is largest at the error {peak:.2f}"
    )
