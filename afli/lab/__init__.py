"""The laboratory: the data of the course's experiments.

Importing it is cheap: torch is imported by the modules that train networks, and only there.
"""

from .datasets import ImageSet, load_images

__all__ = ["ImageSet", "load_images"]
