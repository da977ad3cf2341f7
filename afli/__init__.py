"""AFLI: how the activation function decides whether a deep network can be trained.

The infinite-width theory (`afli.theory`, NumPy and SciPy only) is at the top level, the laboratory
in `afli.lab`, which imports torch when it is first needed; what the chapters share
(`afli.teach`) is imported by name.
"""

from . import lab  # noqa: F401
from .theory import *  # noqa: F403
from .theory import __all__  # noqa: F401

__version__ = "0.1.0"
