"""Moving averages: simple, exponential, weighted."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from admf.finance.compiled import FLOATS_1D, INT, OUT_1D, VOID, compiled, fma
from admf.finance.indicators.arguments import columnwise, series, whole_window
from admf.finance.indicators.recording import note_warmup
from admf.finance.indicators.rolling import rolling_mean, rolling_weighted_mean

Floats = NDArray[np.float64]


def sma(values: ArrayLike, window: int) -> Floats:
    """Simple moving average: the mean of the last `window` values, in their unit.

    Takes (T,) or (T, N) and returns the same shape. NaN for the first window - 1 bars and while the
    window holds a NaN or an infinity. Correctly rounded but for about one value in 2^50, so that two
    averages that are equal compare equal. Raises ComponentError for a window below 1.

    >>> sma([1.0, 2.0, 6.0, 4.0], 2)
    array([nan, 1.5, 4. , 5. ])
    """
    n, x = whole_window(window, of="sma"), series(values, of="sma")
    note_warmup(n - 1, x)
    return columnwise(rolling_mean, (x,), n)[0]


def ema(values: ArrayLike, window: int) -> Floats:
    """Exponential moving average with alpha = 2 / (window + 1), started at the first value.

    y[0] = x[0], y[t] = y[t-1] + alpha (x[t] - y[t-1]); `adjust=False` in pandas. Takes (T,) or (T, N)
    and returns the same shape. It has values from the first bar, but counts window - 1 bars as warm-up.
    NaN or an infinity gives NaN there, and the average starts anew after it. Raises ComponentError for a
    window below 1.

    >>> ema([1.0, 2.0, 4.0], 3)
    array([1.  , 1.5 , 2.75])
    """
    n, x = whole_window(window, of="ema"), series(values, of="ema")
    note_warmup(n - 1, x)
    return columnwise(_ema, (x,), n)[0]


def wma(values: ArrayLike, window: int) -> Floats:
    """Linearly weighted moving average: weights 1, 2, ... window, the largest on the newest value.

    Takes (T,) or (T, N) and returns the same shape. NaN for the first window - 1 bars and while the
    window holds a NaN or an infinity. Raises ComponentError for a window below 1.

    >>> wma([1.0, 2.0, 6.0, 3.0], 3)
    array([       nan,        nan, 3.83333333, 3.83333333])
    """
    n, x = whole_window(window, of="wma"), series(values, of="wma")
    note_warmup(n - 1, x)
    return columnwise(rolling_weighted_mean, (x,), n)[0]


@compiled(VOID(FLOATS_1D, INT, OUT_1D))
def _ema(x: Floats, n: int, out: Floats) -> None:
    alpha = 2.0 / (n + 1.0)
    y = np.nan
    for t in range(len(x)):
        v = x[t]
        if not abs(v) < np.inf:
            y = np.nan
        elif y != y or n == 1:
            y = v
        else:
            y = fma(alpha, v - y, y)  # not alpha v + (1 - alpha) y, which leaves a constant
        out[t] = y
