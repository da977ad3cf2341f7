"""For slides tall figures are cut between two rows of panels, titles and axes with their panels."""

import io
import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest
from afli_pictures import between_rows, for_slide, side_by_side
from PIL import Image

from afli.teach import figures


def drawn(rows, titles=True, sharex=True):
    """A tall figure in the style of the book, and where its panels begin and end."""
    fig, axes = figures.figure(rows, height=9 / rows, sharex=sharex)
    for number, ax in enumerate(axes):
        ax.plot([0, 1, 2], [0, number + 1, 1])
        if titles:
            ax.set_title(f"panel {number}")
        if not sharex or number == rows - 1:
            ax.set_xlabel("layer $l$")
    stored = io.BytesIO()
    fig.savefig(stored, dpi=2 * fig.dpi)  # as the book does
    picture = Image.open(stored).convert("RGB")
    boxes = [ax.get_tightbbox() for ax in axes]
    plt.close(fig)
    return picture, [picture.height - 2 * np.array([box.y1, box.y0]) for box in boxes]


@pytest.mark.parametrize("rows", [2, 3, 4])
@pytest.mark.parametrize("titles", [True, False])
@pytest.mark.parametrize("sharex", [True, False])
def test_the_cut_is_between_two_panels_with_all_that_is_theirs(rows, titles, sharex):
    picture, places = drawn(rows, titles, sharex)
    cut = between_rows(np.asarray(picture.convert("L")))
    pairs = itertools.pairwise(places)
    assert any(above[1] - 2 <= cut <= below[0] + 2 for above, below in pairs), (cut, places)


def test_rows_with_a_common_axis_both_have_its_numbers():
    picture, _ = drawn(2)
    whole = side_by_side(picture)
    assert whole.width > 2 * picture.width and whole.height < 0.7 * picture.height
    left = np.asarray(whole.crop((0, 0, picture.width, whole.height)).convert("L"))
    right = np.asarray(whole.crop((whole.width - picture.width, 0, *whole.size)).convert("L"))

    def below(part):  # the numbers and the label below the lowest line of an axis
        line = np.flatnonzero((part < 110).mean(axis=1) > 0.5)[-1]
        return part[line + 1 :][: min(len(left), len(right)) // 12]

    assert np.array_equal(below(left), below(right))


def test_other_pictures_stay_as_they_are(tmp_path):
    wide = tmp_path / "wide.png"
    Image.new("RGB", (300, 200), "white").save(wide)
    for_slide(wide, tmp_path / "slides" / "wide.png")
    assert (tmp_path / "slides" / "wide.png").read_bytes() == wide.read_bytes()
    dark = Image.new("RGB", (200, 300), "black")  # nowhere to cut
    assert side_by_side(dark) is None
