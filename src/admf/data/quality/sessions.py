"""Sessions: how many bars a day has, when it begins and ends, and which days differ."""

from __future__ import annotations

import numpy as np

from admf.data.calendar import DAY_NS, is_daily
from admf.data.quality.clock import clock_text, day_text, local_ns
from admf.data.quality.findings import Session, Sessions
from admf.model.bars import Bars

_SHOWN = 5
_HALF_HOUR = 1_800 * 10**9


def sessions_of(bars: Bars) -> Sessions | None:
    """The sessions of intraday bars; None for bars of a day or longer. Looks at times only."""
    if is_daily(bars.info.bar_ns) or len(bars) == 0:
        return None
    days, first, counts = np.unique(bars.session, return_index=True, return_counts=True)
    clock = local_ns(bars.time, bars.info.timezone) % DAY_NS
    opens, closes = clock[first], clock[first + counts - 1]
    usual = _most_frequent(counts)
    among = counts == usual
    opening, closing = _most_frequent(opens[among]), _most_frequent(closes[among])

    def some(rows: np.ndarray) -> tuple[Session, ...]:
        return tuple(
            Session(
                date=day_text(days[i]),
                bars=int(counts[i]),
                first=clock_text(opens[i]),
                last=clock_text(closes[i]),
            )
            for i in rows[:_SHOWN]
        )

    order = np.argsort(counts, kind="stable")
    return Sessions(
        count=len(days),
        usual_bars=usual,
        usual_hours=f"{clock_text(opening)} to {clock_text(closing)}",
        usual=int(among.sum()),
        short=int((counts < usual).sum()),
        long=int((counts > usual).sum()),
        stamp_looks=_stamp_of(opening, closing, bars.info.bar_ns),
        shortest=some(order[counts[order] < usual]),
        longest=some(order[::-1][counts[order[::-1]] > usual]),
    )


def _stamp_of(opening: int, closing: int, bar_ns: int) -> str:
    """Markets open and close at half hours: 09:30 to 15:59 are opens of minutes, 09:31 to 16:00 closes."""
    if opening % _HALF_HOUR == 0 and closing % _HALF_HOUR and (closing + bar_ns) % _HALF_HOUR == 0:
        return "open"
    if closing % _HALF_HOUR == 0 and opening % _HALF_HOUR and (opening - bar_ns) % _HALF_HOUR == 0:
        return "close"
    return ""


def _most_frequent(values: np.ndarray) -> int:
    different, counts = np.unique(values, return_counts=True)
    return int(different[np.argmax(counts)])
