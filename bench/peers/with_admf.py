"""ADMF: the signals that all engines replay, its own replay of them, and its sweep of crossovers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

import admf
from admf.finance.simulation.options import Costs, Simulation
from admf.finance.simulation.options import Fill as FillOption
from admf.finance.simulation.simulate import simulate
from admf.model.bars import Bars
from admf.store.trial_table import TrialTable
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


def sweep(bars: Bars, sets: Crossovers, workers: int = 1, component: str = "ma_crossover") -> Sweep:
    """The grid as a user runs it: `admf.optimize`, with probing, look-ahead check, containers and store.

    `workers` processes are kept warm between sweeps; 0 runs the trials in this one. `component` is a registered name
    or 'module:attribute'. Every metric that is built in is computed and stored.
    """
    study = admf.optimize(
        component,
        bars,
        space={"fast": list(sets.fast), "slow": list(sets.slow)},
        holdout=None,
        simulation={"direction": "both" if sets.both else "long"},
        costs={"commission": sets.commission},
        executor=_pool(workers) if workers else "inline",
    )
    with TrialTable.open(study.folder / "run.db", readonly=True) as table:
        found = table.columns(["sharpe", "total_return", "max_drawdown", "n_trades"])
    return Sweep(**found)


@cache
def _pool(workers: int) -> Any:
    return admf.Pool(workers=workers)
