"""backtesting.py: replays a target array with exclusive all-in orders, and sweeps crossovers of averages."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy  # type: ignore[import-not-found,import-untyped,unused-ignore]
from numpy.typing import NDArray

from admf.model.bars import Bars
from peers.exact import exact_averages
from peers.market import Crossovers, Fill, Floats, Outcome, Rules, Sweep, Targets, outcome

ALL_IN = 1 - sys.float_info.epsilon
"""The library's own default size: 1 would mean one unit."""


def replay(bars: Bars, targets: Targets, rules: Rules) -> Outcome:
    """One target array through backtesting.py, natively: `exclusive_orders` with the default size.

    An exclusive order first closes what is open, then sizes on what is left: the reversal of
    docs/explanation/simulation.md. What it cannot do: fractions of a unit (so `lot` is 1); slippage, since
    its `spread` is charged on entries only; a decision on bar 0. The commission of a fill at the close it
    takes from cash one bar late, which `_costs_at_their_fill` puts right.
    """
    if rules.slippage or targets[0] or rules.lot != 1.0:
        raise ValueError("backtesting.py needs slippage 0, no target on bar 0, and a lot of 1")
    frame = _frame(bars)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the index is bar numbers, not dates: nothing here needs dates
        stats = Backtest(
            frame,
            _replaying(targets),
            cash=rules.cash,
            commission=rules.commission,
            trade_on_close=rules.fill is Fill.CLOSE,
            exclusive_orders=True,
        ).run()
    dealt = [*stats["_strategy"].closed_trades, *stats["_strategy"].trades]
    equity = stats["_equity_curve"]["Equity"].to_numpy(np.float64, copy=True)
    if rules.fill is Fill.CLOSE:
        _costs_at_their_fill(equity, dealt, rules.commission)
    rows = [
        (t.entry_bar, len(bars), _side(t), t.entry_price, np.nan)
        if t.exit_bar is None
        else (t.entry_bar, t.exit_bar, _side(t), t.entry_price, t.exit_price)
        for t in dealt
    ]
    return outcome(equity, rows)


def sweep(bars: Bars, sets: Crossovers, *, exact: bool = False) -> Sweep:
    """The grid, one run per parameter set; averages are computed once per window, outside the runs.

    Cash is so large that whole units do not show in the results. `exact` takes ADMF's averages: those of
    pandas round differently, which flips crossings where the two are equal.
    """
    frame = _frame(bars).set_index(pd.DatetimeIndex(bars.time))
    windows = sorted({*sets.fast, *sets.slow})
    if exact:
        averages = dict(zip(windows, exact_averages(bars, windows).T, strict=True))
    else:
        averages = {window: frame["Close"].rolling(window).mean().to_numpy() for window in windows}
    rows = []
    for fast, slow in sets.pairs:
        long = averages[fast] > averages[slow]
        long[: sets.warmup] = False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            test = Backtest(
                frame, _replaying(long), cash=1e15, commission=sets.commission, exclusive_orders=True
            )
            stats = test.run()
        trades = len(stats["_strategy"].closed_trades) + len(stats["_strategy"].trades)
        rows.append(
            (stats["Sharpe Ratio"], stats["Return [%]"] / 100, -stats["Max. Drawdown [%]"] / 100, trades)
        )
    sharpe, total, fall, trades = np.array(rows, np.float64).T
    return Sweep(sharpe=sharpe, total_return=total, max_drawdown=fall, n_trades=trades)


def _frame(bars: Bars) -> pd.DataFrame:
    return pd.DataFrame({"Open": bars.open, "High": bars.high, "Low": bars.low, "Close": bars.close})


def _replaying(targets: Targets | NDArray[np.bool_]) -> type[Any]:
    """A strategy that asks for the given targets, bar by bar."""
    goals = targets.tolist()

    class Replay(Strategy):  # type: ignore[misc]
        bar = 0
        held = 0

        def init(self) -> None:
            """Nothing to prepare: the targets are given."""

        def next(self) -> None:
            self.bar += 1
            goal = goals[self.bar]
            if goal == self.held:
                return
            self.held = goal
            if goal == 0:
                self.position.close()
            elif goal > 0:
                self.buy(size=ALL_IN)
            else:
                self.sell(size=ALL_IN)

    return Replay


def _side(trade: Any) -> int:
    return 1 if trade.size > 0 else -1


def _costs_at_their_fill(equity: Floats, dealt: list[Any], commission: float) -> None:
    """Take each commission from equity at the bar of its fill already; one bar later it has been taken."""
    for trade in dealt:
        equity[trade.entry_bar] -= commission * abs(trade.size) * trade.entry_price
        if trade.exit_bar is not None:
            equity[trade.exit_bar] -= commission * abs(trade.size) * trade.exit_price
