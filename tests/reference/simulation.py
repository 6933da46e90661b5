"""docs/explanation/simulation.md as a naive loop over bars and symbols: the oracle the kernel is held to."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from admf.finance.simulation.options import (
    Atr,
    Band,
    Calendar,
    Direction,
    EveryBar,
    Fill,
    FixedUnits,
    FractionOfEquity,
    Periodic,
    Reentry,
    Simulation,
    VolatilityTarget,
)  # fmt: skip
from admf.finance.simulation.orders import Orders
from admf.model.bars import Bars

TRADE = (
    "symbol", "entry_bar", "exit_bar", "units", "entry_price", "exit_price", "entry_notional", "pnl", "ret",
    "commission", "slippage", "borrow", "bars_held", "mfe", "mae", "reason", "open_at_end",
)  # fmt: skip
TOTALS = ("commission", "slippage", "borrow", "interest")

EVENTS = ("entries", "exits", "short_entries", "short_exits")
PRICES = ("target", "limit", "stop", "take_profit")

Rows = list[list[Any]]
"""T rows of N values."""

_NEAR = 1e-10
"""Two correct programs may differ by rounding; a comparison closer than this is noted as a near tie."""


@dataclass
class Result:
    """What the oracle found; lists have T entries, `position` T rows of N units at the close."""

    equity: list[float]
    trades: list[dict[str, Any]]
    ruined: bool
    position: Rows
    disallowed: int
    returns: list[float]
    totals: dict[str, float]
    near_tie: bool
    largest: float
    """Largest equity or position value on the way, in money: the scale that rounding works on."""
    warmup: int


@dataclass
class Decision:
    """What was decided for one symbol at the close of `bar`, waiting for its fill."""

    bar: int
    target: float
    kind: str  # change, reentry, time_stop or rebalance


@dataclass
class Symbol:
    """One symbol's state."""

    target: float = 0.0
    units: float = 0.0
    average: float = 0.0
    trade: dict[str, Any] = field(default_factory=dict)
    stopped: bool = False
    waiting: Decision | None = None
    limit: Decision | None = None


class _Ruin(Exception):  # noqa: N818  an event, not a failure
    """Equity is at or below zero at these prices."""

    def __init__(self, prices: list[float]) -> None:
        self.prices = prices


def simulate(bars: Bars, signal: Any, options: Simulation, *, warmup: int = 0) -> Result:
    """Run targets of shape (T,) or (T, N), or Orders, through the bars, as the document says."""
    return _Run(bars, signal, options, warmup).result()


def as_result(simulated: Any) -> Result:
    """What the compiled simulation returned, in the oracle's words."""
    trades = simulated.trades
    rows = [
        {name: getattr(trades, name)[i].item() for name in TRADE if name != "reason"}
        for i in range(len(trades))
    ]
    for row, reason in zip(rows, trades.reasons, strict=True):
        row["reason"] = reason
    totals = {name: float(getattr(simulated, name)) for name in TOTALS}
    return Result(
        simulated.equity.tolist(), rows, bool(simulated.ruined), simulated.units.tolist(),
        int(simulated.disallowed), simulated.returns.tolist(), totals,
        near_tie=False, largest=0.0, warmup=int(simulated.warmup),
    )  # fmt: skip


