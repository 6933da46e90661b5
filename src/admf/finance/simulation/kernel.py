"""The simulation in one streaming pass: one bar at a time, every kind of position.

The order of events inside a bar, and what each rule means, is docs/explanation/simulation.md.
"""

from __future__ import annotations

from admf.finance.compiled import in_loop, in_place
from admf.finance.simulation.decide import decide_orders, decide_targets
from admf.finance.simulation.fills import (
    AT_CLOSE,
    AT_OPEN,
    INSIDE,
    close_position,
    equity_at,
    excursion,
    fill_limits,
    fill_waiting,
    record,
    ruin,
)
from admf.finance.simulation.options import Fill
from admf.finance.simulation.records import Reason
from admf.finance.simulation.rules import CLOSE, HIGH, LOW, NOT_REBALANCED, OPEN, Rules
from admf.finance.simulation.size import Array
from admf.finance.simulation.stops import check_stops, has_stops

_NEXT_OPEN, _NEXT_CLOSE = int(Fill.NEXT_OPEN), int(Fill.NEXT_CLOSE)
_END = int(Reason.END)


@in_place
def _carry(accounts: Array, positions: Array, prices: Array, t: int, rules: Rules) -> None:
    """A bar's interest on cash and fee on shorts, for what was held at the previous close."""
    account = accounts[0]
    interest = account.cash * rules.cash_per_bar
    account.cash += interest
    account.interest += interest
    for i in range(len(positions)):
        p = positions[i]
        if p.units < 0.0:
            fee = -p.units * prices[t - 1, i, CLOSE] * rules.borrow_per_bar
            account.cash -= fee
            account.borrow += fee
            p.borrow += fee
            p.flow -= fee


@in_loop
def _hold(
    accounts: Array, positions: Array, trades: Array, i: int, prices: Array, t: int, rules: Rules
) -> None:
    """Bar t's stops for position i, then its high and low where it is still open."""
    p = positions[i]
    if has_stops(p, rules):
        check_stops(accounts, positions, trades, i, prices, t, rules)
    if p.units == 0.0 or (p.opened == t and p.opened_how == INSIDE):
        return
    high, low = prices[t, i, HIGH], prices[t, i, LOW]
    p.highest, p.lowest = max(p.highest, high), min(p.lowest, low)
    p.best = max(p.best, high) if p.units > 0.0 else min(p.best, low)


@in_loop
def advance(
    accounts: Array,
    positions: Array,
    trades: Array,
    prices: Array,
    t: int,
    rules: Rules,
    prepared: Array,
    events: Array,
) -> None:
    """Bar t up to its close: carry, fills at the open, limits, stops, fills at the close (steps 1 to 5)."""
    account = accounts[0]
    if rules.cash_per_bar != 0.0 or rules.borrow_per_bar != 0.0:
        _carry(accounts, positions, prices, t, rules)
    if account.waiting > 0 and rules.fill == _NEXT_OPEN:
        fill_waiting(accounts, positions, trades, prices, t, OPEN, AT_OPEN, rules, prepared, events)
    if account.limits > 0 and account.ruined == 0:
        fill_limits(accounts, positions, trades, prices, t, rules, prepared, events)
    if account.ruined == 1:
        return
    for i in range(len(positions)):
        if positions[i].units != 0.0:
            _hold(accounts, positions, trades, i, prices, t, rules)
    if account.waiting > 0 and rules.fill == _NEXT_CLOSE:
        fill_waiting(accounts, positions, trades, prices, t, CLOSE, AT_CLOSE, rules, prepared, events)


@in_loop
def mark(accounts: Array, positions: Array, trades: Array, prices: Array, t: int, units: Array) -> float:
    """Equity at the close of t, and the units held there (step 7)."""
    account = accounts[0]
    equity, gross = account.cash, 0.0
    for i in range(len(positions)):
        held = positions[i].units
        units[t, i] = held
        value = held * prices[t, i, CLOSE]
        equity += value
        gross += abs(value)
    if equity <= 0.0:
        ruin(accounts, positions, trades, prices, t, CLOSE)
        return 0.0
    if gross > account.max_gross * equity:
        account.max_gross = gross / equity
    return equity


