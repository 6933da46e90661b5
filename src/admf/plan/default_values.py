"""What a default in a signature is, as its text says: constants of the file followed, sums computed, nothing run."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

_PLAIN = (bool, int, float, str, type(None))
_SUMS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv,
}  # fmt: skip


def constants_of(tree: ast.Module) -> dict[str, ast.expr]:
    """Names that the file gives a value at its top level, once."""
    found: dict[str, ast.expr] = {}
    twice: set[str] = set()
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(value, ast.expr):
                twice |= {target.id} & found.keys()
                found[target.id] = value
    return {name: value for name, value in found.items() if name not in twice}


def default_value(node: ast.expr, constants: Mapping[str, ast.expr]) -> Any:
    """The plain value of a default; ValueError where it is none, or cannot be told without running it.

    >>> tree = ast.parse("DAY = 78")
    >>> default_value(ast.parse("5 * DAY", mode="eval").body, constants_of(tree))
    390
    """
    if isinstance(node, ast.Name) and node.id in constants:
        rest = {name: value for name, value in constants.items() if name != node.id}
        return default_value(constants[node.id], rest)
    if isinstance(node, ast.BinOp) and type(node.op) in _SUMS:
        left, right = (default_value(side, constants) for side in (node.left, node.right))
        if not all(type(side) in (int, float) for side in (left, right)):
            raise ValueError("a sum of something else than numbers")
        try:
            return _SUMS[type(node.op)](left, right)
        except ArithmeticError as error:
            raise ValueError(str(error)) from None
    value = ast.literal_eval(node)
    if type(value) not in _PLAIN:
        raise ValueError("not a plain value")
    return value
