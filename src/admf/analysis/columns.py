"""Columns of a trial table as arrays of numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def values_of(columns: Mapping[str, Any], name: str) -> Floats:
    """A column of numbers, shape (n,), NaN where null; empty where there is no such column."""
    column = columns.get(name, ())
    if isinstance(column, np.ndarray) and column.dtype.kind in "fiub":
        return column.astype(np.float64)
    return np.array([math.nan if value is None else float(value) for value in column], dtype=np.float64)


def numbers_in(raw: Sequence[Any]) -> tuple[Ints, Floats, bool]:
    """The finite numbers in a column: where, which, and whether all are whole by type; no booleans."""
    numeric = {
        kind for kind in {type(value) for value in raw}
        if issubclass(kind, int | float | np.integer | np.floating) and kind is not bool
    }  # fmt: skip
    places = np.array([i for i, value in enumerate(raw) if type(value) in numeric], dtype=np.int64)
    drawn = np.array([raw[i] for i in places.tolist()], dtype=np.float64)
    held = np.isfinite(drawn)
    return places[held], drawn[held], all(issubclass(kind, int | np.integer) for kind in numeric)


def parameter_of(columns: Mapping[str, Any], name: str) -> Any:
    """A parameter's column; under 'params.NAME' where something else has its name. None where it is absent."""
    return next((columns[key] for key in (f"params.{name}", name) if key in columns), None)
