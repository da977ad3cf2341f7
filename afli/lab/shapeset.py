r"""Shapeset-3x2: grey images of one or two of triangle, parallelogram and ellipse, without end.

The task is to say which shapes are in the image, not which lies in front: three shapes alone and
six pairs, as a shape may come twice, make nine classes. Where the publication leaves a choice
open it is made here: shapes lie wholly inside the image, all three kinds have the same range of
areas, and the grey levels of background and shapes differ by an eighth of the range at least.
"""

from itertools import combinations_with_replacement, count

import numpy as np

from ..theory import checks

SHAPES = ("triangle", "parallelogram", "ellipse")
PAIRS = tuple(combinations_with_replacement(range(3), 2))
CLASSES = SHAPES + tuple(f"{SHAPES[i]} + {SHAPES[j]}" for i, j in PAIRS)

SIZE = 32
BLOCK = 500  # images drawn from one seed: any number of images is the beginning of the same set
SCALES = (8.0, 14.0)  # square root of a shape's area, in pixels
OVERLAP = 0.5  # at most this share of either shape's area is common to both
CONTRAST = 0.125  # between the grey levels of an image, which go from 0 to 1

# Which two shapes a class has; -1 where there is no second.
_KINDS = np.array([(i, -1) for i in range(3)] + list(PAIRS))


def generate(number, *, seed=0, split="train"):
    """The first images of a stream.

    Parameters
    ----------
    number : int
        How many, at least 1. The first images are the same however many are asked for.
    seed : int
        At least 0.
    split : {"train", "test"}
        Different images for the same seed.

    Returns
    -------
    images : ndarray of uint8, shape (number, 1, 32, 32)
    labels : ndarray of int64, shape (number,)
        Index into `CLASSES`; all nine are equally likely.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range.

    References
    ----------
    Glorot and Bengio (2010), section 2.1.

    Examples
    --------
    >>> images, labels = generate(2)
    >>> images.shape, [CLASSES[label] for label in labels]
    ((2, 1, 32, 32), ['parallelogram + ellipse', 'triangle + ellipse'])
    """
    return next(stream(checks.whole("number", number, low=1), seed=seed, split=split))


def stream(batch, *, seed=0, split="train"):
    """Batches of new images without end.

    Parameters
    ----------
    batch : int
        Images in each batch, at least 1.
    seed, split
        As for `generate`.

    Yields
    ------
    images, labels : ndarray
        As from `generate`; the batches are consecutive pieces of one long sequence.

    Examples
    --------
    >>> batches = stream(10)
    >>> first, second = next(batches), next(batches)
    >>> bool((np.concatenate([first[1], second[1]]) == generate(20)[1]).all())
    True
    """
    batch, seed = checks.whole("batch", batch, low=1), checks.whole("seed", seed, low=0)
    branch = ("train", "test").index(checks.choice("split", split, ("train", "test")))
    return _batches(batch, seed, branch)


def _batches(batch, seed, branch):
    parts, drawn = [], 0
    for block in count():
        parts.append(_block(np.random.default_rng([seed, branch, block])))
        drawn += BLOCK
        if drawn >= batch:
            images, labels = (np.concatenate(part) for part in zip(*parts, strict=True))
            full = drawn - drawn % batch
            for start in range(0, full, batch):
                yield images[start : start + batch], labels[start : start + batch]
            parts, drawn = [(images[full:], labels[full:])], drawn - full


def _block(random):
    """BLOCK images with labels."""
    labels = random.integers(0, len(CLASSES), BLOCK)
    # Either shape of a pair may be in front.
    kinds = random.permuted(_KINDS[labels], axis=1)
    kinds[kinds[:, 0] < 0] = kinds[kinds[:, 0] < 0, ::-1]
    covers = _covers(random, kinds)
    grey = _grey_levels(random)
    images = np.broadcast_to(grey[:, 0, None, None], (BLOCK, SIZE, SIZE))
    for shape in range(2):
        images = images + covers[:, shape] * (grey[:, shape + 1, None, None] - images)
    return np.rint(255 * images).astype(np.uint8)[:, None], labels


def _grey_levels(random):
    """Background, back shape and front shape: uniform among levels that differ enough."""
    levels = np.sort(random.uniform(0, 1 - 2 * CONTRAST, (BLOCK, 3)), axis=1)
    return random.permuted(levels + CONTRAST * np.arange(3), axis=1)


