"""How far a long position falls below the peak of the account: block by block, where no bar makes a new one."""

from __future__ import annotations

from typing import Any

import numpy as np

from admf.finance.compiled import FLOATS_1D, OUT_2D, VOID, compiled, in_place
from admf.model.bars import Floats

BLOCK = 16
HIGHEST, LOWEST = range(2)

Array = Any
"""A float64 array inside compiled code."""


def blocks_of(close: Floats) -> Floats:
    """The highest and the lowest close of each whole block of 16 bars; (T // 16, 2)."""
    blocks = np.empty((close.size // BLOCK, 2))
    _fill(close, blocks)
    return blocks


@compiled(VOID(FLOATS_1D, OUT_2D))
def _fill(close: Floats, blocks: Floats) -> None:
    for k in range(len(blocks)):
        blocks[k, HIGHEST] = blocks[k, LOWEST] = close[BLOCK * k]
        for t in range(BLOCK * k, BLOCK * (k + 1)):
            blocks[k, HIGHEST] = max(blocks[k, HIGHEST], close[t])
            blocks[k, LOWEST] = min(blocks[k, LOWEST], close[t])


@in_place
def below(sums: Array, price: int, square: int, first: int, stop: int, x: float) -> float:
    """The sum of (1 - x close)^2 over bars first..stop-1.

    `price` and `square` are the columns of `sums` with the prefix sums of close and of its square.
    """
    linear: float = sums[stop, price] - sums[first, price]
    squared: float = sums[stop, square] - sums[first, square]
    return (stop - first) - 2.0 * x * linear + x * x * squared


@in_place
def fall_of_long(
    found: Array, level: float, close: Array, blocks: Array, sums: Array, price: int, square: int, first: int,
    stop: int,
) -> float:  # fmt: skip
    """Let bars first..stop-1 of a long position count; `level` is the close at which the account is at its peak.

    `found[0]` is the deepest fall so far, `found[1]` the sum of their squares. The new level.
    """
    deepest, squares = found[0], found[1]
    inverse, t, since = 1.0 / level, first, first
    while t < stop:
        block = t // BLOCK
        until = min(stop, (block + 1) * BLOCK)
        known = block < len(blocks)
        if known and blocks[block, HIGHEST] <= level and 1.0 - blocks[block, LOWEST] * inverse <= deepest:
            t = until  # nothing of the kind can be in it
            continue
        if t > since:
            squares += below(sums, price, square, since, t, inverse)
        while t < until:
            if close[t] > level:
                level = close[t]
                inverse = 1.0 / level
            else:
                depth = 1.0 - close[t] * inverse
                deepest = max(deepest, depth)
                squares += depth * depth
            t += 1
        since = t
    if stop > since:
        squares += below(sums, price, square, since, stop, inverse)
    found[0], found[1] = deepest, squares
    return level
