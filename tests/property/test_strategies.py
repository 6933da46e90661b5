"""Laws of the built-in strategies: causal, equal to a naive loop, equal slices, the warm-up they declare."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from math import isnan, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from admf.errors import ComponentError
from admf.finance import indicators as ta
from admf.finance import strategies
from admf.model.bars import BarInfo, Bars
from tests.reference import indicators as naive

Floats = NDArray[np.float64]
STRATEGIES = list(strategies.__all__)
# Steps that tie, jump and stay, so that every state and every equality is met.
STEPS = st.lists(st.sampled_from([0.0, 0.0, 0.25, -0.25, 1.0, -1.0, 7.5, -6.0]), min_size=1, max_size=60)


def function(name: str) -> Any:
    return getattr(import_module(f"{strategies.__name__}.{name}"), name)


def bars_of(close: Floats, high: Floats, low: Floats) -> Bars:
    T, N = len(close), 1 if close.ndim == 1 else close.shape[1]
    return Bars(
        time=np.datetime64("2020-01-01", "ns") + np.arange(T) * np.timedelta64(1, "D"),
        columns={"open": close.copy(), "high": high, "low": low, "close": close},
        session=np.arange(T),
        info=BarInfo(symbols=tuple("ABCDEFG"[:N]), bars_per_year=252.0, bar_ns=86_400 * 10**9),
    )


@st.composite
def histories(draw: st.DrawFn) -> Bars:
    close = 100.0 + np.cumsum(draw(STEPS))
    widths = st.lists(st.sampled_from([0.0, 0.25, 2.0]), min_size=len(close), max_size=len(close))
    return bars_of(close, close + np.array(draw(widths)), close - np.array(draw(widths)))


def parameters(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Parameters that the strategy's constraints allow, small enough to meet their warm-up."""
    ranges: dict[str, st.SearchStrategy[Any]] = {
        "width": st.sampled_from([0.0, 0.5, 1.0, 2.0]),
        "lower": st.sampled_from([10.0, 30.0, 45.0]),
        "upper": st.sampled_from([55.0, 70.0, 90.0]),
    }
    drawn = st.fixed_dictionaries({key: ranges.get(key, st.integers(1, 9)) for key in function(name).space})
    return drawn.filter(lambda values: all(evaluate(rule, values) for rule in function(name).constraints))


def evaluate(expression: str, values: dict[str, Any]) -> Any:
    return eval(expression, {"__builtins__": {}, "max": max}, values)


def same(a: Floats, b: Floats) -> bool:
    return np.array_equal(a, b, equal_nan=True)


