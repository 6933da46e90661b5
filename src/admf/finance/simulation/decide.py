"""The decision at a bar's close: which positions wait for a fill, from targets or from events."""

from __future__ import annotations

from math import isnan
from typing import Any

from admf.finance.compiled import in_loop
from admf.finance.simulation.fills import (
    AT_CLOSE,
    CHANGE,
    REBALANCE,
    TIME,
    equity_at,
    fill_waiting,
)
from admf.finance.simulation.options import Fill
from admf.finance.simulation.rules import (
    ALWAYS,
    BY_BAND,
    CLOSE,
    IN_PERIODS,
    LIMIT,
    LONG_ENTRY,
    LONG_EXIT,
    NEW_PERIOD,
    NOT_REBALANCED,
    SHORT_ENTRY,
    SHORT_EXIT,
    TARGET,
    Rules,
)
from admf.finance.simulation.size import Array, exposure

_FILL_CLOSE = int(Fill.CLOSE)


@in_loop
def _wait(accounts: Array, p: Any, what: int, t: int) -> None:
    p.waiting, p.decided = what, t
    accounts[0].waiting += 1


@in_loop
def _off_target(
    p: Any, i: int, q: float, t: int, equity: float, prices: Array, rules: Rules, prepared: Array
) -> bool:
    """Whether `rebalance` asks to trade back to the target now."""
    if rules.rebalance == IN_PERIODS:
        return prepared[t, i, NEW_PERIOD] > 0.0
    if rules.rebalance == BY_BAND:
        x = exposure(q, prepared, t, i, rules)
        wanted = x if isnan(rules.units) else q * rules.units * prices[t, i, CLOSE] / equity
        return abs(p.units * prices[t, i, CLOSE] / equity - wanted) > rules.band
    return rules.rebalance == ALWAYS


@in_loop
def _stay(
    accounts: Array,
    p: Any,
    i: int,
    q: float,
    t: int,
    equity: float,
    prices: Array,
    rules: Rules,
    prepared: Array,
) -> None:
    """A close at which the target stays: re-entry, time stop, rebalancing."""
    if p.stopped == 1:
        if rules.at_once and q != 0.0:
            p.stopped = 0
            _wait(accounts, p, CHANGE, t)
        return
    if p.units != 0.0 and rules.time_stop > 0:
        closes = t - p.opened if p.opened_how == AT_CLOSE else t - p.opened + 1
        if closes >= rules.time_stop:
            p.stopped = 1
            _wait(accounts, p, TIME, t)
            return
    if rules.rebalance == NOT_REBALANCED or (p.units == 0.0 and q == 0.0):
        return
    if _off_target(p, i, q, t, equity, prices, rules, prepared):
        _wait(accounts, p, REBALANCE, t)


@in_loop
def _close_decision(
    accounts: Array,
    positions: Array,
    trades: Array,
    prices: Array,
    t: int,
    rules: Rules,
    prepared: Array,
    events: Array,
) -> None:
    for i in range(len(positions)):
        if positions[i].stopped == 0:
            accounts[0].exposure += abs(positions[i].target)
    if rules.fill == _FILL_CLOSE and accounts[0].waiting > 0:
        fill_waiting(accounts, positions, trades, prices, t, CLOSE, AT_CLOSE, rules, prepared, events)


@in_loop
def decide_targets(
    accounts: Array, positions: Array, trades: Array, prices: Array, targets: Array, t: int, row: int,
    rules: Rules, prepared: Array, events: Array,
) -> None:  # fmt: skip
    """The decision at the close of t from the targets in `targets[row]`."""
    equity = equity_at(accounts, positions, prices, t, CLOSE) if rules.rebalance == BY_BAND else 1.0
    for i in range(len(positions)):
        p, q = positions[i], targets[row, i]
        if q != p.target:
            p.target, p.stopped = q, 0
            _wait(accounts, p, CHANGE, t)
        else:
            _stay(accounts, p, i, q, t, equity, prices, rules, prepared)
    _close_decision(accounts, positions, trades, prices, t, rules, prepared, events)


@in_loop
def decide_orders(
    accounts: Array, positions: Array, trades: Array, prices: Array, t: int, rules: Rules, prepared: Array,
    events: Array,
) -> None:  # fmt: skip
    """The decision at the close of t from events: exits first, then entries."""
    equity = equity_at(accounts, positions, prices, t, CLOSE) if rules.rebalance == BY_BAND else 1.0
    for i in range(len(positions)):
        p = positions[i]
        if p.units == 0.0:
            p.target, p.stopped = 0.0, 0
        leaves = (p.units > 0.0 and events[t, i, LONG_EXIT] > 0.0) or (
            p.units < 0.0 and events[t, i, SHORT_EXIT] > 0.0
        )
        q = 0.0 if leaves else p.target
        if events[t, i, LONG_ENTRY] != events[t, i, SHORT_ENTRY]:  # both at once: neither
            wanted = events[t, i, TARGET] if events[t, i, LONG_ENTRY] > 0.0 else -events[t, i, TARGET]
            if isnan(events[t, i, LIMIT]):
                q = wanted
            elif wanted != q:
                p.limit, p.limit_target = events[t, i, LIMIT], wanted
                accounts[0].limits += 1
        if q != p.target:
            p.target = q
            _wait(accounts, p, CHANGE, t)
        else:
            _stay(accounts, p, i, q, t, equity, prices, rules, prepared)
    _close_decision(accounts, positions, trades, prices, t, rules, prepared, events)
