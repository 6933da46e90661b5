"""Stops and profit targets: their levels, and what a bar's open, low and high do to them."""

from __future__ import annotations

from math import isnan, nan
from typing import Any

from admf.finance.compiled import in_loop, in_place
from admf.finance.simulation.fills import CHANGE, INSIDE, NOTHING, close_position, equity_at
from admf.finance.simulation.records import Reason
from admf.finance.simulation.rules import HIGH, LOW, OPEN, Rules
from admf.finance.simulation.size import Array

_STOP_LOSS, _TRAILING, _ORDER_STOP = int(Reason.STOP_LOSS), int(Reason.TRAILING_STOP), int(Reason.ORDER_STOP)
_PROFIT, _ORDER_PROFIT = int(Reason.TAKE_PROFIT), int(Reason.ORDER_TAKE_PROFIT)


@in_loop
def has_stops(p: Any, rules: Rules) -> bool:
    """Whether any level can end position p."""
    return rules.has_levels or not (isnan(p.order_stop) and isnan(p.order_profit))


@in_place
def _stop_level(p: Any, s: float, rules: Rules) -> tuple[float, int]:
    """The nearest stop and its reason; NaN where there is none."""
    level, reason = nan, _STOP_LOSS
    distance = p.stop_distance if isnan(rules.stop) else rules.stop * p.price
    if not isnan(distance):
        level = p.price - s * distance
    distance = p.trail_distance if isnan(rules.trail) else rules.trail * p.best
    if not isnan(distance):
        trailing = p.best - s * distance
        if isnan(level) or s * trailing > s * level:
            level, reason = trailing, _TRAILING
    if not isnan(p.order_stop) and (isnan(level) or s * p.order_stop > s * level):
        level, reason = p.order_stop, _ORDER_STOP
    return level, reason


@in_place
def _profit_level(p: Any, s: float, rules: Rules) -> tuple[float, int]:
    """The nearest profit target and its reason; NaN where there is none."""
    level, reason = nan, _PROFIT
    distance = p.profit_distance if isnan(rules.profit) else rules.profit * p.price
    if not isnan(distance):
        level = p.price + s * distance
    if not isnan(p.order_profit) and (isnan(level) or s * p.order_profit < s * level):
        level, reason = p.order_profit, _ORDER_PROFIT
    return level, reason


@in_place
def check_stops(
    accounts: Array, positions: Array, trades: Array, i: int, prices: Array, t: int, rules: Rules
) -> None:
    """Gap at the open, then stop, then target, for position i in bar t (NaN levels are never reached)."""
    p = positions[i]
    s = 1.0 if p.units > 0.0 else -1.0
    stop, stop_reason = _stop_level(p, s, rules)
    profit, profit_reason = _profit_level(p, s, rules)
    first = prices[t, i, OPEN]
    worst = prices[t, i, LOW] if s > 0 else prices[t, i, HIGH]
    best = prices[t, i, HIGH] if s > 0 else prices[t, i, LOW]
    inside = p.opened == t and p.opened_how == INSIDE
    if not inside and s * first <= s * stop:
        at, reason = first, stop_reason
    elif not inside and s * first >= s * profit:
        at, reason = first, profit_reason
    elif s * worst <= s * stop:
        at, reason = stop, stop_reason
    elif not inside and s * best >= s * profit:
        at, reason = profit, profit_reason
    else:
        return
    equity = equity_at(accounts, positions, prices, t, OPEN) + p.units * (at - first)
    close_position(accounts, positions, trades, i, at, equity, t, reason, rules)
    p.stopped = 1
    if p.waiting != CHANGE:
        p.waiting = NOTHING
