"""YAML text to plain values, and where in the text each of them stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.tokens import DirectiveToken, TagToken

from admf.errors import ConfigError, Problem
from admf.model.space.value import shown

Path = tuple[str | int, ...]
"""Keys and indices from the top of a config to a value."""
Place = Callable[[int, int], str]
"""A line and column, both from 1, as messages show them."""

DEEPEST = 40
MOST_VALUES = 100_000
"""A config has hundreds of values; aliases of aliases can make billions."""


class Mark(NamedTuple):
    """Where a key and its value stand, such as 'admf.yaml:3:7'."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Document:
    """Plain values (dict, list, str, int, float, bool, None), and the mark of each by its path."""

    value: Any
    marks: dict[Path, Mark] = field(repr=False)


def read_document(text: str, place: Place) -> Document:
    """The single document of a YAML 1.2 text, anchors and merge keys resolved; dates stay texts.

    Raises ConfigError with every problem: what is not YAML, keys given twice or that are no texts, tags,
    directives. An empty text is a document of None.
    """
    yaml = YAML(typ="safe", pure=True)
    try:
        problems = list(_refused(yaml.scan(text), place))
        node = None if problems else YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        raise ConfigError(_syntax_problem(error, text, place)) from None
    except RecursionError:
        raise ConfigError(_too_deep(place(1, 1))) from None
    except Exception as error:  # the parser is not ours, and a config is never worth a traceback
        says = f"the text must be YAML, reading it failed: {type(error).__name__}: {error}."
        raise ConfigError(Problem(says=says, where=place(1, 1))) from None
    reader = _Reader(place, problems)
    value = None if node is None else reader.read(node, (), place(1, 1), 0)
    if reader.problems:
        raise ConfigError(*reader.problems)
    return Document(value, reader.marks)


def _refused(tokens: Iterator[Any], place: Place) -> Iterator[Problem]:
    for token in tokens:
        at = place(token.start_mark.line + 1, token.start_mark.column + 1)
        if isinstance(token, TagToken):
            says = "a config must have no tags (words that begin with '!')."
            yield Problem(says=says, where=at, hint="Remove it, or put the text in quotes.")
        elif isinstance(token, DirectiveToken):
            yield Problem(says="a config must have no directives.", where=at, hint="Remove the line.")


def _syntax_problem(error: YAMLError, text: str, place: Place) -> Problem:
    line, column, says = 1, 1, "cannot be read"
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        if mark is not None:
            line, column = mark.line + 1, mark.column + 1
        says = " ".join(str(error.problem or error.context or says).split())
    elif isinstance(error, ReaderError):
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        says = "a character is not allowed in YAML"
    return Problem(says=f"the text must be YAML: {says}.", where=place(line, column))


def _too_deep(where: str) -> Problem:
    return Problem(says=f"values must be nested at most {DEEPEST} deep.", where=where)


class _Reader:
    """Turns nodes into values; collects marks and problems."""

    def __init__(self, place: Place, problems: list[Problem]) -> None:
        self.place = place
        self.problems = problems
        self.marks: dict[Path, Mark] = {}
        self.count = 0

    def at(self, node: Node) -> str:
        return self.place(node.start_mark.line + 1, node.start_mark.column + 1)

    def problem(self, node: Node, says: str, hint: str = "") -> None:
        self.problems.append(Problem(says=says, where=self.at(node), hint=hint))

    def read(self, node: Node, path: Path, key: str, depth: int) -> Any:
        """The value of a node, whose mark is noted under its path."""
        self.count += 1
        self.marks[path] = Mark(key, self.at(node))
        if depth > DEEPEST:  # also where an alias holds itself
            raise ConfigError(*self.problems, _too_deep(self.at(node)))
        if self.count > MOST_VALUES:
            says = f"a config must have at most {MOST_VALUES:,} values, aliases counted each time."
            raise ConfigError(*self.problems, Problem(says=says, where=self.at(node)))
        if isinstance(node, MappingNode):
            return self.mapping(node, path, depth)
        if isinstance(node, SequenceNode):
            return [self.read(one, (*path, i), self.at(one), depth + 1) for i, one in enumerate(node.value)]
        return self.scalar(node)

    def mapping(self, node: MappingNode, path: Path, depth: int) -> dict[str, Any]:
        """A mapping; what `<<` merges in comes first, and its own keys win."""
        values: dict[str, Any] = {}
        seen: dict[str, int] = {}
        for key, value in node.value:
            if key.tag.endswith(":merge"):
                self.merge(value, path, values, depth)
        for key, value in node.value:
            if key.tag.endswith(":merge"):
                continue
            name = self.scalar(key) if isinstance(key, ScalarNode) else None
            if not isinstance(name, str):
                written = key.value if isinstance(key, ScalarNode) else "a list or mapping"
                self.problem(key, f"a key must be a text, was {written}.", "Put it in quotes.")
            elif name in seen:
                self.problem(key, f"a key must be given once, {shown(name)} is on line {seen[name]} too.")
            else:
                seen[name] = key.start_mark.line + 1
                forget(self.marks, (*path, name))
                values[name] = self.read(value, (*path, name), self.at(key), depth + 1)
        return values

    def merge(self, node: Node, path: Path, values: dict[str, Any], depth: int) -> None:
        sources = node.value if isinstance(node, SequenceNode) else [node]
        for source in reversed(sources):  # the first of several wins
            if isinstance(source, MappingNode):
                self.count += 1
                if depth > DEEPEST or self.count > MOST_VALUES:
                    raise ConfigError(*self.problems, _too_deep(self.at(node)))
                values.update(self.mapping(source, path, depth + 1))
            else:
                self.problem(source, "'<<' must be followed by a mapping, or a list of them.")

    def scalar(self, node: Node) -> Any:
        text = str(node.value)
        kind = str(node.tag).rpartition(":")[2]
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        try:
            if kind == "int":
                return _integer(text)
            if kind == "float":
                return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
        except (ValueError, OverflowError):
            self.problem(node, f"a number must be readable, was {shown(text)}.", "Put a text in quotes.")
        return text


def _integer(text: str) -> int:
    digits = text.replace("_", "").lower()
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    bases = {"0x": 16, "0o": 8, "0b": 2}
    if digits[:2] in bases:
        return sign * int(digits[2:], bases[digits[:2]])
    return sign * int(digits)


def forget(marks: dict[Path, Mark], path: Path) -> None:
    """Drops the marks at and below a path, before another value takes its place."""
    if path in marks:
        for one in [one for one in marks if one[: len(path)] == path]:
            del marks[one]
