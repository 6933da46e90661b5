"""A raw config while it is checked: values by path, and the problems found so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from admf.config.document import Document, Path
from admf.config.places import Places
from admf.errors import ConfigError, InputError, Problem, nearest
from admf.finance.simulation.parse import refusal
from admf.model.space.value import shown

T = TypeVar("T")
D = TypeVar("D")


class Reading:
    """Collects every problem with its line and column; `null` counts as not given."""

    def __init__(self, document: Document) -> None:
        self.value = document.value
        self.places = Places(document)
        self.problems: list[Problem] = []

    def get(self, path: Path) -> Any:
        """The raw value at a path; None where there is none."""
        value = self.value
        for part in path:
            if isinstance(part, int):
                value = value[part] if isinstance(value, list) and part < len(value) else None
            else:
                value = value.get(part) if isinstance(value, Mapping) else None
        return value

    def problem(self, path: Path, says: str, hint: str = "", *, key: bool = False) -> None:
        """Notes a problem with the value at a path, or with its key."""
        self.problems.append(Problem(says=says, where=self.places.at(path, key=key), hint=hint))

    def adopt(self, error: InputError) -> None:
        """Notes the problems of another part, whose places are dotted texts."""
        self.problems += [self.places.placed(problem) for problem in error.problems]

    def later(self, path: Path, what: str, available: Iterable[str], *, key: bool = False) -> None:
        """Notes that a part of the design is not there yet."""
        hint = f"Available: {', '.join(available)}."
        self.problem(path, f"{what} is not available in this version.", hint, key=key)

    def section(
        self,
        path: Path,
        known: Iterable[str],
        later: Iterable[str] = (),
        example: str = "",
        beside: Iterable[str] = (),
    ) -> Mapping[str, Any]:
        """The known and available keys of the mapping at a path; the others, but those `beside`, are problems."""
        value = self.get(path)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            says = f"{label(path)} must be a mapping, was {shown(value)}."
            self.problem(path, says, f"Such as {example}." if example else "")
            return {}
        available, coming = tuple(known), tuple(later)
        what = label(path) if path else "the config"
        for key in value:
            if key in beside:
                continue
            if key in coming:
                self.later((*path, key), f"'{key}'", available, key=True)
            elif key not in available:
                says = f"a key of {what} must be known, was {shown(key)}."
                self.problem((*path, key), says, nearest(key, available), key=True)
        return {key: inner for key, inner in value.items() if key in available and inner is not None}

    def take(self, path: Path, check: Callable[[Any], T], default: D) -> T | D:
        """The checked value at a path; the default where it is not given, or wrong (a problem then)."""
        value = self.get(path)
        if value is None:
            return default
        try:
            return check(value)
        except ConfigError as error:
            for one in error.problems:
                self.problem(path, f"{label(path)} {one.says}", one.hint)
            return default


def label(path: Path) -> str:
    """What messages call a value: its key, or the key of its list with its index."""
    if not path:
        return "the config"
    if isinstance(path[-1], int):
        return f"{label(path[:-1])}[{path[-1]}]"
    key = path[-1]
    return key if key and key == key.strip() and key.isprintable() else repr(key)


def text(value: object) -> str:
    """A text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise refusal("a text", value)
    return value.strip()
