"""`python -m afli eoc`: an activation on its edge of chaos."""

import math
from dataclasses import asdict
from functools import lru_cache

import afli

from .output import columns, json_object, table

SUMMARY = "the edge of chaos of an activation: q*, sigma_w2, depths, bounds"
DESCRIPTION = """\
For a bias variance sigma_b2, find the weight variance sigma_w2 that puts deep, wide networks with
this activation on the edge of chaos, where gradients neither vanish nor explode. Print it with the
length q* at which signals settle, and with how deep such networks may be."""
EPILOG = """\
activations:
  {}
  {}

examples:
  python -m afli eoc shtanh --a 2 --sigma-b2 0.1
  python -m afli eoc gelu --sigma-b2 0.01 0.1 1
  python -m afli eoc leaky_relu --slope 0.2 --sigma-b2 0 --json"""

VALUES = (
    ("sigma_b2", "bias variance (given)", "sigma_b2"),
    ("q*", "fixed point of the variance map V", "q"),
    ("sigma_w2", "weight variance times the fan-in", "sigma_w2"),
    ("V'(q*)", "slope of V at its fixed point", "variance_slope"),
    ("", "whether q* attracts the lengths near it", "attraction"),
    ("chi1", "factor on squared gradients, each layer", "chi1"),
    ("mu2/mu1^2", "moment ratio, 1 for an isometry", "moment_ratio"),
    "Depths, in layers",
    ("xi_q", "lengths: |q_l - q*| ~ exp(-l / xi_q)", "length_depth"),
    ("p", "correlations: 1 - rho_l ~ (l_c / l)^p", "correlation_power"),
    ("l_c", "depth to which inputs stay apart", "correlation_depth"),
    ("l_J", "spectrum of J J^T has variance 1 *", "isometry_depth"),
)
BOUNDS = (
    "Bounds for every scaled-bounded activation of this half-width",
    ("Lambda", "at least (published)", "published", "half_width_ratio", 0),
    ("", "at least (sharp)", "sharp", "half_width_ratio", 0),
    ("", "a / sqrt(q*)", "true", "half_width_ratio"),
    ("", "at most (sharp)", "sharp", "half_width_ratio", 1),
    ("", "at most (published)", "published", "half_width_ratio", 1),
    ("|R - rho|", "its maximum for rho from 0 to 1", "true", "correlation"),
    ("", "at most (sharp)", "sharp", "correlation"),
    ("", "at most (published)", "published", "correlation"),
    ("mu2/mu1^2 - 1", "its value", "true", "moment_ratio"),
    ("", "at most (sharp)", "sharp", "moment_ratio"),
    ("", "at most (published)", "published", "moment_ratio"),
)


def add_arguments(parser):
    """Declare the arguments of `eoc`."""
    names = afli.activations()
    half = len(names) // 2
    parser.usage = (
        "%(prog)s ACTIVATION --sigma-b2 B [B ...] [--a A] [--k K] [--slope SLOPE] [--json]"
    )
    parser.description = DESCRIPTION
    parser.epilog = EPILOG.format(" ".join(names[:half]), " ".join(names[half:]))
    parser.add_argument("activation", metavar="ACTIVATION", help="its name, from the list below")
    add = parser.add_argument
    add("--a", type=float, help="half-width of the linear region: shtanh and what follows need it")
    add("--k", type=float, help="slope of that region (default: 1)")
    add("--slope", type=float, help="slope of leaky_relu for x < 0 (default: 0.1)")
    text = "bias variance, at least 0; several give a column each (required)"
    add("--sigma-b2", type=float, nargs="+", required=True, metavar="B", help=text)
    text = "print one JSON object instead; null stands for infinite or not defined"
    add("--json", action="store_true", help=text)


def run(arguments):
    """Print what the theory knows of the activation on its edge of chaos."""
    given = {key: getattr(arguments, key) for key in ("a", "k", "slope")}
    parameters = {key: value for key, value in given.items() if value is not None}
    phi = afli.activation(arguments.activation, **parameters)
    points = [measure(phi, sigma_b2) for sigma_b2 in arguments.sigma_b2]
    if arguments.json:
        found = {"activation": phi.name, "parameters": parameters, "points": points}
        print(json_object(found))
        return
    name = ", ".join([phi.name, *(f"{key} = {value:g}" for key, value in parameters.items())])
    print(f"The edge of chaos of {name}\n")
    rows = [*columns(VALUES, points)]
    if "bounds" in points[0]:
        rows += columns(BOUNDS, [point["bounds"] for point in points])
    print(table(rows))
    print("\n* with orthogonal weights; its mean is 1 at every depth")
    if any(point["attraction"] == "repels" for point in points):
        print("Where q* repels, lengths leave it, and the depths hold only while they are near.")


def measure(phi, sigma_b2):
    """What the theory knows of `phi` on its edge of chaos, ready to be printed.

    Parameters
    ----------
    phi : Activation
    sigma_b2 : float
        Bias variance, at least 0.

    Returns
    -------
    dict
        Numbers by name, None where one is not defined. Scaled-bounded activations have "bounds"
        too: the fields of `afli.bounds.Bounds`, true, sharp and published.

    Examples
    --------
    >>> found = measure(afli.activation("shtanh", a=2.0), 0.1)
    >>> round(found["sigma_w2"], 5), round(found["correlation_depth"], 1)
    (1.10191, 24.9)
    """
    point = afli.edge_of_chaos(phi, sigma_b2)
    excess = afli.spectrum_variance(phi, point.q, 1)
    power, depth = _correlations(phi, point.q)
    found = asdict(point) | {
        "attraction": _attraction(point),
        "moment_ratio": afli.moment_ratio(phi, point.q),
        "length_depth": _length_depth(point),
        "correlation_power": power,
        "correlation_depth": depth,
        "isometry_depth": 1 / excess if excess else math.inf,
    }
    if _scaled_bounded(phi):
        true = afli.bounds.Bounds(
            half_width_ratio=phi.half_width / math.sqrt(point.q) if point.q else math.inf,
            correlation=sigma_b2 / point.q if point.q else 0.0,  # Lemma 3.3: it is R(0)
            moment_ratio=excess,
        )
        known = {"true": true}
        for name in ("sharp", "published"):
            known[name] = getattr(afli.bounds, name)(sigma_b2, phi.half_width)
        found["bounds"] = {name: asdict(bound) for name, bound in known.items()}
    return found


@lru_cache(maxsize=64)
def _scaled_bounded(phi):
    """Whether the bounds are about `phi` at all: a linear region alone is not enough."""
    a = phi.half_width
    # Not farther: at 1e8 the wave of a ssin is lost in the rounding of x.
    return 0 < a < math.inf and afli.check_scaled_bounded(phi, reach=20 * a).holds


def _attraction(point):
    if point.stable:
        return "attracts"
    return "neutral" if abs(point.variance_slope) == 1 else "repels"


def _length_depth(point):
    size = abs(point.variance_slope)
    if size > 1:
        return None
    # As in afli.depth_scales: a slope this close to 1 counts as 1.
    return math.inf if 1 - size < 1e-9 else -1 / math.log(size) if size else 0.0


def _correlations(phi, q):
    """Power and depth of the decay of 1 - rho, None where phi is a line to working precision."""
    if q == 0:
        return None, None
    try:
        decay = afli.correlation_decay(phi, q)
    except ValueError:
        return None, None
    return decay.power, decay.depth
