"""vectorbt: replays a target array with `Portfolio.from_orders`, and sweeps moving-average crossovers."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt  # type: ignore[import-not-found,import-untyped,unused-ignore]

from admf.model.bars import Bars
from peers.exact import exact_averages
from peers.market import Crossovers, Fill, Floats, Outcome, Rules, Sweep, Targets, outcome


def replay(bars: Bars, targets: Targets, rules: Rules) -> Outcome:
    """One target array through vectorbt's own order simulation.

    `size_type='targetamount'` with sizes +inf, -inf, 0 and NaN is all it takes. +inf spends all cash, what
    covers a short included; -inf sells what is held and goes short by the cash that is then free over
    price x (1 + fees): the size rule of docs/explanation/simulation.md, for openings and for reversals.
    """
    portfolio = vbt.Portfolio.from_orders(
        bars.close,
        size=_order_sizes(targets, rules.fill),
        size_type="targetamount",
        price=bars.open if rules.fill is Fill.NEXT_OPEN else bars.close,
        fees=rules.commission,
        slippage=rules.slippage,
        init_cash=rules.cash,
        freq="1D",
    )
    rows = [
        (p["entry_idx"], p["exit_idx"], side, p["entry_price"], p["exit_price"])
        if p["status"] == vbt.portfolio.enums.TradeStatus.Closed
        else (p["entry_idx"], len(bars), side, p["entry_price"], np.nan)
        for p in portfolio.positions.records_arr
        for side in (1 if p["direction"] == vbt.portfolio.enums.TradeDirection.Long else -1,)
    ]
    return outcome(portfolio.value().to_numpy().ravel(), rows)


def _order_sizes(targets: Targets, fill: Fill) -> Floats:
    """An order at the bar where each change of the target is filled, NaN elsewhere; shape (T,).

    A change on the last bar is left out: ADMF and backtesting.py have no bar to fill it in.
    """
    change = np.flatnonzero(np.diff(targets[:-1], prepend=np.int8(0)))
    goal = targets[change].astype(np.float64)
    goal[goal != 0.0] *= np.inf
    sizes = np.full(len(targets), np.nan)
    sizes[change + (1 if fill is Fill.NEXT_OPEN else 0)] = goal
    return sizes


CELLS_BETWEEN_COLLECTIONS = 4_000_000
"""Portfolios hold on to themselves: uncollected, memory grows with each chunk; collecting each costs time."""


def sweep(bars: Bars, sets: Crossovers, *, engine: str, chunk: int, exact: bool = False) -> Sweep:
    """The grid as columns of `Portfolio.from_signals`, `chunk` of them at a time.

    Each average is computed once per window, and the order records are sized by counting the signals first:
    both save time. `exact` takes ADMF's averages: vectorbt's own round differently, which flips crossings
    where the two are equal.
    """
    vbt.settings["engine"] = engine
    vbt.settings.array_wrapper["freq"] = "1D"
    index = pd.DatetimeIndex(bars.time)
    close, open_ = pd.Series(bars.close, index), pd.Series(bars.open, index)
    windows = sorted({*sets.fast, *sets.slow})
    averages = exact_averages(bars, windows) if exact else vbt.MA.run(close, windows).ma.to_numpy()
    columns = np.searchsorted(windows, sets.pairs)
    parts, cells = [], 0
    for start in range(0, len(columns), chunk):
        fast, slow = columns[start : start + chunk].T
        parts.append(_chunk(close, open_, averages, fast, slow, sets))
        cells += len(fast) * len(bars)
        if cells >= CELLS_BETWEEN_COLLECTIONS:
            gc.collect()
            cells = 0
    sharpe, total, fall, trades = np.concatenate(parts, axis=1)
    return Sweep(sharpe=sharpe, total_return=total, max_drawdown=-fall, n_trades=trades)


def _chunk(close: Any, open_: Any, averages: Floats, fast: Any, slow: Any, sets: Crossovers) -> Floats:
    """Four metrics of some columns, shape (4, columns)."""
    long = np.zeros((len(close), len(fast)), bool)
    decided = slice(sets.warmup, len(close) - 1)  # each is filled one bar later
    long[sets.warmup + 1 :] = averages[decided][:, fast] > averages[decided][:, slow]
    below = ~long
    if sets.both:
        below[: sets.warmup + 1] = False
        below[sets.warmup + 1 :] &= averages[decided][:, fast] < averages[decided][:, slow]
    portfolio = vbt.Portfolio.from_signals(
        close,
        long,
        below,
        price=open_,
        fees=sets.commission,
        direction="both" if sets.both else "longonly",
        max_orders=int(np.count_nonzero(long[1:] != long[:-1])) + len(fast),
    )
    metrics = (
        portfolio.sharpe_ratio(),
        portfolio.total_return(),
        portfolio.max_drawdown(),
        portfolio.trades.count(),
    )
    return np.array([np.ravel(metric) for metric in metrics], np.float64)
