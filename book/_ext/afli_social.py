"""The picture that other sites show beside a link to the book: the phase diagram of tanh.

python book/_ext/afli_social.py FILE.png        draws it by itself
"""

import sys
from pathlib import Path

import numpy as np

import afli
from afli.teach import figures

WIDTH, HEIGHT = 1200, 630  # pixels, the format that previews are cut to
INK, PAPER = "#ffffff", "#10233a"


def draw(path):
    """Draw the picture into a PNG file."""
    import matplotlib.figure

    tanh = afli.activation("tanh")
    sigma_w2 = np.linspace(0.5, 3.5, 61)
    sigma_b2 = np.linspace(0.0, 0.3, 41)
    rho = afli.limiting_correlation(tanh, sigma_w2[None, :], sigma_b2[1:, None])
    edge_w2, edge_b2 = afli.edge_of_chaos_curve(tanh, np.linspace(0.02, 3, 100))

    with figures.style():
        fig = matplotlib.figure.Figure(figsize=(WIDTH / 100, HEIGHT / 100), facecolor=PAPER)
        ax = fig.add_axes((0.55, 0.17, 0.4, 0.7))
        ax.pcolormesh(sigma_w2, sigma_b2[1:], rho, vmin=0, vmax=1, shading="nearest")
        ax.plot(edge_w2, edge_b2, color=INK, linewidth=5, linestyle="-")
        ax.set(xlim=(0.5, 3.5), ylim=(sigma_b2[1], 0.3), xticks=[], yticks=[])
        ax.grid(False)
        ax.text(0.75, 0.24, "order", color="#000000", fontsize=26)
        ax.text(2.55, 0.03, "chaos", color=INK, fontsize=26)
        for text, size, height in (
            ("AFLI", 88, 0.66),
            ("Activation functions\nand initialisation", 34, 0.42),
            ("A course you can run", 26, 0.27),
        ):
            fig.text(0.06, height, text, color=INK, fontsize=size, linespacing=1.3)
        fig.text(0.75, 0.1, "weight variance", color=INK, fontsize=22, ha="center")
        fig.text(0.515, 0.52, "bias variance", color=INK, fontsize=22, va="center", rotation=90)
        fig.savefig(path, dpi=100, facecolor=PAPER)


def draw_into_the_site(app):
    """Draw it beside the other static files."""
    if app.builder.format == "html":
        static = Path(app.outdir, "_static")
        static.mkdir(parents=True, exist_ok=True)
        draw(static / "social.png")


def setup(app):
    """Register the hook."""
    app.connect("builder-inited", draw_into_the_site)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    draw(sys.argv[1])
