"""A library that a method needs and that may be missing: named, with the command that installs it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from admf.errors import Problem, SpaceError


def needed(library: str, method: str, install: str) -> Any:
    """The imported library; SpaceError with the command where it is not installed."""
    if find_spec(library.partition(".")[0]) is None:
        raise SpaceError(
            Problem(
                says=f"{method} needs {library.partition('.')[0]}, which is not installed.",
                where="method",
                hint=f"Install it: {install}.",
            )
        )
    return import_module(library)
