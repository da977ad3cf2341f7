"""Figures carry descriptions, keep the house style, and store nothing that changes."""

import base64
import json
import subprocess
import sys

import numpy as np
import plotly.graph_objects as go
import pytest

from afli.teach import figures


@pytest.fixture
def shown(monkeypatch):
    """What is displayed, as a list of (data, metadata)."""
    outputs = []

    def display(data, raw, metadata):
        assert raw
        outputs.append((json.loads(json.dumps(data, allow_nan=False)), metadata))

    monkeypatch.setattr("IPython.display.display", display)
    return outputs


def drawing():
    fig, ax = figures.figure()
    x = np.linspace(0, 1, 200)
    for power in range(6):
        ax.plot(x, x**power, label=f"power {power}")
    ax.legend()
    return fig


def test_show_stores_a_small_sharp_picture_with_its_description(shown):
    figures.show(drawing(), alt="Six powers of x between zero and one.")
    [(data, metadata)] = shown
    picture = base64.b64decode(data["image/png"])
    width = int.from_bytes(picture[16:20], "big")
    assert width == 2 * figures.WIDTH and len(picture) < 100_000
    assert metadata["image/png"] == {"alt": "Six powers of x between zero and one.", "width": 600}
    assert data["text/plain"] == "Figure: Six powers of x between zero and one."


def test_the_same_figure_gives_the_same_bytes(shown):
    figures.show(drawing(), alt="Six powers of x between zero and one.")
    figures.show(drawing(), alt="Six powers of x between zero and one.")
    assert shown[0] == shown[1]


def test_interactive_stores_plain_rounded_data(shown):
    plot = go.Figure(go.Heatmap(z=np.array([[1 / 3, np.nan], [np.float32(2), 1e-12]])))
    figures.interactive(plot, name="map", alt="A map of four numbers.", static=drawing())
    [(data, metadata)] = shown
    assert data[figures.PLOTLY]["data"][0]["z"] == [[0.33333, None], [2.0, 1e-12]]
    assert "uid" not in json.dumps(data[figures.PLOTLY])
    assert len(json.dumps(data[figures.PLOTLY]["layout"])) < 2000
    assert metadata[figures.PLOTLY] == {"name": "map", "alt": "A map of four numbers."}
    assert "image/png" in data
    assert "sendChartToCloud" in data[figures.PLOTLY]["config"]["modeBarButtonsToRemove"]


@pytest.mark.parametrize("alt", ["", "A plot", None])
def test_a_description_is_required(shown, alt):
    with pytest.raises(ValueError, match="alt must describe"):
        figures.show(drawing(), alt=alt)


def test_lines_differ_in_more_than_colour():
    looks = figures.series(6)
    assert len({str(look["linestyle"]) for look in looks}) == 6
    assert len({look["marker"] for look in looks}) == 6

    def grey(colour):
        return sum(w * int(colour[i : i + 2], 16) for w, i in ((0.3, 1), (0.59, 3), (0.11, 5)))

    lightness = [grey(look["color"]) for look in looks]
    assert lightness[0] == 0 and max(lightness) < 180, "every colour is visible on white"


def test_importing_afli_leaves_matplotlib_alone():
    program = "import sys, afli, afli.teach; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
