"""Bars: aligned, read-only OHLCV of N symbols over T bars, the surface every strategy sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from admf.errors import DataError, nearest

if TYPE_CHECKING:
    import pandas as pd

    from admf.model.resample import ResampledBars

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]
Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True)
class BarInfo:
    """What is known about a set of bars as a whole; it stays the same when the history is cut."""

    symbols: tuple[str, ...]
    bars_per_year: float
    bar_ns: int
    """Usual length of a bar in nanoseconds: the median distance of neighbouring stamps."""
    timezone: str = "UTC"
    """Where sessions are counted, and what a person calls the time."""
    stamp: str = "close"
    """Which end of the bar its time marks: `open` or `close`."""
    source: str = ""
    notes: tuple[str, ...] = ()
    """What reading them left out or assumed, for reports; no part of what the bars are."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bars:
    """Aligned OHLCV bars, read-only.

    One symbol: every column is a contiguous float64 array of shape (T,). Several: (T, N), in the order
    of `symbols`. `time` is datetime64[ns] in UTC, shape (T,), strictly increasing; `session` numbers the
    local day each bar belongs to, int64, shape (T,). Prices are finite and positive.
    """

    time: Times
    columns: Mapping[str, Floats] = field(repr=False)
    session: NDArray[np.int64] = field(repr=False)
    info: BarInfo

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", MappingProxyType(dict(self.columns)))
        for array in (self.time, self.session, *self.columns.values()):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.time)

    def __getitem__(self, name: str) -> Floats:
        try:
            return self.columns[name]
        except KeyError:
            raise DataError(f"the bars have no column '{name}'. {nearest(name, self.columns)}") from None

    @property
    def open(self) -> Floats:
        """First price of each bar."""
        return self["open"]

    @property
    def high(self) -> Floats:
        """Highest price of each bar."""
        return self["high"]

    @property
    def low(self) -> Floats:
        """Lowest price of each bar."""
        return self["low"]

    @property
    def close(self) -> Floats:
        """Last price of each bar."""
        return self["close"]

    @property
    def volume(self) -> Floats:
        """Volume of each bar; a DataError where the source has none."""
        return self["volume"]

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols, in the order of the columns of (T, N) arrays."""
        return self.info.symbols

    @property
    def bars_per_year(self) -> float:
        """How many bars a year has: what annualised metrics multiply with."""
        return self.info.bars_per_year

    def until(self, stop: int) -> Bars:
        """The first `stop` bars as a history of their own: copies, with no way to reach the rest."""
        return self._rows(slice(0, stop), copy=True)

    def between(self, start: int, stop: int) -> Bars:
        """Bars start..stop-1, as read-only views."""
        return self._rows(slice(start, stop), copy=False)

    def _rows(self, rows: slice, *, copy: bool) -> Bars:
        def take(array: NDArray[Scalar]) -> NDArray[Scalar]:
            return array[rows].copy() if copy else array[rows]

        return replace(
            self,
            time=take(self.time),
            session=take(self.session),
            columns={name: take(column) for name, column in self.columns.items()},
        )

    def resample(self, rule: str) -> ResampledBars:
        """Longer bars ('15min', '1h', '1d', '1w', '1mo'), closed ones only, aligned back to these bars."""
        from admf.model.resample import resample

        return resample(self, rule)

    def to_pandas(self) -> pd.DataFrame:
        """A pandas frame in local time: one column a field, or (field, symbol) for several symbols."""
        from admf.model.bars_to_pandas import to_pandas

        return to_pandas(self)
