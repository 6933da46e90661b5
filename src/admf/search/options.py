"""Options of a search method: the fields of a frozen dataclass, checked, each with its default and meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from admf.errors import ConfigError, Problem, nearest
from admf.model.space.value import plain, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an option must be. `auto`: None is allowed, and the method decides."""

    means: str
    kind: type
    least: float | None = None
    most: float | None = None
    above: float | None = None
    one_of: tuple[str, ...] = ()
    auto: bool = False

    @property
    def words(self) -> str:
        """The rule in words."""
        if self.one_of:
            return f"one of {', '.join(self.one_of)}"
        if self.kind is bool:
            return "true or false"
        name = "a whole number" if self.kind is int else "a number"
        limits = [
            f"{word} {limit:,g}"
            for word, limit in (("above", self.above), ("at least", self.least), ("at most", self.most))
            if limit is not None
        ]
        return f"{name} {'of ' if limits and self.above is None else ''}{' and '.join(limits)}".strip()

    def checked(self, value: object) -> Any:
        """The value as the option holds it. ValueError, saying what it must be, where it is not that."""
        value = plain(value)
        if value is None and self.auto:
            return None
        if self.kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if self.kind is int and isinstance(value, float) and value.is_integer():
            value = int(value)
        if type(value) is not self.kind or not self._within(value):
            raise ValueError(f"must be {self.words}{' or null' if self.auto else ''}, was {shown(value)}")
        return value

    def _within(self, value: Any) -> bool:
        if self.one_of:
            return value in self.one_of
        if self.kind not in (int, float):
            return True
        return (
            value == value
            and (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.above is None or value > self.above)
        )


def option(
    default: Any,
    means: str,
    *,
    kind: type | None = None,
    least: float | None = None,
    most: float | None = None,
    above: float | None = None,
    one_of: tuple[str, ...] = (),
) -> Any:
    """A field that is an option; `kind` where the default is None (the method decides)."""
    rule = Rule(
        means=means,
        kind=kind or type(default),
        least=least,
        most=most,
        above=above,
        one_of=one_of,
        auto=default is None,
    )
    return field(default=default, metadata={"option": rule})


def rules_of(method: type) -> dict[str, tuple[Any, Rule]]:
    """The options of a method: name -> (default, rule)."""
    return {f.name: (f.default, f.metadata["option"]) for f in fields(method) if "option" in f.metadata}


def read_options(method: type, given: Mapping[str, Any], name: str) -> Any:
    """The method with the given options; ConfigError with every problem, placed at its option."""
    rules = rules_of(method)
    problems = list(_problems(rules, given, name))
    if problems:
        raise ConfigError(*problems)
    return method(**{key: rules[key][1].checked(value) for key, value in given.items()})


def _problems(
    rules: Mapping[str, tuple[Any, Rule]], given: Mapping[str, Any], name: str
) -> Iterator[Problem]:
    for key, value in given.items():
        if key not in rules:
            says = f"an option of {name} must be known, was {shown(key)}."
            yield Problem(says=says, where=str(key), hint=nearest(str(key), rules))
            continue
        try:
            rules[key][1].checked(value)
        except ValueError as error:
            yield Problem(says=f"{key} {error}.", where=key)
