"""Fills: how many units, at what price, and what they do to the account and to the open trade.

Everything changes records in place (`records.py`): `accounts[0]`, `positions[i]`, `trades[k]`. Compiled
functions take arrays and index them with scalars only: passing tuples or slices of arrays costs more than
the work. s is the side of a position, +1 or -1, so that `s * price` mirrors shorts onto longs.
"""

from __future__ import annotations

from math import isnan, nan
from typing import Any

from admf.finance.compiled import in_loop, in_place
from admf.finance.simulation.records import Opened, Reason, Waiting
from admf.finance.simulation.rules import (
    OPEN,
    ORDER_PROFIT,
    ORDER_STOP,
    PROFIT,
    STOP,
    TRAIL,
    Rules,
)
from admf.finance.simulation.size import Array, difference, exposure, sells, units_for

NOTHING, CHANGE, TIME, REBALANCE = (int(w) for w in Waiting)
AT_OPEN, INSIDE, AT_CLOSE = (int(o) for o in Opened)
_SIGNAL, _REVERSAL, _TIME_STOP = int(Reason.SIGNAL), int(Reason.REVERSAL), int(Reason.TIME_STOP)
_RUIN, _END = int(Reason.RUIN), int(Reason.END)


# --- the account and the open trade ----------------------------------------------------------------------


@in_loop
def equity_at(accounts: Array, positions: Array, prices: Array, t: int, which: int) -> float:
    """Cash plus all units at the open or close of t."""
    equity = accounts[0].cash
    for i in range(len(positions)):
        if positions[i].units != 0.0:
            equity += positions[i].units * prices[t, i, which]
    return equity


@in_place
def _exchange(accounts: Array, p: Any, delta: float, at: float, equity: float, rules: Rules) -> float:
    """Buy or sell `delta` units at the unslipped price `at`; the fill price."""
    account = accounts[0]
    price = at * (1.0 + rules.slippage) if delta > 0 else at * (1.0 - rules.slippage)
    notional = abs(delta) * price
    commission = notional * rules.commission
    slippage = abs(delta) * abs(price - at)
    account.cash -= delta * price + commission
    account.commission += commission
    account.slippage += slippage
    if equity > 0.0:
        account.turnover += notional / equity
    p.flow -= delta * price + commission
    p.commission += commission
    p.slippage += slippage
    return price


@in_place
def _enlarge(
    accounts: Array, p: Any, delta: float, at: float, equity: float, t: int, how: int, rules: Rules
) -> None:
    """Open a position or add to it."""
    held, added = abs(p.units), abs(delta)
    if held == 0.0:
        p.opened, p.opened_how = t, how
        p.entry_units = p.entry_notional = p.exit_units = p.exit_notional = p.most_units = 0.0
        p.flow = p.commission = p.slippage = p.borrow = p.mfe = p.mae = 0.0
    price = _exchange(accounts, p, delta, at, equity, rules)
    if held == 0.0:
        p.price = p.best = price
    else:
        _count(p, p.highest)
        _count(p, p.lowest)
        p.price = (p.price * held + price * added) / (held + added)
    p.highest = p.lowest = p.price
    p.units += delta
    p.entry_units += added
    p.entry_notional += added * price
    if abs(p.units) > abs(p.most_units):
        p.most_units = p.units


@in_place
def _reduce(accounts: Array, p: Any, delta: float, at: float, equity: float, rules: Rules) -> float:
    """Give part or all of a position back; the fill price."""
    price = _exchange(accounts, p, delta, at, equity, rules)
    p.exit_units += abs(delta)
    p.exit_notional += abs(delta) * price
    p.units += delta
    return price


@in_place
def excursion(p: Any, price: float) -> None:
    """Let the highs and lows seen so far, and the exit's `price`, count toward the trade's best and worst."""
    _count(p, p.highest)
    _count(p, p.lowest)
    _count(p, price)


