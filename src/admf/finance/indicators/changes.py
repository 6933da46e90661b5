"""Rate of change: how far a value has moved since some bars ago."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from admf.finance.compiled import FLOATS_1D, INT, OUT_1D, VOID, compiled
from admf.finance.indicators.arguments import columnwise, series, whole_window
from admf.finance.indicators.recording import note_warmup

Floats = NDArray[np.float64]


def roc(values: ArrayLike, window: int = 10) -> Floats:
    """Rate of change over `window` bars, a fraction: x[t] / x[t - window] - 1 (0.02 is two percent).

    Takes (T,) or (T, N) and returns the same shape. NaN for the first `window` bars, where either value
    is NaN or infinite, and where the older one is 0. Raises ComponentError for a window below 1.

    >>> roc([4.0, 5.0, 3.0], 1)
    array([  nan,  0.25, -0.4 ])
    """
    n, x = whole_window(window, of="roc"), series(values, of="roc")
    note_warmup(n, x)
    return columnwise(relative_change, (x,), n)[0]


@compiled(VOID(FLOATS_1D, INT, OUT_1D))
def relative_change(x: Floats, n: int, out: Floats) -> None:
    """(x[t] - x[t-n]) / x[t-n]: the difference of near prices is exact, their quotient minus 1 is not."""
    out[:n] = np.nan
    for t in range(n, len(x)):
        r = (x[t] - x[t - n]) / x[t - n]
        out[t] = r if abs(x[t - n]) < np.inf and abs(r) < np.inf else np.nan
