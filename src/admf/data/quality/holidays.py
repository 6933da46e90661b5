"""Days without bars: those whose like is missing in other years too are holidays, the others are not.

No market's calendar is built in. A missing day recurs as a date (4 July, or the weekday beside it), as a
weekday of a month (the fourth Thursday of November), or as a distance from Easter (Good Friday).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

_EASTER_DAYS = range(-3, 61)
_LEAST_YEARS = 2.5
"""Shorter data have too few years in which anything could recur."""

Key = tuple[object, ...]


def can_tell(first: date, last: date) -> bool:
    """Whether data from `first` to `last` are long enough to know holidays by."""
    return (last - first).days >= _LEAST_YEARS * 365


def holidays_among(missing: Sequence[date], first: date, last: date) -> list[date]:
    """Those of the missing weekdays whose like is missing in half of the years, and in two at least."""
    if not can_tell(first, last):
        return []
    years_of: dict[Key, set[int]] = defaultdict(set)
    for day in missing:
        for key in _keys(day):
            years_of[key].add(day.year)
    around = max(0.0, (last - first).days / 365.25)
    return [
        day for day in missing
        if any(len(years_of[key]) >= max(2.0, _share_of(key) * around) for key in _keys(day))
    ]  # fmt: skip


def _share_of(key: Key) -> float:
    """A fixed date falls on weekends, and is then given another day or none."""
    return 0.4 if key[0] == "date" else 0.5


def _keys(day: date) -> Iterator[Key]:
    """Everything that a day may recur as."""
    yield ("date", day.month, day.day)
    if day.weekday() in (0, 4):  # given for a Sunday, or for a Saturday
        given = day + timedelta(days=-1 if day.weekday() == 0 else 1)
        yield ("date", given.month, given.day)
    yield ("weekday", day.month, day.weekday(), (day.day - 1) // 7)
    if (day + timedelta(days=7)).month != day.month:
        yield ("last weekday", day.month, day.weekday())
    after = (day - easter(day.year)).days
    if after in _EASTER_DAYS:
        yield ("easter", after)


def easter(year: int) -> date:
    """Easter Sunday, by the anonymous Gregorian algorithm (Nature, 20 April 1876).

    >>> easter(2024), easter(2000)
    (datetime.date(2024, 3, 31), datetime.date(2000, 4, 23))
    """
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
