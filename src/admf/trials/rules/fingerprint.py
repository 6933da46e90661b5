"""All that the machine code of a function depends on, as text: what is kept on disk is found by it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

_LIBRARIES = ("builtins", "cmath", "math", "numba", "numpy", "operator")


class UnknownError(Exception):
    """A function uses something whose changes would not be seen."""


def fingerprint(function: FunctionType) -> str:
    """Its code, and the constants that it takes from outside of itself; UnknownError where it takes more.

    Other compiled functions of the user are more: their own code, and what that takes, would have to be looked at.
    """
    libraries = [f"{name} {sys.modules[name].__version__}" for name in ("numba", "numpy")]
    return repr([sys.version, *libraries, *_of_code(function.__code__), *_outside(function)])


def _of_code(code: CodeType) -> Iterator[Any]:
    yield code.co_code.hex()
    yield code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_flags
    yield code.co_argcount, code.co_kwonlyargcount, code.co_exceptiontable.hex()
    for value in code.co_consts:
        yield from _of_code(value) if isinstance(value, CodeType) else [_of_value(value)]


def _outside(function: FunctionType) -> Iterator[str]:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    for name, cell in cells:
        yield f"{name} = {_of_value(cell.cell_contents)}"
    for name in sorted(set(_names(function.__code__))):
        if name in function.__globals__:
            yield f"{name} = {_of_value(function.__globals__[name])}"


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from _names(value)


def _of_value(value: Any) -> str:
    if value is None or value is Ellipsis or type(value) in (bool, int, float, complex, str, bytes):
        return repr(value)
    if type(value) in (tuple, frozenset):
        parts = [_of_value(one) for one in value]
        return f"{type(value).__name__}({', '.join(parts if type(value) is tuple else sorted(parts))})"
    if isinstance(value, np.generic) or (type(value) is np.ndarray and value.dtype.kind in "biufc"):
        array = np.asarray(value)
        return f"{array.dtype} {array.shape} {array.flags.writeable} {array.tobytes().hex()}"
    home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None) or ""
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if name is None or home.partition(".")[0] not in _LIBRARIES:
        raise UnknownError(repr(value))
    return f"{home}:{name}"
