"""Laws of the metrics: they agree with the exact oracle, are never infinite, and null has a reason."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from admf.finance.metrics.measure import measure, measure_array, undefined_reasons
from admf.finance.metrics.needs import facts, holds
from admf.finance.metrics.returns import ReturnMetrics, return_metrics
from admf.finance.metrics.scored import Scored
from admf.finance.metrics.table import BUILT_IN
from tests.reference import metrics as naive

FEW = settings(deadline=None, max_examples=60)
# what loses digits on the way: high powers, high moments, quotients by a small fall
LOOSE = {"cagr", "calmar", "skew", "kurtosis", "psr", "ulcer_index"}

a_return = st.one_of(st.just(0.0), st.integers(-50_000, 80_000).map(lambda i: i / 100_000))
some_returns = st.lists(a_return, max_size=40)
periods = st.sampled_from([1.0, 12.0, 52.0, 252.0, 365.0])
a_trade = st.tuples(a_return, st.integers(1, 1000)).map(lambda t: (t[0] * t[1], t[0]))
some_trades = st.lists(a_trade, max_size=130)
anything = st.floats(allow_nan=True, allow_infinity=True)


def record(returns: Any, trades: Any, bars_per_year: float, account: float = 1.0) -> Scored:
    return Scored(
        returns=returns,
        trade_pnl=np.array([pnl for pnl, _ in trades], dtype=float),
        trade_returns=np.array([r for _, r in trades], dtype=float),
        bars_per_year=bars_per_year,
        initial_cash=1000.0,
        final_equity=account,
        exposure=account,
        turnover_total=account,
        costs_total=account,
    )


def agree(ours: float | None, theirs: float | None, tolerance: float) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return abs(ours - theirs) <= tolerance * max(1.0, abs(theirs))


@FEW
@given(some_returns, some_trades, periods)
def test_agrees_with_the_naive_oracle(returns: list[float], trades: list[Any], bars_per_year: float) -> None:
    ours = measure(record(returns, trades, bars_per_year))
    theirs = naive.return_metrics(returns, bars_per_year)
    theirs |= naive.trade_metrics([pnl for pnl, _ in trades], [r for _, r in trades])
    for name, value in theirs.items():
        assert agree(ours[name], value, 1e-9 if name in LOOSE else 1e-12), (name, ours[name], value)


@FEW
@given(st.lists(anything, max_size=12), st.lists(st.tuples(anything, anything), max_size=6), anything)
def test_never_infinite_and_null_has_a_reason(
    returns: list[float], trades: list[Any], account: float
) -> None:
    scored = record(returns, trades, 252.0, account)
    array = measure_array(scored)
    assert not np.isinf(array).any()
    values = measure(scored)
    assert all(value is None or math.isfinite(value) for value in values.values())
    reasons = undefined_reasons(values, scored)
    assert set(reasons) == {name for name, value in values.items() if value is None}
    assert all(reasons.values())


@FEW
@given(some_returns, some_trades, periods)
def test_null_exactly_where_a_need_does_not_hold(
    returns: list[float], trades: list[Any], per_year: float
) -> None:
    scored = record(returns, trades, per_year)
    values, known = measure(scored), facts(scored)
    for metric in BUILT_IN:
        assert (values[metric.name] is not None) == all(holds(need, known) for need in metric.needs), (
            metric.name
        )


@st.composite
def long_series(draw: st.DrawFn) -> NDArray[np.float64]:
    """Returns as trials have them: in the market for some share of the bars, of any size and skew."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(2, 3000))
    r = rng.standard_t(3, n) * 0.01 + draw(st.sampled_from([-0.02, 0.0, 0.001]))
    r = np.clip(r, -0.9, draw(st.sampled_from([0.002, 0.9])))
    flat = rng.random(n) < draw(st.sampled_from([0.0, 0.5, 0.9, 0.93, 0.97, 1.0]))
    return np.asarray(np.where(flat, 0.0, np.round(r, draw(st.sampled_from([2, 16])))))


@FEW
@given(long_series())
def test_long_series_agree_with_numpy(r: NDArray[np.float64]) -> None:
    m: ReturnMetrics = return_metrics(r, 252.0)
    quantile = np.quantile(r, 0.05)
    assert m.var_95 == -quantile
    assert agree(m.cvar_95, -r[r <= quantile].mean(), 1e-12)
    curve = np.concatenate([[1.0], np.cumprod(1.0 + r)])
    depth = (1.0 - curve / np.maximum.accumulate(curve))[1:]
    assert agree(m.total_return, curve[-1] - 1.0, 1e-12)
    assert agree(m.max_drawdown, depth.max(), 1e-12)
    assert agree(m.ulcer_index, math.sqrt((depth**2).mean()), 1e-12)
    assert agree(m.volatility, r.std(ddof=1) * math.sqrt(252.0), 1e-12)
    if r.std() > 1e-12:
        z = (r - r.mean()) / r.std()
        assert agree(m.sharpe_per_bar, r.mean() / r.std(ddof=1), 1e-9)
        assert agree(m.skew, (z**3).mean(), 1e-9)
        assert agree(m.kurtosis, (z**4).mean(), 1e-9)


@FEW
@given(st.lists(a_return, min_size=2, max_size=40), st.floats(0.01, 1.0))
def test_exposure_scales_risk_and_not_the_ratios(returns: list[float], size: float) -> None:
    r = np.array(returns)
    whole, part = return_metrics(r, 252.0), return_metrics(r * size, 252.0)
    for name in ("sharpe", "sortino", "skew", "kurtosis", "psr"):
        a, b = getattr(whole, name), getattr(part, name)
        assert math.isnan(a) == math.isnan(b)
        assert math.isnan(a) or agree(a, b, 1e-9)
    for name in ("volatility", "var_95", "cvar_95"):
        assert agree(getattr(whole, name) * size, getattr(part, name), 1e-12)


@FEW
@given(st.lists(a_return, min_size=2, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_bars_matters_to_the_path_only(returns: list[float], random: Any) -> None:
    shuffled = list(returns)
    random.shuffle(shuffled)
    a, b = return_metrics(np.array(returns), 252.0), return_metrics(np.array(shuffled), 252.0)
    for name in (
        "total_return",
        "cagr",
        "volatility",
        "sharpe",
        "sortino",
        "skew",
        "kurtosis",
        "var_95",
        "cvar_95",
    ):
        x, y = getattr(a, name), getattr(b, name)
        assert (math.isnan(x) and math.isnan(y)) or agree(x, y, 1e-9)


@FEW
@given(st.lists(a_return, min_size=2, max_size=40))
def test_bounds(returns: list[float]) -> None:
    m = return_metrics(np.array(returns), 252.0)
    assert 0.0 <= m.ulcer_index <= m.max_drawdown + 1e-15 <= 1.0 + 1e-15
    assert m.cvar_95 >= m.var_95 - 1e-15
    assert math.isnan(m.psr) or 0.0 <= m.psr <= 1.0
    assert math.isnan(m.kurtosis) or m.kurtosis >= 1.0 + m.skew**2 - 1e-9  # Pearson's inequality
