"""From bars to their quality report: `quality_of`, times over all bars, prices over those that may be seen."""

from __future__ import annotations

import numpy as np

from admf.data.calendar import DAY_NS, bars_per_year, weekends_trade
from admf.data.quality.clock import length_text, text_of
from admf.data.quality.findings import Quality
from admf.data.quality.gaps import gaps_of
from admf.data.quality.prices import SIGMAS, prices_of
from admf.data.quality.sessions import sessions_of
from admf.model.bars import Bars
from admf.model.window import Window


def quality_of(bars: Bars, mined: Window | None = None) -> Quality:
    """The quality report of `bars`.

    With `mined`, whatever has a price or a volume in it is computed over these bars only; of the others
    nothing but their times is read.
    """
    seen = bars if mined is None else bars.between(mined.start, mined.stop)
    return Quality(
        source=bars.info.source,
        symbols=bars.symbols,
        columns=tuple(bars.columns),
        bars=len(bars),
        first=text_of(bars.time, 0, bars.info),
        last=text_of(bars.time, len(bars) - 1, bars.info),
        timezone=bars.info.timezone,
        stamp=bars.info.stamp,
        bar_length=length_text(bars.info.bar_ns),
        bars_per_year=bars.bars_per_year,
        bars_per_year_from=_year_in_words(bars),
        notes=bars.info.notes,
        sessions=sessions_of(bars),
        gaps=gaps_of(bars),
        price_bars=len(seen),
        price_last=text_of(seen.time, len(seen) - 1, bars.info),
        sealed=len(bars) - len(seen),
        sigmas=SIGMAS,
        prices=tuple(prices_of(seen, symbol) for symbol in seen.symbols),
    )


def _year_in_words(bars: Bars) -> str:
    """Where the number of bars a year comes from."""
    inferred = bars_per_year(bars.session, bars.info.bar_ns)
    if bars.bars_per_year != inferred:
        return f"given; the data say {inferred:,g}"
    days = 365 if weekends_trade(bars.session) else 252
    length = bars.info.bar_ns / DAY_NS
    why = "weekends trade" if days == 365 else "weekends do not trade"
    if length < 1:
        median = float(np.median(np.unique(bars.session, return_counts=True)[1]))
        return f"{days} trading days ({why}) of {median:,g} bars, the median of the sessions"
    if length < 5:
        return f"{days} trading days, {why}"
    if length <= 10:
        return "weekly bars"
    return "monthly bars" if 27 <= length <= 32 else "the length of a year over that of a bar"
