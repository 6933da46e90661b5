"""How far a long position falls below the peak of the account: block by block, where no bar makes a new one."""

from __future__ import annotations

from typing import Any

import numpy as np

from admf.finance.compiled import FLOATS_1D, OUT_2D, VOID, compiled, in_place
from admf.model.bars import Floats

BLOCK = 16
HIGHEST, LOWEST = range(2)
"""Columns of `blocks`."""
HIGHEST_YET, LOWEST_YET, HIGHEST_FROM, LOWEST_FROM, DEEPEST_FROM, SQUARES_FROM = range(6)
"""Rows of `inside`: the highest and lowest close of a bar's block up to it, and from it to the end of its block; for
that part, if the bar is itself a new peak, the deepest fall and the sum of the squared falls too."""

Array = Any
"""A float64 array inside compiled code."""


def blocks_of(close: Floats) -> tuple[Floats, Floats]:
    """The highest and the lowest close of each whole block of 16 bars, (T // 16, 2), and `inside`, (6, T)."""
    blocks, inside = np.empty((close.size // BLOCK, 2)), np.zeros((6, close.size))
    _fill(close, blocks, inside)
    return blocks, inside


@compiled(VOID(FLOATS_1D, OUT_2D, OUT_2D))
def _fill(close: Floats, blocks: Floats, inside: Floats) -> None:
    for k in range(len(blocks)):
        first, stop = BLOCK * k, BLOCK * (k + 1)
        high = low = close[first]
        for t in range(first, stop):
            high, low = max(high, close[t]), min(low, close[t])
            inside[HIGHEST_YET, t], inside[LOWEST_YET, t] = high, low
            peak = lowest = close[t]
            for later in range(t, stop):
                peak, lowest = max(peak, close[later]), min(lowest, close[later])
                depth = 1.0 - close[later] / peak
                inside[DEEPEST_FROM, t] = max(inside[DEEPEST_FROM, t], depth)
                inside[SQUARES_FROM, t] += depth * depth
            inside[HIGHEST_FROM, t], inside[LOWEST_FROM, t] = peak, lowest
        blocks[k, HIGHEST], blocks[k, LOWEST] = high, low


@in_place
def below(sums: Array, price: int, square: int, first: int, stop: int, x: float) -> float:
    """The sum of (1 - x close)^2 over bars first..stop-1.

    `price` and `square` are the columns of `sums` with the prefix sums of close and of its square.
    """
    linear: float = sums[stop, price] - sums[first, price]
    squared: float = sums[stop, square] - sums[first, square]
    return (stop - first) - 2.0 * x * linear + x * x * squared


@in_place
def _rises_at(close: Array, inside: Array, t: int, end: int, level: float) -> int:
    """The first bar of t..end-1 above `level`, else `end`; these bars end with their block."""
    if t % BLOCK == 0:
        below_it = 0
        for i in range(t, end):  # without a branch
            below_it += inside[HIGHEST_YET, i] <= level
        return t + below_it
    while t < end and close[t] <= level:
        t += 1
    return t


@in_place
def _lowest(close: Array, inside: Array, t: int, stop: int) -> float:
    """The lowest close of bars t..stop-1, all of one block; stop > t."""
    low: float = close[t]
    if stop % BLOCK == 0:
        low = inside[LOWEST_FROM, t]
    elif t % BLOCK == 0:
        low = inside[LOWEST_YET, stop - 1]
    else:
        for i in range(t + 1, stop):
            low = min(low, close[i])
    return low


@in_place
def fall_of_long(
    found: Array, level: float, close: Array, blocks: Array, inside: Array, sums: Array, price: int,
    square: int, first: int, stop: int,
) -> float:  # fmt: skip
    """Let bars first..stop-1 of a long position count; `level` is the close at which the account is at its peak.

    `found[0]` is the deepest fall so far, `found[1]` the sum of their squares. The new level.
    """
    deepest, squares = found[0], found[1]
    inverse, t, since = 1.0 / level, first, first  # since: the bars from it on wait for their prefix sums
    while t < stop:
        block = t // BLOCK
        end = (block + 1) * BLOCK
        until = min(stop, end)
        if block < len(blocks):
            if blocks[block, HIGHEST] <= level:
                if 1.0 - blocks[block, LOWEST] * inverse > deepest:
                    deepest = max(deepest, 1.0 - _lowest(close, inside, t, until) * inverse)
                t = until
                continue
            if until == end:
                up = _rises_at(close, inside, t, end, level)
                if up > t:
                    deepest = max(deepest, 1.0 - _lowest(close, inside, t, up) * inverse)
                if up < end:
                    if up > since:
                        squares += below(sums, price, square, since, up, inverse)
                    deepest = max(deepest, inside[DEEPEST_FROM, up])
                    squares += inside[SQUARES_FROM, up]
                    level, since = inside[HIGHEST_FROM, up], end
                    inverse = 1.0 / level
                t = end
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
