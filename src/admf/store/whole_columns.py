"""Columns of the trial table of the parts in which they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.store.published import Field


def array_of(values: Sequence[Any], dtype: str) -> NDArray[Any]:
    """Values of one part, NaN for None."""
    try:
        return np.fromiter(values, dtype, len(values))
    except TypeError:  # None among them
        return np.array(values, dtype)


def whole_column(field: Field, parts: Sequence[Any]) -> Any:
    """All parts of a field as one: an array where it has a dtype, else a list."""
    if field.dtype:
        return np.concatenate([np.empty(0, dtype=field.dtype), *parts])
    return [value for part in parts for value in part]
