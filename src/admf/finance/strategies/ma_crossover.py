"""Moving-average crossover: with the trend that two averages show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from admf.finance.indicators.averages import sma
from admf.finance.strategies.declare import strategy
from admf.finance.strategies.targets import equal_slices, sign
from admf.model.bars import Bars


@strategy(
    warmup="max(fast, slow) - 1",
    space={
        "fast": {"type": "int", "low": 5, "high": 60, "step": 5},
        "slow": {"type": "int", "low": 20, "high": 240, "step": 10},
    },
    constraints=("fast < slow",),
)
def ma_crossover(bars: Bars, fast: int = 10, slow: int = 30) -> NDArray[np.float64]:
    """Long while the fast simple average of the close is above the slow one, short below, flat if equal."""
    return equal_slices(sign(sma(bars.close, fast) - sma(bars.close, slow)))
