"""How far values spread: the distance from their mean in standard deviations, and volatility."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from admf.finance.indicators.arguments import columnwise, series, whole_window
from admf.finance.indicators.changes import relative_change
from admf.finance.indicators.recording import note_warmup
from admf.finance.indicators.rolling import rolling_deviation

Floats = NDArray[np.float64]


def zscore(values: ArrayLike, window: int = 20) -> Floats:
    """(x[t] - mean) / sd of the last `window` values, the current one among them; sd with divisor `window`.

    Takes (T,) or (T, N) and returns the same shape, without unit. NaN for the first window - 1 bars,
    while the window holds a NaN or an infinity, and where all its values are equal (undefined, not 0).
    Raises ComponentError for a window below 1.

    >>> zscore([1.0, 3.0, 3.0], 2)
    array([nan,  1., nan])
    """
    n, x = whole_window(window, of="zscore"), series(values, of="zscore")
    note_warmup(n - 1, x)
    deviation, sd = columnwise(rolling_deviation, (x,), n, 0, outputs=2)
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN on purpose
        return np.divide(deviation, sd, out=deviation)


def volatility(values: ArrayLike, window: int = 20) -> Floats:
    """Standard deviation (divisor window - 1) of the last `window` simple returns, per bar, a fraction.

    Not annualised: multiply with sqrt(bars.bars_per_year). Takes prices (T,) or (T, N) and returns the
    same shape. NaN for the first `window` bars and while the window + 1 prices hold a NaN or an infinity.
    Raises ComponentError for a window below 2, since one return has no spread.

    >>> volatility([4.0, 5.0, 5.0, 5.0], 2)
    array([      nan,       nan, 0.1767767, 0.       ])
    """
    n, x = whole_window(window, of="volatility", least=2), series(values, of="volatility")
    note_warmup(n, x)
    (returns,) = columnwise(relative_change, (x,), 1)
    return columnwise(rolling_deviation, (returns,), n, 1, outputs=2)[1]
