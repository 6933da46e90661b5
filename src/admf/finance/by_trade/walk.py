"""One set from its changes: trade after trade, each with what it adds to the sums behind the metrics.

Everything is written into arrays: `found` and `counts` by the names below, `own` the returns of bars that are not the
asset's own, `pnl` and `returns` per trade, `held` the bars whose return is the asset's, a bit each.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from admf.finance.by_trade.falls import fall_of_long
from admf.finance.compiled import in_place

Array = Any
"""An array inside compiled code."""

DEEPEST, SQUARES, R1, R2, R3, R4, DOWN, COSTS, TURNOVER, EXPOSED, PEAK, EQUITY = range(12)
"""Places in `found` (floats): the deepest fall and the sum of squared falls, sums of the powers of the returns that are
`own` or held, and of the squares below 0; costs in money, notional over equity, bars with a side; the account's
highest and last equity."""
OWN, TRADES, HELD = range(3)
"""Places in `counts`: how many `own` returns, trades, bars held."""
S1, S2, S3, S4, S_DOWN, S_CLOSE, S_SQUARE, COLUMNS = range(8)
"""Columns of `sums` (T + 1, COLUMNS): prefix sums of the asset's returns and their powers, of closes and squares."""


_ALL = np.uint64(2**64 - 1)


class Costs(NamedTuple):
    """What a fill costs, as fractions of the notional, and the cash to begin with."""

    cash: float
    commission: float
    slippage: float


@in_place
def _add(found: Array, counts: Array, own: Array, r: float) -> None:
    """A return of the account that is not the asset's."""
    own[counts[OWN]] = r
    counts[OWN] += 1
    square = r * r
    found[R1] += r
    found[R2] += square
    found[R3] += square * r
    found[R4] += square * square
    low = min(r, 0.0)
    found[DOWN] += low * low


@in_place
def _set_bits(bits: Array, first: int, stop: int) -> None:
    """Set bits first..stop-1 of words of 64; stop > first."""
    a, z = first >> 6, (stop - 1) >> 6
    head = _ALL << np.uint64(first & 63)
    tail = _ALL >> np.uint64(63 - ((stop - 1) & 63))
    if a == z:
        bits[a] |= head & tail
        return
    bits[a] |= head
    for k in range(a + 1, z):
        bits[k] = _ALL
    bits[z] |= tail


@in_place
def _add_held(found: Array, counts: Array, held: Array, sums: Array, first: int, stop: int) -> None:
    """Bars first..stop-1 of a long position: the asset's returns are the account's."""
    if stop <= first:
        return
    found[R1] += sums[stop, S1] - sums[first, S1]
    found[R2] += sums[stop, S2] - sums[first, S2]
    found[R3] += sums[stop, S3] - sums[first, S3]
    found[R4] += sums[stop, S4] - sums[first, S4]
    found[DOWN] += sums[stop, S_DOWN] - sums[first, S_DOWN]
    counts[HELD] += stop - first
    _set_bits(held, first, stop)


@in_place
def _mark(found: Array, equity: float, bars: int) -> None:
    """So many bars at this equity."""
    found[PEAK] = max(found[PEAK], equity)
    depth = 1.0 - equity / found[PEAK]
    found[DEEPEST] = max(found[DEEPEST], depth)
    found[SQUARES] += bars * depth * depth


@in_place
def _add_short(
    found: Array, counts: Array, own: Array, close: Array, cash: float, units: float, first: int, stop: int
) -> float:
    """Bars first..stop-1 of a short position of so many units, the first being that of its fill; the last equity.

    Not above 0 where the account is ruined.
    """
    before: float = cash - units * close[first]
    if before <= 0.0:
        return before
    _mark(found, before, 1)
    r1 = r2 = r3 = r4 = down = 0.0
    deepest, squares, peak = found[DEEPEST], found[SQUARES], found[PEAK]
    inverse, n = 1.0 / peak, counts[OWN]
    for t in range(first + 1, stop):
        equity: float = cash - units * close[t]
        if equity <= 0.0:
            return equity
        r = equity / before - 1.0
        own[n] = r
        n += 1
        square, low = r * r, min(r, 0.0)
        r1 += r
        r2 += square
        r3 += square * r
        r4 += square * square
        down += low * low
        if equity > peak:
            peak = equity
            inverse = 1.0 / peak
        depth = 1.0 - equity * inverse
        deepest = max(deepest, depth)
        squares += depth * depth
        before = equity
    counts[OWN] = n
    found[R1] += r1
    found[R2] += r2
    found[R3] += r3
    found[R4] += r4
    found[DOWN] += down
    found[DEEPEST], found[SQUARES], found[PEAK] = deepest, squares, peak
    return before


