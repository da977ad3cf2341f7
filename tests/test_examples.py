"""The examples in the docstrings run and print what they say."""

import doctest
import importlib
import pkgutil

import pytest

import afli

MODULES = ["afli"] + [
    module.name
    for module in pkgutil.walk_packages(afli.__path__, "afli.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_every_public_function_of_the_theory_has_an_example():
    without = [
        name
        for name in afli.__all__
        if callable(getattr(afli, name))
        and not isinstance(getattr(afli, name), type)
        and ">>>" not in getattr(afli, name).__doc__
    ]
    assert without == []
