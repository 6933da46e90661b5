"""From indicator values to targets: signs, states, equal slices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from admf.finance.compiled import FLOAT, FLOATS_1D, OUT_1D, VOID, compiled

Floats = NDArray[np.float64]


def sign(values: Floats) -> Floats:
    """+1 above zero, -1 below, 0 at zero and where the value is NaN; shape (T,) or (T, N)."""
    signs = np.empty(values.shape)
    _signs(np.ascontiguousarray(values).reshape(-1), signs.reshape(-1))
    return signs


@compiled(VOID(FLOATS_1D, OUT_1D))
def _signs(values: Floats, signs: Floats) -> None:
    for i in range(values.size):
        signs[i] = 1.0 if values[i] > 0.0 else -1.0 if values[i] < 0.0 else 0.0


@compiled(VOID(FLOATS_1D, FLOATS_1D, OUT_1D))
def write_side(above: Floats, below: Floats, out: Floats) -> None:
    """The sign of `above` - `below`, 0 where one of them is NaN."""
    for i in range(out.size):
        out[i] = 1.0 if above[i] > below[i] else -1.0 if above[i] < below[i] else 0.0


def equal_slices(positions: Floats) -> Floats:
    """Positions (T, N) in {-1, 0, 1} as targets that together never exceed 1; (T,) is left as it is."""
    return positions if positions.ndim == 1 else positions / positions.shape[1]


@compiled(FLOAT(FLOAT, FLOAT, FLOAT, FLOAT, FLOAT))
def reverting(position: float, x: float, lower: float, middle: float, upper: float) -> float:
    """The next position of a strategy that bets on the way back to the middle.

    Long below `lower`, short above `upper`, out where x is back at the middle; flat while a line is NaN.
    """
    if x < lower:
        return 1.0
    if x > upper:
        return -1.0
    if x < middle:
        return max(position, 0.0)
    if x > middle:
        return min(position, 0.0)
    return 0.0  # at the middle, or not ready
