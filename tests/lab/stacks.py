"""Small stacks and data that several tests use."""

import numpy as np

import afli
from afli.lab import Prepared, Stack
from afli.lab.initialisers import bias_normal_, gaussian_

# One of every kind: smooth and clipped, fused kernel and general formula.
PHIS = {
    name: afli.activation(name)
    for name in ("linear", "tanh", "relu", "gelu", "sigmoid", "hard_tanh", "silu", "softsign")
} | {name: afli.activation(name, a=1.5) for name in ("shtanh", "ssin", "sexp", "ssaw")}
PHIS["shtanh, k=0.5"] = afli.activation("shtanh", a=1.5, k=0.5)
PHIS["my own"] = afli.Activation(
    "my own",
    value=lambda x: 0.5 * x + PHIS["tanh"].value(x),
    derivative=lambda x: 0.5 + PHIS["tanh"].derivative(x),
    odd=True,
)


def gaussian(weight, bias, *, generator, sigma_w2=1.5, sigma_b2=0.1):
    gaussian_(weight, sigma_w2, generator=generator)
    bias_normal_(bias, sigma_b2, generator=generator)


def small_stack(phi="tanh", *, seeds=(0,), depth=3, width=12, inputs=8, classes=4, **more):
    sizes = [inputs, *[width] * depth, classes]
    phi = PHIS[phi] if isinstance(phi, str) else phi
    more = {"initialise": gaussian, "dtype": "float64", "device": "cpu"} | more
    return Stack(phi, sizes, more.pop("initialise"), seeds=seeds, **more)


def noise(count=100, *, inputs=8, classes=4, dtype=np.float64):
    """Gaussian inputs whose labels depend on them, so that there is something to learn."""
    random = np.random.default_rng(0)
    x = random.normal(size=(2 * count, inputs))
    y = np.argmax(x @ random.normal(size=(inputs, classes)), 1)
    return Prepared(
        train_inputs=x[:count].astype(dtype),
        train_labels=y[:count],
        test_inputs=x[count:].astype(dtype),
        test_labels=y[count:],
        classes=tuple(map(str, range(classes))),
        name="noise",
        fingerprint="0" * 16,
        label="noise",
        how="theory",
        holdout=0,
    )
