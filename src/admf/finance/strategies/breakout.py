"""Donchian breakout: with a close beyond the extremes of the bars before, until a nearer one is broken."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from admf.finance.compiled import FLOATS_1D, OUT_1D, VOID, compiled
from admf.finance.indicators.arguments import columnwise, series, whole_window
from admf.finance.indicators.channels import donchian
from admf.finance.indicators.rolling import rolling_extreme
from admf.finance.strategies.declare import strategy
from admf.finance.strategies.sets import Columns, Lines, Sets, one_by_one
from admf.finance.strategies.targets import equal_slices
from admf.model.bars import Bars

Floats = NDArray[np.float64]


def _many(bars: Bars) -> Columns:
    tops, bottoms = Lines(_of_bar_before(bars.high), _highest), Lines(_of_bar_before(bars.low), _lowest)

    def sets(*, entry: Sequence[int], exit: Sequence[int]) -> Sets:
        if len(bars.symbols) > 1:
            return one_by_one(breakout, bars, {"entry": entry, "exit": exit})
        n, windows = len(entry), np.concatenate([entry, exit])
        top, bottom = tops.rows(windows), bottoms.rows(windows)

        def write(i: int, out: Floats) -> None:
            above, below = tops.array, bottoms.array
            enter = above[top[i]], below[bottom[i]]
            _positions(bars.close, *enter, above[top[n + i]], below[bottom[n + i]], out)

        return Sets(write)

    return sets


def _highest(high: Floats, window: int) -> Floats:
    return columnwise(rolling_extreme, (high,), 1.0, whole_window(window, of="breakout"))[0]


def _lowest(low: Floats, window: int) -> Floats:
    return columnwise(rolling_extreme, (low,), -1.0, whole_window(window, of="breakout"))[0]


@strategy(
    warmup="max(entry, exit)",
    space={
        "entry": {"type": "int", "low": 10, "high": 120, "step": 10},
        "exit": {"type": "int", "low": 5, "high": 60, "step": 5},
    },
    constraints=("exit <= entry",),
    many=_many,
)
def breakout(bars: Bars, entry: int = 20, exit: int = 10) -> Floats:
    """Long once the close is above the highest high of `entry` bars, short once below their lowest low.

    A long is left when the close is below the lowest low of `exit` bars, a short when it is above their
    highest high. Both channels end at the bar before. Exits come before entries; an opposite breakout
    reverses.
    """
    high, low = _of_bar_before(bars.high), _of_bar_before(bars.low)
    enter, leave = donchian(high, low, entry), donchian(high, low, exit)
    close = series(bars.close, of="breakout")
    lines = (close, enter.upper, enter.lower, leave.upper, leave.lower)
    return equal_slices(columnwise(_positions, lines)[0])


def _of_bar_before(values: Floats) -> Floats:
    shifted = np.full(values.shape, np.nan)
    shifted[1:] = values[:-1]
    return shifted


@compiled(VOID(FLOATS_1D, FLOATS_1D, FLOATS_1D, FLOATS_1D, FLOATS_1D, OUT_1D))
def _positions(
    close: Floats, enter_high: Floats, enter_low: Floats, leave_high: Floats, leave_low: Floats, out: Floats
) -> None:
    position = 0.0
    for t in range(len(close)):
        ready = enter_high[t] + enter_low[t] + leave_high[t] + leave_low[t]
        long_ends = position > 0.0 and close[t] < leave_low[t]
        short_ends = position < 0.0 and close[t] > leave_high[t]
        if ready != ready or long_ends or short_ends:
            position = 0.0
        if ready == ready and close[t] > enter_high[t]:
            position = 1.0
        elif ready == ready and close[t] < enter_low[t]:
            position = -1.0
        out[t] = position
