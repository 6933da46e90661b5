"""Bars as a pandas frame, for strategies written with pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd

from admf.model.bars import Bars

_DAY_NS = 86_400 * 10**9


def to_pandas(bars: Bars) -> pd.DataFrame:
    """A frame of the columns, fresh and writable: (T, fields), or (field, symbol) columns for N symbols.

    Intraday times carry the local time zone; daily and longer bars have naive local dates.
    """
    index = pd.DatetimeIndex(bars.time, name="time").tz_localize("UTC").tz_convert(bars.info.timezone)
    if bars.info.bar_ns >= _DAY_NS:
        index = index.tz_localize(None)
    if len(bars.symbols) == 1:
        return pd.DataFrame({name: np.array(column) for name, column in bars.columns.items()}, index=index)
    frames = {name: pd.DataFrame(np.array(c), index, list(bars.symbols)) for name, c in bars.columns.items()}
    return pd.concat(frames, axis=1, names=["field", "symbol"])
