"""Shapeset-3x2: the shapes are what the labels say, and lie where they may."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afli.lab import shapeset
from afli.lab.shapeset import CLASSES, SHAPES, SIZE, generate, stream

MANY = 4500


@pytest.fixture(scope="module")
def drawn():
    return generate(MANY, seed=3)


def test_nine_classes_equally_often(drawn):
    """One of three shapes, or two of them in any combination: chi squared, 8 degrees of freedom."""
    assert len(CLASSES) == len(set(CLASSES)) == 3 + 6
    assert {frozenset(name.split(" + ")) for name in CLASSES} == {
        frozenset((one, other)) for one in SHAPES for other in SHAPES
    }
    images, labels = drawn
    assert images.shape == (MANY, 1, 32, 32) and images.dtype == np.uint8
    assert labels.dtype == np.int64
    counts = np.bincount(labels, minlength=9)
    assert ((counts - MANY / 9) ** 2 / (MANY / 9)).sum() < 30, counts  # probability 2e-4


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 700), min_size=1, max_size=3), st.integers(0, 2**40))
def test_any_batches_are_pieces_of_one_sequence(batches, seed):
    images, labels = generate(max(batches), seed=seed)
    for batch in batches:
        pieces = list(islice(stream(batch, seed=seed), -(-len(labels) // batch)))
        again = np.concatenate([piece[0] for piece in pieces])
        assert all(len(piece[1]) == batch for piece in pieces)
        assert np.array_equal(again[: len(images)], images)
        assert np.array_equal(np.concatenate([p[1] for p in pieces])[: len(labels)], labels)


def test_no_image_comes_twice(drawn):
    images = np.concatenate(
        [drawn[0], generate(1000, seed=4)[0], generate(1000, seed=3, split="test")[0]]
    )
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == MANY + 2000


def test_each_shape_has_a_grey_level_of_its_own(drawn):
    """The levels that fill most of an image are one more than its shapes, and differ enough."""
    images, labels = drawn
    for image, label in zip(images[:900], labels[:900], strict=True):
        shapes = 1 + (label >= 3)
        counts = np.bincount(image.ravel(), minlength=256)
        levels = np.sort(np.argsort(counts)[-1 - shapes :])
        assert np.diff(levels).min() >= 31, (label, levels)  # an eighth of 255, rounded
        # Other levels are on edges: no more than a few perimeters of pixels.
        assert SIZE**2 - counts[levels].sum() < 60 * shapes + 60, label


# (m20 m02 - m11^2) / m00^4 of central moments does not change when a shape is stretched, sheared,
# turned or moved: one number for all triangles, one for all parallelograms, one for all ellipses.
INVARIANT = {"triangle": 1 / 108, "parallelogram": 1 / 144, "ellipse": 1 / (16 * np.pi**2)}


def moments(covers):
    """Area, centre (x, y) and the matrix of central second moments of each cover."""
    at = np.arange(covers.shape[-1]) + 0.5
    area = covers.sum((1, 2))
    centre = np.stack([covers.sum(1) @ at, covers.sum(2) @ at]) / area
    xx, yy = covers.sum(1) @ at**2, covers.sum(2) @ at**2
    xy = np.einsum("nyx,x,y->n", covers, at, at)
    second = np.array([[xx, xy], [xy, yy]]) - area * centre[:, None] * centre
    return area, centre, np.moveaxis(second, 2, 0)


@pytest.mark.parametrize("kind", range(3))
def test_every_shape_is_of_its_kind_and_whole(monkeypatch, kind):
    """Drawn finely, so that pixels hardly matter. A shape that is cut off would stand out."""
    monkeypatch.setattr(shapeset, "SIZE", 8 * 32)
    monkeypatch.setattr(shapeset, "SCALES", (8 * 8.0, 8 * 14.0))
    covers = shapeset._OUTLINES[kind](np.random.default_rng(kind), 150)
    area, _, second = moments(covers)
    found = np.linalg.det(second) / area**4
    wrong = np.abs(found / INVARIANT[SHAPES[kind]] - 1)
    assert wrong.max() < 0.01, (wrong.argmax(), found[wrong.argmax()])
    axes = np.sqrt(np.linalg.eigvalsh(second))
    slender = axes[:, 0] / axes[:, 1]
    assert 0.25 < slender.min() < 0.55 and slender.max() > 0.85


@pytest.mark.parametrize("kind", range(3))
def test_scale_place_and_rotation_are_random(kind):
    covers = shapeset._OUTLINES[kind](np.random.default_rng(kind), 3000)
    area, centre, second = moments(covers)
    # Square roots of areas are uniform, so their sorted values lie on a straight line.
    low, high = shapeset.SCALES
    line = low + (high - low) * (np.arange(3000) + 0.5) / 3000
    assert np.abs(np.sort(np.sqrt(area)) - line).max() < 0.3
    assert np.abs(centre.mean(1) - 16).max() < 0.5 and centre.std(1).min() > 4
    # Uniform directions of the longest axis: the mean of exp(2 i angle) is 0 up to chance.
    angle = np.arctan2(2 * second[:, 0, 1], second[:, 0, 0] - second[:, 1, 1])
    assert np.abs(np.exp(1j * angle).mean()) < 4 / np.sqrt(3000)


def test_two_shapes_overlap_at_most_half_of_either():
    random = np.random.default_rng(5)
    kinds = random.integers(0, 3, (2000, 2))
    one, other = np.moveaxis(shapeset._covers(random, kinds) > 0.5, 1, 0)
    common = (one & other).sum((1, 2))
    share = common / np.minimum(one.sum((1, 2)), other.sum((1, 2)))
    assert share.max() < 0.53  # whole pixels, where the rule counts parts of pixels
    assert (share > 0.4).mean() > 0.02 and (share == 0).mean() > 0.1, np.histogram(share)


def test_labels_say_which_shapes_were_drawn(monkeypatch):
    """Recognise the shapes by their invariants, before they are painted over each other."""
    monkeypatch.setattr(shapeset, "SIZE", 4 * 32)
    monkeypatch.setattr(shapeset, "SCALES", (4 * 8.0, 4 * 14.0))
    monkeypatch.setattr(shapeset, "BLOCK", 300)
    seen, covers_of = [], shapeset._covers
    monkeypatch.setattr(shapeset, "_covers", lambda *a: seen.append(covers_of(*a)) or seen[-1])
    labels = generate(300)[1]
    values = np.array([INVARIANT[name] for name in SHAPES])
    for label, covers in zip(labels, seen[0], strict=True):
        area, _, second = moments(covers[covers.any((1, 2))])
        found = np.linalg.det(second) / area**4
        names = [SHAPES[i] for i in np.abs(np.log(found[:, None] / values)).argmin(1)]
        assert sorted(names) == sorted(CLASSES[label].split(" + "))


def test_either_shape_of_a_mixed_pair_may_lie_in_front(monkeypatch):
    seen, covers_of = [], shapeset._covers
    monkeypatch.setattr(
        shapeset, "_covers", lambda r, kinds: seen.append(kinds) or covers_of(r, kinds)
    )
    generate(500)
    mixed = seen[0][(seen[0][:, 1] >= 0) & (seen[0][:, 0] != seen[0][:, 1])]
    assert 0.35 < (mixed[:, 0] < mixed[:, 1]).mean() < 0.65


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"number": 0}, "number must be at least 1"),
        ({"seed": 0.5}, "seed must be a whole number"),
        ({"split": "validation"}, "split must be one of 'train', 'test'"),
    ],
)
def test_bad_arguments_are_named(arguments, says):
    with pytest.raises(ValueError, match=says):
        generate(**{"number": 1} | arguments)
    with pytest.raises(ValueError, match="batch must be at least 1"):
        stream(0)
