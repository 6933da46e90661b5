"""Times of bars as a person reads them: local, a date alone for bars of a day or longer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from admf.data.calendar import DAY_NS, is_daily
from admf.model.bars import BarInfo, Times

_UNITS = (("day", DAY_NS), ("hour", 3_600 * 10**9), ("minute", 60 * 10**9), ("second", 10**9))


def local_ns(time: Times, zone: str) -> NDArray[np.int64]:
    """Nanoseconds since 1970 that a clock of `zone` shows; int64, shape (T,)."""
    ns = time.view(np.int64)
    if zone == "UTC":
        return ns
    import polars as pl

    shown = pl.Series(ns).cast(pl.Datetime("ns", "UTC")).dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return np.array(shown.dt.timestamp("ns").to_numpy(), dtype=np.int64)


def text_of(time: Times, i: int, info: BarInfo) -> str:
    """The time of bar i: '2024-07-03 13:00', '2024-07-03' for bars of a day or longer."""
    ns = int(local_ns(time[i : i + 1], info.timezone)[0])
    text = str(np.datetime64(ns, "ns").astype("datetime64[s]")).replace("T", " ")
    if is_daily(info.bar_ns):
        return text.removesuffix(" 00:00:00")
    return text.removesuffix(":00")


def day_text(day: int) -> str:
    """A session's number as its date."""
    return str(np.datetime64(int(day), "D"))


def clock_text(ns_of_day: int) -> str:
    """Nanoseconds since midnight as '13:00', with seconds where there are any."""
    seconds = int(ns_of_day) // 10**9
    text = f"{seconds // 3_600:02}:{seconds // 60 % 60:02}"
    return f"{text}:{seconds % 60:02}" if seconds % 60 else text


def length_text(bar_ns: int) -> str:
    """A bar's length in its largest whole unit: '5 minutes', '1 day'."""
    for unit, ns in _UNITS:
        if bar_ns >= ns and bar_ns % ns == 0:
            n = bar_ns // ns
            return f"{n:,} {unit}{'s' * (n > 1)}"
    days = bar_ns / DAY_NS
    return f"{days:.1f} days" if days > 1 else f"{bar_ns / 10**9:g} seconds"
