"""Naive local times to UTC, through the hours that the clock shows twice or never."""

from __future__ import annotations

import polars as pl

_ALLOWANCE_H = 3
"""No zone has ever put its clocks forward by more than this at midnight."""


def localize(when: pl.Series, zone: str, *, dates: bool) -> pl.Series:
    """Naive datetime[ns] of `zone` as UTC; null where the clock never showed that time.

    A time that the clock showed twice is the first of them, or the second where the first would not come
    after the bar before. With `dates`, a day that has no midnight begins when its clock does.
    """
    name = when.name
    first = when.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    last = when.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null")
    if dates:
        for hours in range(1, _ALLOWANCE_H + 1):
            later = when.dt.offset_by(f"{hours}h").dt.replace_time_zone(
                zone, ambiguous="earliest", non_existent="null"
            )
            first, last = first.fill_null(later), last.fill_null(later)
    ns = first.dt.timestamp("ns").to_list() if (first != last).any() else []
    if ns:
        second = last.dt.timestamp("ns")
        for i in (first != last).fill_null(False).arg_true().to_list():
            if i and ns[i - 1] is not None and ns[i] <= ns[i - 1]:
                ns[i] = second[i]
        return pl.Series(name, ns, dtype=pl.Int64).cast(pl.Datetime("ns", "UTC"))
    return first.dt.convert_time_zone("UTC").alias(name)