def _covers(random, kinds):
    """How much of each pixel each shape covers, shape (BLOCK, 2, SIZE, SIZE).

    Pairs that overlap too much are drawn again, both shapes of them.
    """
    covers = np.zeros((BLOCK, 2, SIZE, SIZE))
    wanted = np.arange(BLOCK)
    while wanted.size:
        for shape in range(2):
            for kind in range(3):
                some = wanted[kinds[wanted, shape] == kind]
                covers[some, shape] = _OUTLINES[kind](random, some.size)
        wanted = wanted[~_apart(covers[wanted])]
    return covers


def _apart(covers):
    areas = covers.sum((2, 3))
    common = covers.prod(1).sum((1, 2))
    return common <= OVERLAP * areas.min(1)


def _triangles(random, n):
    """Triangles with angles from 40 to 100 degrees."""
    angles = np.pi * (40 + 60 * random.dirichlet((1, 1, 1), n)) / 180
    # On a circle a corner's angle is half the arc opposite to it.
    turn = 2 * np.stack([0 * angles[:, 0], angles[:, 0], angles[:, 0] + angles[:, 1]], axis=1)
    return _polygons(random, np.stack([np.cos(turn), np.sin(turn)], axis=2))


def _parallelograms(random, n):
    """Parallelograms with sides of ratio 1/2 to 1 and an angle from 50 to 130 degrees."""
    side, angle = random.uniform(0.5, 1, n), np.pi * random.uniform(50, 130, n) / 180
    one = np.stack([np.ones(n), np.zeros(n)], axis=1)
    other = side[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _polygons(random, np.stack([0 * one, one, one + other, other], axis=1))


def _ellipses(random, n):
    """Ellipses with axes of ratio 1/2 to 1."""
    ratio, turn = random.uniform(0.5, 1, n), random.uniform(0, np.pi, n)
    scale = random.uniform(*SCALES, n) / np.sqrt(np.pi * ratio)
    long, short = scale, scale * ratio
    cos, sin = np.cos(turn), np.sin(turn)
    reach = np.stack([np.hypot(long * cos, short * sin), np.hypot(long * sin, short * cos)], 1)
    x, y = _pixels(random.uniform(reach, SIZE - reach))
    cos, sin, long, short = (part[:, None, None] for part in (cos, sin, long, short))
    u, v = (cos * x + sin * y) / long, (cos * y - sin * x) / short
    # To first order the distance is f / |grad f|, here of f = u^2 + v^2 - 1.
    slope = 2 * np.hypot(u / long, v / short)
    return _inside((u**2 + v**2 - 1) / np.maximum(slope, 1e-9))


def _polygons(random, corners):
    """Convex polygons, corners counter-clockwise, shape (n, corners, 2): scaled, turned, placed."""
    n, (x, y) = len(corners), np.moveaxis(corners, 2, 0)
    area = 0.5 * np.sum(x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1), axis=1)
    scale, turn = random.uniform(*SCALES, n) / np.sqrt(area), random.uniform(0, 2 * np.pi, n)
    cos, sin = (scale * np.cos(turn))[:, None], (scale * np.sin(turn))[:, None]
    corners = np.stack([cos * x - sin * y, sin * x + cos * y], axis=2)
    low, high = corners.min(1), corners.max(1)
    x, y = _pixels(random.uniform(-low, SIZE - high))
    distance = np.full((n, SIZE, SIZE), -np.inf)
    for corner in range(corners.shape[1]):
        # Signed distance from the line through this edge, positive outside.
        edge = corners[:, corner] - corners[:, corner - 1]
        normal = np.stack([edge[:, 1], -edge[:, 0]], axis=1) / np.hypot(*edge.T)[:, None]
        offset = np.sum(normal * corners[:, corner], axis=1)
        normal_x, normal_y, offset = (part[:, None, None] for part in (*normal.T, offset))
        np.maximum(distance, normal_x * x + normal_y * y - offset, out=distance)
    return _inside(distance)


def _pixels(origin):
    """Coordinates of the pixels' centres around origins of shape (n, 2)."""
    centres = np.arange(SIZE) + 0.5
    x, y = (centres - part[:, None] for part in origin.T)
    return x[:, None, :], y[:, :, None]


def _inside(distance):
    """1 inside, 0 outside, with an edge one pixel wide."""
    return np.clip(0.5 - distance, 0, 1)


_OUTLINES = (_triangles, _parallelograms, _ellipses)
