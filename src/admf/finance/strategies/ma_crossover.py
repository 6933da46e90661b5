"""Moving-average crossover: with the trend that two averages show."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from admf.finance.indicators.averages import sma
from admf.finance.strategies.declare import strategy
from admf.finance.strategies.targets import equal_slices, write_side
from admf.model.bars import Bars

Floats = NDArray[np.float64]


def _many(bars: Bars, /, *, fast: list[int], slow: list[int]) -> Callable[[int, Floats], None]:
    averages = {window: sma(bars.close, window).reshape(-1) for window in {*fast, *slow}}
    symbols = len(bars.symbols)

    def write(i: int, out: Floats) -> None:
        write_side(averages[fast[i]], averages[slow[i]], out)
        if symbols > 1:
            out /= symbols

    return write


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
