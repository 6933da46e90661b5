"""Indicators against TA-Lib, wherever it defines the same thing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from admf.finance import indicators as ta

talib = pytest.importorskip("talib")

T = 3_000
RNG = np.random.default_rng(1)
CLOSE = 100 * np.exp(np.cumsum(RNG.normal(0, 0.01, T)))
OPEN = np.concatenate([[100.0], CLOSE[:-1]])
HIGH = np.maximum(OPEN, CLOSE) * (1 + 0.01 * RNG.random(T))
LOW = np.minimum(OPEN, CLOSE) * (1 - 0.01 * RNG.random(T))
WINDOWS = (2, 14, 55)


def agree(ours: Any, theirs: Any, *, same_start: bool = True) -> None:
    """Equal to 1e-9, and NaN at the same bars (or ours with values earlier)."""
    known = ~np.isnan(theirs)
    assert known.sum() > T // 2
    if same_start:
        np.testing.assert_array_equal(np.isnan(ours), ~known)
    np.testing.assert_allclose(ours[known], theirs[known], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n", WINDOWS)
def test_windows(n: int) -> None:
    agree(ta.sma(CLOSE, n), talib.SMA(CLOSE, n))
    agree(ta.wma(CLOSE, n), talib.WMA(CLOSE, n))
    agree(ta.roc(CLOSE, n), talib.ROCP(CLOSE, n))
    channel = ta.donchian(HIGH, LOW, n)
    agree(channel.upper, talib.MAX(HIGH, n))
    agree(channel.lower, talib.MIN(LOW, n))
    bands = ta.bollinger(CLOSE, n, 1.5)
    for ours, theirs in zip(
        (bands.upper, bands.middle, bands.lower), talib.BBANDS(CLOSE, n, 1.5, 1.5), strict=True
    ):
        agree(ours, theirs)
    returns = CLOSE[1:] / CLOSE[:-1] - 1
    agree(ta.volatility(CLOSE, n)[1:], talib.STDDEV(returns, n) * np.sqrt(n / (n - 1)))


@pytest.mark.parametrize("n", WINDOWS)
def test_wilder(n: int) -> None:
    agree(ta.true_range(HIGH, LOW, CLOSE), talib.TRANGE(HIGH, LOW, CLOSE))
    agree(ta.atr(HIGH, LOW, CLOSE, n), talib.ATR(HIGH, LOW, CLOSE, n))
    agree(ta.rsi(CLOSE, n), talib.RSI(CLOSE, n))


def test_stochastic() -> None:
    ours = ta.stochastic(HIGH, LOW, CLOSE, 14, 3, 5)
    k, d = talib.STOCH(HIGH, LOW, CLOSE, 14, 3, 0, 5, 0)
    agree(ours.k, k, same_start=False)  # TA-Lib withholds k until d is there
    agree(ours.d, d)


@pytest.mark.parametrize("n", WINDOWS)
def test_exponential_averages_once_the_start_is_forgotten(n: int) -> None:
    """TA-Lib starts with the simple mean of n values, we with the first: equal after 15 n bars."""
    late = slice(15 * n + 500, None)
    np.testing.assert_allclose(ta.ema(CLOSE, n)[late], talib.EMA(CLOSE, n)[late], rtol=1e-9)
    for ours, theirs in zip(ta.macd(CLOSE), talib.MACD(CLOSE), strict=True):
        np.testing.assert_allclose(ours[1_000:], theirs[1_000:], rtol=1e-9, atol=1e-9)
