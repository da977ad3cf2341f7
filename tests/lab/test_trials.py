"""Runs become networks as the theory says, and may be taken up again where they were left."""

import numpy as np
import pytest
import torch

import afli
from afli.lab import Run, blocks, build, carry_out, fields, jacobian_factors
from afli.lab.fields import HEURISTICS, LOSSES
from afli.lab.training import LOSSES as TRAINABLE
from afli.lab.trials import data_of

BASE = Run(
    data="shapeset",
    train=200,
    test=60,
    activation="shtanh",
    a=2.0,
    sigma_b2=0.1,
    depth=3,
    width=15,
    epochs=2,
    batch=20,
    learning_rate=0.02,
)


@pytest.fixture(scope="module")
def data():
    return data_of(BASE)


def test_the_losses_that_a_run_may_name():
    assert LOSSES == tuple(TRAINABLE)


def test_the_norms_that_a_run_may_name():
    assert fields.NORMS == tuple(blocks.NORMS)


@pytest.mark.parametrize("preprocessing", ["theory", "authors"])
def test_the_first_preactivation_has_variance_q(preprocessing):
    """Over 300 seeds; with the authors' inputs only on average over images."""
    run = BASE.replace(preprocessing=preprocessing, weights="gaussian", depth=1, width=40)
    prepared = data_of(run)
    stack = build([run.replace(seed=seed) for seed in range(300)], prepared, "cpu")
    x = torch.as_tensor(prepared.train_inputs)
    h = stack.forward(x.expand(300, *x.shape))[0][0]
    per_image = h.square().mean((0, 2)).numpy()
    q = BASE.variances()[0]
    if preprocessing == "theory":
        np.testing.assert_allclose(per_image, q, rtol=0.07)  # 5 standard errors of 12,000 squares
    else:
        sigma_w2 = BASE.variances()[1]
        assert per_image.mean() == pytest.approx(sigma_w2 * q + 0.1, rel=0.05)
        assert per_image.max() > 1.5 * per_image.min()


@pytest.mark.parametrize("weights", ["orthogonal", "gaussian", *HEURISTICS])
def test_weights_of_every_law(weights, data):
    critical = weights in ("orthogonal", "gaussian")
    run = BASE.replace(weights=weights, sigma_b2=0.1 if critical else 0.0, width=200, depth=2)
    stack = build([run], data, "cpu")
    weight, bias = stack.weights[1][0], stack.biases[1][0]
    expected = {
        "lecun_uniform": 1 / 3,
        "glorot_uniform": 1.0,
        "glorot_normal": 1.0,
        "he_normal": 2.0,
    }.get(weights, run.variances()[1])
    assert 200 * weight.var() == pytest.approx(expected, rel=0.05)
    assert bias.var() == pytest.approx(0.1, rel=0.4) if critical else not bias.any()
    assert (stack.input_scale.item() == 1.0) == (not critical)


def test_variances_off_the_edge(data):
    run = BASE.replace(sigma_w2=1.5)
    q, sigma_w2 = run.variances()
    assert sigma_w2 == 1.5 and q == pytest.approx(afli.fixed_point(run.phi(), 1.5, 0.1))
    weight = build([run], data, "cpu").weights[1][0]
    assert torch.allclose(weight @ weight.T, 1.5 * torch.eye(15), atol=1e-5)


@pytest.mark.parametrize("name", ["shaped_tanh", "tailored_relu"])
def test_shaped_activations(name, data):
    """They keep a length of 1, on average over seeds, in a wide network too."""
    run = BASE.replace(activation=name, a=None, sigma_b2=0.0, depth=20, width=200)
    assert run.variances() == (1.0, 1.0) and run.phi() is run.replace(seed=1).phi()
    stack = build([run.replace(seed=seed) for seed in range(4)], data, "cpu")
    x = torch.as_tensor(data.train_inputs)
    h = stack.forward(x.expand(4, *x.shape))[0]
    assert h[0].square().mean() == pytest.approx(1, rel=0.05)
    assert h[-2].square().mean() == pytest.approx(1, rel=0.2)
    with pytest.raises(ValueError, match="fixes the variances: leave out a, sigma_w2"):
        run.replace(sigma_b2=0.1)


