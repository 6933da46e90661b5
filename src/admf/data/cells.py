"""Cells to numbers, remembering which cells were no numbers."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
from numpy.typing import NDArray

from admf.model.bars import Floats

_NOTHING = ("", "-", "--", ".", "na", "n/a", "#n/a", "nan", "null", "none", "nil")
_DECIMAL_COMMA = r"^([-+]?\d+),(\d+)$"
_GROUPED = r"^[-+]?\d{1,3}(,\d{3})+(\.\d*)?$"
_SURELY_GROUPED = r"^[-+]?\d{1,3}(,\d{3})+(\.\d*)$|^[-+]?\d{1,3}(,\d{3}){2,}$"
_CURRENCY = r"^[$€£]\s*"


def to_floats(
    cells: pl.Series, *, decimal_comma: bool = False, grouped: bool = False
) -> tuple[Floats, NDArray[np.bool_]]:
    """The cells as float64, NaN where there is nothing, and a mask of the cells that are no numbers.

    `1,234` is a number where it is sure what the comma means: `decimal_comma` says it parts decimals,
    `grouped` that it groups thousands; a cell of the same column that can only be grouped, such as
    `1,234.5` or `1,234,567`, says so too. A currency sign before a number is no part of it.
    """
    if cells.dtype.is_numeric() or cells.dtype == pl.Boolean or cells.dtype == pl.Null:
        return _plain(cells.cast(pl.Float64)), np.zeros(len(cells), np.bool_)
    if cells.dtype not in (pl.String, pl.Categorical) and not isinstance(cells.dtype, pl.Enum):
        return np.full(len(cells), np.nan), np.array(cells.is_not_null().to_numpy(), dtype=np.bool_)
    text = cells.cast(pl.String).str.strip_chars().str.replace(_CURRENCY, "")
    if not decimal_comma and (grouped or text.str.contains(_SURELY_GROUPED).any()):
        text = (
            pl.DataFrame([text.alias("text")])
            .select(
                pl.when(pl.col("text").str.contains(_GROUPED))
                .then(pl.col("text").str.replace_all(",", "", literal=True))
                .otherwise(pl.col("text"))
            )
            .to_series()
        )
    if decimal_comma:
        text = text.str.replace(_DECIMAL_COMMA, "${1}.${2}")
    number = text.cast(pl.Float64, strict=False)
    wrong = number.is_null() & text.is_not_null() & ~text.str.to_lowercase().is_in(list(_NOTHING))
    return _plain(number), np.array(wrong.to_numpy(), dtype=np.bool_)


def has_decimal_comma(cells: list[pl.Series]) -> bool:
    """Whether text prices use a decimal comma: some have one comma, and none has a point."""
    texts = [cell.drop_nulls() for cell in cells if cell.dtype == pl.String]
    if has_decimal_point(texts):
        return False
    return any(text.str.contains(_DECIMAL_COMMA).any() for text in texts)


def has_decimal_point(cells: list[pl.Series]) -> bool:
    """Whether some text among the cells has a point: then a comma parts no decimals."""
    texts = (cell.drop_nulls() for cell in cells if cell.dtype == pl.String)
    return any(text.str.contains(".", literal=True).any() for text in texts)


def shown(cell: object) -> str:
    """A cell as a message shows it: short, on one line."""
    text = re.sub(r"\s+", " ", str(cell))
    return text if len(text) <= 40 else f"{text[:37]}..."


def _plain(numbers: pl.Series) -> Floats:
    values = np.array(numbers.to_numpy(), dtype=np.float64)  # a copy: the caller's own array stays writable
    values[np.isnan(values)] = np.nan  # one NaN and one zero, so that equal bars have equal bytes
    values += 0.0
    return values
