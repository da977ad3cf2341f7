"""The laboratory: data, initialisers, networks, training, records and sweeps.

Importing it is cheap: each name is fetched from its module when it is first used, and only then
does a module that trains networks import torch.
"""

from importlib import import_module

from ..extras import needs

_HOME = {
    "Dataset": "datasets",
    "Images": "datasets",
    "load_dataset": "datasets",
    "download_cifar10": "download",
    "Prepared": "preprocessing",
    "prepare": "preprocessing",
    "input_scale": "preprocessing",
    "lecun_uniform_": "initialisers",
    "glorot_uniform_": "initialisers",
    "glorot_normal_": "initialisers",
    "he_normal_": "initialisers",
    "gaussian_": "initialisers",
    "orthogonal_": "initialisers",
    "bias_normal_": "initialisers",
    "critical_": "initialisers",
    "Stack": "networks",
    "layer_statistics": "diagnostics",
    "jacobian_factors": "jacobians",
    "jacobian_moments": "jacobians",
    "log_singular_values": "jacobians",
    "train": "training",
    "Curve": "training",
    "Run": "runs",
    "build": "trials",
    "carry_out": "trials",
    "outlook": "beforehand",
    "experiment": "experiments",
    "cost": "costs",
    "sweep": "sweeps",
    "Experiment": "grids",
    "grid": "grids",
    "load_records": "tables",
}

__all__ = list(_HOME)


def __getattr__(name):
    if name in _HOME:
        with needs("lab"):
            return getattr(import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_HOME])
