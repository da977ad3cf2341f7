"""What stands in place of an explorable where scripts are off: a picture and a table, from `afli`.

The settings are those with which the explorable opens; the page hands them to its script.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import afli

from . import figures

W = "σ{sub}`w`²"  # formulas need a script

SETTINGS = {
    "phase-diagram": {
        "activation": "tanh",
        "a": 2,
        "sigma_w2": 1.5,
        "sigma_b2": 0.05,
        "rho": 0.1,
        "depth": 50,
    },
    "scaled-bounded": {
        "family": "shtanh",
        "a": 2,
        "sigma_b2": 0.1,
        "depth": 30,
        "tolerance": 0.5,
    },
    "random-network": {
        "activation": "tanh",
        "a": 2,
        "preset": "edge",
        "sigma_w2": 1.76,
        "sigma_b2": 0.05,
        "weights": "gaussian",
        "depth": 20,
        "width": "60",
        "seed": 1,
        "shown": "before",
    },
}


@dataclass(frozen=True)
class Static:
    """A picture with its description, and a table: its heads, in MyST, and rows of numbers."""

    figure: object
    alt: str
    heads: tuple
    rows: list


def phase_diagram():
    """tanh at one bias variance: the edge, and maps and paths at three weight variances."""
    phi, b = afli.activation("tanh"), SETTINGS["phase-diagram"]["sigma_b2"]
    start, depth = (SETTINGS["phase-diagram"][key] for key in ("rho", "depth"))
    edge = afli.edge_of_chaos(phi, b)
    fig, (plane, maps, paths) = figures.figure(3, height=3.2)
    curve = np.array(afli.edge_of_chaos_curve(phi, np.geomspace(1e-3, 100, 200)))
    plane.plot(*curve[:, (curve[0] < 4) & (curve[1] < 1)])
    plane.text(1.3, 0.6, "ordered")
    plane.text(3, 0.3, "chaotic")
    plane.set(xlabel=r"weight variance $\sigma_w^2$", ylabel=r"bias variance $\sigma_b^2$")
    rho, rows = np.linspace(0, 1, 101), []
    weights = (SETTINGS["phase-diagram"]["sigma_w2"], edge.sigma_w2, 3.0)
    for w, look in zip(weights, figures.series(3), strict=True):
        q = afli.fixed_point(phi, w, b)
        pair = [start]
        for _ in range(depth - 1):
            pair.append(afli.correlation_map(phi, pair[-1], q, w, b))
        label = rf"$\sigma_w^2$ = {w:.3g}"
        line = {key: look[key] for key in ("color", "linestyle")}
        maps.plot(rho, afli.correlation_map(phi, rho, q, w, b), label=label, **line)
        paths.plot(range(1, depth + 1), pair, label=label, **line)
        plane.plot(w, b, look["marker"], color=look["color"])
        limit = afli.limiting_correlation(phi, w, b)
        rows.append((w, q, afli.chi1(phi, q, w), limit, *afli.depth_scales(phi, w, b), pair[-1]))
    maps.set(xlabel=r"correlation $\rho$", ylabel=r"$R(\rho)$")
    paths.set(xlabel="layer", ylabel="correlation")
    maps.legend()
    heads = (W, r"*q*\*", "χ{sub}`1`", r"*ρ*\*", "ξ{sub}`q`", "ξ{sub}`c`")
    return Static(
        fig,
        "Three panels for tanh: the edge of chaos between order and chaos; the correlation map at"
        f" bias variance {b} below, on and above the edge; and the correlation of a pair, from"
        f" {start} on, through {depth} layers.",
        (*heads, f"correlation in layer {depth}"),
        rows,
    )


def scaled_bounded():
    """Bounds against y, and the variance of the spectrum against a."""
    settings = SETTINGS["scaled-bounded"]
    b, depth, tolerance = (settings[key] for key in ("sigma_b2", "depth", "tolerance"))
    fig, (plane, spectrum) = figures.figure(2, height=3.4)
    y = np.geomspace(1e-7, 10, 200)
    for bounds, name in (
        (afli.bounds.sharp(y, 1.0), "sharp"),
        (afli.bounds.published(y, 1.0), "published"),
    ):
        look = {"label": name, "linestyle": "-" if name == "sharp" else ":"}
        for curve in bounds.half_width_ratio:
            plane.plot(y, curve, color=figures.COLOURS[name != "sharp"], **look)
            look.pop("label", None)
    plane.set(xscale="log", xlabel=r"$y = \sigma_b^2/a^2$", ylabel=r"$\Lambda$", ylim=(0, 8))
    plane.legend(title="bounds")
    a = np.geomspace(0.5, 30, 60)
    spectrum.plot(a, depth * afli.bounds.sharp(b, a).moment_ratio, label="sharp bound")
    spectrum.plot(a, depth * afli.bounds.published(b, a).moment_ratio, label="published bound")
    spectrum.axhline(tolerance, color="grey", linewidth=1, linestyle="-")
    spectrum.axvline(
        afli.half_width_for_depth(depth, b, tolerance), color="grey", linewidth=1, linestyle="-"
    )
    spectrum.set(xscale="log", yscale="log", xlabel="half-width $a$", ylabel="variance")
    spectrum.legend()
    rows = []
    for a in (1.0, 2.0, 5.0, 10.0):
        phi = afli.activation(settings["family"], a=a)
        q = afli.edge_of_chaos(phi, b).q
        sharp, published = afli.bounds.sharp(b, a), afli.bounds.published(b, a)
        width = afli.spectrum_variance(phi, q, depth)
        ratios = (*sharp.half_width_ratio, *published.half_width_ratio)
        rows.append((a, a / np.sqrt(q), *ratios, b / q, sharp.correlation, width))
    return Static(
        fig,
        "Two panels: the sharp and the published bounds on the half-width ratio against y; and the"
        f" bounds on the variance of the spectrum in {depth} layers, which fall with a. Lines mark"
        f" the variance {tolerance} and the recommended a.",
        (
            "*a*",
            "Λ of the clip",
            "sharp, from",
            "to",
            "published, from",
            "to",
            "largest gap between *R* and the identity",
            "its sharp bound",
            f"variance in {depth} layers",
        ),
        rows,
    )


def random_network():
    """Three initialisations of one network: a layer's units, and the singular values."""
    settings = SETTINGS["random-network"]
    phi, depth, width = afli.activation("tanh"), settings["depth"], int(settings["width"])
    edge = afli.edge_of_chaos(phi, settings["sigma_b2"])
    fig, (units, spectrum) = figures.figure(2, height=3.4)
    rows = []
    variances = ((1 / 3, 0.0), (edge.sigma_w2, edge.sigma_b2), (4.0, edge.sigma_b2))
    for (w, b), look in zip(variances, figures.series(3), strict=True):
        rng = np.random.default_rng(1)
        signal, jacobian, q, mean_square = rng.standard_normal(width), np.eye(width), 1.0, 1.0
        signal /= np.sqrt(np.mean(signal**2))
        for layer in range(depth):
            matrix = np.sqrt(w / width) * rng.standard_normal((width, width))
            before = matrix @ signal + np.sqrt(b) * rng.standard_normal(width)
            signal = phi(before)
            jacobian = phi.derivative(before)[:, None] * (matrix @ jacobian)
            q = w * q + b if layer == 0 else afli.variance_map(phi, q, w, b)
            mean_square *= afli.chi1(phi, q, w)
        line = {key: look[key] for key in ("color", "linestyle")}
        label = rf"$\sigma_w^2$ = {w:.3g}, $\sigma_b^2$ = {b:.3g}"
        units.hist(before, np.linspace(-4, 4, 33), histtype="step", label=label, **line)
        values = np.linalg.svd(jacobian, compute_uv=False)
        spectrum.semilogy(np.maximum(values, 1e-12), label=label, **line)
        rows.append((w, b, np.mean(before**2), q, np.mean(values**2), mean_square, values.max()))
    units.set(xlabel="preactivation", ylabel="units of the last layer", yscale="symlog")
    spectrum.set(xlabel="rank", ylabel="singular value")
    spectrum.legend()
    return Static(
        fig,
        f"Two panels for a tanh network of {depth} layers of {width} units: histograms of the last"
        " layer, and the singular values of the Jacobian. With a third of the variance of the edge"
        " all units and all singular values are tiny; far above the edge both spread widely.",
        (
            W,
            "σ{sub}`b`²",
            "mean square of the last layer",
            "at infinite width",
            "mean squared singular value",
            "at infinite width",
            "largest singular value",
        ),
        rows,
    )


MAKERS: dict[str, Callable[[], Static]] = {
    "phase-diagram": phase_diagram,
    "scaled-bounded": scaled_bounded,
    "random-network": random_network,
}
