"""`python -m afli design`: which half-width a for which depth."""

import afli

from .eoc import measure
from .output import columns, json_object, table

SUMMARY = "how wide a linear region, a, a network of given depth needs"
DESCRIPTION = """\
Choose the half-width a of the linear region: the smallest with which every scaled-bounded
activation, on the edge of chaos and with orthogonal weights, keeps the variance of the spectrum of
J J^T (mean 1; J: the derivative of the output by the input) at or below the tolerance at the given
depth, and with which shtanh keeps different inputs apart to that depth."""
EPILOG = """\
examples:
  python -m afli design --depth 100 --sigma-b2 0.1
  python -m afli design --depth 20 50 100 200 --sigma-b2 0.1 --tolerance 1 --activation sexp
  python -m afli design --depth 100 --sigma-b2 0.1 --json"""

FAMILIES = ("shtanh", "ssin", "sexp", "ssaw")
ROWS = (
    ("L", "depth, in layers (given)", "depth"),
    ("a", "half-width of the linear region", "a"),
    "With this a, on the edge of chaos of {}",
    ("q*", "fixed point of the variance map", "q"),
    ("sigma_w2", "weight variance times the fan-in", "sigma_w2"),
    ("Lambda", "half-width ratio a / sqrt(q*)", "bounds", "true", "half_width_ratio"),
    ("Var", "variance of the spectrum of J J^T, L layers", "spectrum_variance"),
    ("l_J", "depth at which this variance is 1, in layers", "isometry_depth"),
    ("l_c", "depth to which inputs stay apart, in layers", "correlation_depth"),
)


def add_arguments(parser):
    """Declare the arguments of `design`."""
    parser.description, parser.epilog = DESCRIPTION, EPILOG
    add = parser.add_argument
    text = "number of layers, at least 1; several give a column each (required)"
    add("--depth", type=int, nargs="+", required=True, metavar="L", help=text)
    text = "bias variance, greater than 0 (required)"
    add("--sigma-b2", type=float, required=True, metavar="B", help=text)
    text = "largest variance of the spectrum of J J^T at depth L (default: %(default)s)"
    add("--tolerance", type=float, default=0.5, metavar="T", help=text)
    text = "which activation to measure with this a: %(choices)s (default: %(default)s)"
    add("--activation", choices=FAMILIES, default=FAMILIES[0], metavar="NAME", help=text)
    text = "print one JSON object instead; null stands for infinite or not defined"
    add("--json", action="store_true", help=text)


def run(arguments):
    """Print the smallest half-width for each depth, and what it achieves."""
    name, sigma_b2, tolerance = arguments.activation, arguments.sigma_b2, arguments.tolerance
    designs = [design(depth, sigma_b2, tolerance, name) for depth in arguments.depth]
    if arguments.json:
        given = {"activation": name, "sigma_b2": sigma_b2, "tolerance": tolerance}
        print(json_object(given | {"designs": designs}))
        return
    print(f"Half-width for depth L at sigma_b2 = {sigma_b2:g} and tolerance {tolerance:g}\n")
    print(table(columns(ROWS, designs)).format(name))
    short = [found["depth"] for found in designs if found["correlation_depth"] < found["depth"]]
    if short and name != "shtanh":  # shtanh meets it up to rounding
        depths = ", ".join(map(str, short))
        print(f"\nFor inputs to stay apart to L = {depths} layers, {name} needs a larger a.")


def design(depth, sigma_b2, tolerance, name="shtanh"):
    """The smallest half-width for one depth, and a network with it on the edge of chaos.

    Parameters
    ----------
    depth : int
        Number of layers, at least 1.
    sigma_b2 : float
        Bias variance, greater than 0.
    tolerance : float
        Largest variance of the spectrum of J J^T at that depth.
    name : {"shtanh", "ssin", "sexp", "ssaw"}
        Whose edge of chaos to measure.

    Returns
    -------
    dict
        "depth", "a", "spectrum_variance" and all of `afli.commands.eoc.measure`.

    Raises
    ------
    ValueError
        If an argument is out of range, or the activation needs a larger a anyway.

    Examples
    --------
    >>> found = design(100, 0.1, 0.5)
    >>> round(found["a"], 3), round(found["isometry_depth"], 6)
    (13.748, 200.0)
    """
    a = afli.half_width_for_depth(depth, sigma_b2, tolerance)
    if a == 0:
        raise ValueError("sigma_b2 must be greater than 0, got 0.0: without biases any a will do")
    try:
        phi = afli.activation(name, a=a)
    except ValueError as error:
        raise ValueError(f"depth {depth} needs only a = {a:.6g}, but {error}") from None
    found = {"depth": depth, "a": a} | measure(phi, sigma_b2)
    return found | {"spectrum_variance": afli.spectrum_variance(phi, found["q"], depth)}
