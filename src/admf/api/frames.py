"""Columns as the kind of frame the user works with: Polars where Polars came in, pandas otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def wants_polars(source: Any) -> bool:
    """Whether the user handed over Polars data."""
    first = next(iter(source.values()), None) if isinstance(source, Mapping) else source
    return type(first).__module__.partition(".")[0] == "polars"


def frame(columns: Mapping[str, Any], *, polars: bool) -> Any:
    """A frame of the columns, in their order."""
    if polars:
        import polars as pl

        return pl.DataFrame({name: list(column) for name, column in columns.items()}, strict=False)
    import pandas as pd

    return pd.DataFrame(dict(columns))


def series(name: str, times: Any, values: Any, *, polars: bool) -> Any:
    """A series over time: pandas with a time index, Polars as a frame of `time` and `name`."""
    if polars:
        return frame({"time": times, name: values}, polars=True)
    import pandas as pd

    return pd.Series(values, index=pd.DatetimeIndex(times, name="time"), name=name)
