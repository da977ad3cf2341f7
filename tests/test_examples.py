"""The examples in the docstrings and the README run and print what they say."""

import doctest
import importlib
import pkgutil
import re

import pytest
from sources import ROOT

import afli

MODULES = ["afli"] + [
    module.name
    for module in pkgutil.walk_packages(afli.__path__, "afli.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_examples_of_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        example = doctest.DocTestParser().get_doctest(block, {}, "README.md", None, None)
        assert example.examples and doctest.DocTestRunner().run(example).failed == 0


def test_every_public_function_of_the_theory_has_an_example():
    without = [
        name
        for name in afli.__all__
        if callable(getattr(afli, name))
        and not isinstance(getattr(afli, name), type)
        and ">>>" not in getattr(afli, name).__doc__
    ]
    assert without == []


def test_every_public_function_of_the_theory_says_what_it_refuses_and_where_it_is_from():
    bounds = {f"bounds.{name}": getattr(afli.bounds, name) for name in afli.bounds.__all__}
    functions = {name: getattr(afli, name) for name in afli.__all__} | bounds
    parts = ("Parameters", "Returns", "Raises", "References", "Examples")
    missing = {
        name: lacks
        for name, function in functions.items()
        if callable(function)
        and not isinstance(function, type)
        and (lacks := [part for part in parts if f"    {part}\n    ---" not in function.__doc__])
    }
    assert missing == {"activations": ["Parameters", "Returns", "Raises", "References"]}
