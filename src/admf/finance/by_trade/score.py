"""Sets to metrics by their trades: what is computed once over the bars, and where this way applies."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from admf.finance.by_trade.changes import Changes, Counts
from admf.finance.by_trade.falls import blocks_of
from admf.finance.by_trade.tail import tail_of
from admf.finance.by_trade.walk import (
    COLUMNS,
    COSTS,
    DEEPEST,
    DOWN,
    EQUITY,
    EXPOSED,
    HELD,
    OWN,
    R1,
    R2,
    R3,
    R4,
    SQUARES,
    TRADES,
    TURNOVER,
    Costs,
    walk,
)
from admf.finance.compiled import FLOATS_1D, OUT_2D, VOID, compiled
from admf.finance.metrics.measure import account_metrics, reasons_of_rows, write_metrics
from admf.finance.metrics.needs import Facts
from admf.finance.metrics.returns import NOISE, Fall, Moments, Tail, moments, named
from admf.finance.metrics.table import BUILT_IN, METRICS
from admf.finance.metrics.trades import trade_metrics, wins_and_losses
from admf.finance.simulation.options import Direction, Fill, Simulation
from admf.finance.simulation.rules import NOT_REBALANCED, rules_of, warmup_of
from admf.finance.statistics.psr import sharpe_spread
from admf.model.bars import Bars, Floats
from admf.model.few import Few

FACTS = 8
"""sd, downside, deepest, spread, trades; wins, losses, trade_sd."""
_SPREAD = 1e-3
"""The least share of the spread in the sum of squares: below, their difference would lose digits."""
_SHALLOW = 1e-8
"""The least mean squared fall that a difference of prefix sums can tell from rounding, but for none."""


def applies(bars: Bars, options: Simulation) -> bool:
    """Whether trades of one symbol, all in or out, decide everything: no rule acts between two fills."""
    rules = rules_of(options, bars.bars_per_year)
    one = bars.close.ndim == 1 or bars.close.shape[1] == 1
    whole = rules.fraction == 1.0 and math.isnan(rules.units) and rules.lot == 0.0
    quiet = not (rules.has_levels or rules.time_stop or rules.at_once or rules.close_at_end)
    waits = rules.rebalance == NOT_REBALANCED and rules.fill != int(Fill.CLOSE) and warmup_of(options) == 0
    carries = rules.cash_per_bar != 0.0 or (
        rules.borrow_per_bar != 0.0 and options.direction is not Direction.LONG
    )
    known = len(METRICS) == len(BUILT_IN)
    return bool(one and whole and quiet and waits and known and not carries and _positive(bars))


def _positive(bars: Bars) -> bool:
    prices = np.concatenate([bars.open.reshape(-1), bars.close.reshape(-1)])
    return prices.size > 0 and bool(np.isfinite(prices).all()) and float(prices.min()) > 0.0


class ByTrade:
    """Scores lists of changes over the same bars, by options that `applies` says yes to."""

    def __init__(self, bars: Bars) -> None:
        T = len(bars)
        self.bars_per_year = bars.bars_per_year
        self.open = np.ascontiguousarray(bars.open.reshape(-1))
        self.close = np.ascontiguousarray(bars.close.reshape(-1))
        r = np.zeros(T)
        r[1:] = self.close[1:] / self.close[:-1] - 1.0
        self.sums = np.zeros((T + 1, COLUMNS))
        _prefix_sums(r, self.close, self.sums)
        self.blocks, self.inside = blocks_of(self.close)
        self.bar = np.argsort(r, kind="stable").astype(np.int32)
        self.ascending = r[self.bar]
        self.found, self.counts = np.zeros(EQUITY + 1), np.zeros(3, np.int64)
        self.held = np.zeros(T // 64 + 1, np.uint64)
        self.own, self.pnl, self.returns, self.low = np.empty((4, T + 3))
        self.few = np.empty(2 * T + 6)

    def score(
        self,
        changes: Changes,
        counts: Counts,
        options: Simulation,
        warmup: int,
        metrics: Floats,
        left: NDArray[np.bool_],
    ) -> Few[Mapping[str, str]]:
        """The metrics (n, M) of n lists of changes; `left` (n,) is True at those that this way cannot tell.

        Why metrics are undefined, by row.
        """
        known = np.zeros((len(counts), FACTS))
        rules = rules_of(options, self.bars_per_year)
        costs = Costs(rules.initial_cash, rules.commission, rules.slippage)
        fill = self.open if rules.fill == int(Fill.NEXT_OPEN) else self.close
        _score(
            changes, counts, warmup, self.close, fill, self.sums, self.blocks, self.inside, self.bar,
            self.ascending, costs, self.found, self.counts, self.held, self.own, self.pnl, self.returns, self.low,
            self.few, self.bars_per_year, metrics, left, known,
        )  # fmt: skip
        metrics[left] = 0.0  # written by others
        sd, downside, deepest, spread, trades, wins, losses, trade_sd = known.T
        return reasons_of_rows(
            metrics,
            Facts(
                bars=self.close.size - warmup - 1,
                finite=True,
                lowest=0.0,
                sd=sd,
                downside=downside,
                deepest=deepest,
                spread=spread,
                trades=trades,
                finite_trades=True,
                wins=wins,
                losses=losses,
                trade_sd=trade_sd,
            ),
        )


@compiled(VOID(FLOATS_1D, FLOATS_1D, OUT_2D))
def _prefix_sums(r: Floats, close: Floats, sums: Floats) -> None:
    """Each sum as exact as a double can be: what rounding lost is carried along (Neumaier 1974)."""
    total, lost = np.zeros(COLUMNS), np.zeros(COLUMNS)
    new = np.zeros(COLUMNS)
    for t in range(r.size):
        square = r[t] * r[t]
        new[0], new[1], new[2], new[3] = r[t], square, square * r[t], square * square
        new[4] = square if r[t] < 0.0 else 0.0
        new[5], new[6] = close[t], close[t] * close[t]
        for i in range(COLUMNS):
            grown = total[i] + new[i]
            if abs(total[i]) >= abs(new[i]):
                lost[i] += (total[i] - grown) + new[i]
            else:
                lost[i] += (new[i] - grown) + total[i]
            total[i] = grown
            sums[t + 1, i] = grown + lost[i]


@compiled
def _moments(n: int, found: Floats) -> Moments:
    """Moments of n returns from the sums of their powers; the mean NaN where these cannot tell the spread."""
    if found[R2] == 0.0:
        return Moments(0.0, 0.0, math.nan, math.nan, 0.0)
    mean = found[R1] / n
    s2 = found[R2] - n * mean * mean
    variance, sd = s2 / n, math.sqrt(max(s2, 0.0) / (n - 1))
    if not (s2 > _SPREAD * found[R2] and sd > NOISE):
        return Moments(math.nan, math.nan, math.nan, math.nan, math.nan)
    s3 = found[R3] - 3.0 * mean * found[R2] + 2.0 * n * mean**3
    s4 = found[R4] - 4.0 * mean * found[R3] + 6.0 * mean * mean * found[R2] - 3.0 * n * mean**4
    skew, kurtosis = s3 / n / (variance * math.sqrt(variance)), s4 / n / (variance * variance)
    return Moments(mean, sd, skew, kurtosis, math.sqrt(found[DOWN] / n))


@compiled
def _score(
    changes: Changes, numbers: Counts, warmup: int, close: Floats, fill: Floats, sums: Floats, blocks: Floats,
    inside: Floats,     bar: NDArray[np.int32], ascending: Floats, costs: Costs, found: Floats, counts: Counts,
    held: NDArray[np.uint64], own: Floats, pnl: Floats, returns: Floats, low: Floats, few: Floats,
    bars_per_year: float, metrics: Floats, left: NDArray[np.bool_], known: Floats,
) -> None:  # fmt: skip
    n = close.size - warmup - 1
    for row in range(len(numbers)):
        left[row] = True
        if n < 2 or numbers[row] < 0 or not walk(
            changes, row, numbers[row], warmup, close, fill, sums, blocks, inside, costs, found, counts, held, own, pnl,
            returns,
        ):  # fmt: skip
            continue
        m = _moments(n, found)
        if m.mean != m.mean or (found[SQUARES] < n * _SHALLOW and found[DEEPEST] != 0.0):
            continue
        zeros = n - counts[HELD] - counts[OWN]
        worst = Tail(*tail_of(ascending, bar, held, low, own, counts[OWN], few, zeros, n))
        squares = (
            found[SQUARES] if found[DEEPEST] != 0.0 else 0.0
        )  # what is left of differences where nothing fell
        f = Fall(found[EQUITY] / costs.cash, found[DEEPEST], math.sqrt(squares / n))
        k = counts[TRADES]
        write_metrics(
            metrics[row],
            named(m, f, worst, n, bars_per_year),
            trade_metrics(pnl[:k], returns[:k]),
            account_metrics(
                n, bars_per_year, costs.cash, found[EQUITY], found[EXPOSED] / n, found[TURNOVER], found[COSTS]
            ),
        )
        left[row] = False
        if np.isnan(metrics[row].sum()):
            spread = sharpe_spread(m.mean / m.sd, m.skew, m.kurtosis) if m.sd > NOISE else math.nan
            wins, losses = wins_and_losses(pnl[:k], returns[:k])
            facts = (m.sd, m.downside, f.deepest, spread, float(k), float(wins), float(losses))
            for i, fact in enumerate(facts):
                known[row, i] = fact
            known[row, FACTS - 1] = moments(returns[:k]).sd
