"""The JSON schema of a config, for editors: made of the same keys that reading checks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from admf.config import available
from admf.config.component_keys import COMPONENT, LISTED_COMPONENT, PART
from admf.config.keys import TOP
from admf.config.method import schema_of_methods
from admf.config.metric_names import directions
from admf.config.shape import mapping
from admf.model.space.form import SPELLINGS, TYPES

FILE_NAME = "admf.schema.json"
"""What `admf init` calls it."""
MODELINE = f"# yaml-language-server: $schema={FILE_NAME}"
"""The first line of a config by which editors find it."""

_NESTED = {"type": ["array", "object"]}
_VALUES = {"type": "array", "minItems": 1, "items": {"not": {"type": "array"}}}
_NUMBER = {"type": ["number", "null"]}
_FORMS: dict[str, dict[str, Any]] = {
    "low": _NUMBER,
    "high": _NUMBER,
    "step": _NUMBER,
    "num_points": {"type": ["integer", "null"]},
    "range": {"type": ["array", "null"], "minItems": 2, "maxItems": 3, "items": {"type": "number"}},
    "choices": {"anyOf": [_VALUES, {"type": "null"}]},
    "log": {"type": ["boolean", "null"]},
    "ordinal": {"type": ["boolean", "null"]},
    "when": {"type": ["string", "null"]},
}
"""What the keys of a parameter's form look like; others may be anything."""


def schema() -> dict[str, Any]:
    """The schema (JSON Schema draft 7, without an address). What it refuses is wrong in form and cannot load."""
    return {
        "title": "ADMF config",
        "description": "What `admf run` reads; `admf init --full` writes every key with its default and meaning.",
        **mapping(TOP).schema,
        "anyOf": [{"required": ["data"]}, {"required": ["extends"]}],
        "definitions": _definitions(),
    }


def schema_text() -> str:
    """The schema as the text of a file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _definitions() -> dict[str, Any]:
    return {
        "component_name": _known(available.strategies()),
        "metric": _known(directions()),
        "method": schema_of_methods(),
        "executor": {"enum": list(available.executors())},
        "components": _components(),
        "component": _described(dict(mapping(COMPONENT).schema)),
        "part": _described(dict(mapping(PART).schema)),
        "space": _space(),
        "parameter": _parameter(),
        "parameters": {"type": "object", "minProperties": 1, "additionalProperties": _ref("parameter")},
        "form": _form(),
        "entry": _form(required=("name",)),
    }


def _known(names: Iterable[str]) -> dict[str, Any]:
    """A text; an editor offers the known ones."""
    return {"anyOf": [{"enum": list(names)}, {"type": "string"}]}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/definitions/{name}"}


def _described(inside: dict[str, Any]) -> dict[str, Any]:
    """A component or part: null where it is a registered one, a text where that is its use."""
    return {"anyOf": [{"type": "null"}, _ref("component_name"), inside]}


def _components() -> dict[str, Any]:
    entry = {"anyOf": [_ref("component_name"), dict(mapping(LISTED_COMPONENT).schema)]}
    return {
        "anyOf": [
            {"type": "object", "minProperties": 1, "additionalProperties": _ref("component")},
            {"type": "array", "minItems": 1, "items": entry},
        ]
    }


def _space() -> dict[str, Any]:
    """Parameters by name, a list of entries with a name, or such a list under `parameters`."""
    listed = {"type": "array", "minItems": 1, "items": _ref("entry")}
    wrapped = {
        "required": ["parameters"],
        "propertyNames": {"enum": ["parameters", "name", "description"]},
        "properties": {"parameters": {"type": "array", "items": {"type": "object"}}},
    }
    return {
        "if": {"type": "array"},
        "then": listed,
        "else": {
            "if": wrapped,
            "then": {"properties": {"parameters": listed}},
            "else": _ref("parameters"),
        },
    }


def _parameter() -> dict[str, Any]:
    """A list of values, one value, a form such as {low, high, step}, or a part with parameters of its own."""
    return {
        "if": {"type": "object"},
        "then": {"if": _is_form(), "then": _ref("form"), "else": _ref("space")},
        "else": {"anyOf": [_VALUES, {"type": ["string", "number", "boolean", "null"]}]},
    }


def _is_form() -> dict[str, Any]:
    """As model/space/form.py tells a form from a part: a key of a form has its shape."""
    shaped = [_has(key, _shape_of(meaning)) for key, meaning in SPELLINGS.items() if meaning in _SHAPED]
    flat = {"properties": dict.fromkeys(SPELLINGS, True), "additionalProperties": {"not": _NESTED}}
    return {"anyOf": [_has("type", _type_name()), {"allOf": [flat, {"anyOf": shaped}]}]}


_SHAPED = ("type", "choices", "range", "low", "high", "step", "num_points", "value")


def _shape_of(meaning: str) -> dict[str, Any]:
    match meaning:
        case "type":
            return {"type": "string"}
        case "choices":
            return {"not": {"type": "object"}}
        case "range":
            return {"type": "array"}
        case _:
            return {"not": _NESTED}


def _has(key: str, shape: dict[str, Any]) -> dict[str, Any]:
    return {"required": [key], "properties": {key: shape}}


def _form(required: tuple[str, ...] = ()) -> dict[str, Any]:
    keys = {key: _FORMS.get(meaning, {}) for key, meaning in SPELLINGS.items()}
    keys |= {
        key: {"anyOf": [_type_name(), {"type": "null"}]} for key in SPELLINGS if SPELLINGS[key] == "type"
    }
    return {
        "type": "object",
        "properties": keys,
        "additionalProperties": False,
        **({"required": list(required)} if required else {}),
    }


def _type_name() -> dict[str, Any]:
    """A type, in capitals or small letters; an editor offers the small ones."""
    written = "|".join("".join(f"[{c.upper()}{c}]" for c in name) for name in TYPES)
    return {"anyOf": [{"enum": list(TYPES)}, {"type": "string", "pattern": rf"^\s*({written})\s*$"}]}
