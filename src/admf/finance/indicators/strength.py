"""Relative strength index: how much of the recent movement went up."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from admf.finance.compiled import FLOATS_1D, INT, OUT_1D, VOID, compiled, fma
from admf.finance.indicators.arguments import columnwise, series, whole_window
from admf.finance.indicators.recording import note_warmup

Floats = NDArray[np.float64]


def rsi(values: ArrayLike, window: int = 14) -> Floats:
    """Wilder's relative strength index: 100 gain / (gain + loss), averages of the changes up and down.

    The averages are seeded with the mean of the first `window` changes, then follow Wilder's rule
    m += (x - m) / window. Takes (T,) or (T, N) and returns the same shape, 0 to 100; 50 where there was
    neither gain nor loss. NaN for the first `window` bars; after a NaN or an infinity the averages are
    seeded anew. Raises ComponentError for a window below 1.
    Source: J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.

    >>> rsi([1.0, 4.0, 3.0, 3.0], 2)
    array([nan, nan, 75., 75.])
    """
    n, x = whole_window(window, of="rsi"), series(values, of="rsi")
    note_warmup(n, x)
    return columnwise(_rsi, (x,), n)[0]


@compiled(VOID(FLOATS_1D, INT, OUT_1D))
def _rsi(x: Floats, n: int, out: Floats) -> None:
    one_nth = 1.0 / n
    last = np.nan
    gain = loss = 0.0
    k = 0
    for t in range(len(x)):
        change = x[t] - last
        last = x[t]
        if not abs(change) < np.inf:  # the first value, a gap, or the value after it
            gain = loss = 0.0
            k = 0
            out[t] = np.nan
            continue
        k += 1
        step = 1.0 / k if k < n else one_nth
        gain = fma(step, (change if change > 0.0 else 0.0) - gain, gain)
        loss = fma(step, (-change if change < 0.0 else 0.0) - loss, loss)
        moved = gain + loss
        ratio = 100.0 * (gain / moved) if moved > 0.0 else 50.0  # in this order no loss gives 100 exactly
        out[t] = ratio if k >= n else np.nan