@in_place
def _count(p: Any, price: float) -> None:
    move = (price - p.price) / p.price
    if p.units < 0.0:
        move = -move
    if move > p.mfe:
        p.mfe = move
    if -move > p.mae:
        p.mae = -move


@in_place
def record(
    accounts: Array, p: Any, trades: Array, i: int, t: int, units: float, at: float, reason: int
) -> None:
    """Write the trade of symbol i that ended at bar t; `units` are still open, marked at `at`."""
    account = accounts[0]
    trade = trades[account.trades]
    trade.symbol, trade.entry_bar, trade.exit_bar = i, p.opened, t
    trade.units = p.most_units
    trade.entry_price = p.entry_notional / p.entry_units
    trade.exit_price = (p.exit_notional + abs(units) * at) / (p.exit_units + abs(units))
    trade.entry_notional = p.entry_notional
    trade.pnl = p.flow + units * at
    trade.ret = trade.pnl / p.entry_notional
    trade.commission, trade.slippage, trade.borrow = p.commission, p.slippage, p.borrow
    trade.bars_held = t - p.opened
    trade.mfe, trade.mae = p.mfe, p.mae
    trade.reason, trade.open_at_end = reason, reason == _END
    account.trades += 1


@in_place
def close_position(
    accounts: Array,
    positions: Array,
    trades: Array,
    i: int,
    at: float,
    equity: float,
    t: int,
    reason: int,
    rules: Rules,
) -> None:
    """Sell (or buy back) all of position i at the unslipped price `at`."""
    p = positions[i]
    held = p.units
    price = _reduce(accounts, p, -held, at, equity, rules)
    p.units = held  # the side, for the excursion
    excursion(p, price)
    p.units = 0.0
    record(accounts, p, trades, i, t, 0.0, 0.0, reason)


@in_place
def give_up(accounts: Array, positions: Array, trades: Array, i: int, at: float, t: int) -> None:
    """End position i at `at`, without costs."""
    p = positions[i]
    if p.units != 0.0:
        excursion(p, at)
        record(accounts, p, trades, i, t, p.units, at, _RUIN)
        p.units = 0.0


@in_place
def ruin(accounts: Array, positions: Array, trades: Array, prices: Array, t: int, which: int) -> None:
    """End the account: every position where it is; nothing is left."""
    for i in range(len(positions)):
        give_up(accounts, positions, trades, i, prices[t, i, which], t)
    accounts[0].cash = 0.0
    accounts[0].ruined = 1


# --- going to a target -----------------------------------------------------------------------------------


@in_place
def _adjust(
    accounts: Array, positions: Array, trades: Array, i: int, q: float, x: float, equity: float, at: float,
    t: int, how: int, reason: int, rules: Rules,
) -> None:  # fmt: skip
    """Same side: trade the difference."""
    p = positions[i]
    delta = difference(p, q, x, equity, at, rules)
    if delta == -p.units:  # less than one lot is left
        close_position(accounts, positions, trades, i, at, equity, t, reason, rules)
    elif delta * p.units > 0.0:
        _enlarge(accounts, p, delta, at, equity, t, how, rules)
    elif delta != 0.0:
        _reduce(accounts, p, delta, at, equity, rules)


@in_place
def _open(
    accounts: Array, p: Any, i: int, q: float, x: float, equity: float, at: float, t: int, how: int,
    rules: Rules, prepared: Array, events: Array,
) -> None:  # fmt: skip
    """From flat: open, and fix what stays from the decision: ATR distances, the orders' own prices."""
    price = at * (1.0 + rules.slippage) if x > 0 else at * (1.0 - rules.slippage)
    units = units_for(q, x, equity, price, rules)
    if units == 0.0:
        return
    _enlarge(accounts, p, units, at, equity, t, how, rules)
    p.stopped = 0
    d = p.decided
    if len(prepared) > 0:
        p.stop_distance, p.trail_distance = prepared[d, i, STOP], prepared[d, i, TRAIL]
        p.profit_distance = prepared[d, i, PROFIT]
    if len(events) > 0:
        p.order_stop, p.order_profit = events[d, i, ORDER_STOP], events[d, i, ORDER_PROFIT]