@pytest.mark.parametrize("name", STRATEGIES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_future_never_changes_the_past(name: str, data: st.DataObject) -> None:
    bars, values = data.draw(histories()), data.draw(parameters(name))
    signal = function(name)(bars, **values)
    cut = data.draw(st.integers(0, len(bars)))
    assert same(signal[:cut], function(name)(bars.until(cut), **values))
    changed = {field: column.copy() for field, column in bars.columns.items()}
    for column in changed.values():
        column[cut:] = data.draw(st.sampled_from([0.5, 100.0, 1e9]))
    other = bars_of(changed["close"], changed["high"], changed["low"])
    assert same(signal[:cut], function(name)(other, **values)[:cut])


@pytest.mark.parametrize("name", STRATEGIES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_symbols_stand_alone_in_equal_slices(name: str, data: st.DataObject) -> None:
    bars, values = data.draw(histories()), data.draw(parameters(name))
    close, high, low = (np.column_stack([bars[c], bars[c][::-1]]) for c in ("close", "high", "low"))
    together = function(name)(bars_of(close, high, low), **values)
    assert together.shape == close.shape
    for symbol in range(2):
        alone = function(name)(bars_of(close[:, symbol], high[:, symbol], low[:, symbol]), **values)
        assert alone.dtype == np.float64
        assert alone.shape == (len(close),)
        assert set(alone) <= {-1.0, 0.0, 1.0}
        assert same(together[:, symbol], alone / 2)


@pytest.mark.parametrize("name", STRATEGIES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_recorded_warmup_is_the_declared_one(name: str, data: st.DataObject) -> None:
    close = 100.0 + np.cumsum(np.random.default_rng(4).normal(0, 1, 80))
    values = data.draw(parameters(name))
    with ta.recorded_warmup() as recording:
        signal = function(name)(bars_of(close, close + 1, close - 1), **values)
    assert recording.bars == evaluate(function(name).warmup, values)
    if name != "macd":  # whose averages have values before they are ready
        assert (signal[: recording.bars] == 0.0).all()


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_default_space_holds_the_defaults(name: str) -> None:
    f = function(name)
    count = f.__code__.co_argcount
    names, defaults = f.__code__.co_varnames[1:count], f.__defaults__
    assert list(f.space) == list(names)
    for key, default in zip(names, defaults, strict=True):
        low, high, step = (f.space[key][edge] for edge in ("low", "high", "step"))
        assert low <= default <= high
        assert (default - low) % step == 0
        assert (high - low) % step == 0
        assert f.space[key]["type"] == type(default).__name__
    assert all(evaluate(rule, dict(zip(names, defaults, strict=True))) for rule in f.constraints)
    assert f.__doc__


def sign(x: float) -> float:
    return 0.0 if isnan(x) or x == 0 else (1.0 if x > 0 else -1.0)


def reverting(x: list[float], lower: list[float], middle: list[float], upper: list[float]) -> list[float]:
    """Enter outside, hold, leave at the middle; written as the sentence that describes it."""
    out, position = [], 0.0
    for v, low, mid, high in zip(x, lower, middle, upper, strict=True):
        if isnan(v) or isnan(mid):
            position = 0.0
        if (position > 0 and v >= mid) or (position < 0 and v <= mid):
            position = 0.0
        if v < low:
            position = 1.0
        if v > high:
            position = -1.0
        out.append(position)
    return out


def naive_breakout(bars: Bars, entry: int, exit: int) -> list[float]:
    high, low, close = bars.high, bars.low, bars.close
    out, position = [], 0.0
    for t in range(len(bars)):
        if t >= max(entry, exit):
            if position > 0 and close[t] < min(low[t - exit : t]):
                position = 0.0
            if position < 0 and close[t] > max(high[t - exit : t]):
                position = 0.0
            if close[t] > max(high[t - entry : t]):
                position = 1.0
            if close[t] < min(low[t - entry : t]):
                position = -1.0
        out.append(position)
    return out


def naive_ma_crossover(bars: Bars, fast: int, slow: int) -> list[float]:
    x = bars.close.tolist()
    return [sign(f - s) for f, s in zip(naive.sma(x, fast), naive.sma(x, slow), strict=True)]


def naive_rsi(bars: Bars, window: int, lower: float, upper: float) -> list[float]:
    line = naive.rsi(bars.close.tolist(), window)
    T = len(line)
    return reverting(line, [lower] * T, [50.0] * T, [upper] * T)


def naive_bollinger(bars: Bars, window: int, width: float) -> list[float]:
    bands = ta.bollinger(bars.close, window, width)  # compared elsewhere; here a band is met exactly
    return reverting(bars.close.tolist(), bands.lower.tolist(), bands.middle.tolist(), bands.upper.tolist())


def naive_macd(bars: Bars, fast: int, slow: int, signal: int) -> list[float]:
    return [sign(h) for h in naive.macd(bars.close.tolist(), fast, slow, signal)[2]]


def naive_momentum(bars: Bars, window: int) -> list[float]:
    return [sign(r) for r in naive.roc(bars.close.tolist(), window)]


NAIVE: dict[str, Callable[..., list[float]]] = {
    "bollinger": naive_bollinger,
    "breakout": naive_breakout,
    "ma_crossover": naive_ma_crossover,
    "macd": naive_macd,
    "momentum": naive_momentum,
    "rsi": naive_rsi,
}


@pytest.mark.parametrize("name", STRATEGIES)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_agrees_with_a_naive_loop(name: str, data: st.DataObject) -> None:
    bars, values = data.draw(histories()), data.draw(parameters(name))
    signal = function(name)(bars, **values)
    expected = np.array(NAIVE[name](bars, **values))
    doubtful = near_a_tie(name, bars, values)
    assert same(signal[~doubtful], expected[~doubtful])


def near_a_tie(name: str, bars: Bars, values: dict[str, Any]) -> NDArray[np.bool_]:
    """Bars at which rounding may decide: an exact 0 of a recursion, which no floating point meets.

    An rsi that is within rounding of a limit decides the states after it too, hence every later bar.
    """
    if name == "macd":
        line = np.array(naive.macd(bars.close.tolist(), **values)[2])
        return np.asarray(np.abs(line) < 1e-9)
    if name == "rsi":
        line = np.array(naive.rsi(bars.close.tolist(), values["window"]))
        limits = (values["lower"], 50.0, values["upper"])
        close = np.min([np.abs(line - limit) for limit in limits], axis=0) < 1e-9
        return np.asarray(np.logical_or.accumulate(close))
    return np.zeros(len(bars), dtype=np.bool_)


def test_states_by_hand() -> None:
    close = np.array([10.0, 10, 10, 12, 11, 9.5, 8, 9, 11, 13, 13])
    bars = bars_of(close, close, close)
    # Highest of 3 bars before: - - - 10 12 12 12 11 9.5 11 13; lowest: - - - 10 10 10 9.5 8 8 8 9;
    # of 2 before, where a position ends, lowest at 4.. : 10 11 ..., highest at 7..: 9.5 9 11 13.
    np.testing.assert_array_equal(function("breakout")(bars, 3, 2), [0, 0, 0, 1, 1, -1, -1, -1, 1, 1, 1])
    # Means of 2 against the price (1): above, below, equal.
    np.testing.assert_array_equal(function("ma_crossover")(bars, 1, 2), [0, 0, 0, 1, -1, -1, -1, 1, 1, 1, 0])
    np.testing.assert_array_equal(function("momentum")(bars, 2), [0, 0, 0, 1, 1, -1, -1, -1, 1, 1, 1])
    # Window 2, width 0.5: any move is outside the band of its own side, no move is back at the middle.
    np.testing.assert_array_equal(function("bollinger")(bars, 2, 0.5), [0, 0, 0, -1, 1, 1, 1, -1, -1, -1, 0])
    # Window 1: 100 after a rise, 0 after a fall, 50 where nothing moved.
    np.testing.assert_array_equal(function("rsi")(bars, 1), [0, 0, 0, -1, 1, 1, 1, -1, -1, -1, 0])


def test_a_position_is_held_between_entry_and_middle() -> None:
    # rsi(2) by hand: changes -4 0 1 3: gain 0 .5 1.75, loss 2 1 .5: rsi nan nan 0 33.3 77.8.
    close = np.array([10.0, 6, 6, 7, 10])
    bars = bars_of(close, close, close)
    np.testing.assert_array_equal(function("rsi")(bars, 2, 30.0, 70.0), [0, 0, 1, 1, -1])
    np.testing.assert_array_equal(function("rsi")(bars, 2, 30.0, 80.0), [0, 0, 1, 1, 0])
    np.testing.assert_array_equal(function("rsi")(bars, 2, 0.0, 80.0), [0, 0, 0, 0, 0])


def test_limits_that_are_no_numbers_are_refused() -> None:
    close = np.full(5, 10.0)
    with pytest.raises(ComponentError, match=r"rsi: lower must be a finite number >= 0, not nan\."):
        function("rsi")(bars_of(close, close, close), lower=nan)
