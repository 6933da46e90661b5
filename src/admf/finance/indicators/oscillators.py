"""Stochastic oscillator: where the close is between the lowest low and the highest high."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from admf.finance.compiled import FLOATS_1D, OUT_1D, VOID, compiled
from admf.finance.indicators.arguments import columnwise, same_shape, whole_window
from admf.finance.indicators.recording import note_warmup
from admf.finance.indicators.rolling import rolling_extreme, rolling_mean

Floats = NDArray[np.float64]


class Stochastic(NamedTuple):
    """Two lines between 0 and 100."""

    k: Floats
    d: Floats


def stochastic(
    high: ArrayLike, low: ArrayLike, close: ArrayLike, window: int = 14, smooth: int = 3, signal: int = 3
) -> Stochastic:
    """Slow stochastic: k = sma(100 (close - lowest) / (highest - lowest), smooth), d = sma(k, signal).

    `lowest` and `highest` are over the last `window` bars; where they are equal the raw value is 50, the
    middle (TA-Lib says 0, an extreme, for a price that has not moved). Takes (T,) or (T, N); two arrays
    of that shape. NaN for the first window + smooth - 2 bars (d: signal - 1 more) and while a NaN or an
    infinity is in reach. Raises ComponentError for a window below 1 and for prices of different shapes.
    Source: G. Lane, "Lane's stochastics", 1984.

    >>> stochastic([2.0, 4.0], [0.0, 1.0], [1.0, 3.0], 2, 1, 1).k
    array([nan, 75.])
    """
    n, n_k, n_d = (
        whole_window(value, of="stochastic", name=name)
        for name, value in (("window", window), ("smooth", smooth), ("signal", signal))
    )
    prices = same_shape("stochastic", high=high, low=low, close=close)
    note_warmup(n - 1 + n_k - 1 + n_d - 1, *prices)
    (upper,) = columnwise(rolling_extreme, prices[:1], 1.0, n)
    (lower,) = columnwise(rolling_extreme, prices[1:2], -1.0, n)
    (raw,) = columnwise(_place, (prices[2], upper, lower))
    (k,) = columnwise(rolling_mean, (raw,), n_k)
    (d,) = columnwise(rolling_mean, (k,), n_d)
    return Stochastic(k, d)


@compiled(VOID(FLOATS_1D, FLOATS_1D, FLOATS_1D, OUT_1D))
def _place(close: Floats, upper: Floats, lower: Floats, out: Floats) -> None:
    for t in range(len(close)):
        span = upper[t] - lower[t]
        place = 100.0 * ((close[t] - lower[t]) / span)  # in this order 1 gives 100 exactly
        out[t] = 50.0 if span == 0.0 and abs(close[t]) < np.inf else place