@in_place
def _trade(counts: Array, pnl: Array, returns: Array, before: float, after: float, costs: Costs) -> None:
    """A trade that made `after` of `before`; its return is over the notional, which is without the commission."""
    k = counts[TRADES]
    pnl[k] = after - before
    returns[k] = (after / before - 1.0) * (1.0 + costs.commission)
    counts[TRADES] = k + 1


@in_place
def walk(
    changes: Array, row: int, n: int, warmup: int, close: Array, fill: Array, sums: Array, blocks: Array,
    inside: Array, costs: Costs, found: Array, counts: Array, held: Array, own: Array, pnl: Array, returns: Array,
) -> bool:  # fmt: skip
    """Play the n changes of a row; False where the account is ruined, which is not for this way.

    `close` (T,), `fill` (T,) the prices at which orders are filled, at the bar after the change. Bars up to the
    warm-up are not scored.
    """
    T = len(close)
    c, s = costs.commission, costs.slippage
    for i in range(len(found)):
        found[i] = 0.0
    counts[OWN] = counts[TRADES] = counts[HELD] = 0
    for k in range(len(held)):
        held[k] = 0
    equity = before = found[PEAK] = costs.cash  # when flat; at the last close; the highest
    began = units = cash = 0.0  # of the open trade: the equity that it began with, its units and cash
    side, since, level = 0, warmup + 1, 0.0
    for i in range(n + 1):
        last = i == n
        t = T if last else (changes[row, i] >> 2) + 1
        if side > 0:  # bars since..t-1 of what there was
            _add_held(found, counts, held, sums, since + 1, t)
            level = found[PEAK] / units
            now = fall_of_long(found, level, close, blocks, inside, sums, S_CLOSE, S_SQUARE, since, t)
            if now > level:
                found[PEAK] = now * units
            before = units * close[t - 1]
        elif side < 0:
            before = _add_short(found, counts, own, close, cash, units, since, t)
            if before <= 0.0:
                return False
        else:
            _mark(found, equity, t - since)
            before = equity
        if last:
            break
        if side != 0:
            price = fill[t]
            marked = units * price if side > 0 else cash - units * price
            if marked <= 0.0:
                return False
            notional = units * price * (1.0 - s if side > 0 else 1.0 + s)
            equity = notional * (1.0 - c) if side > 0 else cash - notional * (1.0 + c)
            if equity <= 0.0:
                return False
            found[COSTS] += notional * c + units * price * s
            found[TURNOVER] += notional / marked
            _trade(counts, pnl, returns, began, equity, costs)
        following = T - 1 if i == n - 1 else changes[row, i + 1] >> 2
        side = (changes[row, i] & 3) - 1
        found[EXPOSED] += abs(side) * (following - t + 1)
        since, now = t, equity
        if side != 0:
            began = equity
            price = fill[t]
            at = price * (1.0 + s if side > 0 else 1.0 - s)
            units = equity / (at * (1.0 + c))
            notional = units * at
            cash = 0.0 if side > 0 else equity + notional - notional * c
            now = units * close[t] if side > 0 else cash - units * close[t]
            found[COSTS] += notional * c + units * price * s
            found[TURNOVER] += 1.0 / (1.0 + c)
        if now <= 0.0:
            return False
        _add(found, counts, own, now / before - 1.0)
    if side != 0:
        _trade(counts, pnl, returns, began, before, costs)
    found[EQUITY] = before
    return True
