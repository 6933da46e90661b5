"""The worst 5 % of the bars of one set, from the asset's returns in their order and the few that are the set's own."""

from __future__ import annotations

from typing import Any

import numpy as np

from admf.finance.compiled import compiled, in_place
from admf.finance.metrics.returns import TAIL, TIE, two_ranks

Array = Any


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
def _at_or_below(values: Array, n: int, limit: float) -> int:
    """How many of values[:n] are at or below `limit`."""
    count = 0
    for i in range(n):
        count += values[i] <= limit
    return count


@in_place
def _of_both(low: Array, n_low: int, few: Array, n_few: int, k: int) -> float:
    """The number with rank k (from 0) of low[:n_low], in order, and few[:n_few], in none; few[n_few:] is room.

    Found between two neighbours in `low`: by halving, with a look at all the few each time.
    """
    first, last = 0, min(n_low, k + 1)
    while first < last:
        middle = (first + last) // 2
        if middle + 1 + _at_or_below(few, n_few, low[middle]) > k:
            last = middle
        else:
            first = middle + 1
    under = low[first - 1] if first > 0 else -np.inf
    above = low[first] if first < n_low else np.inf
    between, before = 0, first
    for i in range(n_few):
        before += few[i] <= under
        if under < few[i] < above:
            few[n_few + between] = few[i]
            between += 1
    if k - before >= between:
        return float(above)
    few[n_few + between] = np.inf
    return two_ranks(few[n_few : n_few + between + 1], k - before)[0]


@in_place
def _next_of_both(low: Array, n_low: int, few: Array, n_few: int, k: int, at: float) -> float:
    """The number with rank k + 1 of both, where `at` has rank k."""
    first, last = 0, n_low
    while first < last:
        middle = (first + last) // 2
        if low[middle] > at:
            last = middle
        else:
            first = middle + 1
    if first + _at_or_below(few, n_few, at) > k + 1:
        return at  # there are several of it
    above = low[first] if first < n_low else np.inf
    for i in range(n_few):
        if few[i] > at:
            above = min(above, few[i])
    return float(above)


@compiled
def _two(low: Array, n_low: int, few: Array, n_few: int, zeros: int, k: int) -> tuple[float, float]:
    """The numbers with ranks k and k + 1 of low[:n_low], in order, few[:n_few] and zeros; few[n_few:] is room."""
    if n_low + n_few >= k + 2:
        at = _of_both(low, n_low, few, n_few, k)
        above = _next_of_both(low, n_low, few, n_few, k, at)
        if above <= 0.0 or zeros == 0:
            return at, above
        if at < 0.0:
            return at, 0.0
    every = np.empty(n_low + n_few + min(zeros, k + 2))  # the zeros matter: a set that is mostly flat
    every[:] = 0.0
    every[:n_low] = low[:n_low]
    every[n_low : n_low + n_few] = few[:n_few]
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
