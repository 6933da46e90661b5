"""Bollinger bands: an average and a number of standard deviations around it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from admf.finance.indicators.arguments import amount, columnwise, series, whole_window
from admf.finance.indicators.recording import note_warmup
from admf.finance.indicators.rolling import rolling_deviation, rolling_mean

Floats = NDArray[np.float64]


class Bollinger(NamedTuple):
    """Three lines in the unit of the values."""

    middle: Floats
    upper: Floats
    lower: Floats


def bollinger(values: ArrayLike, window: int = 20, width: float = 2.0) -> Bollinger:
    """Bollinger bands: sma -/+ `width` standard deviations (divisor `window`) of the last `window` values.

    Takes (T,) or (T, N); three arrays of that shape. NaN for the first window - 1 bars and while the
    window holds a NaN or an infinity. Where all values of a window are equal, so are the three lines.
    Raises ComponentError for a window below 1 or a negative width.
    Source: J. Bollinger, "Bollinger on Bollinger Bands", 2001.

    >>> bollinger([1.0, 3.0, 3.0], 2, 2.0).upper
    array([nan,  4.,  3.])
    """
    n, k = whole_window(window, of="bollinger"), amount(width, of="bollinger", name="width")
    x = series(values, of="bollinger")
    note_warmup(n - 1, x)
    (middle,) = columnwise(rolling_mean, (x,), n)
    reach = deviation(x, n) * k
    return Bollinger(middle, middle + reach, middle - reach)


def deviation(values: Floats, window: int) -> Floats:
    """The standard deviation (divisor `window`) of the last `window` values, of the shape of the values."""
    return columnwise(rolling_deviation, (values,), window, 0, outputs=2)[1]
