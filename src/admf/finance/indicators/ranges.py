"""True range and its Wilder average."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from admf.finance.compiled import FLOATS_1D, INT, OUT_1D, VOID, compiled, fma
from admf.finance.indicators.arguments import columnwise, same_shape, whole_window
from admf.finance.indicators.recording import note_warmup

Floats = NDArray[np.float64]


def true_range(high: ArrayLike, low: ArrayLike, close: ArrayLike) -> Floats:
    """The range of a bar together with the gap before it: max(high, last close) - min(low, last close).

    Takes (T,) or (T, N) and returns the same shape, in the unit of the prices. NaN at the first bar,
    which has no last close, and where one of the three prices is NaN or infinite. Raises ComponentError
    for prices of different shapes. Source: J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.

    >>> true_range([2.0, 5.0], [1.0, 4.0], [1.5, 4.5])
    array([nan, 3.5])
    """
    prices = same_shape("true_range", high=high, low=low, close=close)
    note_warmup(1, *prices)
    return columnwise(_true_range, prices)[0]


def atr(high: ArrayLike, low: ArrayLike, close: ArrayLike, window: int = 14) -> Floats:
    """Average true range: Wilder's average, seeded with the mean of the first `window` true ranges.

    Takes (T,) or (T, N) and returns the same shape, in the unit of the prices. NaN for the first `window`
    bars; after a NaN or an infinity the average is seeded anew. Raises ComponentError for a window below
    1 and for prices of different shapes. Source: Wilder 1978.

    >>> atr([2.0, 5.0, 5.0], [1.0, 4.0, 4.0], [1.5, 4.5, 4.5], 2)
    array([ nan,  nan, 2.25])
    """
    n = whole_window(window, of="atr")
    prices = same_shape("atr", high=high, low=low, close=close)
    note_warmup(n, *prices)
    return columnwise(_wilder, columnwise(_true_range, prices), n)[0]


@compiled(VOID(FLOATS_1D, FLOATS_1D, FLOATS_1D, OUT_1D))
def _true_range(high: Floats, low: Floats, close: Floats, out: Floats) -> None:
    out[:1] = np.nan
    for t in range(1, len(high)):
        last = close[t - 1]
        r = max(high[t], last) - min(low[t], last)
        known = high[t] + low[t] + last  # max and min may pass over a NaN
        out[t] = r if abs(known) < np.inf else np.nan


@compiled(VOID(FLOATS_1D, INT, OUT_1D))
def _wilder(x: Floats, n: int, out: Floats) -> None:
    """Wilder's average. As m += (x - m) / k the seed is a running mean, and a constant stays constant."""
    one_nth = 1.0 / n
    m = 0.0
    k = 0
    for t in range(len(x)):
        if x[t] != x[t]:
            k = 0
            m = 0.0
        else:
            k += 1
            m = fma(1.0 / k if k < n else one_nth, x[t] - m, m)
        out[t] = m if k >= n else np.nan
