"""AFLI: how the activation function decides whether a deep network can be trained.

The infinite-width theory (`afli.theory`, NumPy and SciPy only) is at the top level; the
laboratory (`afli.lab`, torch) and what the chapters share (`afli.teach`) are imported by name.
"""

from .theory import *  # noqa: F403
from .theory import __all__  # noqa: F401

__version__ = "0.1.0"
