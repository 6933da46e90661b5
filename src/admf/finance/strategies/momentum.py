"""Momentum: with the sign of the change over some bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from admf.finance.by_trade.changes import Changes, Counts, changes_of_lines, sides_of
from admf.finance.indicators.changes import roc
from admf.finance.strategies.declare import strategy
from admf.finance.strategies.sets import Columns, Lines, Sets, one_by_one
from admf.finance.strategies.targets import equal_slices, sign, write_side
from admf.model.bars import Bars, Floats


def _many(bars: Bars) -> Columns:
    lines, (sides, words) = Lines(bars.close, _roc_or_zero), sides_of(len(bars))

    def sets(*, window: Sequence[int]) -> Sets:
        if len(bars.symbols) > 1:
            return one_by_one(momentum, bars, {"window": window})
        rows = lines.rows(np.append(window, _ZERO))
        changed, zero = rows[:-1], np.full(len(window), rows[-1])

        def write(i: int, out: Floats) -> None:
            write_side(lines.array[changed[i]], lines.array[zero[i]], out)

        def changes(
            some: slice, longs: bool, shorts: bool, warmup: int, found: Changes, counts: Counts
        ) -> None:
            changes_of_lines(
                lines.array, changed[some], zero[some], longs, shorts, warmup, found, counts, sides, words
            )

        return Sets(write, changes)

    return sets


_ZERO = 0
"""The window of a line that is 0 throughout."""


def _roc_or_zero(close: Floats, window: int) -> Floats:
    return np.zeros(close.shape) if window == _ZERO else roc(close, window)


@strategy(warmup="window", space={"window": {"type": "int", "low": 10, "high": 250, "step": 10}}, many=_many)
def momentum(bars: Bars, window: int = 50) -> Floats:
    """Long where the close is above the close `window` bars ago, short below, flat if equal."""
    return equal_slices(sign(roc(bars.close, window)))
