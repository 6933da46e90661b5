"""A config that shows every key with its default and meaning, as comments: what `admf init --full` writes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML

from admf.config.keys import TOP
from admf.config.shape import NOTHING, Key, Keys

_WIDTH = 100
_HEAD = """\
# Every key with its meaning and [form]. A line such as '#seed: 0' is at its default: to change it, take
# the '#' away and write another value. Keys without a default are named in comments alone.
"""


def full_text(values: Mapping[str, Any]) -> str:
    """The config `values` as YAML, with every other key as a comment at its default."""
    return _HEAD + "\n".join(_mapping(TOP, values, "")) + "\n"


def flow(value: Any) -> str:
    """A value on one line of YAML."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.width = True, 10_000
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    stream = StringIO()
    yaml.dump([value], stream)  # in a list: a scalar alone ends with '...'
    return str(stream.getvalue()).strip()[1:-1]


def _mapping(keys: Keys, values: Mapping[str, Any] | None, indent: str) -> Iterator[str]:
    """The lines of a mapping; `values` None: it is a comment as a whole."""
    for name, key in keys.items():
        given = values is not None and name in values
        if not indent:
            yield ""
        value = values[name] if values is not None and given else None
        yield from _comment(name, key, given, indent)
        if name == "components" and isinstance(value, Mapping) and indent == "":
            yield f"{indent}{name}:"
            for own, component in value.items():
                yield f"{indent}  {own}:"
                yield from _mapping(key.keys, component, f"{indent}    ")
        elif key.keys and key.listed and not given:
            yield from _entry(name, key, indent)
        elif key.keys and not key.listed and (isinstance(value, Mapping) or not given):
            default = "" if given or key.default is NOTHING else f" {flow(key.default)}"
            yield f"{indent}{'' if given else '#'}{name}:{default}"
            yield from _mapping(key.keys, value, f"{indent}  ")
        elif given:
            yield from _given(name, value, indent)
        elif key.default is not NOTHING:
            yield f"{indent}#{name}: {flow(key.default)}"


def _entry(name: str, key: Key, indent: str) -> Iterator[str]:
    """A list of one entry at its defaults, as a comment; where its keys have no defaults, nothing."""
    if key.default is not NOTHING:
        yield f"{indent}#{name}: {flow(key.default)}"
        return
    lines = list(_mapping(key.keys, None, f"{indent}    "))
    first = next(i for i, line in enumerate(lines) if line.lstrip().startswith("#") and "# " not in line[:8])
    dashed = lines[first].replace("    #", "  #- ", 1)
    yield f"{indent}#{name}:"
    yield from [*lines[:first], dashed, *lines[first + 1 :]]


def _given(name: str, value: Any, indent: str) -> Iterator[str]:
    """A key with its value: a mapping of mappings over several lines."""
    if isinstance(value, Mapping) and any(isinstance(one, Mapping) for one in value.values()):
        yield f"{indent}{name}:"
        for inner, one in value.items():
            yield f"{indent}  {inner}: {flow(one)}"
    else:
        yield f"{indent}{name}: {flow(value)}"


def _has_default(key: Key) -> bool:
    return key.default is not NOTHING or any(_has_default(one) for one in key.keys.values())


def _comment(name: str, key: Key, given: bool, indent: str) -> Iterator[str]:
    """What a key means, its form, and an example; with its name where no line of its own follows."""
    says = key.meaning if given or _has_default(key) else f"{name}: {key.meaning}"
    words = "" if key.keys and not key.listed and key.default is NOTHING else key.shape.words
    default = f"default {flow(key.default)}" if given and key.default is not NOTHING else ""
    example = f"such as {key.example}" if key.example and not given else ""
    if more := "; ".join(filter(None, (words, default, example))):
        says += f" [{more}]"
    yield from textwrap.wrap(
        says, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#   ", break_on_hyphens=False
    )
