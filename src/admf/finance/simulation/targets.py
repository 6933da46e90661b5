"""From a strategy's signal to targets: checked, rounded, on the allowed sides, after the warm-up."""

from __future__ import annotations

from typing import Any

import numpy as np

from admf.errors import TrialError
from admf.finance.compiled import FLOATS_1D, INT, OUT_1D, compiled
from admf.finance.simulation.options import Direction
from admf.model.bars import Floats

_SCALE = 1e12
"""Targets are rounded to 12 decimals, so that noise in a signal is no trade."""


class WrongLengthError(TrialError):
    """A signal has another shape than the bars it was asked for."""


_LONG, _SHORT = int(Direction.LONG), int(Direction.SHORT)


def check_signal(signal: Any, shape: tuple[int, ...]) -> Floats:
    """A signal for bars of `shape` as contiguous float64 of that shape, NaN kept.

    Takes arrays, pandas and Polars series, and bool (True is 1). TrialError where the length, the kind
    or a value outside [-1, 1] does not hold; the message says where.
    """
    array = np.asarray(signal)
    if array.dtype.kind == "O":
        array = _numbers_of(array)
    if array.dtype.kind not in "biuf":
        raise TrialError(f"a signal must be numbers or bool per bar, got {_kind(signal, array)}.")
    if array.shape != shape:
        if array.shape == (*shape, 1) or (*array.shape, 1) == shape:
            array = array.reshape(shape)
        else:
            raise WrongLengthError(f"a signal must have one value per bar, shape {shape}, got {array.shape}.")
    values = np.ascontiguousarray(array, dtype=np.float64)
    if array.dtype != np.bool_ and (at := _first_outside(values.reshape(-1))) >= 0:
        bar = at // (shape[1] if len(shape) == 2 else 1)
        raise TrialError(
            f"a signal must lie in [-1, 1], got {float(values.flat[at])!r} at bar {bar}."
            " Divide by the largest size, or return Orders."
        )
    return values


def targets_of(signal: Floats, direction: Direction, warmup: int) -> tuple[Floats, int]:
    """Targets (T, N) for the kernel, and how many were set to 0 because their side is not allowed."""
    N = signal.size // max(len(signal), 1)
    targets = np.empty(signal.size)
    disallowed = _round_targets(targets, signal.reshape(-1), int(direction), warmup * N)
    return targets.reshape(len(signal), N), disallowed


@compiled(INT(FLOATS_1D))
def _first_outside(values: Floats) -> int:
    """Place of the first value outside [-1, 1], -1 where there is none; NaN is inside."""
    for i in range(values.size):
        if abs(values[i]) > 1.0 + 1e-12:
            return i
    return -1


@compiled(INT(OUT_1D, FLOATS_1D, INT, INT))
def _round_targets(targets: Floats, signal: Floats, direction: int, first: int) -> int:
    """Rounded targets; NaN, what comes before `first` and disallowed sides become 0. How many were disallowed."""
    disallowed = 0
    for k in range(min(first, targets.size)):
        targets[k] = 0.0
    for k in range(first, targets.size):
        q = signal[k]
        if not abs(q) > 0.0:
            q = 0.0
        elif abs(q) != 1.0:
            q = np.rint(q * _SCALE) / _SCALE + 0.0
        if (direction == _LONG and q < 0.0) or (direction == _SHORT and q > 0.0):
            disallowed += 1
            q = 0.0
        targets[k] = q
    return disallowed


def _numbers_of(array: np.ndarray) -> np.ndarray:
    """Object arrays (a pandas column with None, a list with None): None is NaN, the rest must be numbers."""
    try:
        return np.array([np.nan if v is None else float(v) for v in array.ravel()]).reshape(array.shape)
    except (TypeError, ValueError):
        return array


def _kind(signal: Any, array: np.ndarray) -> str:
    return f"{type(signal).__name__} of {array.dtype}" if array.dtype.kind != "O" else type(signal).__name__
