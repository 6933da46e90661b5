"""What the values of a key look like: a fragment of JSON schema, and the same in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of a value. It is wide: what it refuses can never load, what it lets through may not."""

    words: str
    schema: Mapping[str, Any] = field(repr=False)


class _Nothing:
    """There is no default."""


NOTHING: Final = _Nothing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a config: what it may be, what it means, and what it is where it is left out."""

    shape: Shape
    meaning: str
    default: Any = NOTHING
    example: str = ""
    """A value as YAML, for keys that have no default."""
    keys: Mapping[str, Key] = field(default_factory=dict, repr=False)
    """The keys of the mapping that it may be, or of the mappings in its list."""
    listed: bool = False
    """Whether `keys` are those of each entry of a list."""
    null: bool = True
    """Whether null may be written for 'not given'."""


Keys = Mapping[str, Key]

TEXT = Shape("text", {"type": "string"})
TRUTH = Shape("true or false", {"type": "boolean"})
NULL = Shape("null", {"type": "null"})
ANYTHING = Shape("any value", {})


def number(words: str) -> Shape:
    """A number; `words` say which."""
    return Shape(words, {"type": "number"})


def whole(least: int) -> Shape:
    """A whole number of at least `least`."""
    return Shape(f"whole number of at least {least}", {"type": "integer", "minimum": least})


def one_of(names: Iterable[str]) -> Shape:
    """One of some words."""
    known = list(names)
    words = f"one of {', '.join(known)}" if len(known) > 2 else " or ".join(known)
    return Shape(words, {"enum": known})


def either(*shapes: Shape, words: str = "") -> Shape:
    """Any of several shapes."""
    return Shape(
        words or ", or ".join(shape.words for shape in shapes), {"anyOf": [dict(s.schema) for s in shapes]}
    )


def listed(entry: Shape, words: str, least: int = 0) -> Shape:
    """A list of one shape."""
    return Shape(words, {"type": "array", "items": dict(entry.schema), "minItems": least})


def named(value: Shape, words: str) -> Shape:
    """A mapping of the user's own names."""
    return Shape(words, {"type": "object", "additionalProperties": dict(value.schema)})


def defined(name: str, words: str) -> Shape:
    """A shape that the schema defines once, see schema.py."""
    return Shape(words, {"$ref": f"#/definitions/{name}"})


def mapping(keys: Keys, words: str = "mapping", required: Iterable[str] = ()) -> Shape:
    """A mapping of known keys and no others."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: property_of(key) for name, key in keys.items()},
        "additionalProperties": False,
    }
    return Shape(words, schema | ({"required": list(required)} if required else {}))


def property_of(key: Key) -> dict[str, Any]:
    """The schema of a key's values, with what an editor shows of it."""
    schema = dict(key.shape.schema)
    if key.null:
        schema = {"anyOf": [schema, {"type": "null"}]}
    schema["description"] = key.meaning
    if key.default is not NOTHING:
        schema["default"] = key.default
    return schema
