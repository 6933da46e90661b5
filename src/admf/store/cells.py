"""One value to one SQLite cell and back, exactly."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, Literal, get_args

from admf.errors import InputError
from admf.model.space.value import plain, shown

Kind = Literal["int", "float", "bool", "text", "json"]
KINDS: tuple[str, ...] = get_args(Kind)

Cell = None | int | float | str | bytes
"""NULL is always a parameter that is absent from its set."""

_NATIVE = {"int": {int}, "float": {float}, "bool": {bool}}


def encode(values: Sequence[Any], kind: Kind) -> Sequence[Cell]:
    """Parameter values as cells; the values must be there (absent ones are NULL and do not come here).

    Kind `json`: JSON text. Else numbers and texts as they are, `bool` as 1 and 0, and whatever is not of
    the kind (None, a mapping, an integer of more than 64 bits ...) as a BLOB of JSON text, so that nothing is
    lost. Raises InputError for NaN, infinity and what JSON cannot hold.
    """
    if _NATIVE.get(kind) == set(map(type, values)) and _plainly_stored(values, kind):
        return values
    return [_cell(plain(value), kind) for value in values]


def _plainly_stored(values: Sequence[Any], kind: Kind) -> bool:
    if kind == "int":
        return _fits(min(values)) and _fits(max(values))
    return kind == "bool" or all(map(math.isfinite, values))


def _fits(value: int) -> bool:
    return -(2**63) <= value < 2**63


def _cell(value: Any, kind: Kind) -> Cell:
    if kind == "json":
        return to_json(value)
    if isinstance(value, bool):
        return int(value) if kind == "bool" else to_json(value).encode()
    if isinstance(value, int) and kind != "bool" and _fits(value):
        return int(value)
    if isinstance(value, float) and kind != "bool" and math.isfinite(value):
        return float(value)
    if isinstance(value, str) and kind != "bool" and clean(value) == value:
        return str(value)
    return to_json(value).encode()


def decode(cell: Any, kind: Kind) -> Any:
    """What `encode` was given; None for NULL as well as for null: see the caller which it was."""
    if isinstance(cell, bytes):
        return json.loads(cell)
    if kind == "json" and cell is not None:
        return json.loads(cell)
    if kind == "bool" and cell is not None:
        return bool(cell)
    return cell


def to_json(value: Any) -> str:
    """One text for one value: sorted keys, no spaces, ASCII, floats in their shortest exact form."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError):
        raise InputError(
            "a value that is kept must be null, true or false, a finite number, a text, or a mapping or list "
            f"of these, was {shown(value)}."
        ) from None


def clean(text: str) -> str:
    """Text that SQLite can hold: NUL and lone surrogates, which trials may well print, become escapes."""
    if "\0" in text:
        text = text.replace("\0", "\\x00")
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
