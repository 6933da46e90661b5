"""Longer bars made of closed bars only, aligned back to the base bars."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from admf.errors import ComponentError
from admf.model.bars import BarInfo, Bars, Floats

_CLOCK = ("s", "min", "h")
_LENGTHS = {
    "s": 10**9,
    "min": 60 * 10**9,
    "h": 3_600 * 10**9,
    "d": 86_400 * 10**9,
    "w": 7 * 86_400 * 10**9,
    "mo": 30 * 86_400 * 10**9,
}
_CALENDAR_SLACK_NS = 2 * 86_400 * 10**9
"""Monthly bars are 28 to 31 days apart."""
_CASED = {"M": "mo", "ME": "mo", "MS": "mo"}
_UNITS = {
    **dict.fromkeys(("s", "sec", "second"), "s"),
    **dict.fromkeys(("m", "t", "min", "minute"), "min"),
    **dict.fromkeys(("h", "hr", "hour"), "h"),
    **dict.fromkeys(("d", "day"), "d"),
    **dict.fromkeys(("w", "wk", "week"), "w"),
    **dict.fromkeys(("mo", "mon", "month"), "mo"),
}
_FOLDS = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResampledBars:
    """Longer bars as the base bars see them.

    `open`, `high`, `low`, `close`, `volume` and `[column]` have the base bars' shape: at base bar t they
    hold the last longer bar that was closed by t's end, NaN before the first. `bars` are the closed
    longer bars themselves (K of them), for indicators; `align` brings what was computed on them back:

    >>> hourly = bars.resample("1h")                               # doctest: +SKIP
    >>> trend = hourly.align(admf.ta.sma(hourly.bars.close, 20))   # doctest: +SKIP
    """

    bars: Bars
    last_closed: NDArray[np.int64] = field(repr=False)
    """For each base bar the number of the last closed longer bar, -1 where none is; shape (T,)."""

    def align(self, values: NDArray[np.float64]) -> Floats:
        """Values per longer bar, shape (K,) or (K, N), as the base bars know them: (T,) or (T, N)."""
        values = np.asarray(values, dtype=np.float64)
        if len(values) != len(self.bars):
            raise ComponentError(
                f"align takes one value per longer bar ({len(self.bars)}), got {len(values)}."
            )
        out = np.full((len(self.last_closed), *values.shape[1:]), np.nan)
        known = self.last_closed >= 0
        out[known] = values[self.last_closed[known]]
        return out

    def __getitem__(self, name: str) -> Floats:
        return self.align(self.bars[name])

    def __len__(self) -> int:
        return len(self.last_closed)

    @property
    def open(self) -> Floats:
        """Open of the last closed longer bar, per base bar."""
        return self["open"]

    @property
    def high(self) -> Floats:
        """High of the last closed longer bar, per base bar."""
        return self["high"]

    @property
    def low(self) -> Floats:
        """Low of the last closed longer bar, per base bar."""
        return self["low"]

    @property
    def close(self) -> Floats:
        """Close of the last closed longer bar, per base bar."""
        return self["close"]

    @property
    def volume(self) -> Floats:
        """Volume of the last closed longer bar, per base bar."""
        return self["volume"]


def resample(bars: Bars, rule: str) -> ResampledBars:
    """Group base bars by `rule` and keep the groups that are closed.

    A group is closed at the first base bar whose end reaches the group's end, or, where bars are missing
    there, at the first bar of a later group. Groups of seconds, minutes and hours start at
    multiples of UTC time; days, weeks (from Monday) and months follow the local calendar.
    ComponentError where `rule` is no length, or shorter than the bars.
    """
    count, unit = _parse(rule)
    length = count * _LENGTHS[unit]
    if length < (bars.info.bar_ns if unit != "mo" else bars.info.bar_ns - _CALENDAR_SLACK_NS):
        raise ComponentError(
            f"resample makes longer bars; '{rule}' is shorter than the bars, {_shown(bars.info.bar_ns)}."
        )
    info = replace(bars.info, bars_per_year=_bars_per_year(bars.info, count, unit), bar_ns=length)
    if len(bars) == 0:
        return ResampledBars(bars=replace(bars, info=info), last_closed=np.zeros(0, np.int64))
    group, ends_here = _groups(bars, count, unit)
    # A bar after one that closed its group begins another, whatever its number: what was known stays.
    starts = np.flatnonzero(np.r_[True, (group[1:] != group[:-1]) | ends_here[:-1]])
    # Group k is known from `known[k]` on: its own last bar where that reaches the end, else the next bar.
    lasts = np.r_[starts[1:] - 1, len(bars) - 1]
    known = np.where(ends_here[lasts], lasts, lasts + 1)
    closed = known < len(bars)
    starts, lasts, known = starts[closed], lasts[closed], known[closed]
    last_closed = np.searchsorted(known, np.arange(len(bars)), side="right") - 1
    marked = lasts if bars.info.stamp == "close" else starts
    longer = Bars(
        time=bars.time[marked],
        session=bars.session[marked],
        columns={name: _fold(c, _FOLDS.get(name, "last"), starts, lasts) for name, c in bars.columns.items()},
        info=info,
    )
    return ResampledBars(bars=longer, last_closed=last_closed.astype(np.int64))


def _parse(rule: str) -> tuple[int, str]:
    match = re.fullmatch(r"\s*(\d*)\s*([A-Za-z]+)\s*", rule)
    written = match[2] if match else ""
    # Case tells '1M', a month, from '1m', a minute; everywhere else it says nothing.
    lower = written.lower()
    singular = lower[:-1] if len(lower) > 2 and lower.endswith("s") else lower  # 'ms' is no minute
    unit = _CASED.get(written) or _UNITS.get(singular)
    if match is None or unit is None or match[1].strip("0") == "" != match[1]:
        raise ComponentError(
            f"resample takes a length such as '15min', '1h', '1d', '1w' or '1mo', got '{rule}'."
        )
    return int(match[1] or 1), unit


def _groups(bars: Bars, count: int, unit: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The group of each bar, and whether the bar's end is known to be its group's end."""
    stamp = bars.time.astype(np.int64)
    if unit in _CLOCK:
        length = count * _LENGTHS[unit]
        start = stamp - bars.info.bar_ns if bars.info.stamp == "close" else stamp
        group = start // length
        return group, start + bars.info.bar_ns >= (group + 1) * length
    # A day's last bar is known only when the next day begins, unless one bar is as long as the group.
    alone = bars.info.bar_ns >= count * _LENGTHS[unit] - (_CALENDAR_SLACK_NS if unit == "mo" else 0)
    ends_here = np.full(len(bars), alone)
    if unit == "mo":
        months = bars.session.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        return months // count, ends_here
    if unit == "w":
        return (bars.session + 3) // (7 * count), ends_here  # 1970-01-01 was a Thursday
    return bars.session // count, ends_here


