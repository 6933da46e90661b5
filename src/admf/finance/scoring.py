"""Signals to metrics and nothing else, many at a time: trade by trade where that is equal, else bar by bar."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from admf.finance.by_trade.changes import changes_of_targets, room, sides_of
from admf.finance.by_trade.score import ByTrade, applies
from admf.finance.scores import Scores, scores_of
from admf.finance.simulation.options import Direction, Simulation
from admf.finance.simulation.targets import sides
from admf.finance.strategies.sets import Sets
from admf.finance.streamed import Streamed
from admf.model.bars import Bars, Floats

CHUNK = 2**16
"""Targets that are scored together: what stays in the cache between a strategy and its simulation."""
_TOGETHER = 256
"""Sets whose changes are listed together."""


class Scorer:
    """Scores signals over the same bars. A signal gets the same bits in whatever company it comes.

    Nothing is kept of a trial but its metrics: no memory is asked for per trial, and none is touched that is
    not in the cache already.
    """

    __slots__ = ("_by_trade", "_lists", "_sides", "bars", "streamed")

    def __init__(self, bars: Bars) -> None:
        self.bars, self.streamed = bars, Streamed(bars)
        self._by_trade: ByTrade | None = None
        self._lists, self._sides = room(len(bars), _TOGETHER), sides_of(len(bars))

    @property
    def rows(self) -> int:
        """How many signals to score at a time."""
        return max(1, CHUNK // max(self.bars.close.size, 1))

    def score(self, signals: Floats, options: Simulation, warmup: int) -> Scores:
        """Trade `signals`, contiguous (n, T N), a target per bar and symbol, by the rules of `options`."""
        if not _applies(self.bars, options):
            return self.streamed.score(signals, options, warmup)
        scores, (low, high) = scores_of(len(signals)), sides(options.direction)
        changes, counts = self._lists
        for first in range(0, len(signals), _TOGETHER):
            some = signals[first : first + _TOGETHER]
            changes_of_targets(some, low, high, warmup, changes, counts, *self._sides)
            left = first + self._listed(scores, first, len(some), options, warmup)
            if left.size:
                scores.put(left, self.streamed.score(signals[left], options, warmup))
        return scores

    def score_sets(self, sets: Sets, first: int, stop: int, options: Simulation, warmup: int) -> Scores:
        """Ask sets first..stop-1 of a strategy for their signals, and trade them by the rules of `options`."""
        scores = scores_of(stop - first)
        if sets.changes is None or not _applies(self.bars, options):
            self._score_written(scores, sets, np.arange(first, stop), first, options, warmup)
            return scores
        longs, shorts = options.direction is not Direction.SHORT, options.direction is not Direction.LONG
        changes, counts = self._lists
        for start in range(first, stop, _TOGETHER):
            some = slice(start, min(start + _TOGETHER, stop))
            sets.changes(some, longs, shorts, warmup, changes, counts)
            left = start + self._listed(scores, start - first, some.stop - start, options, warmup)
            self._score_written(scores, sets, left, first, options, warmup, plainly=True)
        return scores

    def _listed(
        self, scores: Scores, first: int, n: int, options: Simulation, warmup: int
    ) -> NDArray[np.int64]:
        """Score the changes of n sets into rows `first` and on; which of them are left to be streamed."""
        if self._by_trade is None:
            self._by_trade = ByTrade(self.bars)
        changes, counts = self._lists
        left = np.ones(n, np.bool_)
        reasons = self._by_trade.score(
            changes, counts[:n], options, warmup, scores.metrics[first : first + n], left
        )
        scores.undefined.put(slice(first, first + n), reasons)
        return np.flatnonzero(left)

    def _score_written(
        self,
        scores: Scores,
        sets: Sets,
        rows: NDArray[np.int64],
        first: int,
        options: Simulation,
        warmup: int,
        *,
        plainly: bool = False,
    ) -> None:
        """Score the written signals of some sets; `plainly`: bar by bar."""
        score = self.streamed.score if plainly else self.score
        for start in range(0, len(rows), self.rows):
            some = rows[start : start + self.rows]
            signals = np.empty((len(some), self.bars.close.size))
            for row, signal in zip(some.tolist(), signals, strict=True):
                sets.write(row, signal)
            scores.put(some - first, score(signals, options, warmup))


@lru_cache(maxsize=256)
def _applies(bars: Bars, options: Simulation) -> bool:
    return applies(bars, options)
