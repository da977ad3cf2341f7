"""The infinite-width mathematics: NumPy and SciPy only."""

from .activations import Activation
from .catalogue import activation, activations
from .correlation import correlation_map, correlation_slope, depth_scales, limiting_correlation
from .critical import EdgeOfChaos, edge_of_chaos, edge_of_chaos_curve
from .fixed_points import NoFixedPoint, fixed_point
from .meanfield import chi1, variance_map, variance_slope
from .moments import derivative_moment, moment_ratio
from .rates import CorrelationDecay, correlation_decay

__all__ = [
    "Activation",
    "CorrelationDecay",
    "EdgeOfChaos",
    "NoFixedPoint",
    "activation",
    "activations",
    "chi1",
    "correlation_decay",
    "correlation_map",
    "correlation_slope",
    "depth_scales",
    "derivative_moment",
    "edge_of_chaos",
    "edge_of_chaos_curve",
    "fixed_point",
    "limiting_correlation",
    "moment_ratio",
    "variance_map",
    "variance_slope",
]
