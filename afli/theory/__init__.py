"""The infinite-width mathematics: NumPy and SciPy only."""

from .activations import Activation
from .catalogue import activation, activations
from .critical import EdgeOfChaos, edge_of_chaos, edge_of_chaos_curve
from .meanfield import NoFixedPoint, chi1, fixed_point, variance_map, variance_slope
from .moments import derivative_moment, moment_ratio

__all__ = [
    "Activation", "EdgeOfChaos", "NoFixedPoint",
    "activation", "activations", "chi1", "derivative_moment", "edge_of_chaos",
    "edge_of_chaos_curve", "fixed_point", "moment_ratio", "variance_map", "variance_slope",
]
