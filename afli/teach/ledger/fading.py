"""Claims of the chapter "Why deep sigmoid networks stall": signals that fade."""

import numpy as np
import torch

import afli
from afli.lab import Run, build, load_dataset, prepare
from afli.teach.claims import bound, claim
from afli.teach.ledger.last_layer import images, start, train

SIGMOID = afli.activation("sigmoid")
LN_3 = np.log(3)  # the loss of guessing one of three classes


@claim(
    "S1",
    "At the start, with the old heuristic, the activations of every sigmoid layer have mean near "
    "1/2, and from layer 2 on a layer divides the variance between images by about 50: it "
    "multiplies it by $\\frac13 \\mathbb{E}[\\phi'(\\sqrt q Z)^2]$, a little below 1/48.",
    source="ours",
    fails_with={"share": 0.35},
)
def signals_fade_at_the_start(share=1 / 3):
    """20 networks of depth 4 and width 200 on 100 images of Shapeset; the factors of layers 3
    and 4 against the expectation at the q that the variance map predicts, within 4 %."""
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
        factors.append(share * afli.derivative_moment(SIGMOID, q, 1))
    found = between[2:] / between[1:-1]
    holds = np.all(abs(np.array(means) - 0.5) < 0.02)
    holds &= np.all(abs(found / factors[1:] - 1) < 0.04) and 45 < 1 / factors[2] < 55
    return bool(holds), (
        f"measured 1/{1 / found[0]:.0f} and 1/{1 / found[1]:.0f}, expected "
        f"1/{1 / factors[1]:.1f} and 1/{1 / factors[2]:.1f}"
    )


@claim(
    "S7",
    "When the last sigmoid layer has been pushed to 0, the layer below is not saturated: its mean "
    "lies above 1/2 and its slopes are on average more than 85 % of the largest possible one.",
    source="ours",
    fails_with={"share": 0.95},
)
def the_layer_below_is_awake(share=0.85):
    """500 steps at depth 4: mean and slope of the two last layers."""
    x, y = images()
    means, _, params = train(x, y, steps=500)
    z = x[:100]
    slopes = []
    for w, b in params[:-1]:
        z = SIGMOID(z @ w.T + b)
        slopes.append(4 * (z * (1 - z)).mean())
    below, last = means[-1, 2:]
    holds = last < 0.2 and 0.52 < below < 0.75 and slopes[3] < 0.6 and slopes[2] > share
    return bool(holds), (
        f"means {below:.2f} and {last:.2f}, slopes {100 * slopes[2]:.0f} % and "
        f"{100 * slopes[3]:.0f} % of the largest"
    )


@claim(
    "S8",
    "A sigmoid network with weights $2W$ in the first and the output layer, $4W$ in between, and "
    "from layer 2 on biases of minus half the row sum of these weights, computes the same function "
    "as a tanh network with weights $W$ and no biases.",
    source="ours",
    fails_with={"inner": 4.001},
)
def same_function_as_tanh(inner=4):
    """A network of depth 4 and width 50 on 20 random inputs."""
    rng, sizes = np.random.default_rng(4), [30, 50, 50, 50, 50, 9]
    plain = start(sizes, np.random.default_rng(5))
    wide = start(sizes, np.random.default_rng(5), [2, inner, inner, inner, 2])
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
    "S11",
    "Without the push, but with the old heuristic, a sigmoid network of depth 4 is still at the "
    "loss of guessing when one with the wider weights and shifted biases has begun to learn, "
    "although the last layer of that one is pushed down.",
    source="ours",
    fails_with={"guess": 1.09},
)
def fading_and_push(guess=LN_3):
    """600 images of three classes, width 50, 800 steps, ordinary and balanced batches of 12:
    the mean loss of the last 200 steps against ln 3."""
    x, y = images(3, 600)
    options = {"width": 50, "steps": 800, "eta": 0.2, "batch": 12}
    wide = {"factors": [2, 4, 4, 4, 2]}
    cases = ({"balanced": True}, wide, wide | {"balanced": True})
    runs = [train(x, y, **options, **case) for case in cases]
    losses = [run[1][-200:].mean() for run in runs]
    holds = abs(losses[0] - guess) < 0.005 and losses[1] < guess - 0.01
    holds &= losses[2] < guess - 0.03 and runs[1][0][-1, -1] < 0.3
    return bool(holds), (
        "losses {:.3f} without the push, {:.3f} wider, {:.3f} both; guessing ".format(*losses)
        + f"{guess:.3f}; the last layer of the wider one at {runs[1][0][-1, -1]:.2f}"
    )
