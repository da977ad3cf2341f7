"""What theory says of a run beforehand, against the networks that the run is about."""

import numpy as np
import pytest

import afli
from afli.lab import Run, build, layer_statistics, outlook, prepare
from afli.lab.datasets import Dataset, Images

INPUTS = 192


@pytest.fixture(scope="module")
def noise():
    """Images without structure: their mean cosine is 0 but for the scatter."""
    rng = np.random.default_rng(4)

    def draw(count):
        pixels = rng.integers(0, 256, (count, 3, 8, 8), dtype=np.uint8)
        return Images(pixels, rng.integers(0, 10, count))

    classes = tuple("abcdefghij")
    return prepare(Dataset("noise", "0" * 16, True, classes, draw(400), draw(200)))


@pytest.mark.parametrize(
    "settings",
    [
        dict(activation="shtanh", a=1.0, sigma_b2=1.0),
        dict(activation="shtanh", a=3.0, sigma_b2=0.01, weights="gaussian"),
        dict(activation="tanh", sigma_b2=0.1),
        dict(activation="relu", weights="gaussian"),
    ],
    ids=lambda settings: settings["activation"],
)
def test_last_correlation_of_real_networks(settings, noise):
    runs = [Run(**settings, depth=15, width=200, seed=seed) for seed in range(4)]
    stack = build(runs, noise, device="cpu")
    found = [
        one["correlation"][-1]
        for one in layer_statistics(stack, noise.test_inputs, noise.test_labels, learning_rate=0.1)
    ]
    expected = outlook(runs[0], inputs=INPUTS)["correlation"]
    error = np.std(found, ddof=1) / len(found) ** 0.5
    assert abs(np.mean(found) - expected) < 4 * error + 0.01, (found, expected)


def test_is_what_the_theory_gives_for_the_edge():
    run = Run(activation="ssin", a=2.0, sigma_b2=0.1, depth=30, learning_rate=0.5, width=100)
    phi, edge = run.phi(), run.edge()
    kernel = afli.tangent_kernel(
        phi, 1.0, edge.q, edge.sigma_w2, 0.1, depth=30, width=100, inputs=50
    )
    found = outlook(run, inputs=50)
    assert found["step"] == pytest.approx(0.5 * kernel.sum(), rel=1e-12)
    assert found["spectrum_variance"] == afli.spectrum_variance(phi, edge.q, 30)
    gaussian = outlook(run.replace(weights="gaussian"), inputs=50)
    assert gaussian["spectrum_variance"] == pytest.approx(found["spectrum_variance"] + 30)
    assert gaussian["correlation"] == found["correlation"]


def test_cosine_is_that_of_the_images():
    """Equal images stay equal, and of opposite ones only the biases are in common."""
    run = Run(activation="tanh", sigma_b2=0.1, depth=1)
    assert outlook(run, inputs=10, cosine=1.0)["correlation"] == 1.0
    share = 0.1 / run.edge().q
    opposite = outlook(run, inputs=10, cosine=-1.0)["correlation"]
    assert opposite == pytest.approx(2 * share - 1, rel=1e-12)


def test_tells_what_is_no_plain_network():
    plain = Run(activation="relu", weights="gaussian", depth=3)
    for changed, word in ((dict(residual=True), "residual"), (dict(norm="layer"), "norm")):
        with pytest.raises(ValueError, match=f"plain network.*{word}"):
            outlook(plain.replace(**changed), inputs=10)
    with pytest.raises(ValueError, match=r"run\.weights.*he_normal"):
        outlook(Run(activation="gelu", weights="he_normal", depth=3), inputs=10)
    with pytest.raises(ValueError, match="cosine"):
        outlook(plain, inputs=10, cosine=2.0)
    with pytest.raises(ValueError, match="inputs"):
        outlook(plain, inputs=0)
