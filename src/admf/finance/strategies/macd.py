"""MACD: with the sign of the histogram."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from admf.finance.indicators.convergence import macd as macd_lines
from admf.finance.strategies.declare import strategy
from admf.finance.strategies.sets import Columns, one_by_one
from admf.finance.strategies.targets import equal_slices, sign
from admf.model.bars import Bars


def _many(bars: Bars) -> Columns:
    return lambda **columns: one_by_one(macd, bars, columns)


@strategy(
    warmup="max(fast, slow) + signal - 2",
    space={
        "fast": {"type": "int", "low": 4, "high": 24, "step": 2},
        "slow": {"type": "int", "low": 14, "high": 62, "step": 4},
        "signal": {"type": "int", "low": 3, "high": 18, "step": 3},
    },
    constraints=("fast < slow",),
    many=_many,
)
def macd(bars: Bars, fast: int = 12, slow: int = 26, signal: int = 9) -> NDArray[np.float64]:
    """Long while the MACD of the close is above its signal line, short below, flat if equal."""
    return equal_slices(sign(macd_lines(bars.close, fast, slow, signal).histogram))
