"""Prepared inputs are what the theory assumes: the first preactivation has variance q*."""

import dataclasses

import numpy as np
import pytest

import afli
from afli.lab.datasets import Dataset, Images, load_dataset
from afli.lab.preprocessing import CHUNK, input_scale, prepare
from afli.theory.simulation import mean_and_error, simulate


@pytest.fixture(scope="module")
def shapes():
    return load_dataset("shapeset", train=700, test=90, seed=2)


def noise(train, test, channels=3, seed=0):
    """A data set of noise whose channels have different means and spreads."""
    random = np.random.default_rng(seed)
    middle, spread = np.array([40, 120, 200])[:channels], np.array([10, 60, 25])[:channels]

    def split(n):
        pixels = random.normal(middle[:, None, None], spread[:, None, None], (n, channels, 32, 32))
        return Images(np.clip(np.rint(pixels), 0, 255).astype(np.uint8), np.arange(n) % 10)

    return Dataset("noise", "0" * 16, False, tuple("abcdefghij"), split(train), split(test))


def test_every_image_has_length_one(shapes):
    for dataset in (shapes, noise(300, 40)):
        ready = prepare(dataset)
        pixels = dataset.train.images[0].size
        assert ready.train_inputs.shape == (len(dataset.train), pixels)
        for inputs in (ready.train_inputs, ready.test_inputs):
            assert inputs.dtype == np.float32
            lengths = np.mean(inputs.astype(np.float64) ** 2, axis=1)
            assert np.abs(lengths - 1).max() < 2e-7
        assert np.array_equal(ready.train_labels, dataset.train.labels)
        assert (ready.name, ready.fingerprint) == (dataset.name, dataset.fingerprint)
        assert (ready.label, ready.classes, ready.how) == (dataset.label, dataset.classes, "theory")


@pytest.mark.parametrize("count", [300, CHUNK, CHUNK + 1])
def test_channels_are_standardised_with_the_training_images(count):
    """Against NumPy on whole arrays, on either side of the size of a chunk."""
    dataset = noise(count, 20)
    ready = prepare(dataset, how="authors")
    train = dataset.train.images.astype(np.float64)
    mean, deviation = train.mean((0, 2, 3)), train.std((0, 2, 3))
    for split, inputs in (("train", ready.train_inputs), ("test", ready.test_inputs)):
        images = getattr(dataset, split).images
        expected = (images - mean[:, None, None]) / deviation[:, None, None]
        np.testing.assert_allclose(inputs, expected.reshape(len(images), -1), rtol=2e-7, atol=1e-7)


def test_the_two_ways_differ_by_a_factor_of_each_image(shapes):
    ours, theirs = (
        prepare(shapes, how=how).train_inputs.astype(float) for how in ("theory", "authors")
    )
    lengths = np.mean(theirs**2, axis=1)
    np.testing.assert_allclose(ours * np.sqrt(lengths)[:, None], theirs, rtol=1e-5, atol=1e-6)
    assert abs(lengths.mean() - 1) < 1e-6 and lengths.std() > 0.3  # 1 on average only


POINTS = [("tanh", None, 0.05), ("shtanh", 2.0, 0.1), ("relu", None, 0.0), ("elu", None, 0.1)]


def edge(name, a, sigma_b2):
    phi = afli.activation(name, **({} if a is None else {"a": a}))
    return phi, afli.edge_of_chaos(phi, sigma_b2)


@pytest.mark.parametrize(("name", "a", "sigma_b2"), POINTS)
def test_the_first_preactivation_has_variance_q_by_the_formula(shapes, name, a, sigma_b2):
    phi, point = edge(name, a, sigma_b2)
    inputs = input_scale(phi, point.q) * prepare(shapes).test_inputs.astype(np.float64)
    variance = point.sigma_w2 * np.mean(inputs**2, axis=1) + sigma_b2
    np.testing.assert_allclose(variance, point.q, rtol=1e-6)


def test_off_the_edge_of_chaos_as_well(shapes):
    phi, sigma_w2, sigma_b2 = afli.activation("gelu"), 1.2, 0.3
    q = afli.fixed_point(phi, sigma_w2, sigma_b2)
    inputs = input_scale(phi, q) * prepare(shapes).test_inputs.astype(np.float64)
    np.testing.assert_allclose(sigma_w2 * np.mean(inputs**2, axis=1) + sigma_b2, q, rtol=1e-6)


