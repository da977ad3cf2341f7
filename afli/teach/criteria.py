"""What a claim's test compares, and within which tolerance: read off the code of the test.

A tolerance that is written down twice is right once. So the ledger does not repeat it: it shows the
comparisons on which the verdict of the function depends.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable


def criteria(test: Callable) -> list[str]:
    """The comparisons that decide what a test returns, as text.

    Parameters
    ----------
    test : callable
        A function that returns a verdict and a text, or what another function returns as such.

    Returns
    -------
    list of str
        For example ``["error < 1e-12", "layer == 55"]``: the comparisons in the first entry of what
        is returned, and in what was assigned to the names in it.
    """
    function = ast.parse(textwrap.dedent(inspect.getsource(test))).body[0]
    verdicts, found = [], []
    for node in _own(function):
        if isinstance(node, ast.ExceptHandler) and isinstance(node.body[-1], ast.Return):
            found.append(f"no {ast.unparse(node.type)}")
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            verdicts.append(node.value.elts[0])
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Call):
            helper = test.__globals__.get(ast.unparse(node.value.func))
            found += criteria(helper) if inspect.isfunction(helper) else []
    return [ast.unparse(node) for node in _decisive(verdicts, function)] + found


def _own(function: ast.FunctionDef):
    """The nodes of a function in their order, without those of functions inside it."""
    for child in ast.iter_child_nodes(function):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.Lambda):
            yield from _own(child)


def _decisive(expressions: list[ast.expr], function: ast.FunctionDef) -> list[ast.Compare]:
    """The comparisons in expressions, and in what their names were made of, each one once."""
    found, names, waiting = {}, set(), list(expressions)
    while waiting:
        expression = waiting.pop(0)
        comparisons = [node for node in ast.walk(expression) if isinstance(node, ast.Compare)]
        found |= {ast.unparse(node): node for node in comparisons}
        inside = {id(node) for comparison in comparisons for node in ast.walk(comparison)}
        for node in ast.walk(expression):
            if isinstance(node, ast.Name) and id(node) not in inside and node.id not in names:
                names.add(node.id)
                waiting += _assigned(node.id, function)
    return list(found.values())


def _assigned(name: str, function: ast.FunctionDef) -> list[ast.expr]:
    """What is assigned to a name in a function, in the order of the lines."""
    values = []
    for node in _own(function):
        if isinstance(node, ast.AugAssign) and _names(node.target) == [name]:
            values.append(node.value)
        elif isinstance(node, ast.Assign) and name in _names(node.targets[0]):
            values.append(_part(node, name))
        elif isinstance(node, ast.Call) and _names(node.func) == [name] and node.args:
            values += node.args  # name.append(...)
    return values


def _names(target: ast.expr) -> list[str]:
    if isinstance(target, ast.Tuple):
        return [name for part in target.elts for name in _names(part)]
    if isinstance(target, ast.Attribute | ast.Subscript):
        return _names(target.value)
    return [target.id] if isinstance(target, ast.Name) else []


def _part(node: ast.Assign, name: str) -> ast.expr:
    """The entry of the right-hand side that goes to a name, where the sides match."""
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for part, entry in zip(target.elts, value.elts, strict=False):
            if name in _names(part):
                return entry
    return value
