"""A config handed over in Python: plain values, each marked by its dotted name instead of a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from admf.config.document import DEEPEST, Document, Mark, Path
from admf.errors import ConfigError, Problem
from admf.model.space.value import shown


def read_mapping(given: Mapping[str, Any]) -> Document:
    """The document of a mapping: tuples become lists, NumPy numbers plain ones. ConfigError for anything else."""
    marks: dict[Path, Mark] = {}
    return Document(_plain(given, (), marks), marks)


def _plain(value: Any, path: Path, marks: dict[Path, Mark]) -> Any:
    name = "".join(_steps(path))
    marks[path] = Mark(name, name)
    if len(path) > DEEPEST:
        raise ConfigError(Problem(says=f"values must be nested at most {DEEPEST} deep.", where=name))
    if isinstance(value, Mapping):
        if odd := [key for key in value if not isinstance(key, str)]:
            raise ConfigError(Problem(says=f"a key must be a text, was {shown(odd[0])}.", where=name))
        return {key: _plain(one, (*path, key), marks) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, (*path, i), marks) for i, one in enumerate(value)]
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
    if value is None or isinstance(value, str | bool | int | float):
        return value
    says = f"an option must be a number, a text, a list or a mapping, got {type(value).__name__}."
    raise ConfigError(Problem(says=says, where=name))


def _steps(path: Path) -> Iterator[str]:
    for at, step in enumerate(path):
        yield f"[{step}]" if isinstance(step, int) else f".{step}" if at else step
