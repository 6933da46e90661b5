"""Every metric written the obvious way, in exact fractions: the oracle of the compiled ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from statistics import NormalDist

import numpy as np

NOISE = 1e-14
Value = float | None
RETURN_METRICS = (
    *("total_return", "cagr", "volatility", "sharpe", "sharpe_per_bar", "sortino", "calmar"),
    *("max_drawdown", "ulcer_index", "skew", "kurtosis", "var_95", "cvar_95", "psr"),
)


def ratio(value: Fraction | float, spread: float) -> Value:
    return float(value) / spread if spread > NOISE else None


def mean(x: Sequence[Fraction]) -> Fraction:
    return sum(x, Fraction(0)) / len(x)


def root(x: Fraction) -> float:
    return math.sqrt(float(x))


def sd(x: Sequence[Fraction]) -> float:
    return root(sum(((v - mean(x)) ** 2 for v in x), Fraction(0)) / (len(x) - 1))


def standardised_moment(x: Sequence[Fraction], order: int) -> Value:
    variance = mean([(v - mean(x)) ** 2 for v in x])
    if sd(x) <= NOISE:
        return None
    moment = mean([(v - mean(x)) ** order for v in x])
    return float(moment) / math.pow(float(variance), order / 2)


def wealth(x: Sequence[Fraction]) -> list[Fraction]:
    curve = [Fraction(1)]
    for r in x:
        curve.append(curve[-1] * (1 + r))
    return curve


def drawdowns(x: Sequence[Fraction]) -> list[Fraction]:
    """One per bar; the start counts as a peak and not as a bar."""
    curve = wealth(x)
    return [1 - curve[t] / max(curve[: t + 1]) for t in range(1, len(curve))]


def psr(sharpe: Value, n: int, skew: Value, kurtosis: Value) -> Value:
    if sharpe is None or skew is None or kurtosis is None:
        return None
    spread = 1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe**2
    return NormalDist().cdf(sharpe * math.sqrt(n - 1) / math.sqrt(spread)) if spread > 0 else None


def return_metrics(returns: Sequence[float], bars_per_year: float) -> dict[str, Value]:
    n = len(returns)
    if n < 2:
        return dict.fromkeys(RETURN_METRICS)
    x = [Fraction(r) for r in returns]
    per_year = math.sqrt(bars_per_year)
    sharpe = ratio(mean(x), sd(x))
    sortino = ratio(mean(x), root(mean([min(v, Fraction(0)) ** 2 for v in x])))
    end = float(wealth(x)[-1])
    cagr = end ** (bars_per_year / n) - 1
    deepest = float(max(drawdowns(x)))
    quantile = float(np.quantile(returns, 0.05))
    skew, kurtosis = standardised_moment(x, 3), standardised_moment(x, 4)
    return {
        "total_return": end - 1,
        "cagr": cagr,
        "volatility": sd(x) * per_year,
        "sharpe": sharpe * per_year if sharpe is not None else None,
        "sharpe_per_bar": sharpe,
        "sortino": sortino * per_year if sortino is not None else None,
        "calmar": ratio(cagr, deepest),
        "max_drawdown": deepest,
        "ulcer_index": root(mean([d**2 for d in drawdowns(x)])),
        "skew": skew,
        "kurtosis": kurtosis,
        "var_95": -quantile,
        "cvar_95": -float(mean([v for v in x if v <= quantile])),
        "psr": psr(sharpe, n, skew, kurtosis),
    }


def trade_metrics(pnl: Sequence[float], returns: Sequence[float]) -> dict[str, Value]:
    k = len(pnl)
    if k == 0:
        nothing = ("win_rate", "profit_factor", "expectancy", "payoff", "sqn")
        return {"n_trades": 0.0, **dict.fromkeys(nothing)}
    x = [Fraction(r) for r in returns]
    winners = [t for t in range(k) if pnl[t] > 0]
    losers = [t for t in range(k) if pnl[t] < 0]
    gained = sum((Fraction(pnl[t]) for t in winners), Fraction(0))
    lost = sum((Fraction(-pnl[t]) for t in losers), Fraction(0))
    payoff = None
    if winners and losers:
        payoff = float(mean([x[t] for t in winners]) / -mean([x[t] for t in losers]))
    sqn = ratio(mean(x), sd(x)) if k > 1 else None
    return {
        "n_trades": float(k),
        "win_rate": len(winners) / k,
        "profit_factor": float(gained / lost) if losers else None,
        "expectancy": float(mean(x)),
        "payoff": payoff,
        "sqn": math.sqrt(min(k, 100)) * sqn if sqn is not None else None,
    }
