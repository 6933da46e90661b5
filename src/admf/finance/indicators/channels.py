"""Donchian channel: the highest high and the lowest low of some bars."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from admf.finance.indicators.arguments import columnwise, same_shape, whole_window
from admf.finance.indicators.recording import note_warmup
from admf.finance.indicators.rolling import rolling_extreme

Floats = NDArray[np.float64]


class Donchian(NamedTuple):
    """Three lines in the unit of the prices."""

    upper: Floats
    middle: Floats
    lower: Floats


def donchian(high: ArrayLike, low: ArrayLike, window: int = 20) -> Donchian:
    """Donchian channel: the highest high and lowest low of the last `window` bars, and their mean.

    The current bar is included; for a breakout compare with the channel of the bar before. Takes (T,) or
    (T, N); three arrays of that shape. NaN for the first window - 1 bars and while the window holds a
    NaN or an infinity (each line for its own prices). Raises ComponentError for a window below 1 and
    for high and low of different shapes.

    >>> donchian([2.0, 5.0, 4.0], [1.0, 3.0, 2.0], 2).upper
    array([nan,  5.,  5.])
    """
    n = whole_window(window, of="donchian")
    prices = same_shape("donchian", high=high, low=low)
    note_warmup(n - 1, *prices)
    (upper,) = columnwise(rolling_extreme, prices[:1], 1.0, n)
    (lower,) = columnwise(rolling_extreme, prices[1:], -1.0, n)
    return Donchian(upper, 0.5 * (upper + lower), lower)
