"""Machine code of a rule gives the signal of its plain Python, whatever the bars, the gaps and the parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admf.finance.indicators.averages import sma
from admf.model.bars import BarInfo, Bars, Floats
from tests.components import rules

STEPS = st.lists(st.sampled_from([0.0, 0.0, 0.25, -0.25, 1.0, -1.0, 7.5, -6.0]), min_size=1, max_size=60)


def bars_of(close: Floats) -> Bars:
    T, N = len(close), 1 if close.ndim == 1 else close.shape[1]
    return Bars(
        time=np.datetime64("2020-01-01", "ns") + np.arange(T) * np.timedelta64(1, "D"),
        columns={"open": close.copy(), "high": close + 0.25, "low": close - 0.25, "close": close},
        session=np.arange(T),
        info=BarInfo(symbols=tuple("ABCDEFG"[:N]), bars_per_year=252.0, bar_ns=86_400 * 10**9),
    )


@st.composite
def histories(draw: st.DrawFn) -> Bars:
    """One symbol or two, one bar or more, with gaps."""
    close = 100.0 + np.cumsum(draw(STEPS))
    close[draw(st.lists(st.integers(0, len(close) - 1), max_size=3))] = np.nan
    if draw(st.booleans()):
        close = np.column_stack([close, close[::-1]])
    return bars_of(close)


def written(rule: Any, bars: Bars, rows: list[dict[str, Any]]) -> list[Floats]:
    sets = rule.many(bars)(**{name: [row[name] for row in rows] for name in rows[0]})
    signals = [np.empty(bars.close.size) for _ in rows]
    for i, signal in enumerate(signals):
        sets.write(i, signal)
    return [signal.reshape(bars.close.shape) for signal in signals]


@pytest.mark.parametrize("name", ["cross", "over"])
@settings(max_examples=60, deadline=None)
@given(
    bars=histories(),
    windows=st.lists(st.tuples(st.integers(1, 70), st.integers(1, 70)), min_size=1, max_size=3),
)
def test_rules_of_lines(name: str, bars: Bars, windows: list[tuple[int, int]]) -> None:
    names = ("fast", "slow") if name == "cross" else ("window",)
    rows = [dict(zip(names, row, strict=False)) for row in windows]
    for row, found in zip(rows, written(getattr(rules, name), bars, rows), strict=True):
        plain = getattr(rules, name)(bars, **row)
        assert np.array_equal(found, plain)
        a = bars.close if name == "over" else sma(bars.close, row["fast"])
        b = sma(bars.close, row["window" if name == "over" else "slow"])
        share = bars.close.ndim if name == "cross" else 1  # two symbols: half each
        assert np.array_equal(plain, (a > b) / share)


@settings(max_examples=100, deadline=None)
@given(
    bars=histories(),
    levels=st.lists(
        st.tuples(
            st.one_of(st.integers(95, 105), st.floats(95.0, 105.0)),
            st.one_of(st.integers(95, 105), st.floats(95.0, 105.0)),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_a_rule_with_a_state(bars: Bars, levels: list[tuple[float, float]]) -> None:
    rows = [{"enter": enter, "leave": leave} for enter, leave in levels]
    for row, found in zip(rows, written(rules.held, bars, rows), strict=True):
        assert np.array_equal(found, rules.held(bars, **row), equal_nan=True)
        assert np.array_equal(found, naive(bars.close, **row), equal_nan=True)


def naive(close: Floats, enter: float, leave: float) -> Floats:
    """`held` once more, symbol by symbol."""
    if close.ndim == 2:
        return np.column_stack([naive(column, enter, leave) / close.shape[1] for column in close.T])
    out, position = np.zeros(len(close)), 0.0
    for t, x in enumerate(close):
        if np.isnan(x):
            out[t], position = np.nan, 0.0
            continue
        if x > enter:
            position = 1.0
        elif x < leave:
            position = 0.0
        elif t % 7 == 6:
            position /= 2.0
        out[t] = position
    return out


@settings(max_examples=60, deadline=None)
@given(close=STEPS, windows=st.lists(st.integers(1, 70), min_size=1, max_size=3))
def test_a_function_of_arrays(close: list[float], windows: list[int]) -> None:
    bars = bars_of(100.0 + np.cumsum(close))
    rows = [{"window": window} for window in windows]
    for row, found in zip(rows, written(rules.highest, bars, rows), strict=True):
        assert np.array_equal(found, rules.highest(bars, **row))
