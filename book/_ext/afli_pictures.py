"""Pictures for slides: what stands in rows on a page stands side by side on a slide.

A page is narrow and a slide is wide. A figure of several rows of panels is cut between two rows,
and the lower part is put beside the upper one. Rows that share an axis have its numbers at the
bottom only: the upper part gets a copy of them.
"""

import shutil

import numpy as np
from PIL import Image

TALL = 1.25  # of the width: below, a picture stays as it is
WHITE, DARK = 250, 110  # of 255
GAP = 40  # pixels between the parts
TICK = 15  # pixels, of an axis
LINE = 50  # pixels that a line of text takes at most


def for_slide(source, target):
    """Copy a picture; a tall one in two parts side by side, if there is a place to cut."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(source) as picture:
        found = side_by_side(picture.convert("RGB"))
    if found is None:
        shutil.copy(source, target)
    else:
        found.save(target, optimize=True)


def side_by_side(picture):
    """The two parts of a tall picture beside each other, or None."""
    width, height = picture.size
    grey = np.asarray(picture.convert("L"))
    if height < TALL * width or (cut := between_rows(grey)) is None:
        return None
    upper, lower = picture.crop((0, 0, width, cut)), picture.crop((0, cut, width, height))
    upper = with_axis(upper, lower)
    whole = Image.new("RGB", (2 * width + GAP, max(upper.height, lower.height)), "white")
    whole.paste(upper, (0, 0))
    whole.paste(lower, (width + GAP, 0))
    return whole


def between_rows(grey):
    """The middle of the white band between two rows of panels around half of the height, or None.

    It is the widest: the space above the title of a panel is wider than that below, so that the
    title goes with its panel. Below the numbers of an axis there may be a label, which goes with
    them.
    """
    white = np.flatnonzero(grey.min(axis=1) > WHITE)
    bands = [one for one in np.split(white, np.flatnonzero(np.diff(white) > 1) + 1) if len(one) > 4]
    inside = [at for at, one in enumerate(bands) if abs(one.mean() / len(grey) - 0.5) < 0.2]
    if not inside:
        return None
    at = max(inside, key=lambda at: len(bands[at]))
    if 0 < at < len(bands) - 1:
        before, here, after = bands[at - 1 : at + 2]
        numbers = here[0] - before[-1] < LINE
        label = after[0] - here[-1] < LINE and len(after) > 0.7 * len(here)
        at += numbers and label
    return int(bands[at].mean())


def axis_line(grey):
    """The row of the lowest horizontal line at least half as long as the picture is wide."""
    rows = np.flatnonzero((grey < DARK).mean(axis=1) > 0.5)
    return int(rows[-1]) if rows.size else None


def with_axis(upper, lower):
    """The upper part with the numbers of the axis below it, if it has none of its own."""
    lines = [axis_line(np.asarray(part.convert("L"))) for part in (upper, lower)]
    if None in lines:
        return upper
    above, below = (part.height - line for part, line in zip((upper, lower), lines, strict=True))
    own = np.asarray(upper.convert("L"))[lines[0] + TICK :]
    if above > below or (own.size and own.min() < WHITE):
        return upper
    whole = Image.new("RGB", (upper.width, lines[0] + 1 + below), "white")
    whole.paste(upper, (0, 0))
    whole.paste(lower.crop((0, lines[1] + 1, lower.width, lower.height)), (0, lines[0] + 1))
    return whole
