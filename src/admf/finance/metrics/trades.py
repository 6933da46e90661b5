"""Metrics of closed trades, compiled: one definition of each, from pnl and return per trade."""

from __future__ import annotations

import math
from typing import NamedTuple

from admf.finance.compiled import FLOATS_1D, compiled
from admf.finance.metrics.returns import Floats, moments, over

EVEN = 1e-13
"""A trade whose return is not farther from 0 than this has made nothing but rounding."""
SQN_CAP = 100  # beyond so many trades sqrt(n) says more about patience than about the system (Tharp)


class TradeMetrics(NamedTuple):
    """What trades alone decide, in the order of the table; NaN where undefined."""

    n_trades: float
    win_rate: float
    profit_factor: float
    expectancy: float
    payoff: float
    sqn: float


@compiled((FLOATS_1D, FLOATS_1D))
def wins_and_losses(pnl: Floats, returns: Floats) -> tuple[int, int]:
    """How many trades won, and how many lost; see `trade_metrics`."""
    wins = losses = 0
    for i in range(pnl.size):
        wins += pnl[i] > 0.0 and returns[i] > EVEN
        losses += pnl[i] < 0.0 and returns[i] < -EVEN
    return wins, losses


@compiled((FLOATS_1D, FLOATS_1D))
def trade_metrics(pnl: Floats, returns: Floats) -> TradeMetrics:
    """Every metric of k trades: `pnl` (money) and `returns` (fraction of the entry notional), both (k,).

    A trade wins where its pnl is above 0 and loses where it is below, but for rounding (EVEN); else neither. One NaN
    among them makes all NaN but n_trades. Formulas: the table, METRICS.
    """
    k = pnl.size
    gained = lost = best = worst = total = 0.0
    wins = losses = 0
    for i in range(k):
        total += returns[i]
        if pnl[i] > 0.0 and returns[i] > EVEN:
            wins += 1
            gained += pnl[i]
            best += returns[i]
        elif pnl[i] < 0.0 and returns[i] < -EVEN:
            losses += 1
            lost -= pnl[i]
            worst -= returns[i]
        else:
            gained += pnl[i] * 0.0  # the NaN that must not go unseen
    n_trades = float(k)
    if k == 0 or not math.isfinite(total + gained + lost):
        return TradeMetrics(n_trades, math.nan, math.nan, math.nan, math.nan, math.nan)
    profit_factor = payoff = math.nan
    if losses > 0:
        profit_factor = gained / lost
    if wins > 0 and losses > 0:
        payoff = (best / wins) / (worst / losses)
    m = moments(returns)
    sqn = over(m.mean, m.sd) * math.sqrt(min(k, SQN_CAP))
    return TradeMetrics(n_trades, wins / k, profit_factor, total / k, payoff, sqn)