@in_place
def finish(
    accounts: Array, positions: Array, trades: Array, prices: Array, rules: Rules, units: Array
) -> float:
    """The end of the window: open trades are recorded, or closed where the rules say so; final equity."""
    account, last = accounts[0], len(prices) - 1
    equity = equity_at(accounts, positions, prices, last, CLOSE)
    for i in range(len(positions)):
        p = positions[i]
        if p.units == 0.0:
            continue
        if rules.close_at_end:
            close_position(accounts, positions, trades, i, prices[last, i, CLOSE], equity, last, _END, rules)
            trades[account.trades - 1].open_at_end = False
            units[last, i] = 0.0
        else:
            excursion(p, prices[last, i, CLOSE])
            record(accounts, p, trades, i, last, p.units, prices[last, i, CLOSE], _END)
    equity = equity_at(accounts, positions, prices, last, CLOSE)
    if equity <= 0.0:
        account.ruined = 1
        return 0.0
    return equity


@in_loop
def _is_plain(rules: Rules, n: int, by_orders: bool) -> bool:
    """Whether between two fills nothing can happen but marks: one symbol, targets, no rule that acts by itself."""
    carries = rules.cash_per_bar != 0.0 or rules.borrow_per_bar != 0.0
    acts = rules.has_levels or rules.time_stop > 0 or rules.rebalance != NOT_REBALANCED or rules.at_once
    return n == 1 and not by_orders and not carries and not acts


@in_place
def _cruise(
    accounts: Array, positions: Array, prices: Array, targets: Array, first: int, equity: Array, units: Array
) -> int:
    """Bars from `first` on at which nothing waits and the target stays, in one tight loop; the next bar.

    The same arithmetic as `advance`, `decide_targets` and `mark`, with the state in registers.
    """
    account, p = accounts[0], positions[0]
    held, cash, q = p.units, account.cash, p.target
    highest, lowest = p.highest, p.lowest
    exposed, step, gross = account.exposure, abs(q), account.max_gross
    t, last = first, len(prices) - 1
    if held == 0.0 and cash > 0.0:
        while t < last and targets[t, 0] == q:
            equity[t] = cash
            units[t, 0] = 0.0
            exposed += step
            t += 1
        account.exposure = exposed
        return t
    while t < last and targets[t, 0] == q:
        value = held * prices[t, 0, CLOSE]
        worth = cash + value
        if worth <= 0.0:
            break  # ruin is not for this loop
        if prices[t, 0, HIGH] > highest:
            highest = prices[t, 0, HIGH]
        if prices[t, 0, LOW] < lowest:
            lowest = prices[t, 0, LOW]
        equity[t] = worth
        units[t, 0] = held
        exposed += step
        if abs(value) > gross * worth:
            gross = abs(value) / worth
        t += 1
    if held != 0.0:
        p.highest, p.lowest = highest, lowest
        p.best = max(p.best, highest) if held > 0.0 else min(p.best, lowest)
    account.exposure, account.max_gross = exposed, gross
    return t


@in_place
def begin(accounts: Array, positions: Array, flat: Array, rules: Rules) -> None:
    """The account with its initial cash and nothing else, positions as `flat`."""
    account = accounts[0]
    account.cash = rules.initial_cash
    account.commission = account.slippage = account.borrow = account.interest = 0.0
    account.turnover = account.exposure = account.max_gross = 0.0
    account.waiting = account.limits = account.ruined = account.trades = 0
    for i in range(len(positions)):
        positions[i] = flat[0]


@in_place
def run(
    accounts: Array, positions: Array, trades: Array, prices: Array, targets: Array, warmup: int, rules: Rules,
    prepared: Array, events: Array, equity: Array, units: Array,
) -> None:  # fmt: skip
    """All bars from the warm-up on; fills `equity` (T,) and `units` (T, N). Orders where `events` has rows."""
    T = len(prices)
    account = accounts[0]
    by_orders = len(events) > 0
    plain = _is_plain(rules, len(positions), by_orders)
    t = warmup
    while t < T:
        if plain and t > warmup and account.waiting == 0:
            t = _cruise(accounts, positions, prices, targets, t, equity, units)
        if t > warmup:
            advance(accounts, positions, trades, prices, t, rules, prepared, events)
        if account.ruined == 0 and t < T - 1:
            if by_orders:
                decide_orders(accounts, positions, trades, prices, t, rules, prepared, events)
            else:
                decide_targets(accounts, positions, trades, prices, targets, t, t, rules, prepared, events)
        if account.ruined == 0:
            equity[t] = mark(accounts, positions, trades, prices, t, units)
        if account.ruined == 1:
            for later in range(t, T):
                equity[later] = 0.0
                for i in range(len(positions)):
                    units[later, i] = 0.0
            return
        t += 1
    if warmup < T:
        equity[T - 1] = finish(accounts, positions, trades, prices, rules, units)