def _bars_per_year(info: BarInfo, count: int, unit: str) -> float:
    """From the rule and what is known of the bars, never from how many there are: a cut changes nothing."""
    if count * _LENGTHS[unit] == info.bar_ns:
        return info.bars_per_year
    traded_days = info.bars_per_year * info.bar_ns / _LENGTHS["d"]
    if unit in _CLOCK:
        return traded_days * _LENGTHS["d"] / (count * _LENGTHS[unit])
    if unit == "d":  # intraday bars that fill the year are those of a market that trades on weekends
        days = traded_days if info.bar_ns == _LENGTHS["d"] else 365.0 if traded_days > 300 else 252.0
        return days / count
    return {"w": 52.0, "mo": 12.0}[unit] / count


def _shown(ns: int) -> str:
    unit = next((unit for unit in ("d", "h", "min") if ns % _LENGTHS[unit] == 0), "s")
    return f"{ns / _LENGTHS[unit]:g}{unit}"


def _fold(column: Floats, how: str, starts: NDArray[np.int64], lasts: NDArray[np.int64]) -> Floats:
    if len(starts) == 0:
        return column[:0]
    match how:
        case "first":
            return column[starts]
        case "max":
            return np.maximum.reduceat(column[: lasts[-1] + 1], starts, axis=0)
        case "min":
            return np.minimum.reduceat(column[: lasts[-1] + 1], starts, axis=0)
        case "sum":
            return np.add.reduceat(column[: lasts[-1] + 1], starts, axis=0)
        case _:
            return column[lasts]
