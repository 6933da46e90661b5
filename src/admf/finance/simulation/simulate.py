"""The simulation's door: bars and a signal in, equity, trades and what it cost out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from admf.finance.compiled import FLOAT, FLOATS_1D, OUT_1D, VOID, compiled
from admf.finance.simulation import kernel
from admf.finance.simulation.decide import decide_targets
from admf.finance.simulation.options import Simulation
from admf.finance.simulation.orders import Orders, check_orders, events_of
from admf.finance.simulation.records import ACCOUNT, FLAT, POSITION, TRADE, Reason
from admf.finance.simulation.rules import CLOSE, prepare, rules_of, warmup_of
from admf.finance.simulation.targets import targets_of
from admf.model.bars import Bars, Floats

_TOTALS = ("turnover", "commission", "slippage", "borrow", "interest", "max_gross")
_ACCOUNT_FIELDS = ACCOUNT.names or ()
REASONS = tuple(reason.name.lower() for reason in Reason)


class Trades:
    """The trades of one simulation as columns, in the order in which they ended.

    `symbol`, `entry_bar`, `exit_bar`, `bars_held` are int64; `units` (signed), `entry_price`, `exit_price`,
    `entry_notional`, `pnl`, `ret`, `commission`, `slippage`, `borrow`, `mfe`, `mae` float64; `reasons` texts;
    `open_at_end` bool. Meanings: docs/explanation/simulation.md.
    """

    __slots__ = ("records",)

    def __init__(self, records: np.ndarray) -> None:
        self.records = records

    def __len__(self) -> int:
        return len(self.records)

    def __getattr__(self, name: str) -> Any:
        if name in (TRADE.names or ()):
            return self.records[name]
        raise AttributeError(f"trades have no column '{name}'")

    @property
    def reasons(self) -> list[str]:
        """Why each trade ended, in words."""
        return [REASONS[code] for code in self.records["reason"]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulated:
    """What a simulation found over T bars and N symbols.

    `equity` (T,) at every close; `units` (T, N) held at every close; `warmup` bars come before the first
    decision. `exposure` is mean |q| in force, `turnover` the sum of notional over equity, `costs` the sum of
    commission, slippage and borrow fees.
    """

    equity: Floats = field(repr=False)
    units: Floats = field(repr=False)
    trades: Trades = field(repr=False)
    warmup: int
    initial_cash: float
    ruined: bool
    disallowed: int
    exposure: float
    turnover: float
    commission: float
    slippage: float
    borrow: float
    interest: float
    max_gross: float

    @property
    def costs(self) -> float:
        """All that trading cost, in money."""
        return self.commission + self.slippage + self.borrow

    @property
    def returns(self) -> Floats:
        """Scored returns r(W+1) .. r(T-1), shape (T-1-W,): what is paid at W belongs to the first."""
        return scored_returns(self.equity, self.warmup, self.initial_cash)


def simulate(bars: Bars, signal: Any, options: Simulation, *, warmup: int = 0) -> Simulated:
    """Trade `signal` (targets per bar, or Orders) over `bars` by the rules of `options`.

    `warmup` bars are not ready: nothing is decided there. Raises TrialError for a signal that is not one.
    """
    warmup = min(max(warmup, warmup_of(options)), len(bars))
    if isinstance(signal, Orders):
        orders = check_orders(signal, bars.close.shape)
        events, disallowed = events_of(orders, options.direction, warmup)
        run = Stepper(bars, options, warmup, events=events)
        targets = np.zeros((0, len(bars.symbols)))
    else:
        targets, disallowed = targets_of(signal, bars.close.shape, options.direction, warmup)
        run = Stepper(bars, options, warmup)
    kernel.run(
        run.accounts, run.positions, run.trades, run.prices, targets, warmup, run.rules, run.prepared, run.events,
        run.equity, run.units,
    )  # fmt: skip
    return run.result(disallowed)


def scored_returns(equity: Floats, warmup: int, initial_cash: float) -> Floats:
    """Simple returns of the scored bars; after ruin they are 0."""
    returns = np.empty(max(len(equity) - warmup - 1, 0))
    write_returns(returns, equity[warmup:], initial_cash)
    return returns


@compiled(VOID(OUT_1D, FLOATS_1D, FLOAT))
def write_returns(out: Floats, equity: Floats, before: float) -> None:
    """`scored_returns` into an array: of equity (n + 1,) from the end of the warm-up on, n returns."""
    n = out.size
    if n > 0:
        out[0] = equity[1] / before - 1.0 if before > 0.0 else 0.0
    for t in range(1, n):
        out[t] = equity[t + 1] / equity[t] - 1.0
    if n > 0 and not equity[n] > 0.0:  # ruined: what was divided by zero is set right
        for t in range(1, n):
            if not equity[t] > 0.0:
                out[t] = 0.0


class Stepper:
    """One simulation in progress: run whole by `simulate`, or bar by bar for strategies with `on_bar`."""

    __slots__ = (
        "accounts", "bars", "equity", "events", "options", "positions", "prepared", "prices", "rules", "trades",
        "units", "warmup",
    )  # fmt: skip

    def __init__(self, bars: Bars, options: Simulation, warmup: int, *, events: Floats | None = None) -> None:
        T, N = len(bars), len(bars.symbols)
        self.bars, self.options = bars, options
        self.prices = prices_of(bars)
        self.rules = rules_of(options, bars.bars_per_year)
        self.prepared = prepare(bars, options)
        self.events = np.empty((0, N, 8)) if events is None else events
        # Pages of `trades` that no trade reaches are never touched, so never allocated.
        self.trades = np.empty(2 * T * N + N, TRADE)
        self.equity, self.units = np.empty(T), np.zeros((T, N))
        self.accounts, self.positions = np.empty(1, ACCOUNT), np.empty(N, POSITION)
        self.begin(warmup)

    def begin(self, warmup: int) -> None:
        """Flat and with the initial cash, after `warmup` bars; what was simulated before is overwritten."""
        self.warmup = warmup
        kernel.begin(self.accounts, self.positions, FLAT, self.rules)
        self.equity[:warmup] = self.rules.initial_cash

    def exposures(self, t: int) -> Floats:
        """Signed exposure per symbol at the close of t, before its decision; shape (N,)."""
        values = self.positions["units"] * self.prices[t, :, CLOSE]
        equity = float(self.accounts["cash"][0]) + float(values.sum())
        return values / equity if equity > 0.0 else np.zeros(len(values))

    def advance(self, t: int) -> bool:
        """Bar t up to its close; False when the account is ruined."""
        if t > self.warmup:
            kernel.advance(
                self.accounts,
                self.positions,
                self.trades,
                self.prices,
                t,
                self.rules,
                self.prepared,
                self.events,
            )
        return not self._ruined(t)

    def decide(self, t: int, q: Floats) -> bool:
        """The decision at the close of t (targets q, shape (1, N)) and the mark; False at ruin."""
        if t < len(self.bars) - 1:
            decide_targets(
                self.accounts, self.positions, self.trades, self.prices, q, t, 0, self.rules, self.prepared,
                self.events,
            )  # fmt: skip
        if not self._ruined(t):
            self.equity[t] = kernel.mark(
                self.accounts, self.positions, self.trades, self.prices, t, self.units
            )
        return not self._ruined(t)

    def finish(self) -> None:
        """Record what is open at the end."""
        if len(self.bars) > self.warmup and not self.accounts["ruined"][0]:
            self.equity[-1] = kernel.finish(
                self.accounts, self.positions, self.trades, self.prices, self.rules, self.units
            )

    def _ruined(self, t: int) -> bool:
        if self.accounts["ruined"][0]:
            self.equity[t:] = 0.0
            self.units[t:] = 0.0
            return True
        return False

    def account(self) -> dict[str, Any]:
        """The account's fields as plain numbers."""
        return dict(zip(_ACCOUNT_FIELDS, self.accounts[0].item(), strict=True))

    def result(self, disallowed: int) -> Simulated:
        """What was found."""
        account = self.account()
        decisions = max(len(self.bars) - 1 - self.warmup, 1)
        return Simulated(
            equity=self.equity,
            units=self.units,
            trades=Trades(self.trades[: account["trades"]]),
            warmup=self.warmup,
            initial_cash=float(self.options.initial_cash),
            ruined=bool(account["ruined"]),
            disallowed=disallowed,
            exposure=account["exposure"] / decisions,
            **{name: account[name] for name in _TOTALS},
        )


@lru_cache(maxsize=2)
def prices_of(bars: Bars) -> Floats:
    """Open, high, low, close side by side, (T, N, 4): one bar is one line of cache."""
    T, N = len(bars), len(bars.symbols)
    columns = [bars[name].reshape(T, N) for name in ("open", "high", "low", "close")]
    return np.stack(columns, axis=-1)
