"""Metrics against published and hand-worked values, and what each says where it is undefined."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from admf.errors import DataError, InputError
from admf.finance.metrics import single
from admf.finance.metrics.measure import AccountMetrics, measure, measure_array, remarks, undefined_reasons
from admf.finance.metrics.needs import Need
from admf.finance.metrics.returns import ReturnMetrics, return_metrics
from admf.finance.metrics.scored import Scored
from admf.finance.metrics.table import BUILT_IN, METRICS, NAMES, Metric, Unit, join, metric_named
from admf.finance.metrics.trades import TradeMetrics
from admf.finance.statistics.psr import psr

# Bacon 2008, "Practical Portfolio Performance Measurement and Attribution": 24 months, as distributed with
# R's PerformanceAnalytics (portfolio_bacon). Values below without another source: STATISTICS 2.1.
BACON = np.array(
    [
        *(0.003, 0.026, 0.011, -0.010, 0.015, 0.025, 0.016, 0.067, -0.014, 0.040, -0.005, 0.081),
        *(0.040, -0.037, -0.061, 0.017, -0.049, -0.022, 0.070, 0.058, -0.065, 0.024, -0.005, -0.009),
    ]
)
# Ten R-multiples, worked by hand (STATISTICS 2.1; SQN as defined by Tharp 2008).
R_MULTIPLES = np.array([1, 2, -1, 0.5, -1, 3, -1, -1, 2.5, 1])


def scored(**given: Any) -> Scored:
    plain: dict[str, Any] = {
        "returns": BACON,
        "trade_pnl": R_MULTIPLES,
        "trade_returns": R_MULTIPLES,
        "bars_per_year": 12,
        "initial_cash": 1000.0,
        "final_equity": 1218.0,
        "exposure": 0.75,
        "turnover_total": 9.0,
        "costs_total": 20.0,
    }
    return Scored(**(plain | given))


def near(value: float) -> Any:
    return pytest.approx(value, rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("name", "golden"),
    [
        ("sharpe_per_bar", 0.2275684557),
        ("sharpe", 0.7883202548),
        ("cagr", 0.1036782897),
        ("volatility", 0.1370001587),
        ("max_drawdown", 0.1446729557),
        ("calmar", 0.7166390512),
        ("sortino", 1.3592165787),
        ("ulcer_index", 0.0611842873),
        ("skew", -0.0825624552),
        ("kurtosis", 2.4324537941),
        ("psr", 0.8580412026),
        ("sqn", 1.2163272811),
        ("profit_factor", 2.5),
        ("expectancy", 0.6),
        ("win_rate", 0.6),
        # on paper: 20 / 1000; 9 over 24 months; the sums of the account as given
        ("costs", 0.02),
        ("turnover", 4.5),
        ("exposure", 0.75),
        ("final_equity", 1218.0),
        ("n_trades", 10.0),
        # on paper: payoff (10/6) / (4/4); sorted months 1 and 2 at rank 1.15: -.061 + .15 x .012
        ("payoff", 5 / 3),
        ("var_95", 0.0592),
        ("cvar_95", 0.063),
    ],
)
def test_golden_values(name: str, golden: float) -> None:
    # STATISTICS gives ten decimals: a value like -0.08256 has nine digits
    assert measure(scored())[name] == pytest.approx(golden, rel=1e-9, abs=6e-11)


def test_values_composed_of_several_metrics() -> None:
    geometric = single.cagr(BACON, 12) / single.volatility(BACON, 12)
    assert geometric == near(0.7567749609)
    g3, g4 = single.skew(BACON), single.kurtosis(BACON)
    adjusted = geometric * (1 + g3 / 6 * geometric - (g4 - 3) / 24 * geometric**2)
    assert adjusted == near(0.7591434663)  # PerformanceAnalytics AdjustedSharpeRatio: 0.7591435


def test_minimum_acceptable_return() -> None:
    per_bar = single.sortino(BACON, 1, mar=0.005)
    assert per_bar == near(0.1566370757)  # Bacon 2008: 0.157
    assert single.sortino(BACON, 12, mar=0.005) == near(0.5426067467)
    downside = (BACON.mean() - 0.005) / per_bar
    assert downside == pytest.approx(0.0255367382, abs=6e-11)  # Bacon 2008: 0.0255
    assert single.sortino(BACON, 1) == near(0.3923720288)
    # Omega-Sharpe, (m - MAR) / mean((MAR - r)+): Bernardo-Ledoit on r - MAR, less 1; Bacon: 0.29
    assert single.profit_factor(BACON - 0.005) - 1 == near(0.2917933131)
    # PerformanceAnalytics test of SortinoRatio
    assert single.sortino([0.01, -0.02, 0.03, -0.01], 1) == pytest.approx(0.2236068, abs=5e-8)


def test_profit_factor_of_bars() -> None:
    assert single.profit_factor(BACON) == near(1.7797833935)  # Bernardo-Ledoit ratio, Bacon 2008: 1.78


def test_drawdown_counts_from_the_start_and_over_all_bars() -> None:
    equity = np.array([100.0, 110, 105, 120, 90, 95, 130, 117])
    assert single.max_drawdown(equity[1:] / equity[:-1] - 1) == near(0.25)
    assert single.max_drawdown([-0.1, 0.05]) == near(0.1)  # W_0 = 1 is a peak
    assert single.max_drawdown(BACON[14:18]) < 0.1446729557  # the fall runs from index 13 to 18 ...
    assert single.max_drawdown(BACON[13:18]) == near(0.1446729557)
    assert single.ulcer_index([-0.1, 0.0, 1.0, 0.0]) == near(math.sqrt(0.02 / 4))  # on paper


@pytest.mark.parametrize(
    ("sharpe", "n", "skew", "kurtosis", "golden", "digits"),
    [
        # Bailey and Lopez de Prado 2012, section "hedge fund" example (paper .982 and .913); STATISTICS 2.2
        (0.458, 24, 0.0, 3.0, 0.9816749, 7),
        (0.458, 24, -2.448, 10.164, 0.9133611, 7),
        (1.585 / math.sqrt(12), 24, -2.448, 10.164, 0.9132343069, 10),
    ],
)
def test_psr(sharpe: float, n: int, skew: float, kurtosis: float, golden: float, digits: int) -> None:
    assert psr(sharpe, n, skew, kurtosis) == pytest.approx(golden, abs=0.6 * 10**-digits)


def test_psr_against_a_benchmark() -> None:
    # Bailey and Lopez de Prado 2014, example of the deflated Sharpe ratio (paper .9004); STATISTICS 2.2
    assert psr(2.5 / math.sqrt(250), 1250, -3, 10, benchmark=0.1131720) == pytest.approx(0.9003968, abs=2e-7)
    assert psr(0.3, 50, benchmark=0.3) == 0.5


@pytest.mark.parametrize("arguments", [(0.1, 1), (math.nan, 24), (2.0, 24, 3.0, 1.0), (0.1, math.nan)])
def test_psr_without_a_variance_is_nan(arguments: tuple[float, ...]) -> None:
    assert math.isnan(psr(*arguments))


def test_ruin_is_a_number() -> None:
    ruined = measure(scored(returns=[0.1, -1.0, 0.0, 0.0]))
    assert (ruined["total_return"], ruined["cagr"], ruined["calmar"]) == (-1.0, -1.0, -1.0)
    assert ruined["max_drawdown"] == 1.0
    assert (ruined["sharpe"] or 0.0) < 0


RETURN_NAMES = ReturnMetrics._fields
RATIOS = ("sharpe", "sharpe_per_bar", "skew", "kurtosis", "psr")
TRADE_NAMES = tuple(name for name in TradeMetrics._fields if name != "n_trades")
# equity that grows by the same factor: the rounding of E(t) / E(t-1) - 1 is no variance
GROWN = 100_000.0 * 1.001 ** np.arange(5_000)


@pytest.mark.parametrize(
    ("given", "undefined", "reason"),
    [
        ({"returns": []}, (*RETURN_NAMES,), Need.BARS),
        ({"returns": []}, ("turnover",), Need.A_BAR),
        ({"returns": [0.01]}, RETURN_NAMES, Need.BARS),
        ({"returns": [0.01, math.nan, 0.02]}, RETURN_NAMES, Need.FINITE),
        ({"returns": [0.01, math.inf, 0.02]}, RETURN_NAMES, Need.FINITE),
        ({"returns": [0.0] * 9}, RATIOS, Need.VARIANCE),
        ({"returns": [0.1] * 4_999}, RATIOS, Need.VARIANCE),
        ({"returns": GROWN[1:] / GROWN[:-1] - 1}, RATIOS, Need.VARIANCE),
        ({"returns": [0.0] * 9}, ("sortino",), Need.DOWNSIDE),
        ({"returns": [0.0] * 9}, ("calmar",), Need.DRAWDOWN),
        ({"returns": [0.01, 0.02]}, ("sortino",), Need.DOWNSIDE),
        ({"returns": [0.01, 0.02]}, ("calmar",), Need.DRAWDOWN),
        (
            {"returns": [0.01, -1.5, 0.2]},
            ("total_return", "cagr", "calmar", "max_drawdown", "ulcer_index"),
            Need.WEALTH,
        ),
        ({"trade_pnl": [], "trade_returns": []}, TRADE_NAMES, Need.A_TRADE),
        ({"trade_pnl": [5.0], "trade_returns": [0.1]}, ("sqn",), Need.TRADES),
        ({"trade_pnl": [5.0], "trade_returns": [0.1]}, ("profit_factor", "payoff"), Need.A_LOSS),
        ({"trade_pnl": [0.0, 0.0], "trade_returns": [0.0, 0.0]}, ("profit_factor",), Need.A_LOSS),
        ({"trade_pnl": [-5.0, 0.0], "trade_returns": [-0.1, 0.0]}, ("payoff",), Need.A_WIN),
        ({"trade_pnl": [5.0] * 3, "trade_returns": [0.1] * 3}, ("sqn",), Need.TRADE_VARIANCE),
        ({"trade_pnl": [5.0, math.nan], "trade_returns": [0.1, 0.1]}, TRADE_NAMES, Need.FINITE_TRADES),
        ({"trade_pnl": [5.0, -1.0], "trade_returns": [0.1, math.nan]}, TRADE_NAMES, Need.FINITE_TRADES),
    ],
)
def test_undefined_is_null_with_a_reason(
    given: dict[str, Any], undefined: tuple[str, ...], reason: Need
) -> None:
    record = scored(**given)
    values = measure(record)
    reasons = undefined_reasons(values, record)
    for name in undefined:
        assert values[name] is None
        assert reasons[name] == reason.value
    assert set(reasons) == {name for name, value in values.items() if value is None}


def test_what_is_too_large_is_null_and_never_infinite() -> None:
    record = scored(returns=[1e200, 1e200], bars_per_year=1e5, exposure=math.inf)
    values = measure(record)
    assert (values["total_return"], values["cagr"], values["exposure"]) == (None, None, None)
    assert undefined_reasons(values, record)["cagr"] == "not a finite number for these data"


def test_defined_zeros_stay_zeros() -> None:
    flat = measure(scored(returns=[0.0] * 40, trade_pnl=[-1.0, -2.0], trade_returns=[-0.1, -0.2]))
    for name in ("total_return", "cagr", "volatility", "max_drawdown", "ulcer_index", "var_95", "cvar_95"):
        assert flat[name] == 0.0
        assert math.copysign(1.0, flat[name] or 0.0) == 1.0
    assert flat["win_rate"] == 0.0
    assert flat["profit_factor"] == 0.0  # nothing won is known, not undefined
    assert undefined_reasons({"sharpe": 1.0}, scored()) == {}


def test_sqn_is_capped_and_says_so() -> None:
    many = np.tile([0.1, -0.05], 200)
    hundred = many.mean() / many.std(ddof=1) * 10
    assert single.sqn(many) == near(hundred)
    assert remarks(scored(trade_pnl=many, trade_returns=many)) == {
        "sqn": "n capped at 100; there are 400 trades"
    }
    assert remarks(scored()) == {}


def test_the_table_is_in_the_order_of_the_compiled_pass() -> None:
    computed = ReturnMetrics._fields + TradeMetrics._fields + AccountMetrics._fields
    assert tuple(metric.name for metric in BUILT_IN) == computed
    assert NAMES[: len(computed)] == computed
    assert tuple(measure(scored())) == NAMES
    assert len(set(NAMES)) == len(NAMES)
    assert all((metric.function is None) == (metric in BUILT_IN) for metric in METRICS)


def test_an_additional_metric_is_a_function_and_a_line() -> None:
    def pain(record: Scored) -> float | None:
        curve = np.concatenate([[1.0], np.cumprod(1 + record.returns)])
        return float((1 - curve / np.maximum.accumulate(curve))[1:].mean()) if record.returns.size else None

    more = join(
        METRICS,
        Metric(
            name="pain_index", maximize=False, description="Mean drawdown", unit=Unit.FRACTION, function=pain
        ),
        Metric(name="odd", maximize=None, description="", unit=Unit.RATIO, function=lambda _: math.inf),
    )
    values = measure(scored(), more)
    assert tuple(values) == (*NAMES, "pain_index", "odd")
    assert values["pain_index"] == near(0.0399896907)  # STATISTICS 2.1; Bacon 2008: 0.04
    assert values["odd"] is None
    nothing = scored(returns=[])
    assert "pain_index" in undefined_reasons(measure(nothing, more), nothing, more)
    with pytest.raises(InputError, match="'pain_index' is taken"):
        join(more, more[-2])
    with pytest.raises(InputError, match="must have a function"):
        join(METRICS, replace(more[-2], name="other", function=None))


def test_a_name_that_is_not_there() -> None:
    assert metric_named("sharpe").maximize is True
    with pytest.raises(InputError, match="Did you mean 'sharpe'"):
        metric_named("sharp")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"returns": [[0.1, 0.2]]}, r"returns: must be one-dimensional; has the shape \(1, 2\)"),
        ({"returns": ["x"]}, "returns: must be numbers"),
        ({"trade_pnl": [1.0]}, "trade_pnl: must be as long as trade_returns; 1 and 10"),
        ({"bars_per_year": 0.0}, r"bars_per_year: must be above 0 and finite; was 0\.0"),
        ({"initial_cash": math.nan}, "initial_cash: must be above 0"),
    ],
)
def test_input_that_cannot_be_measured(given: dict[str, Any], says: str) -> None:
    with pytest.raises(DataError, match=says):
        scored(**given)


def test_mapped_and_ordinary_arrays_share_one_compiled_version() -> None:
    ordinary = BACON.copy()
    mapped = BACON.copy()
    mapped.flags.writeable = False
    assert return_metrics(ordinary, 12.0) == return_metrics(mapped, 12.0)
    kernel: Any = return_metrics
    assert len(kernel.signatures) == 1
    assert single.sharpe(BACON[::2], 12) == near(single.sharpe(BACON[::2].copy(), 12))


def test_single_metrics_are_the_compiled_pass() -> None:
    values = dict(zip(NAMES, measure_array(scored()), strict=True))
    yearly = {"cagr", "volatility", "sharpe", "sortino", "calmar"}
    for name in set(RETURN_NAMES) - {"psr"}:
        assert getattr(single, name)(BACON, *([12] if name in yearly else [])) == values[name]
    for name in TRADE_NAMES:
        assert getattr(single, name)(R_MULTIPLES) == values[name]
    assert single.sharpe_per_bar(BACON, risk_free=0.002) == near((BACON.mean() - 0.002) / BACON.std(ddof=1))
