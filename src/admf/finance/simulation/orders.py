"""Orders: entries, exits, limits and fixed stops as events per bar, instead of a target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from admf.errors import TrialError
from admf.finance.simulation.options import Direction
from admf.finance.simulation.rules import (
    LIMIT,
    LONG_ENTRY,
    LONG_EXIT,
    ORDER_PROFIT,
    ORDER_STOP,
    SHORT_ENTRY,
    SHORT_EXIT,
    TARGET,
)
from admf.model.bars import Floats

_EVENTS = {LONG_ENTRY: "entries", LONG_EXIT: "exits", SHORT_ENTRY: "short_entries", SHORT_EXIT: "short_exits"}
_PRICES = {TARGET: "target", LIMIT: "limit", ORDER_STOP: "stop", ORDER_PROFIT: "take_profit"}


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """Events per bar, decided at its close; every array has the bars' shape, (T,) or (T, N), or is None.

    `entries`, `exits`, `short_entries`, `short_exits` are bool; exits come before entries. `target` is the
    size of an entry in (0, 1] (1 where missing). `limit[t]` lets the entry of bar t wait for that price
    during bar t+1 only; `stop` and `take_profit` are prices fixed at entry. NaN means none.

    >>> Orders(entries=fast > slow, exits=fast < slow, stop=0.95 * bars.close)   # doctest: +SKIP
    """

    entries: Any = None
    exits: Any = None
    short_entries: Any = None
    short_exits: Any = None
    target: Any = None
    limit: Any = None
    stop: Any = None
    take_profit: Any = None


def check_orders(orders: Orders, shape: tuple[int, ...]) -> Floats:
    """Orders for bars of `shape` as the kernel reads them, (T, N, 8) (columns: rules.py).

    TrialError names the field that does not hold.
    """
    T, N = shape if len(shape) == 2 else (shape[0], 1)
    events = np.empty((T, N, 8))
    for column, name in _EVENTS.items():
        events[..., column] = _events(name, getattr(orders, name), shape).reshape(T, N)
    for column, name in _PRICES.items():
        events[..., column] = _numbers(name, getattr(orders, name), shape).reshape(T, N)
    target = events[..., TARGET]
    target[:] = np.where(np.isnan(target), 1.0, np.round(target, 12))
    wrong = target > 1
    if wrong.any():
        raise TrialError(f"Orders.target must lie in (0, 1], found {_first(target, wrong)}.")
    return events


def events_of(events: Floats, direction: Direction, warmup: int) -> tuple[Floats, int]:
    """Without the warm-up's events and the entries of a side that is not allowed; how many those were."""
    events[:warmup, :, [LONG_ENTRY, LONG_EXIT, SHORT_ENTRY, SHORT_EXIT]] = 0.0
    if direction is Direction.BOTH:
        return events, 0
    column = SHORT_ENTRY if direction is Direction.LONG else LONG_ENTRY
    disallowed = int(np.count_nonzero(events[..., column]))
    events[..., column] = 0.0
    return events, disallowed


def _events(name: str, values: Any, shape: tuple[int, ...]) -> np.ndarray:
    if values is None:
        return np.zeros(shape, np.bool_)
    array = np.asarray(values)
    if array.shape != shape:
        raise TrialError(f"Orders.{name} must have the bars' shape {shape}, got {array.shape}.")
    if array.dtype != np.bool_:
        raise TrialError(f"Orders.{name} must be bool, got {array.dtype}. Compare, as in `fast > slow`.")
    return np.ascontiguousarray(array)


def _numbers(name: str, values: Any, shape: tuple[int, ...]) -> Floats:
    if values is None:
        return np.full(shape, np.nan)
    array = np.asarray(values)
    if array.dtype.kind not in "fiu":
        raise TrialError(f"Orders.{name} must be numbers, got {array.dtype}.")
    if array.shape not in ((), shape):
        raise TrialError(f"Orders.{name} must have the bars' shape {shape}, got {array.shape}.")
    array = np.broadcast_to(array, shape).astype(np.float64)
    wrong = np.isinf(array) | (array <= 0)
    if np.any(wrong):
        raise TrialError(f"Orders.{name} must be positive or NaN, found {_first(array, wrong)}.")
    return array


def _first(array: np.ndarray, where: np.ndarray) -> str:
    index = int(np.argmax(where.reshape(len(array), -1).any(axis=1)))
    return f"{array.reshape(len(array), -1)[index].tolist()} at bar {index}"
