"""Which bars are mined and which stay sealed: the split, as pure arithmetic on times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from admf.errors import ConfigError, Problem
from admf.model.bars import Bars, Times
from admf.model.window import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The part that is mined, and the part behind the embargo that is not touched.

    `sealed` is None where nothing was held out. The embargo bars between them are in neither.
    """

    mined: Window
    sealed: Window | None
    embargo: int


def split_by_share(bars: Bars, share: float, embargo: int) -> Split:
    """The last floor(share T) bars are out of sample, the embargo are the bars before them."""
    T = len(bars)
    held_out = floor(Decimal(repr(share)) * T)  # 0.29 of 100 is 29, in floats 28
    if held_out == 0:
        return Split(mined=Window(name="in_sample", start=0, stop=T), sealed=None, embargo=0)
    stop = T - held_out - embargo
    if stop < 2:
        says = f"out_of_sample {share:g} and an embargo of {embargo} bars leave {max(stop, 0)} of {T} bars to mine."
        raise ConfigError(Problem(where="data.split", says=says, hint="Use more data or a smaller share."))
    return Split(
        mined=Window(name="in_sample", start=0, stop=stop),
        sealed=Window(name="out_of_sample", start=T - held_out, stop=T),
        embargo=embargo,
    )


def split_by_dates(bars: Bars, in_sample: tuple[Any, Any], out_of_sample: tuple[Any, Any] | None) -> Split:
    """Half-open date ranges, midnight in the data's time zone; they may not overlap."""
    mined = _window(bars, "in_sample", in_sample)
    sealed = _window(bars, "out_of_sample", out_of_sample) if out_of_sample else None
    if sealed is not None and sealed.start < mined.stop:
        says = "out_of_sample must begin where in_sample has ended."
        raise ConfigError(Problem(where="data.split", says=says))
    return Split(mined=mined, sealed=sealed, embargo=sealed.start - mined.stop if sealed else 0)


def _window(bars: Bars, name: str, dates: tuple[Any, Any]) -> Window:
    first, last = (_instant(day, bars) for day in dates)
    start, stop = (int(np.searchsorted(bars.time, instant)) for instant in (first, last))
    if stop - start < 2:
        span = " to ".join(text.removesuffix("T00:00:00") for text in first_and_last(bars.time))
        says = f"{name} must hold at least 2 bars, {dates[0]} to {dates[1]} holds {max(stop - start, 0)}."
        raise ConfigError(Problem(where=f"data.split.{name}", says=says, hint=f"The data are of {span}."))
    return Window(name=name, start=start, stop=stop)


def _instant(day: Any, bars: Bars) -> np.datetime64:
    """Midnight of a date (or a date and time) in the data's time zone, as UTC."""
    try:
        moment = day if isinstance(day, datetime) else datetime.fromisoformat(str(day))
        if isinstance(day, date) and not isinstance(day, datetime):
            moment = datetime(day.year, day.month, day.day)
    except ValueError:
        says = f"a date must look like 2015-01-31, was {day!r}."
        raise ConfigError(Problem(where="data.split", says=says)) from None
    if bars.info.bar_ns < 86_400 * 10**9:
        zoned = moment.replace(tzinfo=moment.tzinfo or ZoneInfo(bars.info.timezone))
        moment = zoned.astimezone(ZoneInfo("UTC"))
    return np.datetime64(moment.replace(tzinfo=None), "ns")


def first_and_last(times: Times) -> tuple[str, str]:
    """The first and last stamp as text."""
    return tuple(np.datetime_as_string(times[[0, -1]], unit="s").tolist()) if len(times) else ("", "")
