"""The metrics on one page: name, direction, formula, unit, and what each needs in order to be defined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from admf.errors import InputError, Problem, nearest
from admf.finance.metrics.needs import Need
from admf.finance.metrics.scored import Scored


class Unit(Enum):
    """How a value is to be read, and printed."""

    FRACTION = "fraction"  # 0.1 is 10 %
    RATIO = "ratio"
    COUNT = "count"
    MONEY = "money"
    PER_YEAR = "times per year"
    PROBABILITY = "probability"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric. `maximize` None: it has no better side, so an objective must say which.

    `needs` are judged in order; the first that does not hold is the reason why the value is null. A built-in
    has no `function`, the compiled pass computes it. An additional one is a pure function of a Scored record
    that returns a number, or None (or NaN) where undefined.
    """

    name: str
    maximize: bool | None
    description: str
    unit: Unit
    needs: tuple[Need, ...] = ()
    function: Callable[[Scored], float | None] | None = None


UP, DOWN, NEITHER = True, False, None
_BARS = (Need.BARS, Need.FINITE)
_WEALTH = (*_BARS, Need.WEALTH)
_RISK = (*_BARS, Need.VARIANCE)
_TRADES = (Need.A_TRADE, Need.FINITE_TRADES)


def _row(name: str, maximize: bool | None, unit: Unit, needs: tuple[Need, ...], description: str) -> Metric:
    return Metric(name=name, maximize=maximize, unit=unit, needs=needs, description=description)


# r: the T scored returns, m and s their mean and sd (ddof 1), W wealth with W_0 = 1, A bars per year.
# The order is that of the compiled pass (ReturnMetrics, TradeMetrics, AccountMetrics).
BUILT_IN: tuple[Metric, ...] = (
    _row("total_return", UP, Unit.FRACTION, _WEALTH, "Return over the window: W_T - 1"),
    _row("cagr", UP, Unit.FRACTION, _WEALTH, "Compound growth per year: W_T^(A/T) - 1"),
    _row("volatility", DOWN, Unit.FRACTION, _BARS, "Standard deviation per year: s sqrt(A)"),
    _row("sharpe", UP, Unit.RATIO, _RISK, "Sharpe ratio per year: m / s sqrt(A)"),
    _row("sharpe_per_bar", UP, Unit.RATIO, _RISK, "Sharpe ratio per bar: m / s"),
    _row(
        "sortino",
        UP,
        Unit.RATIO,
        (*_BARS, Need.DOWNSIDE),
        "Mean over downside deviation, MAR 0, per year: m / sqrt(mean(min(r, 0)^2)) sqrt(A)",
    ),
    _row(
        "calmar", UP, Unit.RATIO, (*_WEALTH, Need.DRAWDOWN), "Growth over the worst fall: cagr / max_drawdown"
    ),
    _row("max_drawdown", DOWN, Unit.FRACTION, _WEALTH, "Deepest fall from a peak: max(1 - W / cummax W)"),
    _row("ulcer_index", DOWN, Unit.FRACTION, _WEALTH, "Root mean square drawdown over the T bars"),
    _row("skew", NEITHER, Unit.RATIO, _RISK, "Third population moment of r over its variance^1.5"),
    _row("kurtosis", NEITHER, Unit.RATIO, _RISK, "Fourth population moment over variance^2; a normal has 3"),
    _row("var_95", DOWN, Unit.FRACTION, _BARS, "Loss of a bar that 5 % of bars exceed: -quantile(r, 0.05)"),
    _row("cvar_95", DOWN, Unit.FRACTION, _BARS, "Mean loss of the bars at or below that quantile"),
    _row(
        "psr",
        UP,
        Unit.PROBABILITY,
        (*_RISK, Need.SHARPE_ERROR),
        "Probability that the true Sharpe ratio is above 0 (Bailey and Lopez de Prado 2012)",
    ),
    _row("n_trades", NEITHER, Unit.COUNT, (), "Trades, from flat or reversal to flat or reversal"),
    _row("win_rate", UP, Unit.FRACTION, _TRADES, "Share of trades with pnl > 0"),
    _row(
        "profit_factor", UP, Unit.RATIO, (*_TRADES, Need.A_LOSS), "Sum of winning pnl / |sum of losing pnl|"
    ),
    _row("expectancy", UP, Unit.FRACTION, _TRADES, "Mean trade return"),
    _row(
        "payoff",
        UP,
        Unit.RATIO,
        (*_TRADES, Need.A_WIN, Need.A_LOSS),
        "Mean winning trade return / |mean losing trade return|",
    ),
    _row(
        "sqn",
        UP,
        Unit.RATIO,
        (*_TRADES, Need.TRADES, Need.TRADE_VARIANCE),
        "System quality number: sqrt(min(n, 100)) mean / sd of trade returns (Tharp)",
    ),
    _row("exposure", NEITHER, Unit.FRACTION, (), "Mean |q| over the scored bars"),
    _row("turnover", DOWN, Unit.PER_YEAR, (Need.A_BAR,), "Sum over fills of notional / equity, per year"),
    _row("costs", DOWN, Unit.FRACTION, (), "All costs paid / initial cash"),
    _row("final_equity", UP, Unit.MONEY, (), "Equity at the last close"),
)


def join(metrics: tuple[Metric, ...], *added: Metric) -> tuple[Metric, ...]:
    """`metrics` and further ones after them; raises InputError for a name that is taken."""
    taken = {metric.name for metric in metrics}
    for metric in added:
        if metric.name in taken or metric.function is None:
            says = (
                f"the name '{metric.name}' is taken" if metric.function else "a metric must have a function"
            )
            raise InputError(
                Problem(says=says, where=f"metric {metric.name}", hint="Metrics join, never override.")
            )
        taken.add(metric.name)
    return (*metrics, *added)


# A new metric is one file with a function of a Scored record, and one line here: Metric(name=...).
METRICS: tuple[Metric, ...] = join(BUILT_IN)
NAMES: tuple[str, ...] = tuple(metric.name for metric in METRICS)


def metric_named(name: str, metrics: tuple[Metric, ...] = METRICS) -> Metric:
    """The metric with this name; raises InputError with the nearest one."""
    for metric in metrics:
        if metric.name == name:
            return metric
    hint = nearest(name, [metric.name for metric in metrics])
    raise InputError(Problem(says=f"there is no metric '{name}'.", hint=hint))
