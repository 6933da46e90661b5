"""MACD: how far a fast and a slow exponential average are apart."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from admf.finance.compiled import FLOATS_1D, INT, OUT_1D, VOID, compiled
from admf.finance.indicators.arguments import columnwise, series, whole_window
from admf.finance.indicators.recording import note_warmup

Floats = NDArray[np.float64]


class Macd(NamedTuple):
    """Three lines in the unit of the values."""

    macd: Floats
    signal: Floats
    histogram: Floats


def macd(values: ArrayLike, fast: int = 12, slow: int = 26, signal: int = 9) -> Macd:
    """MACD: ema(fast) - ema(slow), its own ema(signal), and the histogram macd - signal.

    All averages start at the first value (as `ema` does), so there are values from the first bar, but
    max(fast, slow) - 1 + signal - 1 bars count as warm-up. Takes (T,) or (T, N); three arrays of that
    shape. NaN or an infinity gives NaN there, and all averages start anew after it. Raises
    ComponentError for a window below 1. Source: G. Appel, "Technical Analysis: Power Tools", 2005.

    >>> macd([0.0, 4.0, 4.0], fast=1, slow=3, signal=3).macd
    array([0., 2., 1.])
    """
    windows = [
        whole_window(window, of="macd", name=name)
        for name, window in (("fast", fast), ("slow", slow), ("signal", signal))
    ]
    x = series(values, of="macd")
    note_warmup(max(windows[:2]) - 1 + windows[2] - 1, x)
    return Macd(*columnwise(_macd, (x,), *windows, outputs=3))


@compiled(VOID(FLOATS_1D, INT, INT, INT, OUT_1D, OUT_1D, OUT_1D))
def _macd(
    x: Floats, fast: int, slow: int, signal: int, line: Floats, average: Floats, histogram: Floats
) -> None:
    """Follow e = x - ema(x), which obeys e[t] = (1 - alpha) (e[t-1] + x[t] - x[t-1]).

    The price itself never enters, only its changes, so that nothing cancels: on a flat price macd goes
    to 0 and does not stay at the rounding error of two averages, where the histogram's sign is noise.
    """
    keep_fast = (fast - 1.0) / (fast + 1.0)  # 1 - alpha
    keep_slow = (slow - 1.0) / (slow + 1.0)
    keep_signal = (signal - 1.0) / (signal + 1.0)
    last = np.nan
    e_fast = e_slow = macd = h = 0.0
    for t in range(len(x)):
        v = x[t] if abs(x[t]) < np.inf else np.nan
        if last == last:
            e_fast = keep_fast * (e_fast + (v - last))
            e_slow = keep_slow * (e_slow + (v - last))
            before = macd
            macd = e_slow - e_fast
            h = keep_signal * (h + (macd - before))
        else:
            e_fast = e_slow = macd = h = v - v  # 0 at the first value, NaN before it
        last = v
        line[t] = macd
        average[t] = macd - h
        histogram[t] = h
