"""Signals to metrics bar by bar, many at a time: simulated and measured in arrays that are used again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.finance.compiled import compiled
from admf.finance.metrics.measure import measure_array, measure_into, undefined_reasons
from admf.finance.metrics.scored import Scored
from admf.finance.metrics.table import BUILT_IN, METRICS
from admf.finance.scores import Scores, scores_of
from admf.finance.simulation import kernel
from admf.finance.simulation.options import Simulation
from admf.finance.simulation.records import FLAT
from admf.finance.simulation.rules import Rules, warmup_of
from admf.finance.simulation.simulate import Stepper, write_returns
from admf.finance.simulation.targets import round_targets, sides
from admf.model.bars import Bars, Floats

NAMES = tuple(metric.name for metric in METRICS)
_ADDED = METRICS[len(BUILT_IN) :]
_Records = NDArray[np.void]


class Streamed:
    """Scores signals over the same bars, with the bits that `simulate` and `measure_array` give each of them.

    Nothing is kept of a trial but its metrics: no memory is asked for per trial, and none is touched that is
    not in the cache already.
    """

    __slots__ = ("bars", "options", "pnl", "returns", "run", "targets", "trade_returns")

    def __init__(self, bars: Bars) -> None:
        T, N = len(bars), len(bars.symbols)
        self.bars = bars
        self.targets, self.returns = np.empty((T, N)), np.empty(T)
        self.options: Simulation | None = None

    def score(self, signals: Floats, options: Simulation, warmup: int) -> Scores:
        """Trade `signals`, contiguous (n, T N), a target per bar and symbol, by the rules of `options`."""
        if options is not self.options:
            self.options, self.run = options, Stepper(self.bars, options, 0)
            self.pnl, self.trade_returns = np.empty((2, len(self.run.trades)))
        warmup = min(max(warmup, warmup_of(options)), len(self.bars))
        scores, n = scores_of(len(signals)), len(signals)
        metrics, ruined, outside = scores.metrics, scores.ruined, scores.outside
        first = 0
        while first < n:  # the kernel returns early at a signal of which it cannot say everything
            at = self._run(signals[first:], options, warmup, metrics[first:], ruined[first:], outside[first:])
            if at < 0:
                break
            first += at
            if outside[first] < 0:
                scores.undefined[first] = self._whys(metrics[first], warmup)
            first += 1
        return scores

    def _run(
        self, signals: Floats, options: Simulation, warmup: int, metrics: Floats, ruined: Any, outside: Any
    ) -> int:
        run, (low, high) = self.run, sides(options.direction)
        return int(
            _score_until_odd(
                signals, low, high, warmup, bool(_ADDED), run.accounts, run.positions, run.trades, FLAT,
                run.prices, run.rules, run.prepared, run.events, run.equity, run.units, self.targets,
                self.returns, self.pnl, self.trade_returns, self.bars.bars_per_year, metrics, ruined, outside,
            )
        )  # fmt: skip

    def _whys(self, metrics: Floats, warmup: int) -> Mapping[str, str]:
        """The metrics that are not compiled, and the reasons of those that are NaN, of the signal run last."""
        run, account = self.run, self.run.account()
        trades = account["trades"]
        scored = Scored(
            returns=self.returns[: max(len(self.bars) - warmup - 1, 0)],
            trade_pnl=self.pnl[:trades],
            trade_returns=self.trade_returns[:trades],
            bars_per_year=self.bars.bars_per_year,
            initial_cash=run.rules.initial_cash,
            final_equity=float(run.equity[-1]),
            exposure=account["exposure"] / max(len(self.bars) - 1 - warmup, 1),
            turnover_total=account["turnover"],
            costs_total=account["commission"] + account["slippage"] + account["borrow"],
        )
        if _ADDED:
            metrics[:] = measure_array(scored)
        nulls = {NAMES[i]: None for i in np.flatnonzero(np.isnan(metrics))}
        return undefined_reasons(nulls, scored) if nulls else {}


@compiled
def _score_until_odd(
    signals: Floats, low: float, high: float, warmup: int, always: bool, accounts: _Records,
    positions: _Records, trades: _Records, flat: _Records, prices: Floats, rules: Rules, prepared: Floats,
    events: Floats, equity: Floats, units: Floats, targets: Floats, returns: Floats, pnl: Floats,
    trade_returns: Floats, bars_per_year: float, metrics: Floats, ruined: NDArray[np.bool_],
    outside: NDArray[np.int64],
) -> int:  # fmt: skip
    """Score signals until one has a value outside [-1, 1] or a metric that is NaN (or `always`); its row, or -1.

    What it left in `accounts`, `equity`, `returns`, `pnl` and `trade_returns` then tells why.
    """
    T, N = prices.shape[0], prices.shape[1]
    account = accounts[0]
    for row in range(len(signals)):
        disallowed = round_targets(targets.reshape(T * N), signals[row], low, high, warmup * N)
        if disallowed < 0:
            outside[row] = -1 - disallowed
            return row
        kernel.begin(accounts, positions, flat, rules)
        equity[:warmup] = rules.initial_cash
        kernel.run(
            accounts, positions, trades, prices, targets, warmup, rules, prepared, events, equity, units
        )
        n, k = max(T - warmup - 1, 0), account.trades
        write_returns(returns[:n], equity[warmup:], rules.initial_cash)
        for i in range(k):
            pnl[i], trade_returns[i] = trades[i].pnl, trades[i].ret
        measure_into(
            metrics[row], returns[:n], pnl[:k], trade_returns[:k], bars_per_year, rules.initial_cash,
            equity[T - 1], account.exposure / max(T - 1 - warmup, 1), account.turnover,
            account.commission + account.slippage + account.borrow,
        )  # fmt: skip
        ruined[row] = account.ruined == 1
        if always or np.isnan(metrics[row].sum()):
            return row
    return -1
