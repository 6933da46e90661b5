"""What a parameter's value may be, and the canonical text and hash of a parameter set."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from admf.errors import SpaceError

Scalar = None | bool | int | float | str
Params = dict[str, Any]
"""A parameter set: names (dotted for the parts of a composite) to values; inactive parameters are absent."""

INTEGER_LIMIT = 2**53
"""Integers up to here are exact as floats too, so that JSON, NumPy and Python agree on them."""


class Options(NamedTuple):
    """A mapping as a value, such as {atr: 2, window: 14}: sorted pairs, hashable."""

    items: tuple[tuple[str, Any], ...]


Value = Scalar | Options


def plain(value: object) -> object:
    """The Python scalar inside a NumPy scalar or a 0-d array; anything else unchanged."""
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return value.item()
    return value


def freeze(value: object) -> Value:
    """The hashable form of a value: None, bool, int, float, str, or a mapping of these.

    Raises SpaceError for anything else, for NaN and infinity, and for integers that floats cannot hold.
    """
    value = plain(value)
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return _whole(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise SpaceError(f"a value must be finite, was {value}.")
        return value + 0.0  # -0.0 becomes 0.0: two texts for one number would be two parameter sets
    if isinstance(value, Options):
        return value
    if isinstance(value, Mapping):
        return _options(value)
    raise SpaceError(
        f"a value must be null, true or false, a number, a text, or a mapping of these, was {shown(value)}."
    )


def _whole(value: int) -> int:
    if abs(value) > INTEGER_LIMIT:
        raise SpaceError(f"an integer must lie within ±2^53, was {shown(value)}.")
    return int(value)  # an IntEnum or a subclass would print differently


def _options(value: Mapping[Any, object]) -> Options:
    wrong = [key for key in value if not isinstance(key, str)]
    if wrong:
        raise SpaceError(f"the keys of a mapping must be texts, was {shown(wrong[0])}.")
    return Options(tuple((key, freeze(value[key])) for key in sorted(value)))


def thaw(value: Value) -> Any:
    """The value as a user sees it; a mapping becomes a new dict each time."""
    if isinstance(value, Options):
        return {key: thaw(inner) for key, inner in value.items}
    return value


def identity(value: Value) -> tuple[str, object]:
    """A key under which 1 and 1.0 are one value, and 1 and True are two."""
    if isinstance(value, bool):
        return "bool", value
    if isinstance(value, int | float):
        return "number", value
    if isinstance(value, Options):
        return "options", tuple((key, identity(inner)) for key, inner in value.items)
    return type(value).__name__, value


def canonical(params: Mapping[str, object]) -> str:
    """A parameter set as sorted JSON without spaces; floats are exact (shortest text that reads back).

    >>> canonical({"slow": 20, "fast": 0.1})
    '{"fast":0.1,"slow":20}'
    """
    sound = {str(name): thaw(freeze(value)) for name, value in params.items()}
    return json.dumps(sound, sort_keys=True, separators=(",", ":"), allow_nan=False)


def params_hash(params: Mapping[str, object]) -> str:
    """SHA-256 of the canonical text, 64 hexadecimal digits; the same on every machine."""
    return hashlib.sha256(canonical(params).encode()).hexdigest()


def shown(value: object, limit: int = 60) -> str:
    """A value for a message: its repr on one line, cut; never raises."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # a stranger's repr, or an integer too long to print
        text = f"a {type(value).__name__}"
    return text if len(text) <= limit else text[: limit - 1] + "…"