class _Run:
    def __init__(self, bars: Bars, signal: Any, options: Simulation, warmup: int) -> None:
        self.o = options
        self.T, self.N = len(bars), len(bars.symbols)
        self.bars, self.A = bars, bars.bars_per_year
        self.open, self.high, self.low, self.close = (
            columns(bars[c], self.T) for c in ("open", "high", "low", "close")
        )
        self.sessions = [int(day) for day in bars.session]
        levels = (options.stop_loss, options.take_profit, options.trailing_stop)
        windows = [level.window for level in levels if isinstance(level, Atr)]
        self.has_atr = bool(windows)
        if isinstance(options.sizing, VolatilityTarget):
            windows.append(options.sizing.window)
        self.W = max([warmup, *windows])
        self.orders = isinstance(signal, Orders)
        if self.orders:
            self.events, self.disallowed = events(signal, self.T, self.N, options.direction, self.W)
        else:
            self.q, self.disallowed = targets(signal, self.T, options.direction, self.W)
        self.cash = options.initial_cash
        self.symbols = [Symbol() for _ in range(self.N)]
        self.trades: list[dict[str, Any]] = []
        self.totals = dict.fromkeys(TOTALS, 0.0)
        self.ruined, self.near_tie, self.largest = False, False, options.initial_cash

    def result(self) -> Result:
        equity, position = [], []
        for t in range(self.T):
            if t >= self.W and not self.ruined:
                try:
                    self.bar(t)
                except _Ruin as ruin:
                    self.wind_up(t, ruin.prices)
            equity.append(self.equity(self.close[t]))
            position.append([s.units for s in self.symbols])
        returns = []
        before = self.o.initial_cash  # E(W) is counted before the fills of bar W
        for t in range(self.W + 1, self.T):
            returns.append(equity[t] / before - 1 if before > 0 else 0.0)
            before = equity[t]
        for n, s in enumerate(self.symbols):
            if s.units != 0:
                s.trade["exit_notional"] += abs(s.units) * self.close[-1][n]
                s.trade["exit_units"] += abs(s.units)
                s.trade["cash"] += s.units * self.close[-1][n]
                self.end_trade(n, self.T - 1, self.close[-1][n], "end", open_at_end=True)
        return Result(
            equity, self.trades, self.ruined, position, self.disallowed, returns, self.totals,
            self.near_tie, self.largest, self.W,
        )  # fmt: skip

    def bar(self, t: int) -> None:
        if t > self.W:
            self.carry(t)
        if self.o.fill == Fill.NEXT_OPEN:
            self.fill_waiting(t, self.open[t], at_close=False)
        inside = self.fill_limits(t)
        for n in range(self.N):
            self.check_stops(t, n, inside=n in inside)
        for n in range(self.N):
            if self.symbols[n].units != 0 and n not in inside:
                self.take_extremes(t, n)
        if self.o.fill == Fill.NEXT_CLOSE:
            self.fill_waiting(t, self.close[t], at_close=True)
        if t < self.T - 1:  # what is decided on the last bar is never filled
            for n in range(self.N):
                self.decide(t, n)
        if self.o.fill == Fill.CLOSE:
            self.fill_waiting(t, self.close[t], at_close=True)
        if t == self.T - 1 and self.o.close_at_end:
            self.equity_or_ruin(self.close[t])
            for n in self.sells_first(dict.fromkeys(range(self.N), 0.0)):
                self.trade_to(t, n, 0.0, self.close[t][n], "end")
        self.equity_or_ruin(self.close[t])

    # ---- money

    def equity(self, prices: list[float]) -> float:
        return self.cash + sum(s.units * p for s, p in zip(self.symbols, prices, strict=True))

    def equity_or_ruin(self, prices: list[float]) -> float:
        E = self.equity(prices)
        gross = [abs(s.units) * p for s, p in zip(self.symbols, prices, strict=True)]
        self.largest = max(self.largest, abs(E), *gross)
        if abs(E) <= _NEAR * self.largest:
            self.near_tie = True
        if E <= 0:
            raise _Ruin(prices)
        return E

    def wind_up(self, t: int, prices: list[float]) -> None:
        """Close everything at the price where it was found, without costs; nothing is left."""
        for n, s in enumerate(self.symbols):
            if s.units != 0:
                self.exchange(t, n, 0.0, prices[n], prices[n], "ruin", free=True)
        self.cash, self.ruined = 0.0, True

    def carry(self, t: int) -> None:
        interest = self.cash * self.o.costs.cash_rate / self.A
        self.cash += interest
        self.totals["interest"] += interest
        for n, s in enumerate(self.symbols):
            if s.units < 0:
                fee = abs(s.units) * self.close[t - 1][n] * self.o.costs.borrow_rate / self.A
                self.cash -= fee
                self.totals["borrow"] += fee
                s.trade["borrow"] += fee
                s.trade["cash"] -= fee

    # ---- fills

    def fill_waiting(self, t: int, prices: list[float], *, at_close: bool) -> None:
        waiting = {n: s.waiting for n, s in enumerate(self.symbols) if s.waiting is not None}
        if not waiting:
            return
        E = self.equity_or_ruin(prices)
        wanted = {n: self.wanted_units(n, decision, E, prices[n]) for n, decision in waiting.items()}
        for n in self.sells_first(wanted):
            self.fill(t, n, waiting[n], E, prices[n], first_close=t + 1 if at_close else t)
            self.symbols[n].waiting = None

    def sells_first(self, wanted: dict[int, float]) -> list[int]:
        sells = [n for n in wanted if wanted[n] < self.symbols[n].units]
        return sells + [n for n in wanted if n not in sells]

    def fill_limits(self, t: int) -> list[int]:
        """Fill limit orders in the order of the symbols; returns the symbols opened inside the bar."""
        inside = []
        for n, s in enumerate(self.symbols):
            order, s.limit = s.limit, None
            if order is None or (s.waiting is not None and s.waiting.kind != "rebalance"):
                continue  # an exit that waits for the close comes first: then it is too late
            limit: float = self.events["limit"][order.bar][n]
            open_: float = self.open[t][n]
            buys = order.target > (s.target if s.units != 0 else 0.0)
            if self.low[t][n] > limit if buys else self.high[t][n] < limit:
                continue
            P = min(open_, limit) if buys else max(open_, limit)
            E = self.equity_or_ruin([*self.open[t][:n], P, *self.open[t][n + 1 :]])
            trade, s.target = s.trade, order.target
            self.fill(t, n, order, E, P, first_close=t)
            if s.waiting is not None:  # a rebalancing at the close trades back to the target in force
                s.waiting.target = order.target
            if s.units != 0 and s.trade is not trade and open_ != P:
                inside.append(n)
        return inside

    def fill(self, t: int, n: int, decision: Decision, E: float, P: float, *, first_close: int) -> None:
        s = self.symbols[n]
        s.stopped = decision.kind == "time_stop"
        new = self.wanted_units(n, decision, E, P)
        if s.units * self.exposure(n, decision.target, decision.bar) < 0:
            E -= self.trade_to(t, n, 0.0, P, "reversal")
            new = self.wanted_units(n, decision, E, P) if E > 0 else 0.0
        opens = s.units == 0 and new != 0
        self.trade_to(t, n, new, P, "time_stop" if decision.kind == "time_stop" else "signal")
        if opens:
            s.trade["first_close"], s.trade["decided"] = first_close, decision.bar

    def exposure(self, n: int, target: float, t: int) -> float:
        match self.o.sizing:
            case FractionOfEquity(fraction=fraction):
                return target * fraction
            case VolatilityTarget(annual=annual, window=window):
                sd = volatility([row[n] for row in self.close], t, window)
                return target if sd == 0 else target * min(1.0, annual / (sd * math.sqrt(self.A)))
            case FixedUnits():  # only its sign means anything
                return target

    def wanted_units(self, n: int, decision: Decision, E: float, P: float) -> float:
        """Units after filling a decision at the unslipped price P on equity E (a reversal: its opening)."""
        s, c = self.symbols[n], self.o.costs.commission
        buy, sell = P * (1 + self.o.costs.slippage), P * (1 - self.o.costs.slippage)
        if isinstance(self.o.sizing, FixedUnits):
            return self.cut(decision.target * self.o.sizing.units)
        x = self.exposure(n, decision.target, decision.bar)
        if x == 0:
            return 0.0
        if s.units * x <= 0:
            return self.cut(x * E / ((buy if x > 0 else sell) * (1 + c)))
        if x * E / (buy * (1 + c)) > s.units:
            return self.cut(x * E / (buy * (1 + c)))
        if x * E / (sell * (1 + c)) < s.units:
            return self.cut(x * E / (sell * (1 + c)))
        return s.units

    def cut(self, units: float) -> float:
        if self.o.lot is None:
            return units
        return math.copysign(math.floor(abs(units) / self.o.lot + 1e-9) * self.o.lot, units)

    def trade_to(self, t: int, n: int, new: float, P: float, reason: str) -> float:
        """Buy or sell up to `new` units at P, with costs, which are returned."""
        change = new - self.symbols[n].units
        if change == 0:
            return 0.0
        slippage = self.o.costs.slippage
        return self.exchange(t, n, new, P, P * (1 + slippage) if change > 0 else P * (1 - slippage), reason)

    def exchange(
        self, t: int, n: int, new: float, P: float, p: float, reason: str, free: bool = False
    ) -> float:
        """The fill: `new` units instead of the old ones, at the fill price p (unslipped: P)."""
        s = self.symbols[n]
        change = new - s.units
        if s.units == 0:
            s.trade = {
                "symbol": n, "entry_bar": t, "first_close": t, "decided": t, "extreme": p, "fills": 0,
                "units": 0.0, "entry_units": 0.0, "entry_notional": 0.0, "exit_units": 0.0,
                "exit_notional": 0.0, "cash": 0.0, "commission": 0.0, "slippage": 0.0, "borrow": 0.0,
                "mfe": 0.0, "mae": 0.0,
            }  # fmt: skip
        commission = 0.0 if free else self.o.costs.commission * abs(change) * p
        slipped = abs(change) * abs(p - P)
        self.cash -= change * p + commission
        for book in (s.trade, self.totals):
            book["commission"] += commission
            book["slippage"] += slipped
        s.trade["cash"] -= change * p + commission
        if abs(new) > abs(s.units):
            s.average = p if s.units == 0 else (s.average * abs(s.units) + p * abs(change)) / abs(new)
            s.trade["fills"] += 1
            s.trade["entry_notional"] += abs(change) * p
            s.trade["entry_units"] += abs(change)
        else:
            s.trade["exit_notional"] += abs(change) * p
            s.trade["exit_units"] += abs(change)
        s.trade["units"] = max(s.trade["units"], new, key=abs)
        s.units = new
        if new == 0:
            self.end_trade(n, t, p, reason, open_at_end=False)
        return commission + slipped

    # ---- stops

    def check_stops(self, t: int, n: int, *, inside: bool) -> None:
        s = self.symbols[n]
        if s.units == 0:
            return
        side = 1 if s.units > 0 else -1
        stop, stop_reason = self.stop_level(n, side)
        target, target_reason = self.target_level(n, side)
        open_ = self.open[t][n]
        worst, best = (self.low[t][n], self.high[t][n]) if side > 0 else (self.high[t][n], self.low[t][n])
        if not inside and side * open_ <= side * stop:
            self.stop_out(t, n, open_, stop_reason)
        elif not inside and side * open_ >= side * target:
            self.stop_out(t, n, open_, target_reason)
        elif side * worst <= side * stop:
            self.stop_out(t, n, stop, stop_reason)
        elif not inside and side * best >= side * target:
            self.stop_out(t, n, target, target_reason)
        for price in (open_, worst, best):
            self.note_tie(n, stop, price, stop_reason)
            self.note_tie(n, target, price, target_reason)

    def stop_level(self, n: int, side: int) -> tuple[float, str]:
        """The nearest stop: the highest below a long position (side 1), the lowest above a short one (-1)."""
        s, decided = self.symbols[n], self.symbols[n].trade["decided"]
        levels = [(-side * math.inf, "")]
        if self.o.stop_loss is not None:
            levels.append((s.average - side * self.distance(n, self.o.stop_loss, s.average), "stop_loss"))
        if self.o.trailing_stop is not None:
            X = s.trade["extreme"]
            levels.append((X - side * self.distance(n, self.o.trailing_stop, X), "trailing_stop"))
        if self.orders and not math.isnan(self.events["stop"][decided][n]):
            levels.append((self.events["stop"][decided][n], "order_stop"))
        return self.nearest(n, levels, side)

    def target_level(self, n: int, side: int) -> tuple[float, str]:
        s, decided = self.symbols[n], self.symbols[n].trade["decided"]
        levels = [(side * math.inf, "")]
        if self.o.take_profit is not None:
            levels.append((s.average + side * self.distance(n, self.o.take_profit, s.average), "take_profit"))
        if self.orders and not math.isnan(self.events["take_profit"][decided][n]):
            levels.append((self.events["take_profit"][decided][n], "order_take_profit"))
        return self.nearest(n, levels, -side)

    def nearest(self, n: int, levels: list[tuple[float, str]], side: int) -> tuple[float, str]:
        best = max(levels, key=lambda level: side * level[0])  # the first of equals
        for level, reason in levels:
            if reason != best[1]:
                self.note_tie(n, best[0], level, best[1] if reason.startswith("order") else reason)
        return best

    def distance(self, n: int, distance: float | Atr, price: float) -> float:
        if isinstance(distance, Atr):
            return distance.multiple * self.atr(n, self.symbols[n].trade["decided"], distance.window)
        return distance * price

    def stop_out(self, t: int, n: int, P: float, reason: str) -> None:
        s = self.symbols[n]
        self.trade_to(t, n, 0.0, P, reason)
        s.stopped = True
        if s.waiting is not None and s.waiting.kind != "change":
            s.waiting = None

    def note_tie(self, n: int, level: float, price: float, reason: str) -> None:
        """An exact hit counts as one where the level is a given price, or a fraction of a single fill."""
        exact = reason.startswith("order") or (self.symbols[n].trade["fills"] == 1 and not self.has_atr)
        gap = abs(level - price)
        if gap <= _NEAR * abs(price) < math.inf and (gap > 0 or not exact):
            self.near_tie = True

    # ---- decisions

    def decide(self, t: int, n: int) -> None:
        s = self.symbols[n]
        wanted = self.wanted_by_orders(t, n) if self.orders else self.q[t][n]
        if wanted != s.target:
            s.target = wanted
            s.waiting = Decision(t, wanted, "change")
        elif s.stopped and s.target != 0 and self.o.reentry == Reentry.IMMEDIATE:
            s.waiting = Decision(t, s.target, "reentry")
        elif s.units != 0 and self.o.time_stop and t - s.trade["first_close"] + 1 >= self.o.time_stop:
            s.waiting = Decision(t, 0.0, "time_stop")
        elif (s.units != 0 or s.target != 0) and not s.stopped and self.rebalances(t, n):
            s.waiting = Decision(t, s.target, "rebalance")

    def wanted_by_orders(self, t: int, n: int) -> float:
        """The new target; with a limit price the entry is put aside and the target is that after exits."""
        s = self.symbols[n]
        if s.units == 0:  # stopped, or an entry that a lot cut to nothing: not filled
            s.target, s.stopped = 0.0, False
        event = {name: rows[t][n] for name, rows in self.events.items()}
        wanted = s.target
        entry: float
        if (wanted > 0 and event["exits"]) or (wanted < 0 and event["short_exits"]):
            wanted = 0.0
        if bool(event["entries"]) == bool(event["short_entries"]):
            return wanted
        entry = event["target"] if event["entries"] else -event["target"]
        if entry == wanted or math.isnan(event["limit"]):
            return entry
        s.limit = Decision(t, entry, "change")
        return wanted

    def rebalances(self, t: int, n: int) -> bool:
        match self.o.rebalance:
            case EveryBar():
                return True
            case Periodic(every=every):
                return period(self.sessions[t], every) != period(self.sessions[t - 1], every)
            case Band(width=width):
                E = self.equity(self.close[t])
                if E <= 0:
                    return False  # ruin at this very close
                s = self.symbols[n]
                exposure = self.exposure(n, s.target, t)
                if isinstance(self.o.sizing, FixedUnits):  # what they are worth now
                    exposure = s.target * self.o.sizing.units * self.close[t][n] / E
                off = abs(s.units * self.close[t][n] / E - exposure)
                if abs(off - width) <= _NEAR * max(1.0, self.largest / E):
                    self.near_tie = True
                return bool(off > width)
            case _:
                return False

    # ---- trades

    def atr(self, n: int, t: int, window: int) -> float:
        """Wilder's: the mean of the first `window` true ranges (from bar 1), then smoothed with 1/window."""
        ranges = [
            max(self.high[i][n], self.close[i - 1][n]) - min(self.low[i][n], self.close[i - 1][n])
            for i in range(1, t + 1)
        ]
        value: float = sum(ranges[:window]) / window
        for tr in ranges[window:]:
            value = (value * (window - 1) + tr) / window
        return value

    def excursion(self, s: Symbol, price: float, side: float | None = None) -> None:
        move = (price - s.average) / s.average * math.copysign(1.0, s.units if side is None else side)
        s.trade["mfe"] = max(s.trade["mfe"], move)
        s.trade["mae"] = max(s.trade["mae"], -move)

    def take_extremes(self, t: int, n: int) -> None:
        s, high, low = self.symbols[n], self.high[t][n], self.low[t][n]
        self.excursion(s, high)
        self.excursion(s, low)
        s.trade["extreme"] = max(s.trade["extreme"], high) if s.units > 0 else min(s.trade["extreme"], low)

    def end_trade(self, n: int, t: int, price: float, reason: str, *, open_at_end: bool) -> None:
        s = self.symbols[n]
        trade = s.trade
        self.excursion(s, price, trade["units"])
        trade["exit_bar"], trade["bars_held"] = t, t - trade["entry_bar"]
        trade["entry_price"] = trade["entry_notional"] / trade["entry_units"]
        trade["exit_price"] = trade["exit_notional"] / trade["exit_units"]
        trade["pnl"], trade["ret"] = trade["cash"], trade["cash"] / trade["entry_notional"]
        trade["reason"], trade["open_at_end"] = reason, open_at_end
        self.trades.append(trade)