def test_results(data):
    runs = [BASE, BASE.replace(seed=1)]
    found = carry_out(runs, data, device="cpu")
    for result in found:
        assert result["outcome"] == "finished" and len(result["curve"]["test_loss"]) == 2
        for when in ("start", "end"):
            layers, jacobian = result[when]["layers"], result[when]["jacobian"]
            assert all(len(values) == 3 for values in layers.values())
            assert np.isfinite(list(jacobian.values())).all()
    stack = build(runs, data, "cpu")
    x = torch.as_tensor(data.test_inputs[:1]).expand(2, 1, -1)
    h = stack.double().forward(x)[0]
    for k, result in enumerate(found):
        weights = [w[k] for w in stack.weights[:-1]]
        factors = jacobian_factors(weights, [layer[k, 0] for layer in h[:-1]], BASE.phi())
        squares = np.linalg.svd(factors[2] @ factors[1] @ factors[0], compute_uv=False) ** 2
        jacobian = result["start"]["jacobian"]
        assert jacobian["log_mean"] == pytest.approx(np.log(squares.mean()), abs=1e-9)


@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_it_goes_on_from_a_snapshot(data, momentum):
    """Also in a stack of other networks: the same records, bit for bit."""
    runs = [BASE.replace(epochs=4, momentum=momentum, seed=seed) for seed in (0, 1, 2)]
    kept = {}

    def keep(epoch, snapshot):
        if epoch == 2:
            kept.update({k: snapshot(k) for k in range(3)})

    whole = carry_out(runs, data, device="cpu", after_epoch=keep)
    again = carry_out([runs[2], runs[0]], data, device="cpu", snapshots=[kept[2], kept[0]])
    assert again == [whole[2], whole[0]]


def test_the_layers_of_a_run_may_be_watched(data):
    """After every epoch, on top of what is measured anyway; also after an interruption."""
    runs = [BASE.replace(watch=True, epochs=3, images_per_epoch=60, seed=seed) for seed in (0, 1)]
    kept = {}

    def keep(epoch, snapshot):
        kept[epoch] = snapshot(1)

    found = carry_out(runs, data, device="cpu", after_epoch=keep)
    plain = carry_out([run.replace(watch=False) for run in runs], data, device="cpu")
    for one, other in zip(found, plain, strict=True):
        assert len(one["watched"]) == 3 and one["watched"][-1] == one["end"]["layers"]
        assert one["curve"] == other["curve"] and "watched" not in other
        for when in ("start", "end"):
            assert one[when]["layers"].items() >= other[when]["layers"].items()
    for epoch in (1, 2, 3):
        resumed = carry_out(runs[1:], data, device="cpu", snapshots=[kept[epoch]])
        assert resumed == found[1:]


def test_one_that_diverges_is_said_to(data):
    relu = dict(activation="relu", a=None, weights="gaussian", sigma_b2=0.0)
    bad = BASE.replace(**relu, learning_rate=1e30)  # a clip would saturate, and stay finite
    (found,) = carry_out([bad], data, device="cpu")
    assert found["outcome"] == "diverged" and found["end"] is None
    assert found["curve"]["diverged_at"] >= 1 and found["start"]["layers"]
    (found,) = carry_out([bad.replace(watch=True)], data, device="cpu")
    assert len(found["watched"]) == len(found["curve"]["test_loss"])


def test_a_schedule_changes_the_activation_and_may_rescale(data):
    """The weights are scaled by the square root of the ratio of sigma_w2, and by nothing else."""
    options = dict(a=4.0, a_end=1.0, schedule="linear", epochs=2, learning_rate=1e-30)
    plain, scaled = BASE.replace(**options), BASE.replace(**options, rescale=True)
    seen = {}

    def keep(epoch, snapshot):
        seen[epoch] = [snapshot(k) for k in range(2)]

    carry_out([plain, scaled], data, device="cpu", after_epoch=keep)
    ratio = scaled.edge(1).sigma_w2 / scaled.edge(0).sigma_w2
    assert ratio > 1.05
    for name in ("weight0", "weight1", "weight2"):
        np.testing.assert_array_equal(seen[1][0][name], seen[2][0][name])
        np.testing.assert_allclose(seen[2][1][name], seen[1][1][name] * ratio**0.5, rtol=1e-6)
    for name in ("weight3", "bias1"):
        np.testing.assert_array_equal(seen[1][1][name], seen[2][1][name])
    assert plain.phi(0).half_width == 4.0 and plain.phi(1).half_width == 1.0


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_a_schedule_goes_on_from_a_snapshot(data, epoch):
    """Also from one after the last epoch, where only the measurements are left."""
    run = BASE.replace(a=4.0, a_end=1.0, schedule="cosine", epochs=3, rescale=True)
    kept = {}

    def keep(epoch, snapshot):
        kept[epoch] = snapshot(0)

    whole = carry_out([run], data, device="cpu", after_epoch=keep)
    assert carry_out([run], data, device="cpu", snapshots=[kept[epoch]]) == whole


def test_runs_of_different_shapes_do_not_share_a_stack(data):
    with pytest.raises(ValueError, match="must agree in shape"):
        build([BASE, BASE.replace(depth=4)], data)
