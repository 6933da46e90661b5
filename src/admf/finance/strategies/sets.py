"""Many parameter sets of a strategy at once: what they share is computed once, and what they say is short."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.finance.by_trade.changes import Changes, Counts
from admf.finance.indicators.memo import memo_of, remembering
from admf.model.bars import Bars, Floats

_MOST_BYTES = 128 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Sets:
    """Parameter sets over some bars, ready to be asked for their signals.

    `write(i, out)` writes the signal of the i-th set, with the bits that the strategy itself gives, into `out`
    (T N,): a target per bar and symbol, in memory order.

    `changes(some, longs, shorts, warmup, changes, counts)` lists where the sides of some sets change, for one symbol
    (by_trade/changes.py); None: only their signals are known.
    """

    write: Callable[[int, Floats], None]
    changes: Callable[[slice, bool, bool, int, Changes, Counts], None] | None = None


Columns = Callable[..., Sets]
"""sets(**columns): the sets of a batch, an array of values per parameter."""

Many = Callable[[Bars], Columns]
"""many(bars): how to make sets over these bars; what is kept between batches is kept there."""


def one_by_one(strategy: Callable[..., Floats], bars: Bars, columns: Mapping[str, Sequence[Any]]) -> Sets:
    """The sets of a strategy that shares nothing between them."""
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*map(_listed, columns.values()), strict=True)]

    def write(i: int, out: Floats) -> None:
        out[:] = strategy(bars, **rows[i]).reshape(-1)

    return Sets(write)


def _listed(column: Sequence[Any] | NDArray[Any]) -> Sequence[Any]:
    return column.tolist() if isinstance(column, np.ndarray) else column


@dataclass(slots=True, eq=False)
class Lines:
    """An indicator of one column by its window: a row each, made when it is first asked for; at most 128 MB."""

    values: Floats
    indicator: Callable[[Floats, int], Floats]
    array: Floats = field(init=False)
    known: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.array = np.empty((0, self.values.size))

    def rows(self, windows: Sequence[int] | NDArray[Any]) -> NDArray[np.int64]:
        """The row of each window, in `array`; what was returned before may be gone.

        Raises MemoryError where these alone are more than is kept, and what the indicator raises.
        """
        distinct, place = np.unique(np.asarray(windows), return_inverse=True)
        new = [window for window in distinct.tolist() if window not in self.known]
        self._make_room(len(new), len(distinct))
        with remembering(memo_of(())):  # what is kept here need not be kept twice
            for window in new if self.known else distinct.tolist():
                self.array[len(self.known)] = self.indicator(self.values, window).reshape(-1)
                self.known[window] = len(self.known)
        return np.array([self.known[window] for window in distinct.tolist()])[place.reshape(-1)]

    def _make_room(self, new: int, distinct: int) -> None:
        most = max(1, _MOST_BYTES // max(self.values.nbytes, 1))
        if distinct > most:
            raise MemoryError(f"{distinct} lines are more than the {most} that are kept")
        if len(self.known) + new > most:
            self.known.clear()
        needed = len(self.known) + (new if self.known else distinct)
        if needed > len(self.array):
            grown = np.empty((min(most, max(needed, 2 * len(self.array))), self.values.size))
            grown[: len(self.known)] = self.array[: len(self.known)]
            self.array = grown
