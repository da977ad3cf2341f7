"""The infinite-width mathematics: NumPy and SciPy only."""

from . import bounds, shaping
from .activations import Activation
from .catalogue import activation, activations
from .correlation import correlation_map, correlation_slope
from .critical import EdgeOfChaos, edge_of_chaos, edge_of_chaos_curve
from .design import correlation_depth, half_width_for_depth, isometry_depth
from .fixed_points import NoFixedPoint, fixed_point
from .isometry import spectral_atoms, spectral_density, spectral_edge, spectrum_variance
from .meanfield import chi1, variance_map, variance_slope
from .membership import Membership, check_scaled_bounded
from .moments import derivative_moment, moment_ratio
from .phases import depth_scales, limiting_correlation
from .rates import CorrelationDecay, correlation_decay
from .tangent import tangent_kernel

__all__ = [
    "Activation",
    "CorrelationDecay",
    "EdgeOfChaos",
    "Membership",
    "NoFixedPoint",
    "activation",
    "activations",
    "bounds",
    "check_scaled_bounded",
    "chi1",
    "correlation_decay",
    "correlation_depth",
    "correlation_map",
    "correlation_slope",
    "depth_scales",
    "derivative_moment",
    "edge_of_chaos",
    "edge_of_chaos_curve",
    "fixed_point",
    "half_width_for_depth",
    "isometry_depth",
    "limiting_correlation",
    "moment_ratio",
    "shaping",
    "spectral_atoms",
    "spectral_density",
    "spectral_edge",
    "spectrum_variance",
    "tangent_kernel",
    "variance_map",
    "variance_slope",
]
