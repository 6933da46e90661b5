"""Days, zones and the length of a year in bars."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

import numpy as np
from numpy.typing import NDArray

from admf.errors import DataError, nearest

DAY_NS = 86_400 * 10**9
_HOUR_NS = 3_600 * 10**9
_YEAR_DAYS = 365.25


def check_zone(name: str) -> str:
    """`name` itself where it is an IANA time zone; DataError with the nearest one where it is not."""
    if is_zone(name):
        return name
    hint = nearest(name, available_timezones()) if len(name) > 3 else "For example: America/New_York."
    raise DataError(f"timezone must be a name such as America/New_York, is '{name}'. {hint}")


def is_zone(name: str) -> bool:
    """Whether the machine knows `name` as a time zone."""
    try:
        return bool(name) and bool(ZoneInfo(name))
    except (OSError, ValueError, LookupError):
        return False


def bar_length(time_ns: NDArray[np.int64]) -> int:
    """Usual length of a bar in ns: the median distance of stamps; one day where there are fewer than two.

    23 to 25 hours are one day: the day that the clocks change on is a day too.
    """
    if len(time_ns) < 2:
        return DAY_NS
    median = int(np.median(np.diff(time_ns)))
    return DAY_NS if abs(median - DAY_NS) <= _HOUR_NS else median


def is_daily(bar_ns: int) -> bool:
    """Whether bars are a day or longer."""
    return bar_ns >= DAY_NS


def sessions(time_ns: NDArray[np.int64], zone: str, *, stamp: str, bar_ns: int) -> NDArray[np.int64]:
    """Days since 1970-01-01 of the local date each bar belongs to; int64, shape (T,).

    An intraday bar that closes at midnight belongs to the day that ends there.
    """
    inside = time_ns - 1 if stamp == "close" and not is_daily(bar_ns) else time_ns
    if zone == "UTC":
        return np.asarray(inside // DAY_NS, dtype=np.int64)
    import polars as pl

    local = pl.Series(inside).cast(pl.Datetime("ns", "UTC")).dt.convert_time_zone(zone)
    return np.array(local.dt.date().cast(pl.Int32).to_numpy(), dtype=np.int64)


def weekends_trade(session: NDArray[np.int64]) -> bool:
    """Whether weekends are trading days: a tenth of the bars on them, and Saturday has its share.

    Sunday alone is the evening a future's week opens on, or a Monday elsewhere.
    """
    if len(session) == 0:
        return False
    weekday = (session + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    return bool(np.mean(weekday >= 5) >= 0.10 and np.mean(weekday == 5) >= 0.05)


def bars_per_year(session: NDArray[np.int64], bar_ns: int) -> float:
    """How many bars a year has (STATISTICS 1): 252 daily (365 where weekends trade), 52 weekly, 12 monthly.

    Intraday: trading days times the median number of bars a session has. Bars of any other length: the
    mean year divided by it.
    """
    days = 365.0 if weekends_trade(session) else 252.0
    length = bar_ns / DAY_NS
    if length < 1:
        counts = np.unique(session, return_counts=True)[1]
        return days * float(np.median(counts))
    if length < 5:
        return days
    if length <= 10:
        return 52.0
    return 12.0 if 27 <= length <= 32 else _YEAR_DAYS / length
