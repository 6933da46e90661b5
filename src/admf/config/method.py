"""The key `method:` of a stage or component: a name, or a name with its options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admf import registry
from admf.config import available
from admf.config.config import StageComponent
from admf.config.document import Path
from admf.config.reading import Reading
from admf.errors import InputError, nearest
from admf.model.space.value import shown
from admf.search.methods import find_method
from admf.search.options import Rule, rules_of

EXAMPLE = "{genetic: {population: 40}}"


def read_method(reading: Reading, path: Path, above: StageComponent) -> tuple[str, Mapping[str, Any]]:
    """The method and its options at `path`; those above where nothing, or something wrong, is said here."""
    value = reading.get(path)
    if value is None:
        return above.method, above.options
    known = available.methods()
    if isinstance(value, Mapping) and len(value) == 1:
        ((name, options),) = value.items()
        here: Path = (*path, name)
    else:
        name, options, here = value, {}, path
    if not isinstance(name, str):
        reading.problem(
            path,
            f"method must be one of {', '.join(known)}, or one of them with its options, was {shown(value)}.",
            f"Such as {EXAMPLE}.",
        )
    elif available.is_later_method(name):
        reading.later(path, f"method {name}", known)
    elif not _known(name):
        reading.problem(path, f"method must be known, was {shown(name)}.", nearest(name, known))
    elif options is not None and not isinstance(options, Mapping):
        says = f"the options of {name} must be a mapping, were {shown(options)}."
        reading.problem(here, says, f"Such as {EXAMPLE}.")
    elif _holds(reading, here, name, options or {}):
        return name, dict(options or {})
    return above.method, above.options


def _known(name: str) -> bool:
    return "<" not in name and (
        name in available.methods() or registry.family("search_methods", name) is not None
    )


def _holds(reading: Reading, path: Path, name: str, options: Mapping[str, Any]) -> bool:
    try:
        find_method(name, options)
    except InputError as error:
        for one in error.problems:
            at = (*path, one.where) if one.where in options else path
            reading.problem(at, one.says, one.hint, key=one.where in options)
        return False
    return True


def schema_of_methods() -> dict[str, Any]:
    """What an editor knows of `method:`: the names, and the options of our own methods."""
    names = [name for name in available.methods() if "<" not in name]
    families = [name.partition("<")[0] for name in available.methods() if "<" in name]
    pattern = "^(" + "|".join(families) + ")."
    return {
        "anyOf": [
            {"enum": names},
            {"type": "string", "pattern": pattern},
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "properties": {name: _options(name) for name in names},
                "patternProperties": {pattern: {"type": ["object", "null"]}},
                "additionalProperties": False,
            },
        ]
    }


def _options(name: str) -> dict[str, Any]:
    if name not in registry.SEARCH_METHODS:
        return {"type": ["object", "null"]}
    found = registry.load("search_methods", name)
    rules = rules_of(found) if isinstance(found, type) else {}
    properties = {
        key: {"anyOf": [_option(rule), {"type": "null"}]} if rule.auto else _option(rule)
        for key, (_, rule) in rules.items()
    }
    return {"type": ["object", "null"], "properties": properties, "additionalProperties": False}


def _option(rule: Rule) -> dict[str, Any]:
    if rule.one_of:
        return {"enum": list(rule.one_of), "description": rule.means}
    kind = {bool: "boolean", int: "integer", float: "number"}[rule.kind]
    limits = {"minimum": rule.least, "maximum": rule.most, "exclusiveMinimum": rule.above}
    kept = {key: value for key, value in limits.items() if value is not None}
    return {"type": kind, "description": rule.means, **kept}
