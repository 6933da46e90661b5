"""Where the side of a strategy changes: its signal as a short list of bars.

A side is -1, 0 or 1. A change is one number, `4 bar + side + 1`; the list of a set begins flat.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from admf.finance.compiled import compiled, trailing_zeros
from admf.model.bars import Floats

Sides = NDArray[np.int8]
Words = NDArray[np.uint64]
Counts = NDArray[np.int64]
Changes = NDArray[np.int32]

_EIGHT, _ALL = np.uint64(0x0101010101010101), np.uint64(2**64 - 1)

TILE = 1024
"""Bars that are looked at together: a tile of all lines stays in the cache while the sets pass over it."""


def room(bars: int, sets: int) -> tuple[Changes, Counts]:
    """Lists for so many sets over so many bars, whatever changes; what is not written is not allocated."""
    return np.empty((sets, bars + 9), np.int32), np.zeros(sets, np.int64)


def sides_of(bars: int) -> tuple[Sides, Words]:
    """An array for the sides of one set, or of a tile of it, and the same eight at a time."""
    sides = np.zeros((max(bars, TILE) + 15) // 8 * 8, np.int8)
    return sides, sides.view(np.uint64)


@compiled
def compare(above: Floats, below: Floats, longs: bool, shorts: bool, sides: Sides) -> None:
    """1 where `above` > `below`, -1 where it is less, 0 where neither, or where a side is not allowed."""
    if shorts and longs:
        for t in range(above.size):
            sides[t] = np.int8(above[t] > below[t]) - np.int8(above[t] < below[t])
    elif longs:
        for t in range(above.size):
            sides[t] = above[t] > below[t]
    else:
        for t in range(above.size):
            sides[t] = -np.int8(above[t] < below[t])


@compiled
def as_sides(targets: Floats, low: float, high: float, sides: Sides) -> int:
    """Targets as sides within [low, high], NaN as 0; how many are none of -1, 0, 1 and NaN."""
    odd = 0
    for t in range(targets.size):
        q = targets[t]
        up, down = q == 1.0, q == -1.0
        odd += not (up | down | (q == 0.0) | (q != q))
        sides[t] = np.int8(up & (high == 1.0)) - np.int8(down & (low == -1.0))
    return odd


@compiled
def append(
    changes: Changes, count: int, sides: Sides, words: Words, first: int, n: int, at: int, before: int
) -> tuple[int, int]:
    """Write the changes among sides first..first+n-1, which are those of bars at, at + 1, ...; their new count.

    `before` is the side before them; the last one is returned too. `first` is a multiple of 8. Eight sides are looked
    at together, since mostly nothing changes.
    """
    same = _EIGHT * np.uint64(np.uint8(before))
    w, end = first >> 3, (first + n + 7) >> 3
    for t in range(first + n, end << 3):
        sides[t] = sides[first + n - 1]  # beyond the last one nothing changes
    while w < end:
        if w + 4 <= end and words[w] == same:
            odd = (words[w + 1] ^ same) | (words[w + 2] ^ same) | (words[w + 3] ^ same)
            w += 1 if odd else 4
            continue
        differs = words[w] ^ same
        while differs:
            t = 8 * w + (trailing_zeros(differs) >> 3)
            before = int(sides[t])
            changes[count] = 4 * (at + t - first) + before + 1
            count += 1
            same = _EIGHT * np.uint64(np.uint8(before))
            rest = _ALL << np.uint64(8 * (t & 7)) << np.uint64(8)
            differs = (words[w] ^ same) & rest
        w += 1
    return count, before


@compiled
def changes_of_sides(changes: Changes, sides: Sides, words: Words, warmup: int, bars: int) -> int:
    """All changes of one set, decided from the warm-up on; what the last bar decides is never filled."""
    if warmup >= bars - 1:
        return 0
    first, count, before = warmup // 8 * 8, 0, 0
    for t in range(first, warmup):
        sides[t] = 0
    return append(changes, count, sides, words, first, bars - 1 - first, first, before)[0]


@compiled
def changes_of_lines(
    lines: Floats, above: Counts, below: Counts, longs: bool, shorts: bool, warmup: int, changes: Changes,
    counts: Counts, sides: Sides, words: Words,
) -> None:  # fmt: skip
    """The changes of sets that are long while line above[i] is above line below[i], and short below it.

    `lines` (m, T), `changes` (n, T + 9), `counts` (n,). Tile by tile, so that no line is read from afar twice.
    """
    T, n = lines.shape[1], len(above)
    before = np.zeros(n, np.int8)
    for i in range(n):
        counts[i] = 0
    for start in range(warmup, T - 1, TILE):
        stop = min(start + TILE, T - 1)
        for i in range(n):
            compare(lines[above[i], start:stop], lines[below[i], start:stop], longs, shorts, sides)
            found, last = append(changes[i], counts[i], sides, words, 0, stop - start, start, int(before[i]))
            counts[i], before[i] = found, last


@compiled
def changes_of_targets(
    targets: Floats, low: float, high: float, warmup: int, changes: Changes, counts: Counts, sides: Sides,
    words: Words,
) -> None:  # fmt: skip
    """The changes of targets (n, T) within [low, high]; the count is -1 where one is none of -1, 0, 1 and NaN."""
    T = targets.shape[1]
    for i in range(len(targets)):
        counts[i] = -1
        if as_sides(targets[i], low, high, sides) == 0:
            counts[i] = changes_of_sides(changes[i], sides, words, warmup, T)
