"""Indicators on small cases computed by hand, what they refuse, and the recorded warm-up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from admf.errors import ComponentError
from admf.finance import indicators as ta
from admf.finance.indicators import averages, rolling

nan = np.nan

# By hand, from the definitions in STATISTICS 1. bollinger: (1, 3) has mean 2 and sd 1, (3, 3) has 3 and 0.
# rsi: changes 3, -1, 0, 2 with window 2: gains 1.5, .75, 1.375; losses .5, .25, .125.
# atr: true ranges 3.5, 1, 3 with window 2: 2.25, then (2.25 + 3) / 2. macd: see test_macd_by_hand.
GOLDEN: list[tuple[str, Any, list[float]]] = [
    ("sma", ta.sma([1, 2, 6, 4], 2), [nan, 1.5, 4, 5]),
    ("sma after a gap", ta.sma([1, nan, 3, 5, 7], 2), [nan, nan, nan, 4, 6]),
    ("sma infinity", ta.sma([1, np.inf, 3, 5, 7], 2), [nan, nan, nan, 4, 6]),
    ("sma longer than the history", ta.sma([1, 2], 3), [nan, nan]),
    ("sma of nothing", ta.sma([], 3), []),
    ("ema", ta.ema([1, 2, 4], 3), [1, 1.5, 2.75]),
    ("ema after a gap", ta.ema([1, nan, 3, 5], 3), [1, nan, 3, 4]),
    ("wma", ta.wma([1, 2, 6, 3], 3), [nan, nan, 23 / 6, 23 / 6]),
    ("rsi", ta.rsi([1, 4, 3, 3, 5], 2), [nan, nan, 75, 75, 100 * 1.375 / 1.5]),
    ("rsi rising", ta.rsi([1, 2, 3, 4], 2), [nan, nan, 100, 100]),
    ("rsi falling", ta.rsi([4, 3, 2, 1], 2), [nan, nan, 0, 0]),
    ("rsi flat", ta.rsi([3, 3, 3, 3], 2), [nan, nan, 50, 50]),
    ("rsi after a gap", ta.rsi([1, 2, nan, 5, 6, 5], 2), [nan, nan, nan, nan, nan, 50]),
    ("true range", ta.true_range([2, 5, 5], [1, 4, 2], [1.5, 4.5, 3]), [nan, 3.5, 3]),
    ("atr", ta.atr([2, 5, 5, 6], [1, 4, 4, 3], [1.5, 4.5, 4.5, 4], 2), [nan, nan, 2.25, 2.625]),
    ("bollinger middle", ta.bollinger([1, 3, 3], 2, 2).middle, [nan, 2, 3]),
    ("bollinger upper", ta.bollinger([1, 3, 3], 2, 2).upper, [nan, 4, 3]),
    ("bollinger lower", ta.bollinger([1, 3, 3], 2, 2).lower, [nan, 0, 3]),
    ("donchian upper", ta.donchian([2, 5, 4, 3], [1, 3, 2, 2], 2).upper, [nan, 5, 5, 4]),
    ("donchian middle", ta.donchian([2, 5, 4, 3], [1, 3, 2, 2], 2).middle, [nan, 3, 3.5, 3]),
    ("donchian lower", ta.donchian([2, 5, 4, 3], [1, 3, 2, 2], 2).lower, [nan, 1, 2, 2]),
    ("stochastic k", ta.stochastic([2, 4, 4], [0, 1, 2], [1, 3, 1], 2, 1, 2).k, [nan, 75, 0]),
    ("stochastic d", ta.stochastic([2, 4, 4], [0, 1, 2], [1, 3, 1], 2, 1, 2).d, [nan, nan, 37.5]),
    ("stochastic flat", ta.stochastic([2, 2], [2, 2], [2, 2], 2, 1, 1).k, [nan, 50]),
    ("roc", ta.roc([4, 5, 3], 1), [nan, 0.25, -0.4]),
    ("roc from zero", ta.roc([0, 5, 10], 1), [nan, nan, 1]),
    ("zscore", ta.zscore([1, 3, 3, 1], 2), [nan, 1, nan, -1]),
    ("volatility", ta.volatility([4, 5, 5, 5], 2), [nan, nan, 0.25 / 2**0.5, 0]),
]


@pytest.mark.parametrize(
    ("result", "golden"), [case[1:] for case in GOLDEN], ids=[case[0] for case in GOLDEN]
)
def test_golden(result: Any, golden: list[float]) -> None:
    np.testing.assert_allclose(result, golden, rtol=1e-15)


def test_macd_by_hand() -> None:
    # fast 1 is the price 0 4 4; slow 3 (alpha 1/2): 0 2 3; the difference 0 2 1; its ema(3): 0 1 1.
    line, signal, histogram = ta.macd([0.0, 4.0, 4.0], fast=1, slow=3, signal=3)
    np.testing.assert_allclose(line, [0, 2, 1])
    np.testing.assert_allclose(signal, [0, 1, 1])
    np.testing.assert_allclose(histogram, [0, 1, 0])


def test_defaults_are_the_usual_ones() -> None:
    x = np.random.default_rng(1).normal(100, 1, 200)
    high, low = x + 1, x - 1
    np.testing.assert_array_equal(ta.rsi(x), ta.rsi(x, 14))
    np.testing.assert_array_equal(ta.atr(high, low, x), ta.atr(high, low, x, 14))
    np.testing.assert_array_equal(ta.bollinger(x), ta.bollinger(x, 20, 2.0))
    np.testing.assert_array_equal(ta.donchian(high, low), ta.donchian(high, low, 20))
    np.testing.assert_array_equal(ta.macd(x), ta.macd(x, 12, 26, 9))
    np.testing.assert_array_equal(ta.stochastic(high, low, x), ta.stochastic(high, low, x, 14, 3, 3))
    np.testing.assert_array_equal(ta.roc(x), ta.roc(x, 10))
    np.testing.assert_array_equal(ta.zscore(x), ta.zscore(x, 20))
    np.testing.assert_array_equal(ta.volatility(x), ta.volatility(x, 20))


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1, 2, 6, 4], index=pd.date_range("2020", periods=4)),
        pd.Series([1, 2, 6, 4], dtype="Float64"),
        pl.Series([1, 2, 6, 4]),
        np.array([1, 2, 6, 4], dtype=np.int32),
        np.array([1, 2, 6, 4], dtype=">f8"),
        (1, 2, 6, 4),
        np.frombuffer(b"-" + np.array([1.0, 2.0, 6.0, 4.0]).tobytes(), np.float64, offset=1),  # unaligned
    ],
    ids=["pandas", "nullable", "polars", "int", "big endian", "tuple", "unaligned"],
)
def test_array_likes(values: Any) -> None:
    result = ta.sma(values, 2)
    assert type(result) is np.ndarray
    np.testing.assert_array_equal(result, [nan, 1.5, 4, 5])


def test_a_pandas_frame_is_taken_column_by_column() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 6.0], "b": [3.0, 5.0, 5.0]})
    np.testing.assert_array_equal(ta.sma(frame, 2), [[nan, nan], [1.5, 4], [4, 5]])
    assert ta.sma(np.empty((0, 3)), 2).shape == (0, 3)
    assert ta.sma(np.empty((4, 0)), 2).shape == (4, 0)


@pytest.mark.parametrize("window", [3, 3.0, np.int8(3), np.float32(3.0), np.uint64(3)])
def test_whole_windows_of_any_type(window: Any) -> None:
    np.testing.assert_array_equal(ta.sma([1, 2, 6, 4], window), [nan, nan, 3, 4])


@pytest.mark.parametrize("window", [0, -1, 2.5, True, np.True_, nan, np.inf, "20", None])
def test_windows_that_are_none(window: Any) -> None:
    with pytest.raises(ComponentError) as caught:
        ta.sma([1.0, 2.0], window)
    assert str(caught.value) == (
        f"sma: window must be a whole number of bars, at least 1, not {window!r}. "
        "Check the type, low and step of the parameter's space."
    )


SHAPE = "sma: values must have the shape (bars,) or (bars, symbols), not"
REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: ta.macd([1.0], fast=0), "macd: fast must be a whole number of bars, at least 1, not 0."),
    (lambda: ta.stochastic([1.0], [1.0], [1.0], smooth=0), "stochastic: smooth must be a whole number"),
    (lambda: ta.volatility([1.0], 1), "volatility: window must be a whole number of bars, at least 2, not 1"),
    (lambda: ta.bollinger([1.0], 2, -1.0), "bollinger: width must be a finite number >= 0, not -1.0."),
    (lambda: ta.bollinger([1.0], 2, nan), "bollinger: width must be a finite number >= 0, not nan."),
    (lambda: ta.sma(5.0, 2), f"{SHAPE} ()."),
    (lambda: ta.sma(np.ones((2, 2, 2)), 2), f"{SHAPE} (2, 2, 2)."),
    (lambda: ta.sma(["a", "b"], 2), "sma: values must be numbers, one per bar, not list."),
    (lambda: ta.sma(np.array(["a"]), 2), "sma: values must be numbers, one per bar, not <U1."),
    (
        lambda: ta.atr([1.0], [1.0, 2.0], [1.0]),
        "atr: high, low, close must have one shape, but have high (1,), low (2,), close (1,).",
    ),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ComponentError) as caught:
        call()
    assert str(caught.value).startswith(message)


X = np.random.default_rng(2).normal(100, 1, 300)
LOOKBACKS: list[tuple[Callable[[], object], int]] = [
    (lambda: ta.sma(X, 10), 9),
    (lambda: ta.ema(X, 10), 9),
    (lambda: ta.wma(X, 10), 9),
    (lambda: ta.rsi(X, 10), 10),
    (lambda: ta.true_range(X, X, X), 1),
    (lambda: ta.atr(X, X, X, 10), 10),
    (lambda: ta.bollinger(X, 10), 9),
    (lambda: ta.donchian(X, X, 10), 9),
    (lambda: ta.macd(X, 12, 26, 9), 33),
    (lambda: ta.macd(X, 26, 12, 9), 33),
    (lambda: ta.stochastic(X, X, X, 14, 3, 4), 18),
    (lambda: ta.roc(X, 10), 10),
    (lambda: ta.zscore(X, 10), 9),
    (lambda: ta.volatility(X, 10), 10),
    (lambda: (ta.sma(X, 10), ta.sma(X, 30), ta.rsi(X, 5)), 29),
    (lambda: ta.sma(ta.roc(X, 10), 5), 14),
    (lambda: ta.sma(ta.sma(np.column_stack([X, X]), 10), 5), 13),
    (lambda: ta.sma(np.concatenate([[nan] * 7, X]), 5), 11),
    (lambda: ta.sma(np.full(6, nan), 5), 10),
    (lambda: ta.sma([], 5), 4),
]


@pytest.mark.parametrize(("call", "bars"), LOOKBACKS)
def test_recorded_warmup(call: Callable[[], object], bars: int) -> None:
    with ta.recorded_warmup() as recording:
        call()
    assert recording.bars == bars


def test_recording_sees_its_block_and_no_more() -> None:
    ta.sma(X, 50)
    with ta.recorded_warmup() as outer:
        with ta.recorded_warmup() as inner:
            ta.sma(X, 20)
        with pytest.raises(ComponentError), ta.recorded_warmup():
            ta.sma(X, 0)
        ta.sma(X, 5)
    ta.sma(X, 100)
    assert [inner.bars, outer.bars] == [19, 19]
    with ta.recorded_warmup() as none:
        pass
    assert none.bars is None


def test_one_compiled_version_serves_every_array() -> None:
    frozen = X.copy()
    frozen.setflags(write=False)
    for array in (X, frozen, np.asfortranarray(np.column_stack([X, X]))):
        ta.sma(array, 5)
        ta.ema(array, 5)
    kernels: list[Any] = [rolling.rolling_mean, averages._ema]
    assert [len(kernel.signatures) for kernel in kernels] == [1, 1]


def test_the_package_is_imported_without_numba() -> None:
    code = (
        "import sys; from admf.finance import indicators; assert 'numba' not in sys.modules; "
        "assert 'sma' in dir(indicators); import admf.finance.indicators.averages; "
        "assert callable(indicators.sma); assert 'numba' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_name_resolves_and_others_do_not() -> None:
    for name in ta.__all__:
        assert getattr(ta, name).__name__ == name
    with pytest.raises(AttributeError, match=r"no indicator is called 'smaa'\. Did you mean 'sma'"):
        _ = ta.smaa
