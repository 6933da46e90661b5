"""One metric at a time, for use as a library: thin doors to the compiled pass, NaN where undefined."""

from __future__ import annotations

from numpy.typing import ArrayLike

from admf.finance.metrics.returns import ReturnMetrics, return_metrics
from admf.finance.metrics.scored import as_floats, must_be_positive
from admf.finance.metrics.trades import TradeMetrics, trade_metrics


def _of(returns: ArrayLike, bars_per_year: float = 1.0, less: float = 0.0) -> ReturnMetrics:
    must_be_positive(bars_per_year, "bars_per_year")
    array = as_floats(returns, "returns")
    return return_metrics(array - less if less else array, float(bars_per_year))


def _of_trades(values: ArrayLike, where: str) -> TradeMetrics:
    array = as_floats(values, where)
    return trade_metrics(array, array)


def total_return(returns: ArrayLike) -> float:
    """W_T - 1 of simple returns per bar (n,), a fraction."""
    return _of(returns).total_return


def cagr(returns: ArrayLike, bars_per_year: float) -> float:
    """Compound growth per year, a fraction: W_T^(A/T) - 1; -1 where nothing is left."""
    return _of(returns, bars_per_year).cagr


def volatility(returns: ArrayLike, bars_per_year: float) -> float:
    """Standard deviation (ddof 1) per year, a fraction."""
    return _of(returns, bars_per_year).volatility


def sharpe(returns: ArrayLike, bars_per_year: float, risk_free: float = 0.0) -> float:
    """Sharpe ratio per year of simple returns per bar (n,) over a `risk_free` rate per bar.

    >>> round(sharpe([0.01, -0.02, 0.03, -0.01], 12), 4)
    0.3906
    """
    return _of(returns, bars_per_year, risk_free).sharpe


def sharpe_per_bar(returns: ArrayLike, risk_free: float = 0.0) -> float:
    """Sharpe ratio per bar, not annualised."""
    return _of(returns, less=risk_free).sharpe_per_bar


def sortino(returns: ArrayLike, bars_per_year: float, mar: float = 0.0) -> float:
    """Sortino ratio per year over a minimum acceptable return `mar` per bar."""
    return _of(returns, bars_per_year, mar).sortino


def calmar(returns: ArrayLike, bars_per_year: float) -> float:
    """Compound growth per year over the maximum drawdown."""
    return _of(returns, bars_per_year).calmar


def max_drawdown(returns: ArrayLike) -> float:
    """Deepest fall of wealth from its running maximum, the start included; a positive fraction.

    >>> round(max_drawdown([0.1, -0.2, 0.05]), 4)
    0.2
    """
    return _of(returns).max_drawdown


def ulcer_index(returns: ArrayLike) -> float:
    """Root mean square drawdown over the bars, a fraction."""
    return _of(returns).ulcer_index


def skew(returns: ArrayLike) -> float:
    """Population skewness."""
    return _of(returns).skew


def kurtosis(returns: ArrayLike) -> float:
    """Population kurtosis, non-excess: a normal distribution has 3."""
    return _of(returns).kurtosis


def var_95(returns: ArrayLike) -> float:
    """Historical value at risk of a bar, a positive fraction where it is a loss."""
    return _of(returns).var_95


def cvar_95(returns: ArrayLike) -> float:
    """Mean loss of the bars at or beyond the value at risk."""
    return _of(returns).cvar_95


def win_rate(pnl: ArrayLike) -> float:
    """Share of trades with pnl > 0."""
    return _of_trades(pnl, "pnl").win_rate


def profit_factor(pnl: ArrayLike) -> float:
    """Sum of what winners made over what losers lost; NaN without a loser.

    >>> profit_factor([1.0, 2.0, -1.0])
    3.0
    """
    return _of_trades(pnl, "pnl").profit_factor


def expectancy(trade_returns: ArrayLike) -> float:
    """Mean trade return."""
    return _of_trades(trade_returns, "trade_returns").expectancy


def payoff(trade_returns: ArrayLike) -> float:
    """Mean winning over |mean losing| trade return; NaN without a winner or without a loser."""
    return _of_trades(trade_returns, "trade_returns").payoff


def sqn(trade_returns: ArrayLike) -> float:
    """System quality number, sqrt(min(n, 100)) mean / sd (Tharp)."""
    return _of_trades(trade_returns, "trade_returns").sqn
