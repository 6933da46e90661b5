"""Moving-average crossover: with the trend that two averages show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from admf.finance.by_trade.changes import Changes, Counts, changes_of_lines, sides_of
from admf.finance.indicators.averages import sma
from admf.finance.strategies.declare import strategy
from admf.finance.strategies.sets import Columns, Lines, Sets
from admf.finance.strategies.targets import equal_slices, write_side
from admf.model.bars import Bars

Floats = NDArray[np.float64]


def _many(bars: Bars) -> Columns:
    lines, (sides, words), N = Lines(bars.close, sma), sides_of(len(bars)), len(bars.symbols)

    def sets(*, fast: Sequence[int], slow: Sequence[int]) -> Sets:
        rows = lines.rows(np.concatenate([fast, slow]))
        above, below = rows[: len(fast)], rows[len(fast) :]

        def write(i: int, out: Floats) -> None:
            write_side(lines.array[above[i]], lines.array[below[i]], out)
            if N > 1:
                out /= N

        def changes(
            some: slice, longs: bool, shorts: bool, warmup: int, found: Changes, counts: Counts
        ) -> None:
            changes_of_lines(
                lines.array, above[some], below[some], longs, shorts, warmup, found, counts, sides, words
            )

        return Sets(write, changes if N == 1 else None)

    return sets


@strategy(
    warmup="max(fast, slow) - 1",
    space={
        "fast": {"type": "int", "low": 5, "high": 60, "step": 5},
        "slow": {"type": "int", "low": 20, "high": 240, "step": 10},
    },
    constraints=("fast < slow",),
    many=_many,
)
def ma_crossover(bars: Bars, fast: int = 10, slow: int = 30) -> Floats:
    """Long while the fast simple average of the close is above the slow one, short below, flat if equal."""
    above, below = sma(bars.close, fast), sma(bars.close, slow)
    side = np.empty(above.shape)
    write_side(above.reshape(-1), below.reshape(-1), side.reshape(-1))
    return equal_slices(side)