# ---- what is given


def columns(values: Any, T: int) -> Rows:
    """A (T,) or (T, N) array as T rows of N values."""
    rows: Rows = np.asarray(values).reshape(T, -1).tolist()
    return rows


def targets(signal: Any, T: int, direction: Direction, W: int) -> tuple[Rows, int]:
    """Targets as they count, and how many `direction` set to 0."""
    q, disallowed = columns(signal, T), 0
    for t in range(T):
        for n, given in enumerate(q[t]):
            value = 0.0 if math.isnan(given) else round(float(given), 12)
            if abs(value) > 1:
                raise ValueError(f"a target must lie in [-1, 1], was {value} at bar {t}")
            if t < W:
                value = 0.0
            if (direction == Direction.LONG and value < 0) or (direction == Direction.SHORT and value > 0):
                value = 0.0
                disallowed += 1
            q[t][n] = value
    return q, disallowed


def events(orders: Orders, T: int, N: int, direction: Direction, W: int) -> tuple[dict[str, Rows], int]:
    """Events as they count, by name, and how many entries `direction` removed."""
    found: dict[str, Rows] = {}
    for name in (*EVENTS, *PRICES):
        given = getattr(orders, name)
        nothing = False if name in EVENTS else math.nan
        found[name] = [[nothing] * N for _ in range(T)] if given is None else columns(given, T)
    disallowed = 0
    removed = {Direction.LONG: "short_entries", Direction.SHORT: "entries"}.get(direction)
    for t in range(T):
        for n in range(N):
            size = found["target"][t][n]
            found["target"][t][n] = 1.0 if math.isnan(size) else round(size, 12)
            for name in EVENTS:
                found[name][t][n] = found[name][t][n] and t >= W
            if removed and found[removed][t][n]:
                found[removed][t][n] = False
                disallowed += 1
    return found, disallowed


def volatility(closes: list[float], t: int, window: int) -> float:
    """Standard deviation (ddof 1) of the last `window` simple returns up to bar t."""
    returns = [closes[i] / closes[i - 1] - 1 for i in range(t - window + 1, t + 1)]
    mean = sum(returns) / window
    return math.sqrt(sum((r - mean) ** 2 for r in returns) / (window - 1))


def period(session: int, every: Calendar) -> tuple[int, ...]:
    """The day, week (from Monday) or month that a local day, counted from 1970-01-01, belongs to."""
    day = date(1970, 1, 1) + timedelta(days=session)
    match every:
        case Calendar.DAILY:
            return (day.toordinal(),)
        case Calendar.WEEKLY:
            return day.isocalendar()[:2]
        case Calendar.MONTHLY:
            return day.year, day.month
