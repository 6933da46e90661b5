"""Gaps: time without bars, told apart from nights, weekends, holidays and daily pauses."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from admf.data.calendar import DAY_NS, is_daily, weekends_trade
from admf.data.quality.clock import clock_text, local_ns, text_of
from admf.data.quality.findings import Gap, Gaps
from admf.data.quality.holidays import can_tell, holidays_among
from admf.model.bars import Bars

_SHOWN = 5
_PAUSE = 0.25
"""A break at the same time of this share of the sessions is a pause, not a gap (the clocks change twice a year)."""
_EPOCH = date(1970, 1, 1)


def gaps_of(bars: Bars) -> Gaps:
    """The gaps of `bars`; looks at times only."""
    step: NDArray[np.int64] = np.diff(bars.time.view(np.int64))  # type: ignore[assignment]
    same = np.diff(bars.session) == 0
    if is_daily(bars.info.bar_ns):
        inside = _long_periods(bars, step)
        pauses: tuple[str, ...] = ()
    else:
        inside = same & (step > 1.5 * bars.info.bar_ns)
        inside, pauses = _without_pauses(bars, inside)
    missing = np.maximum(np.rint(step / bars.info.bar_ns).astype(np.int64) - 1, 1)
    at = np.flatnonzero(inside)
    longest = at[np.argsort(-missing[at], kind="stable")][:_SHOWN]
    weekends, holidays, days = _closed_days(bars)
    first, last = _span(bars)
    return Gaps(
        inside=len(at),
        missing=int(missing[at].sum()),
        longest=tuple(
            Gap(
                after=text_of(bars.time, i, bars.info),
                before=text_of(bars.time, i + 1, bars.info),
                missing=int(missing[i]),
            )
            for i in longest
        ),
        pauses=pauses,
        nights=0 if is_daily(bars.info.bar_ns) else int((np.diff(bars.session) == 1).sum()),
        weekends=weekends,
        holidays=len(holidays),
        days=tuple(day.isoformat() for day in days),
        holidays_known=can_tell(first, last),
    )


def _long_periods(bars: Bars, step: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Bars of a week or longer have no calendar: a step of half a bar too much is a gap. Days have `days`."""
    if bars.info.bar_ns < 5 * DAY_NS:
        return np.zeros(len(step), np.bool_)
    return step > 1.5 * bars.info.bar_ns


def _without_pauses(bars: Bars, inside: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """The gaps without those that many days have at the same local time, and these in words."""
    at = np.flatnonzero(inside)
    clock = local_ns(bars.time, bars.info.timezone) % DAY_NS
    pairs = np.column_stack([clock[at], clock[at + 1]])
    different, which, counts = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    often = counts >= max(_PAUSE * len(np.unique(bars.session)), 3)
    kept = inside.copy()
    kept[at[often[which.reshape(-1)]]] = False
    said = tuple(
        f"{clock_text(a)} to {clock_text(b)} ({n:,} days)"
        for (a, b), n in zip(different[often].tolist(), counts[often].tolist(), strict=True)
    )
    return kept, said


def _closed_days(bars: Bars) -> tuple[int, list[date], list[date]]:
    """How many weekends are closed; trading days without bars that are holidays; and those that are not."""
    if bars.info.bar_ns >= 5 * DAY_NS or len(bars) < 2:
        return 0, [], []
    days = np.unique(bars.session)
    absent = np.setdiff1d(np.arange(days[0], days[-1] + 1), days, assume_unique=True)
    weekend = (absent + 3) % 7 >= 5
    if weekends_trade(bars.session):
        weekend[:] = False
    closed = [_EPOCH + timedelta(days=int(day)) for day in absent[~weekend]]
    first, last = _span(bars)
    holidays = holidays_among(closed, first, last)
    known = set(holidays)
    return int(((absent[weekend] + 3) % 7 == 5).sum()), holidays, [day for day in closed if day not in known]


def _span(bars: Bars) -> tuple[date, date]:
    if len(bars) == 0:
        return _EPOCH, _EPOCH
    return tuple(_EPOCH + timedelta(days=int(day)) for day in bars.session[[0, -1]])  # type: ignore[return-value]
