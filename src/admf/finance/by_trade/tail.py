"""The worst 5 % of the bars of one set, from the asset's returns in their order and the few that are the set's own."""

from __future__ import annotations

from typing import Any

import numpy as np

from admf.finance.compiled import compiled, in_place
from admf.finance.metrics.returns import TAIL, TIE, two_ranks

Array = Any
_FEW = 48
"""Up to so many values are sorted by insertion."""


@in_place
def has_bit(bits: Array, n: int) -> Any:
    """1 where bit n of words of 64 is set, else 0."""
    return np.int64((bits[n >> 6] >> np.uint64(n & 63)) & np.uint64(1))


@in_place
def lowest_held(ascending: Array, bar: Array, held: Array, most: int, out: Array) -> tuple[int, int]:
    """The `most` lowest returns of held bars, in order, into `out`; how many there are, and where to go on."""
    found = j = 0
    while found < most and j < len(bar):  # without a branch: the next write lands on what is not held
        out[found] = ascending[j]
        found += has_bit(held, bar[j])
        j += 1
    return found, j


@in_place
def up_to(values: Array, n: int, limit: float, out: Array) -> int:
    """Those of values[:n] at or below `limit`, into `out`; how many there are."""
    found = 0
    for i in range(n):
        out[found] = values[i]
        found += values[i] <= limit
    return found


@in_place
def _sort_few(values: Array, n: int) -> None:
    for i in range(1, n):
        value, at = values[i], i
        while at > 0 and values[at - 1] > value:
            values[at] = values[at - 1]
            at -= 1
        values[at] = value


@in_place
def _two_of_sorted(low: Array, n_low: int, few: Array, n_few: int, k: int) -> tuple[float, float]:
    """The numbers with ranks k and k + 1 of two sorted lists together."""
    b = max(0, k + 1 - n_low)  # so many of `few` are among the first k + 1
    while b < n_few and b <= k and few[b] < low[k - b]:
        b += 1
    a = k + 1 - b
    at, above = -np.inf, np.inf
    if a > 0:
        at = low[a - 1]
    if b > 0:
        at = max(at, few[b - 1])
    if a < n_low:
        above = low[a]
    if b < n_few:
        above = min(above, few[b])
    return at, above


@compiled
def _two(low: Array, n_low: int, own: Array, n_own: int, zeros: int, k: int) -> tuple[float, float]:
    """The numbers with ranks k and k + 1 of low[:n_low], in order, own[:n_own], reordered, and zeros."""
    if n_own > _FEW:
        end = n_own + n_low + min(zeros, k + 2)
        own[n_own : n_own + n_low] = low[:n_low]
        own[n_own + n_low : end] = 0.0
        return two_ranks(own[:end], k)
    if n_low + n_own >= k + 2:
        _sort_few(own, n_own)
        at, above = _two_of_sorted(low, n_low, own, n_own, k)
        if above <= 0.0 or zeros == 0:
            return at, above
        if at < 0.0:
            return at, 0.0
    every = np.empty(n_low + n_own + min(zeros, k + 2))  # the zeros matter: a set that is mostly flat
    every[:] = 0.0
    every[:n_low] = low[:n_low]
    every[n_low : n_low + n_own] = own[:n_own]
    return two_ranks(every, k)


@compiled
def tail_of(
    ascending: Array,
    bar: Array,
    held: Array,
    low: Array,
    own: Array,
    n_own: int,
    few: Array,
    zeros: int,
    n: int,
) -> tuple[float, float]:
    """The TAIL quantile of n returns (linear interpolation), and the mean of those up to it.

    The returns are those of the bars that are `held` (a bit each), of all returns of the asset, `ascending`, of which
    the i-th is that of bar[i]; own[:n_own]; and so many `zeros`. `low` (n + 3,) and `few` (2 n + 6,) are room.
    """
    position = (n - 1) * TAIL
    k = int(position)
    n_low, j = lowest_held(ascending, bar, held, k + 2, low)
    n_few = up_to(own, n_own, low[k + 1] if n_low == k + 2 else np.inf, few)
    at, above = _two(low, n_low, few, n_few, zeros, k)
    t = position - k
    step = above - at
    quantile = at + step * t if t < 0.5 else above - step * (1.0 - t)
    limit = quantile + TIE
    total, count = 0.0, 0
    while count < n_low and low[count] <= limit:
        total += low[count]
        count += 1
    while j < len(bar) and ascending[j] <= limit:  # equal ones that were not needed for the rank
        if has_bit(held, bar[j]) == 1:
            total += ascending[j]
            count += 1
        j += 1
    n_few = up_to(own, n_own, limit, few)
    for i in range(n_few):
        total += few[i]
    count += n_few
    if limit >= 0.0:
        count += zeros
    return quantile, total / count
