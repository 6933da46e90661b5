"""What a metric needs from the data in order to be defined, and the words for what is missing."""

from __future__ import annotations

import math
from enum import Enum
from typing import Any, NamedTuple

import numpy as np

from admf.finance.metrics.returns import NOISE, fall, moments
from admf.finance.metrics.scored import Scored
from admf.finance.metrics.trades import wins_and_losses
from admf.finance.statistics.psr import sharpe_spread


class Need(Enum):
    """A condition on the scored data; its value is the reason given where it does not hold."""

    A_BAR = "no scored return"
    BARS = "fewer than 2 scored returns"
    FINITE = "a return is NaN or infinite"
    WEALTH = "a return is below -1, after which there is no wealth"
    VARIANCE = "the returns have no variance"
    DOWNSIDE = "no negative return"
    DRAWDOWN = "equity never fell"
    SHARPE_ERROR = "the standard error of the Sharpe ratio is not above 0"
    A_TRADE = "no trades"
    TRADES = "fewer than 2 trades"
    FINITE_TRADES = "the pnl or return of a trade is NaN or infinite"
    A_WIN = "no winning trade"
    A_LOSS = "no losing trade"
    TRADE_VARIANCE = "the trade returns have no variance"


class Facts(NamedTuple):
    """What the needs are judged by: numbers, or columns of them for many records."""

    bars: Any
    finite: Any
    lowest: Any
    sd: Any
    downside: Any
    deepest: Any
    spread: Any
    trades: Any
    finite_trades: Any
    wins: Any
    losses: Any
    trade_sd: Any


def facts(scored: Scored) -> Facts:
    """The facts of one scored record."""
    r, pnl = scored.returns, scored.trade_pnl
    m = moments(r)
    wins, losses = wins_and_losses(pnl, scored.trade_returns)
    return Facts(
        bars=r.size,
        finite=bool(np.isfinite(r).all()),
        lowest=float(r.min(initial=math.inf)),
        sd=m.sd,
        downside=m.downside,
        deepest=fall(r).deepest,
        spread=sharpe_spread(m.mean / m.sd, m.skew, m.kurtosis) if m.sd > NOISE else math.nan,
        trades=pnl.size,
        finite_trades=bool(np.isfinite(pnl).all() and np.isfinite(scored.trade_returns).all()),
        wins=wins,
        losses=losses,
        trade_sd=moments(scored.trade_returns).sd,
    )


def holds(need: Need, known: Facts) -> Any:
    """Whether the data meet one need; of facts that are columns, a column."""
    match need:
        case Need.A_BAR:
            return known.bars >= 1
        case Need.BARS:
            return known.bars >= 2
        case Need.FINITE:
            return known.finite
        case Need.WEALTH:
            return known.lowest >= -1.0
        case Need.VARIANCE:
            return known.sd > NOISE
        case Need.DOWNSIDE:
            return known.downside > NOISE
        case Need.DRAWDOWN:
            return known.deepest > NOISE
        case Need.SHARPE_ERROR:
            return known.spread > 0.0
        case Need.A_TRADE:
            return known.trades >= 1
        case Need.TRADES:
            return known.trades >= 2
        case Need.FINITE_TRADES:
            return known.finite_trades
        case Need.A_WIN:
            return known.wins >= 1
        case Need.A_LOSS:
            return known.losses >= 1
        case Need.TRADE_VARIANCE:
            return known.trade_sd > NOISE
