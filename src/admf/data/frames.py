"""Frames and arrays to sheets: pandas, Polars, Arrow, NumPy, and dicts of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from admf.data.columns import is_field
from admf.data.sheet import Sheet
from admf.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

UNNAMED = "asset"
"""What the only symbol of a source that names none is called."""


def read_frame(source: object, symbol: str | None = None) -> list[Sheet]:
    """The sheets of a frame, a table or arrays; DataError where `source` is none of these.

    `symbol` is the name the user has given it, if any.
    """
    of = f" of '{symbol}'" if symbol else ""
    if isinstance(source, np.ndarray) and source.dtype.names:
        fields = {name: source[name] for name in source.dtype.names}
        return _sheets(fields, symbol, f"the NumPy array{of}")
    if isinstance(source, Mapping):
        return _sheets(dict(source), symbol, f"the arrays{of}")
    if (frame := as_pandas(source)) is not None:
        return _pandas(frame, symbol, f"the pandas frame{of}")
    if isinstance(source, pl.LazyFrame):
        source = source.collect()
    if isinstance(source, pl.DataFrame):
        return [_sheet(source, symbol, f"the Polars frame{of}")]
    if hasattr(source, "__arrow_c_stream__"):
        with suppress(pl.exceptions.PolarsError):  # a single column speaks Arrow too
            return [_sheet(pl.DataFrame(source), symbol, f"the Arrow table{of}")]
    raise DataError(
        "bars are read from a path, a pandas or Polars frame, an Arrow table, a structured NumPy array, a"
        f" dict of arrays, or a dict of these by symbol; got {_kind(source)}."
    )


def as_pandas(source: object) -> pd.DataFrame | None:
    """`source` itself where it is a pandas frame; pandas is not imported to find out."""
    pandas = sys.modules.get("pandas")
    return source if pandas is not None and isinstance(source, pandas.DataFrame) else None


def _kind(source: object) -> str:
    return f"{type(source).__module__}.{type(source).__qualname__}".removeprefix("builtins.")


def _sheet(frame: pl.DataFrame, symbol: str | None, where: str) -> Sheet:
    return Sheet(frame=frame, symbol=symbol or UNNAMED, named=symbol is not None, where=where)


def _pandas(frame: pd.DataFrame, symbol: str | None, where: str) -> list[Sheet]:
    import pandas as pd

    if isinstance(frame.index, pd.RangeIndex):
        index: dict[str, pl.Series] = {}
    else:
        flat = frame.index.to_frame(index=False)
        index = {str(name): column_of(flat.iloc[:, i]) for i, name in enumerate(_index_names(frame.index))}
    if frame.columns.nlevels == 1:
        columns = {str(name): column_of(frame.iloc[:, i]) for i, name in enumerate(frame.columns)}
        if len(columns) < frame.shape[1]:
            raise DataError(f"{where}: two columns have the same name. Name one of them differently.")
        index = {name: column for name, column in index.items() if name not in columns}
        return [_sheet(pl.DataFrame(index | columns), symbol, where)]
    by_symbol: dict[str, dict[str, pl.Series]] = {}
    for i, (name, column_symbol) in enumerate(_field_symbol(frame, where)):
        by_symbol.setdefault(column_symbol, {})[name] = column_of(frame.iloc[:, i])
    if symbol is not None and len(by_symbol) > 1:
        raise DataError(f"{where}: one symbol is needed, its columns have {len(by_symbol)}.")
    return [
        Sheet(
            frame=pl.DataFrame(index | columns), symbol=symbol or name, named=True, where=f"{where}, {name}"
        )
        for name, columns in by_symbol.items()
    ]


def _index_names(index: pd.Index) -> list[str]:
    """Names for the levels of an index; a level of dates that has none is the time."""
    import pandas as pd

    levels = [index.get_level_values(i) for i in range(index.nlevels)]
    timely = (pd.DatetimeIndex, pd.PeriodIndex)
    return [
        str(level.name)
        if level.name is not None
        else "datetime"
        if isinstance(level, timely)
        else f"level_{i}"
        for i, level in enumerate(levels)
    ]


def _field_symbol(frame: pd.DataFrame, where: str) -> list[tuple[str, str]]:
    """(field, symbol) of each column, whichever level of the columns holds which."""
    if frame.columns.nlevels != 2:
        raise DataError(f"{where}: columns must have one level, or two (field, symbol).")
    pairs = [(str(pair[0]), str(pair[1])) for pair in frame.columns.to_list()]
    firsts, seconds = ({pair[level] for pair in pairs} for level in (0, 1))
    fields = [sum(map(is_field, names)) / len(names) for names in (firsts, seconds)]
    if max(fields) == 0:
        raise DataError(f"{where}: no level of the columns holds open, high, low, close.")
    return pairs if fields[0] >= fields[1] else [(b, a) for a, b in pairs]


def column_of(values: Any) -> pl.Series:
    """A pandas, Polars or NumPy column, or a list, as a Polars series; zones are kept."""
    if isinstance(values, pl.Series):
        return values
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(values, pandas.Series | pandas.Index):
        return _pandas_column(pandas.Series(values))
    array = np.asarray(values)
    if array.ndim != 1:
        raise DataError(f"a column must have one dimension, has {array.ndim}.")
    if array.dtype.kind == "M":
        return pl.Series(array.astype("datetime64[ns]"))
    if array.dtype.kind in "biuf":
        return pl.Series(np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("=")))
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    return _listed(array.tolist())


def _pandas_column(column: pd.Series[Any]) -> pl.Series:
    import pandas as pd

    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        zone = str(column.dt.tz)
        utc = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[ns]")
        stamps = pl.Series(utc).dt.replace_time_zone("UTC")
        try:
            return stamps.dt.convert_time_zone(zone)
        except pl.exceptions.PolarsError:  # a fixed offset has no name
            return stamps
    if pd.api.types.is_datetime64_dtype(column.dtype):
        return pl.Series(column.to_numpy("datetime64[ns]"))
    if pd.api.types.is_integer_dtype(column.dtype) and not column.hasnans:
        return pl.Series(column.to_numpy(np.int64))
    if pd.api.types.is_numeric_dtype(column.dtype):
        return pl.Series(column.to_numpy(np.float64, na_value=np.nan))
    return _listed(column.astype(object).where(column.notna(), None).tolist())


def _listed(cells: list[Any]) -> pl.Series:
    """Cells of any kind as a series; times with different zones, which no column type holds, as texts."""
    try:
        return pl.Series(cells, strict=False)
    except pl.exceptions.PolarsError:
        return pl.Series([None if cell is None else str(cell) for cell in cells], dtype=pl.String)


def _sheets(arrays: dict[Any, Any], symbol: str | None, where: str) -> list[Sheet]:
    """Sheets of a dict of (T,) columns, or of (T, N) columns with the names of N symbols in `symbols`."""
    symbols = arrays.pop("symbols", None)
    fields = {str(name): values for name, values in arrays.items()}
    shapes = {name: np.shape(values) for name, values in fields.items()}
    if any(len(shape) not in (1, 2) for shape in shapes.values()):
        raise DataError(f"{where}: columns must be (T,) or (T, N); shapes are {shapes}.")
    if len({shape[0] for shape in shapes.values()}) > 1:
        raise DataError(f"{where}: columns must have the same length; shapes are {shapes}.")
    wide = {shape[1] for shape in shapes.values() if len(shape) == 2}
    if not wide:
        if symbols is not None and len(symbols) == 1 and symbol is None:
            symbol = str(symbols[0])
        return [_sheet(_frame(fields, where), symbol, where)]
    if len(wide) > 1:
        raise DataError(f"{where}: (T, N) columns must have the same N; shapes are {shapes}.")
    n = wide.pop()
    names = [str(s) for s in symbols] if symbols is not None else [f"{UNNAMED}_{i + 1}" for i in range(n)]
    if len(names) != n:
        raise DataError(f"{where}: symbols must name {n} columns, names {len(names)}.")
    if symbol is not None and n > 1:
        raise DataError(f"{where}: one symbol is needed, the arrays have {n}.")
    return [
        Sheet(
            frame=_frame({name: _part(values, i) for name, values in fields.items()}, where),
            symbol=symbol or names[i],
            named=True,
            where=f"{where}, {names[i]}",
        )
        for i in range(n)
    ]


def _part(values: Any, i: int) -> Any:
    return np.asarray(values)[:, i] if np.ndim(values) == 2 else values


def _frame(fields: Mapping[str, Any], where: str) -> pl.DataFrame:
    if not fields:
        raise DataError(f"{where}: there are no columns. Bars need time, open, high, low, close.")
    return pl.DataFrame({name: column_of(values) for name, values in fields.items()})


def is_column(value: NDArray[Any] | object) -> bool:
    """Whether `value` is a column of numbers or times rather than a whole source."""
    if isinstance(value, list | tuple | pl.Series):
        return True
    if isinstance(value, np.ndarray):
        return value.dtype.names is None
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.Series | pandas.Index)
