"""From a strategy's signal to targets: checked, rounded, on the allowed sides, after the warm-up."""

from __future__ import annotations

from typing import Any

import numpy as np

from admf.errors import TrialError
from admf.finance.compiled import FLOAT, FLOATS_1D, INT, OUT_1D, compiled
from admf.finance.simulation.options import Direction
from admf.model.bars import Floats

_SCALE = 1e12
"""Targets are rounded to 12 decimals, so that noise in a signal is no trade."""


class WrongLengthError(TrialError):
    """A signal has another shape than the bars it was asked for."""


def check_signal(signal: Any, shape: tuple[int, ...]) -> Floats:
    """A signal for bars of `shape` as contiguous float64 of that shape, NaN kept.

    Takes arrays, pandas and Polars series, and bool (True is 1). TrialError where the length, the kind
    or a value outside [-1, 1] does not hold; the message says where.
    """
    values = values_of(signal, shape)
    if (at := _first_outside(values.reshape(-1))) >= 0:
        raise outside(values, at)
    return values


def targets_of(signal: Any, shape: tuple[int, ...], direction: Direction, warmup: int) -> tuple[Floats, int]:
    """Targets (T, N) of a signal for bars of `shape`, and how many were set to 0 because their side is not allowed.

    Raises as `check_signal` does.
    """
    values, N = values_of(signal, shape), shape[1] if len(shape) == 2 else 1
    targets, (low, high) = np.empty((shape[0], N)), sides(direction)
    disallowed = round_targets(targets.reshape(-1), values.reshape(-1), low, high, warmup * N)
    if disallowed < 0:
        raise outside(values, -1 - disallowed)
    return targets, disallowed


def sides(direction: Direction) -> tuple[float, float]:
    """The lowest and the highest target that a direction allows."""
    return 0.0 if direction == Direction.LONG else -1.0, 0.0 if direction == Direction.SHORT else 1.0


def values_of(signal: Any, shape: tuple[int, ...]) -> Floats:
    """`check_signal` but for the values, which are not looked at."""
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
    return np.ascontiguousarray(array, dtype=np.float64)


def outside(values: Floats, at: int) -> TrialError:
    """The error of a signal whose flat value number `at` is outside [-1, 1]."""
    bar = at // (values.shape[1] if values.ndim == 2 else 1)
    return TrialError(
        f"a signal must lie in [-1, 1], got {float(values.flat[at])!r} at bar {bar}."
        " Divide by the largest size, or return Orders."
    )


@compiled(INT(FLOATS_1D))
def _first_outside(values: Floats) -> int:
    """Place of the first value outside [-1, 1], -1 where there is none; NaN is inside."""
    for i in range(values.size):
        if abs(values[i]) > 1.0 + 1e-12:
            return i
    return -1


@compiled(INT(FLOATS_1D))
def _odd_ones(signal: Floats) -> int:
    """How many values are none of -1, 0 and 1."""
    odd = 0
    for k in range(signal.size):
        size = abs(signal[k])
        odd += (size * size != size) | (size > 1.0)  # infinity is its own square
    return odd


@compiled(INT(OUT_1D, FLOATS_1D, FLOAT, FLOAT))
def _limited(targets: Floats, sides: Floats, low: float, high: float) -> int:
    """Signals of -1, 0 and 1 limited to [low, high], without a branch; how many were not in it."""
    disallowed = 0
    for k in range(targets.size):
        targets[k] = min(max(sides[k], low), high) + 0.0
        disallowed += targets[k] != sides[k]
    return disallowed


@compiled(INT(OUT_1D, FLOATS_1D, FLOAT, FLOAT, INT))
def round_targets(targets: Floats, signal: Floats, low: float, high: float, first: int) -> int:
    """Rounded targets; NaN, what comes before `first` and what is not in [low, high] become 0.

    How many were not; -1 - k where value k is outside [-1, 1].
    """
    first = min(first, targets.size)
    for k in range(first):
        targets[k] = 0.0
    if _odd_ones(signal) == 0:  # the usual signal
        return _limited(targets[first:], signal[first:], low, high)
    disallowed = 0
    for k in range(targets.size):
        q = signal[k]
        if abs(q) > 1.0 + 1e-12:
            return -1 - k
        if k < first:
            continue
        if not abs(q) > 0.0:
            q = 0.0
        elif abs(q) != 1.0:
            q = np.rint(q * _SCALE) / _SCALE + 0.0
        if not low <= q <= high:
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
