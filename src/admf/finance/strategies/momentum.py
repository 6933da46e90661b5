"""Momentum: with the sign of the change over some bars."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from admf.finance.indicators.changes import roc
from admf.finance.strategies.declare import strategy
from admf.finance.strategies.targets import equal_slices, sign
from admf.model.bars import Bars


@strategy(warmup="window", space={"window": {"type": "int", "low": 10, "high": 250, "step": 10}})
def momentum(bars: Bars, window: int = 50) -> NDArray[np.float64]:
    """Long where the close is above the close `window` bars ago, short below, flat if equal."""
    return equal_slices(sign(roc(bars.close, window)))
