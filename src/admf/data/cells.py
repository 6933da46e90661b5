"""Cells to numbers, remembering which cells were no numbers."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
from numpy.typing import NDArray

from admf.model.bars import Floats

_NOTHING = ("", "-", "--", ".", "na", "n/a", "#n/a", "nan", "null", "none", "nil")
_DECIMAL_COMMA = r"^([-+]?\d+),(\d+)$"


def to_floats(cells: pl.Series, *, decimal_comma: bool = False) -> tuple[Floats, NDArray[np.bool_]]:
    """The cells as float64, NaN where there is nothing, and a mask of the cells that are no numbers."""
    if cells.dtype.is_numeric() or cells.dtype == pl.Boolean or cells.dtype == pl.Null:
        return _plain(cells.cast(pl.Float64)), np.zeros(len(cells), np.bool_)
    if cells.dtype not in (pl.String, pl.Categorical) and not isinstance(cells.dtype, pl.Enum):
        return np.full(len(cells), np.nan), np.array(cells.is_not_null().to_numpy(), dtype=np.bool_)
    text = cells.cast(pl.String).str.strip_chars()
    if decimal_comma:
        text = text.str.replace(_DECIMAL_COMMA, "${1}.${2}")
    number = text.cast(pl.Float64, strict=False)
    wrong = number.is_null() & text.is_not_null() & ~text.str.to_lowercase().is_in(list(_NOTHING))
    return _plain(number), np.array(wrong.to_numpy(), dtype=np.bool_)


def has_decimal_comma(cells: list[pl.Series]) -> bool:
    """Whether text prices use a decimal comma: some have one comma, and none has a point."""
    texts = [cell.drop_nulls() for cell in cells if cell.dtype == pl.String]
    if any(text.str.contains(".", literal=True).any() for text in texts):
        return False
    return any(text.str.contains(_DECIMAL_COMMA).any() for text in texts)


def shown(cell: object) -> str:
    """A cell as a message shows it: short, on one line."""
    text = re.sub(r"\s+", " ", str(cell))
    return text if len(text) <= 40 else f"{text[:37]}..."


def _plain(numbers: pl.Series) -> Floats:
    values = np.array(numbers.to_numpy(), dtype=np.float64)  # a copy: the caller's own array stays writable
    values[np.isnan(values)] = np.nan  # one NaN and one zero, so that equal bars have equal bytes
    values += 0.0
    return values
