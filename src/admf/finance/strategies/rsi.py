"""RSI reversal: against an extreme of the relative strength index, until it is back at 50."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from admf.finance.compiled import FLOAT, FLOATS_1D, OUT_1D, VOID, compiled
from admf.finance.indicators.arguments import amount, columnwise
from admf.finance.indicators.strength import rsi as rsi_line
from admf.finance.strategies.declare import strategy
from admf.finance.strategies.sets import Columns, Lines, Sets, one_by_one
from admf.finance.strategies.targets import equal_slices, reverting
from admf.model.bars import Bars

Floats = NDArray[np.float64]


def _many(bars: Bars) -> Columns:
    lines = Lines(bars.close, rsi_line)

    def sets(*, window: Sequence[int], lower: Sequence[float], upper: Sequence[float]) -> Sets:
        if len(bars.symbols) > 1:
            return one_by_one(rsi, bars, {"window": window, "lower": lower, "upper": upper})
        rows = lines.rows(window)
        low = [amount(value, of="rsi", name="lower") for value in lower]
        high = [amount(value, of="rsi", name="upper") for value in upper]

        def write(i: int, out: Floats) -> None:
            _positions(lines.array[rows[i]], low[i], high[i], out)

        return Sets(write)

    return sets


@strategy(
    warmup="window",
    space={
        "window": {"type": "int", "low": 4, "high": 30, "step": 2},
        "lower": {"type": "float", "low": 15.0, "high": 45.0, "step": 5.0},
        "upper": {"type": "float", "low": 55.0, "high": 85.0, "step": 5.0},
    },
    constraints=("lower < upper",),
    many=_many,
)
def rsi(bars: Bars, window: int = 14, lower: float = 30.0, upper: float = 70.0) -> Floats:
    """Long once Wilder's RSI of the close is below `lower`, short once above `upper`; out at 50.

    The position is held in between. A jump from one extreme to the other reverses it.
    """
    limits = amount(lower, of="rsi", name="lower"), amount(upper, of="rsi", name="upper")
    line = rsi_line(bars.close, window)
    return equal_slices(columnwise(_positions, (line,), *limits)[0])


@compiled(VOID(FLOATS_1D, FLOAT, FLOAT, OUT_1D))
def _positions(line: Floats, lower: float, upper: float, out: Floats) -> None:
    position = 0.0
    for t in range(len(line)):
        position = reverting(position, line[t], lower, 50.0, upper)
        out[t] = position
