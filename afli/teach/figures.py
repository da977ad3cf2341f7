"""House style: figures that are legible on a phone, in greyscale and to a screen reader.

A chapter draws with Matplotlib and shows the figure with its description::

    fig, ax = figures.figure()
    ax.plot(q, v, label="V(q)")
    ax.set(xlabel="q", ylabel="V(q)")
    ax.legend()
    figures.show(fig, alt="The variance map of tanh meets the diagonal once, near q = 0.5.")

or with Plotly where a reader should move something::

    figures.interactive(plot, name="phase-diagram", alt="...", static=fig)
"""

import base64
import io
import itertools

import matplotlib
import matplotlib.figure
import numpy as np
import PIL.Image
from cycler import cycler

PLOTLY = "application/vnd.plotly.v1+json"

# Okabe and Ito's colours (safe for colour-blind readers), from dark to light. Lines differ in
# their dashes too, so that nothing is said by colour alone.
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9")
LINESTYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P")

WIDTH = 600  # pixels on the page
_INCHES = 6.0
_DPI = 200  # stored with twice as many pixels, for sharp screens

_STYLE = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.labelsize": 13,
    "axes.prop_cycle": cycler(color=COLOURS) + cycler(linestyle=LINESTYLES),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 13,
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "figure.figsize": (_INCHES, 3.8),
    "figure.max_open_warning": 0,
    "font.size": 12,
    "grid.color": "#dddddd",
    "image.cmap": "cividis",
    "legend.fontsize": 11,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
}

_PLOTLY_TEMPLATE = {
    "layout": {
        "colorway": COLOURS,
        "colorscale": {"sequential": "Cividis"},
        "font": {"size": 14, "color": "#000000"},
        "height": 440,
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        "margin": {"l": 60, "r": 15, "t": 50, "b": 50},
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "xaxis": {"gridcolor": "#dddddd", "linecolor": "#000000", "ticks": "outside"},
        "yaxis": {"gridcolor": "#dddddd", "linecolor": "#000000", "ticks": "outside"},
    }
}

# One button of the toolbar would send the figure to a server.
_PLOTLY_CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["sendChartToCloud"],
    "responsive": True,
}


def style():
    """A context in which Matplotlib draws in the house style; not needed where `figure` is used."""
    return matplotlib.rc_context(_STYLE)


def figure(rows: int = 1, columns: int = 1, *, height: float = 3.8, **options):
    """Start a figure in the house style, which stays in force for what is drawn into it.

    Parameters
    ----------
    rows, columns : int
        Panels. Prefer rows to columns: panels side by side are small on a phone.
    height : float
        Height of one row, in inches; the width is 6 inches, shown as 600 pixels.
    **options
        Passed on to `matplotlib.figure.Figure.subplots`, such as `sharex=True`.

    Returns
    -------
    (Figure, Axes)
        As `matplotlib.pyplot.subplots` returns them, but unknown to pyplot: nothing is shown
        before `show`, and nothing has to be closed.
    """
    matplotlib.rcParams.update(_STYLE)
    fig = matplotlib.figure.Figure(figsize=(_INCHES, height * rows), layout="constrained")
    return fig, fig.subplots(rows, columns, **options)


def series(count: int):
    """The first `count` combinations of colour, dashes and marker, as keyword arguments of plot."""
    looks = itertools.cycle(zip(COLOURS, LINESTYLES, MARKERS, strict=True))
    return [
        {"color": colour, "linestyle": dashes, "marker": marker}
        for colour, dashes, marker in itertools.islice(looks, count)
    ]


def show(fig, alt: str) -> None:
    """Show a Matplotlib figure as a PNG picture with an alternative text.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure.
    alt : str
        What a reader who cannot see the figure should know: what is drawn against what, and the
        one thing that it shows.
    """
    from IPython.display import display

    bundle = {"image/png": _png(fig), "text/plain": f"Figure: {_text(alt)}"}
    display(bundle, raw=True, metadata={"image/png": {"alt": alt, "width": WIDTH}})


def interactive(figure, name: str, alt: str, static=None) -> None:
    """Show a Plotly figure that works without a network, in the book and in JupyterLab.

    Stored are its data, rounded to five digits and without random ids, so that runs can be
    compared. The book draws it with the part of plotly.js for axes: lines, bars, heatmaps.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        The figure, with sliders or frames if it has any. It gets the house template.
    name : str
        Unique on the page; the figure has the id "figure-<name>".
    alt : str
        As in `show`.
    static : matplotlib.figure.Figure, optional
        A picture of the same, for print and for readers without scripts.
    """
    from IPython.display import display

    figure.layout.template = _PLOTLY_TEMPLATE
    plot = _plain(figure.to_dict())
    plot["config"] = _PLOTLY_CONFIG
    bundle = {PLOTLY: plot, "text/plain": f"Interactive figure: {_text(alt)}"}
    if static is not None:
        bundle["image/png"] = _png(static)
    described = {"alt": alt, "width": WIDTH}
    metadata = {PLOTLY: {"name": name, "alt": alt}, "image/png": described}
    display(bundle, raw=True, metadata=metadata)


def _text(alt: str) -> str:
    if not isinstance(alt, str) or len(alt.split()) < 4:
        raise ValueError(f"alt must describe the figure in a sentence, not {alt!r}")
    return alt


def png(fig) -> bytes:
    """A Matplotlib figure as the bytes of a small PNG file, twice as sharp as it is shown."""
    drawn, small = io.BytesIO(), io.BytesIO()
    with style():
        fig.savefig(drawn, format="png", dpi=_DPI)
    # A palette of 256 colours makes the file three times smaller, and no visible difference.
    picture = PIL.Image.open(drawn).convert("RGB").quantize(256, dither=PIL.Image.Dither.NONE)
    picture.save(small, format="png", optimize=True)
    return small.getvalue()


def _png(fig) -> str:
    return base64.b64encode(png(fig)).decode()


def _plain(value):
    """Plotly's structures as plain JSON: lists for arrays, floats to five digits, NaN as null."""
    if isinstance(value, dict):
        if {"bdata", "dtype"} <= value.keys():
            array = np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"])
            shape = value.get("shape")
            return _plain(array.reshape([int(n) for n in shape.split(",")] if shape else -1))
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return float(f"{value:.5g}") if np.isfinite(value) else None
    return value
