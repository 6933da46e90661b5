"""The page docs/reference/python.md, made of the public names of `admf`."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import admf
from admf.api.plots import Plots
from admf.api.study import StablePlace
from admf.trials.scope import Scope
from tests.pages.written import cell, doc_of, signature_of

_HEAD = """\
# Python

This page is made of the code's own signatures and docstrings (`python -m tests.pages.reference_pages`). What to do with
them: [from Python](../how-to/from-python.md). Importing `admf` runs nothing: every name is loaded when it is first used.
Indicators, `admf.ta`, have a page of their own: [indicators.md](indicators.md).
"""
_MADE_BY_OTHERS = ("Study", "Backtest", "Bars", "StablePlace", "Plots", "Run", "Optimizable", "Scope")
"""Classes whose constructor is not for users."""


def page() -> str:
    """The page as it should be."""
    functions = [name for name in admf.__all__ if inspect.isfunction(getattr(admf, name))]
    classes = [name for name in admf.__all__ if inspect.isclass(getattr(admf, name))]
    order = sorted(functions, key=lambda name: name != "optimize")
    parts = [_HEAD, *(_function(f"admf.{name}", getattr(admf, name)) for name in order)]
    parts += [_class(f"admf.{name}", getattr(admf, name)) for name in classes]
    parts += [_class("study.plateau()", StablePlace), _class("study.plot", Plots)]
    parts.append(_class("admf.scope()", Scope))
    parts += [f"## admf.statistics\n\n{doc_of(admf.statistics)}\n"]
    names = admf.statistics.__all__
    parts.append(f"```python\nfrom admf.statistics import {', '.join(names)}\n```\n")
    parts += [_function(f"admf.statistics.{name}", getattr(admf.statistics, name)) for name in names]
    return "\n".join(parts)


def _function(name: str, target: Any) -> str:
    return f"## {name}\n\n```text\n{signature_of(name, target)}\n```\n\n{doc_of(target)}\n"


def _class(name: str, cls: type) -> str:
    parts = [f"## {name}\n"]
    if cls.__name__ not in _MADE_BY_OTHERS:
        parts.append(f"```text\n{signature_of(name, cls)}\n```\n")
    parts.append(doc_of(cls) + "\n")
    members = [(one, inspect.getattr_static(cls, one)) for one in vars(cls) if not one.startswith("_")]
    values = [f"| `.{one}` | {cell(doc_of(target))} |\n" for one, target in members if _is_value(target)]
    if values:
        parts.append("| attribute | what it is |\n|---|---|\n" + "".join(values))
    for one, target in members:
        plain = target.__func__ if isinstance(target, classmethod) else target
        if inspect.isfunction(plain):
            parts.append(f"```text\n{signature_of(f'.{one}', plain)}\n```\n\n{doc_of(plain)}\n")
    return "\n".join(parts)


def _is_value(target: Any) -> bool:
    return isinstance(target, property) or (hasattr(target, "func") and not inspect.isfunction(target))


def public_names() -> list[str]:
    """What the page must name: every public name, every field or attribute of what `optimize` and `backtest` give."""
    fields = [f.name for one in (StablePlace, admf.Orders) for f in dataclasses.fields(one)]
    return [*admf.__all__, *fields]
