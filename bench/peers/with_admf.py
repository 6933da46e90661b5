"""ADMF: the signals that all engines replay, its own replay of them, and its sweep of crossovers."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import numpy as np

from admf.finance.metrics import single
from admf.finance.simulation.options import Costs, Direction, Simulation
from admf.finance.simulation.options import Fill as FillOption
from admf.finance.simulation.simulate import simulate
from admf.model.bars import Bars
from peers.market import Crossovers, Fill, Outcome, Rules, Sweep, Targets, outcome

FILLS = {Fill.NEXT_OPEN: FillOption.NEXT_OPEN, Fill.CLOSE: FillOption.CLOSE}


def signal(bars: Bars, strategy: str, parameters: Mapping[str, float]) -> Targets:
    """The targets of a built-in strategy: -1, 0 and 1."""
    function = getattr(import_module(f"admf.finance.strategies.{strategy}"), strategy)
    targets: Targets = function(bars, **parameters).astype(np.int8)
    return targets


def replay(bars: Bars, targets: Targets, rules: Rules) -> Outcome:
    """One target array through ADMF's simulation."""
    options = Simulation(
        fill=FILLS[rules.fill],
        initial_cash=rules.cash,
        lot=rules.lot or None,
        costs=Costs(commission=rules.commission, slippage=rules.slippage),
    )
    found = simulate(bars, targets.astype(np.float64), options)
    rows = [
        (t["entry_bar"], len(bars), np.sign(t["units"]), t["entry_price"], np.nan)
        if t["open_at_end"]
        else (t["entry_bar"], t["exit_bar"], np.sign(t["units"]), t["entry_price"], t["exit_price"])
        for t in found.trades.records
    ]
    return outcome(found.equity, rows)


def sweep(bars: Bars, sets: Crossovers) -> Sweep:
    """The grid, one set after the other, without the containers and the store of a study.

    To become one call of `admf.optimize` when there is one; see PUBLIC.
    """
    strategy = import_module("admf.finance.strategies.ma_crossover").ma_crossover
    options = Simulation(direction=Direction.LONG, costs=Costs(commission=sets.commission))
    rows = []
    for fast, slow in sets.pairs:
        found = simulate(bars, strategy(bars, fast=fast, slow=slow), options, warmup=sets.warmup)
        r = found.returns
        sharpe = single.sharpe(r, bars.bars_per_year)
        rows.append((sharpe, single.total_return(r), single.max_drawdown(r), len(found.trades)))
    sharpes, total, fall, trades = np.array(rows, np.float64).T
    return Sweep(sharpe=sharpes, total_return=total, max_drawdown=fall, n_trades=trades)


PUBLIC = False
"""Whether `sweep` goes through the public API; the tables of bench/speed.py say so when it does not."""
