"""Bollinger reversal: against a close outside the bands, until it is back at the middle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from admf.finance.compiled import FLOAT, FLOATS_1D, OUT_1D, VOID, compiled
from admf.finance.indicators.arguments import amount, columnwise, series
from admf.finance.indicators.averages import sma
from admf.finance.indicators.bands import bollinger as bollinger_bands
from admf.finance.indicators.bands import deviation
from admf.finance.strategies.declare import strategy
from admf.finance.strategies.sets import Columns, Lines, Sets, one_by_one
from admf.finance.strategies.targets import equal_slices, reverting
from admf.model.bars import Bars

Floats = NDArray[np.float64]


def _many(bars: Bars) -> Columns:
    averages, spreads = Lines(bars.close, sma), Lines(bars.close, deviation)

    def sets(*, window: Sequence[int], width: Sequence[float]) -> Sets:
        if len(bars.symbols) > 1:
            return one_by_one(bollinger, bars, {"window": window, "width": width})
        middle, spread = averages.rows(window), spreads.rows(window)
        widths = [amount(value, of="bollinger", name="width") for value in width]

        def write(i: int, out: Floats) -> None:
            _within(bars.close, averages.array[middle[i]], spreads.array[spread[i]], widths[i], out)

        return Sets(write)

    return sets


@strategy(
    warmup="window - 1",
    space={
        "window": {"type": "int", "low": 10, "high": 100, "step": 5},
        "width": {"type": "float", "low": 1.0, "high": 3.0, "step": 0.25},
    },
    many=_many,
)
def bollinger(bars: Bars, window: int = 20, width: float = 2.0) -> Floats:
    """Long once the close is below the lower band, short once above the upper one; out at the middle.

    The position is held in between. A jump across both bands reverses it.
    """
    close = series(bars.close, of="bollinger")
    bands = bollinger_bands(close, window, width)
    return equal_slices(columnwise(_positions, (close, *bands))[0])


@compiled(VOID(FLOATS_1D, FLOATS_1D, FLOATS_1D, FLOATS_1D, OUT_1D))
def _positions(close: Floats, middle: Floats, upper: Floats, lower: Floats, out: Floats) -> None:
    position = 0.0
    for t in range(len(close)):
        position = reverting(position, close[t], lower[t], middle[t], upper[t])
        out[t] = position


@compiled(VOID(FLOATS_1D, FLOATS_1D, FLOATS_1D, FLOAT, OUT_1D))
def _within(close: Floats, middle: Floats, spread: Floats, width: float, out: Floats) -> None:
    """`_positions` for bands of so many spreads around the middle."""
    position = 0.0
    for t in range(len(close)):
        reach = spread[t] * width
        position = reverting(position, close[t], middle[t] - reach, middle[t], middle[t] + reach)
        out[t] = position