@pytest.mark.parametrize(("name", "a", "sigma_b2"), POINTS)
def test_the_first_preactivation_has_variance_q_in_random_networks(shapes, name, a, sigma_b2):
    """Sixty Gaussian layers of 500 units: within five standard errors for each of ten images."""
    phi, point = edge(name, a, sigma_b2)
    inputs = input_scale(phi, point.q) * prepare(shapes).test_inputs[:10].astype(np.float64)
    run = simulate(phi, inputs, 1, 500, point.sigma_w2, sigma_b2, networks=60, seed=1)
    mean, error = mean_and_error(run.lengths[:, 1])
    assert np.all(np.abs(mean - point.q) < 5 * error), (mean, point.q, error)
    assert error.max() < 0.02 * point.q


def test_the_way_of_the_authors_does_not_give_q(shapes):
    """Multiplied by sqrt(q*), variances scatter around sigma_w2 q* + sigma_b2."""
    phi, point = edge("shtanh", 2.0, 0.1)
    scale = input_scale(phi, point.q, "authors")
    assert scale == pytest.approx(np.sqrt(point.q))
    inputs = scale * prepare(shapes, how="authors").train_inputs.astype(np.float64)
    variance = point.sigma_w2 * np.mean(inputs**2, axis=1) + 0.1
    assert variance.mean() == pytest.approx(point.sigma_w2 * point.q + 0.1, rel=1e-5)
    assert variance.mean() > 1.1 * point.q and variance.std() > 0.3 * point.q


def test_held_out_images_take_the_place_of_the_test_split(shapes):
    """And do not enter the means: other held-out images, same training inputs."""
    ready = prepare(shapes, holdout=100)
    assert len(ready.train_inputs) == 600 and ready.holdout == 100
    assert np.array_equal(ready.test_labels, shapes.train.labels[600:])
    images = shapes.train.images.copy()
    images[600:] = 255 - images[600:]
    other = dataclasses.replace(shapes, train=Images(images, shapes.train.labels))
    again = prepare(other, holdout=100)
    assert np.array_equal(again.train_inputs, ready.train_inputs)
    assert not np.array_equal(again.test_inputs, ready.test_inputs)
    # Preparing the first 600 alone is the same thing.
    short = Images(shapes.train.images[:600], shapes.train.labels[:600])
    alone = prepare(dataclasses.replace(shapes, train=short, test=Images(*split(shapes, 600))))
    assert np.array_equal(alone.test_inputs, ready.test_inputs)
    for wrong in (700, 5000):
        with pytest.raises(ValueError, match=f"holdout must leave training images: {wrong} of 700"):
            prepare(shapes, holdout=wrong)


def split(dataset, start):
    return dataset.train.images[start:], dataset.train.labels[start:]


def test_an_image_without_a_direction_is_named(shapes):
    """Grey 100 is the mean exactly, so a grey image standardises to zero."""
    images = np.full((4, 1, 32, 32), 100, np.uint8)
    images[:2, :, :16], images[:2, :, 16:] = 90, 110
    one = dataclasses.replace(shapes, train=Images(images, np.zeros(4, np.int64)))
    with pytest.raises(ValueError, match="training image 2 equals the mean image"):
        prepare(one)
    flat = prepare(one, how="authors").train_inputs
    assert np.isfinite(flat).all() and not flat[2:].any()
    with pytest.raises(ValueError, match="held-out image 0 equals the mean image"):
        prepare(one, holdout=2)
    varied = Images(images[:2], np.zeros(2, np.int64))
    with pytest.raises(ValueError, match="test image 2 equals the mean image"):
        prepare(dataclasses.replace(one, train=varied, test=one.train))


def test_a_constant_image_of_another_grey_is_scaled(shapes):
    images = shapes.train.images.copy()
    images[5] = 17
    ready = prepare(dataclasses.replace(shapes, train=Images(images, shapes.train.labels)))
    np.testing.assert_allclose(np.abs(ready.train_inputs[5]), 1, rtol=1e-6)


def test_a_channel_without_contrast_is_named():
    dataset = noise(20, 5)
    dataset.train.images[:, 1] = 33
    with pytest.raises(ValueError, match="channel 1 is 33 in every pixel of the training images"):
        prepare(dataset)


def test_bad_arguments_are_named(shapes):
    with pytest.raises(ValueError, match="how must be one of 'theory', 'authors', got 'raw'"):
        prepare(shapes, how="raw")
    with pytest.raises(ValueError, match="holdout must be at least 0"):
        prepare(shapes, holdout=-1)
    phi = afli.activation("tanh")
    with pytest.raises(ValueError, match="q must be greater than 0"):
        input_scale(phi, 0.0)
    with pytest.raises(ValueError, match="q must be one number"):
        input_scale(phi, [1.0, 2.0])
    with pytest.raises(ValueError, match="how must be one of"):
        input_scale(phi, 1.0, "raw")
    with pytest.raises(TypeError, match="phi must be an activation"):
        input_scale("tanh", 1.0)
