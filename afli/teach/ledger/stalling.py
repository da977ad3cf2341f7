"""Claims of the chapter "Why deep sigmoid networks stall"."""

from functools import cache

import numpy as np
import torch

import afli
from afli.lab import Run, build, load_dataset, prepare
from afli.teach.claims import bound, claim

SIGMOID = afli.activation("sigmoid")


@cache
def images(classes=9, count=3000):
    """Shapeset in float64: the first images of the first classes."""
    data = prepare(load_dataset("shapeset", train=9000, test=1))
    chosen = np.flatnonzero(data.train_labels < classes)[:count]
    return data.train_inputs[chosen].astype(float), data.train_labels[chosen]


def softmax(o):
    """Softmax of the rows."""
    e = np.exp(o - o.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def start(sizes, rng, factors=None):
    """The old heuristic; `factors` widen the layers and shift their biases as for tanh."""
    params = []
    for layer, (fan_in, units) in enumerate(zip(sizes, sizes[1:], strict=False)):
        w = rng.uniform(-1, 1, (units, fan_in)) / np.sqrt(fan_in)
        b = np.zeros(units)
        if factors:
            w *= factors[layer]
            b -= w.sum(axis=1) / 2 if layer else 0
        params.append([w, b])
    return params


def batch_of(labels, batch, classes, balanced, rng):
    """Indices of a batch, by chance or with the same number from each class."""
    if not balanced:
        return rng.choice(len(labels), batch, replace=False)
    members = [np.flatnonzero(labels == c) for c in range(classes)]
    return np.concatenate([rng.choice(k, batch // classes, replace=False) for k in members])


def train(
    x, y, *, hidden=4, width=100, steps=300, eta=0.2, batch=10, seed=0, centre=0.0, factors=None,
    balanced=False, freeze=(),
):  # fmt: skip
    """Means of the hidden layers before each step, losses, and the parameters after the last."""
    rng, classes = np.random.default_rng(seed), int(y.max()) + 1
    params = start([x.shape[1], *[width] * hidden, classes], rng, factors)
    means, losses = [], []
    for _ in range(steps):
        chosen = batch_of(y, batch, classes, balanced, rng)
        z = [x[chosen]]
        for w, b in params[:-1]:
            z.append(SIGMOID(z[-1] @ w.T + b))
        means.append([layer.mean() for layer in z[1:]])
        z[-1] = z[-1] - centre
        w, b = params[-1]
        p = softmax(z[-1] @ w.T + b)
        losses.append(-np.log(p[np.arange(batch), y[chosen]]).mean())
        delta = (p - np.eye(classes)[y[chosen]]) / batch
        for layer in reversed(range(hidden + 1)):
            w, b = params[layer]
            back = delta @ w
            if (layer, "w") not in freeze:
                w -= eta * delta.T @ z[layer]
            if (layer, "b") not in freeze:
                b -= eta * delta.sum(axis=0)
            value = z[layer] + (centre if layer == hidden else 0)
            delta = back * value * (1 - value) if layer else None
    return np.array(means), np.array(losses), params


def predicted(steps, eta, batch, width, classes=9):
    """The mean of the last layer before each step, by the law of the chapter."""
    s, path = 0.5, []
    speed = eta**2 * (1 + width / 4) * (classes - 1) / (2 * batch * classes)
    for _ in range(steps):
        path.append(s)
        pull = eta * (1 + width * s * s) / classes
        s -= speed * s**3 * (1 - s) ** 2 / (1 - pull / 2)
    return np.array(path)


@claim(
    "S1",
    "At the start, with the old heuristic, the activations of every sigmoid layer have mean near "
    "1/2, and from layer 2 on a layer divides the variance between images by about 50: it "
    "multiplies it by $\\frac13 \\mathbb{E}[\\phi'(\\sqrt q Z)^2]$, a little below 1/48.",
    source="ours",
)
def signals_fade_at_the_start():
    """20 networks of depth 4 and width 200 on 100 images of Shapeset; the factors of layers 3
    and 4 against the expectation at the q that the variance map predicts, within 15 %."""
    x, _ = images(count=100)
    data = prepare(load_dataset("shapeset", train=100, test=1))
    run = Run(data="shapeset", activation="sigmoid", weights="lecun_uniform", depth=4, width=200)
    stack = build([run.replace(seed=k) for k in range(20)], data, device="cpu").double()
    _, z = stack.forward(torch.as_tensor(x).expand(20, -1, -1))
    layers = [layer.numpy() for layer in z[1:]]
    means = [layer.mean() for layer in layers]
    between = np.array([layer.var(axis=1).mean() for layer in layers])
    q, factors = 1 / 3, []
    for _ in range(3):
        q = afli.variance_map(SIGMOID, q, 1 / 3, 0)
        factors.append(afli.derivative_moment(SIGMOID, q, 1) / 3)
    found = between[2:] / between[1:-1]
    holds = np.all(abs(np.array(means) - 0.5) < 0.02)
    holds &= np.all(abs(found / factors[1:] - 1) < 0.15) and 45 < 1 / factors[2] < 55
    return bool(holds), (
        f"measured 1/{1 / found[0]:.0f} and 1/{1 / found[1]:.0f}, expected "
        f"1/{1 / factors[1]:.1f} and 1/{1 / factors[2]:.1f}"
    )


@claim(
    "S2",
    "For softmax outputs $p$ of $o = b + Wz$ the cost $C = -\\ln p_y$ satisfies "
    "$z \\cdot \\partial C/\\partial z = (Wz) \\cdot (p - e_y)$.",
    source="ours",
)
def radial_gradient():
    """Central differences of the cost along z at 20 random points."""
    rng, error = np.random.default_rng(0), 0.0
    for _ in range(20):
        w, b, z, y = rng.normal(size=(5, 8)), rng.normal(size=5), rng.uniform(size=8), 2
        cost = [-np.log(softmax((b + t * w @ z)[None])[0, y]) for t in (1 + 1e-5, 1 - 1e-5)]
        p = softmax((b + w @ z)[None])[0]
        error = max(error, abs((cost[0] - cost[1]) / 2e-5 - w @ z @ (p - np.eye(5)[y])))
    return bool(error < 1e-8), f"largest difference below {bound(error)}"


@claim(
    "S3",
    "If the label is independent of $z$ and $b$ gives the class frequencies, then "
    "$z \\cdot \\partial C/\\partial z$ is positive on average, unless all entries of $Wz$ are "
    "equal: an uninformative $Wz$ is always pushed towards 0.",
    source="ours",
)
def noise_is_pushed_down():
    """1000 random b, W, z of different sizes, the average over labels computed exactly, and a
    bias that does not fit the frequencies, for which it can be negative."""
    rng, lowest, opposite = np.random.default_rng(1), np.inf, np.inf
    for _ in range(1000):
        b, v = rng.normal(size=6), rng.normal(size=6) * 10 ** rng.uniform(-2, 1)
        lowest = min(lowest, v @ (softmax((b + v)[None])[0] - softmax(b[None])[0]) / v.var())
        other = softmax(rng.normal(size=(1, 6)))[0]
        opposite = min(opposite, v @ (softmax((b + v)[None])[0] - other))
    level = softmax((b + 3)[None])[0] - softmax(b[None])[0]
    holds = lowest > 0 and opposite < 0 and abs(level).max() < 1e-12
    return bool(holds), "positive in 1000 of 1000 cases; with other frequencies not always"


@claim(
    "S4",
    "In the first step of a sigmoid network of width $N$ the output weights move the outputs "
    "about $N/4$ times as far as the output biases do.",
    source="ours",
)
def weights_are_the_faster_biases():
    """The two contributions |z|^2 and 1 in networks of width 100 and 400; and training with
    frozen output biases pushes the last layer down in the same way, within 3 %."""
    x, y = images()
    ratios = []
    for width in (100, 400):
        rng = np.random.default_rng(2)
        z = x[:50]
        for w, b in start([1024, *[width] * 4], rng):
            z = SIGMOID(z @ w.T + b)
        ratios.append((z**2).sum(axis=1).mean() / (width / 4))
    free = train(x, y, steps=150)[0][-1, -1]
    frozen = train(x, y, steps=150, freeze=[(4, "b")])[0][-1, -1]
    holds = max(abs(np.array(ratios) - 1)) < 0.05 and abs(frozen / free - 1) < 0.03
    return bool(holds and free < 0.35), (
        f"ratios over N/4: {ratios[0]:.2f} and {ratios[1]:.2f}; after 150 steps the mean is "
        f"{free:.2f} with and {frozen:.2f} without moving biases"
    )


@claim(
    "S5",
    "While $s$ falls from 1/2 to about 1/4, the mean $s$ of the last sigmoid layer follows "
    "$\\Delta s = -\\eta^2 (1 + \\frac N4) \\frac{C-1}{2BC} \\cdot "
    "\\frac{s^3 (1-s)^2}{1 - a/2}$, $a = \\eta (1 + N s^2)/C$, "
    "with $\\eta$ the learning rate, $B$ the batch, $C$ the number of classes.",
    source="ours",
)
def law_of_the_push():
    """Four settings of learning rate, batch and width, each until the law says s = 0.25 or for
    300 steps, one network each: the fall of s within 15 %."""
    x, y = images()
    worst, steps = 0.0, []
    for eta, batch, width in ((0.2, 10, 100), (0.1, 10, 100), (0.2, 40, 100), (0.2, 10, 50)):
        path = predicted(300, eta, batch, width)
        last = int(np.sum(path > 0.25)) - 1
        found = train(x, y, eta=eta, batch=batch, width=width, steps=last + 1)[0][-1, -1]
        worst = max(worst, abs((0.5 - found) / (0.5 - path[last]) - 1))
        steps.append(last + 1)
    return bool(worst < 0.15 and steps[1] > 1.1 * steps[0]), (
        f"after {', '.join(map(str, steps))} steps the fall differs by {100 * worst:.0f} % at most"
    )


@claim(
    "S6",
    "The last layer falls with shuffled labels as with the true ones, and it stays at 1/2 if each "
    "batch holds every class equally often, or if the outputs see $z^L - \\frac12$.",
    source="ours",
)
def noise_of_the_labels():
    """300 steps of a network of depth 4 and width 100, batches of 9."""
    x, y = images()
    shuffled = np.random.default_rng(3).permutation(y)
    ends = [
        train(x, labels, batch=9, **options)[0][-1, -1]
        for labels, options in (
            (y, {}), (shuffled, {}), (y, {"balanced": True}), (y, {"centre": 0.5}),
        )
    ]  # fmt: skip
    holds = ends[0] < 0.25 and abs(ends[1] / ends[0] - 1) < 0.1
    holds &= max(abs(np.array(ends[2:]) - 0.5)) < 0.02
    return bool(holds), "ends at {:.2f}; shuffled {:.2f}; balanced {:.2f}; centred {:.2f}".format(
        *ends
    )


@claim(
    "S7",
    "When the last sigmoid layer has been pushed to 0, the layer below is not saturated: its mean "
    "lies above 1/2 and its slopes are nearly the largest possible.",
    source="ours",
)
def the_layer_below_is_awake():
    """500 steps at depth 4: mean and slope of the two last layers."""
    x, y = images()
    means, _, params = train(x, y, steps=500)
    z = x[:100]
    slopes = []
    for w, b in params[:-1]:
        z = SIGMOID(z @ w.T + b)
        slopes.append(4 * (z * (1 - z)).mean())
    below, last = means[-1, 2:]
    holds = last < 0.2 and 0.52 < below < 0.75 and slopes[3] < 0.6 and slopes[2] > 0.85
    return bool(holds), (
        f"means {below:.2f} and {last:.2f}, slopes {100 * slopes[2]:.0f} % and "
        f"{100 * slopes[3]:.0f} % of the largest"
    )


@claim(
    "S8",
    "A sigmoid network with weights $2W$ in the first and the output layer, $4W$ in between, and "
    "biases lowered by half the row sum of the weights from layer 2 on computes the same function "
    "as a tanh network with weights $W$.",
    source="ours",
)
def same_function_as_tanh():
    """A network of depth 4 and width 50 on 20 random inputs."""
    rng, sizes = np.random.default_rng(4), [30, 50, 50, 50, 50, 9]
    plain = start(sizes, np.random.default_rng(5))
    wide = start(sizes, np.random.default_rng(5), [2, 4, 4, 4, 2])
    x = rng.normal(size=(20, 30))
    t = z = x
    for layer in range(5):
        t = t @ plain[layer][0].T
        z = z @ wide[layer][0].T + wide[layer][1]
        if layer < 4:
            t, z = np.tanh(t), SIGMOID(z)
    error = abs(t - z).max()
    return bool(error < 1e-12 and abs(t).max() > 1e-3), f"largest difference below {bound(error)}"


@claim(
    "S9",
    "For softmax outputs the cost $-\\ln p_y$ is not the sum over classes of "
    "$-(y_i \\ln p_i + (1 - y_i) \\ln(1 - p_i))$; with two classes the sum is twice as large.",
    source="ours",
)
def two_cross_entropies():
    """1000 random softmax outputs of three classes, and of two."""
    rng = np.random.default_rng(6)
    gaps = []
    for classes in (3, 2):
        p = softmax(rng.normal(size=(1000, classes)))
        e = np.eye(classes)[rng.integers(classes, size=1000)]
        both = -(e * np.log(p) + (1 - e) * np.log(1 - p)).sum(axis=1)
        gaps.append(both / -(e * np.log(p)).sum(axis=1))
    error = abs(gaps[1] - 2).max()
    holds = error < 1e-10 and gaps[0].min() > 1.01 and np.ptp(gaps[0]) > 0.1
    return bool(holds), f"ratio between {gaps[0].min():.2f} and 2 for three classes, 2 for two"


@claim(
    "S10",
    "For a confidently wrong answer, $p_y \\to 0$, the gradient of the cross-entropy in $o_y$ "
    "tends to $-1$; that of $\\frac12 |p - e_y|^2$ on softmax outputs tends to 0 in proportion to "
    "$p_y$. With two classes it is $-2 p_y (1 - p_y)^2$.",
    source="glorot2010",
)
def gradients_of_two_losses():
    """Central differences of both losses at five values of p_y, two classes; and the largest
    entry of both gradients with nine classes at p_y = 1e-6."""
    error = 0.0
    for share in (1e-4, 0.01, 0.1, 0.5, 0.9):
        o, step = np.log([share, 1 - share]), 1e-5 * np.eye(2)[0]
        above, below = (softmax((o + k * step)[None])[0] for k in (1, -1))
        square = [((p - [1, 0]) ** 2).sum() / 2 for p in (above, below)]
        error = max(error, abs(np.log(below[0] / above[0]) / 2e-5 - (share - 1)))
        error = max(error, abs((square[0] - square[1]) / 2e-5 + 2 * share * (1 - share) ** 2))
    p = np.array([1e-6, *np.random.default_rng(7).dirichlet(np.ones(8)) * (1 - 1e-6)])
    off = p - np.eye(9)[0]
    entropy, square = off[0], p[0] * (off[0] - p @ off)
    holds = error < 1e-8 and abs(entropy + 1) < 1e-5 and abs(square) < 3e-6
    return bool(holds), f"differences from the formulas below {bound(error)}"


@claim(
    "S11",
    "Without the push, but with the old heuristic, a sigmoid network of depth 4 stays at the loss "
    "of guessing; with the wider weights and shifted biases it learns, although its last layer "
    "is still pushed down.",
    source="ours",
)
def two_ailments():
    """600 images of three classes, width 50, 800 steps, ordinary and balanced batches of 12:
    the mean loss of the last 200 steps against ln 3."""
    x, y = images(3, 600)
    options = {"width": 50, "steps": 800, "eta": 0.2, "batch": 12}
    wide = {"factors": [2, 4, 4, 4, 2]}
    cases = ({"balanced": True}, wide, wide | {"balanced": True})
    runs = [train(x, y, **options, **case) for case in cases]
    losses = [run[1][-200:].mean() for run in runs]
    holds = abs(losses[0] - np.log(3)) < 0.005 and losses[1] < np.log(3) - 0.01
    holds &= losses[2] < np.log(3) - 0.03 and runs[1][0][-1, -1] < 0.3
    return bool(holds), (
        "losses {:.3f} without the push, {:.3f} wider, {:.3f} both; guessing ".format(*losses)
        + f"{np.log(3):.3f}; the last layer of the wider one at {runs[1][0][-1, -1]:.2f}"
    )