@in_place
def go_to(
    accounts: Array, positions: Array, trades: Array, i: int, q: float, equity: float, at: float, t: int,
    how: int, reason: int, rules: Rules, prepared: Array, events: Array,
) -> None:  # fmt: skip
    """Bring position i to target q at the unslipped price `at`, sized on `equity`."""
    p, account = positions[i], accounts[0]
    x = exposure(q, prepared, p.decided, i, rules)
    if p.units != 0.0 and x == 0.0:
        close_position(accounts, positions, trades, i, at, equity, t, reason, rules)
    elif p.units != 0.0 and (x > 0.0) == (p.units > 0.0):
        _adjust(accounts, positions, trades, i, q, x, equity, at, t, how, reason, rules)
    elif x != 0.0:
        if p.units != 0.0:
            paid = account.commission + account.slippage
            close_position(accounts, positions, trades, i, at, equity, t, _REVERSAL, rules)
            equity -= account.commission + account.slippage - paid
        if equity > 0.0:
            _open(accounts, p, i, q, x, equity, at, t, how, rules, prepared, events)


@in_place
def fill_waiting(
    accounts: Array, positions: Array, trades: Array, prices: Array, t: int, which: int, how: int,
    rules: Rules, prepared: Array, events: Array,
) -> None:  # fmt: skip
    """Fill all that waits at the open or close of t, on one equity: sells first, then buys."""
    accounts[0].waiting = 0
    equity = equity_at(accounts, positions, prices, t, which)
    if equity <= 0.0:
        ruin(accounts, positions, trades, prices, t, which)
        return
    alone = len(positions) == 1
    for selling in range(2):
        for i in range(len(positions)):
            p = positions[i]
            if p.waiting == NOTHING:
                continue
            q = 0.0 if p.waiting == TIME else p.target
            if not alone and selling == 0:
                x = exposure(q, prepared, p.decided, i, rules)
                if not sells(p, q, x, equity, prices[t, i, which], rules):
                    continue
            reason = _TIME_STOP if p.waiting == TIME else _SIGNAL
            p.waiting = NOTHING
            go_to(
                accounts, positions, trades, i, q, equity, prices[t, i, which], t, how, reason, rules, prepared,
                events,
            )  # fmt: skip


@in_place
def fill_limits(
    accounts: Array,
    positions: Array,
    trades: Array,
    prices: Array,
    t: int,
    rules: Rules,
    prepared: Array,
    events: Array,
) -> None:
    """Fill the limit orders that bar t reaches; the others are gone."""
    accounts[0].limits = 0
    for i in range(len(positions)):
        p = positions[i]
        limit, p.limit = p.limit, nan
        if isnan(limit) or p.waiting == CHANGE or p.waiting == TIME:  # an exit waits for this close
            continue
        s = 1.0 if p.limit_target > (p.target if p.units != 0.0 else 0.0) else -1.0
        first = prices[t, i, OPEN]
        edge = prices[t, i, 2] if s > 0 else prices[t, i, 1]  # low of a buy, high of a sell
        if s * edge > s * limit:
            continue
        inside = s * first > s * limit
        at = limit if inside else first
        equity = equity_at(accounts, positions, prices, t, OPEN) + p.units * (at - first)
        if equity <= 0.0:
            give_up(accounts, positions, trades, i, at, t)
            ruin(accounts, positions, trades, prices, t, OPEN)
            return
        p.target, p.decided = p.limit_target, t - 1
        how = INSIDE if inside else AT_OPEN
        go_to(accounts, positions, trades, i, p.target, equity, at, t, how, _SIGNAL, rules, prepared, events)
