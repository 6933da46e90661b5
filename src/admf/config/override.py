"""`--set a.b=c`: one value of a config replaced from the command line."""

from __future__ import annotations

import re
from typing import Any

from admf.config.document import Document, Mark, Path, forget, read_document
from admf.errors import ConfigError, Problem
from admf.model.space.value import shown

_PART = re.compile(r"[^.\[\]]+|\[\d+\]")


def with_overrides(document: Document, overrides: tuple[str, ...]) -> Document:
    """The document with each `a.b=c` applied in order; c is YAML. Raises ConfigError with every problem.

    A name with dots is found where it exists (`components.x.space.simulation.stop_loss`); list items are
    `workflow[0].budget` or `workflow.0.budget`.
    """
    problems: list[Problem] = []
    for override in overrides:
        try:
            document = _with_one(document, override)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(*problems)
    return document


def with_value(document: Document, keys: str, value: Document, place: str) -> Document:
    """The document with `value` at the dotted `keys`; mappings on the way are made where there are none."""
    root: dict[str, Any] = document.value
    marks = dict(document.marks)
    parts = [part.strip("[]") for part in _PART.findall(keys)]
    path: Path = ()
    target: Any = root
    while True:
        key, parts = _next(target, parts, path, place)
        path = (*path, key)
        if not parts:
            break
        inner = target.get(key) if isinstance(target, dict) else target[key]
        if inner is None:
            inner = target[key] = {}
            marks.setdefault(path, Mark(place, place))
        target = inner
    target[key] = value.value
    forget(marks, path)
    for below in value.marks or ((),):
        marks[*path, *below] = Mark(place, place)
    return Document(root, marks)


def _with_one(document: Document, override: str) -> Document:
    place = f"--set {' '.join(override.split())}"
    keys, separator, text = override.partition("=")
    if not separator or not _PART.search(keys):
        says = "an override must be a key and a value."
        raise ConfigError(Problem(says=says, where=place, hint="Such as --set data.split.out_of_sample=0.2."))
    value = read_document(text, lambda _line, _column: place)
    return with_value(document, keys.strip(), value, place)


def _next(target: Any, parts: list[str], path: Path, place: str) -> tuple[str | int, list[str]]:
    """The next key below `target`, and the parts that are left."""
    if isinstance(target, dict):
        for n in range(len(parts), 0, -1):
            if ".".join(parts[:n]) in target:
                return ".".join(parts[:n]), parts[n:]
        n = len(parts) if path and path[-1] == "space" else 1  # names in a space may have dots
        return ".".join(parts[:n]), parts[n:]
    shown_path = ".".join(map(str, path)) or "the config"
    if isinstance(target, list):
        if parts[0].isdecimal() and int(parts[0]) < len(target):
            return int(parts[0]), parts[1:]
        says = f"{shown_path} is a list of {len(target)}, an index from 0 must follow, was '{parts[0]}'."
        raise ConfigError(Problem(says=says, where=place))
    says = f"{shown_path} must be a mapping for '{parts[0]}' to be set, was {shown(target)}."
    raise ConfigError(Problem(says=says, where=place))
