"""TA-Lib: every indicator that both libraries have, on the same bars, value by value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import talib
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from admf.finance import indicators as ta
from admf.model.bars import Bars

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]
"""Ours and theirs, each of shape (T,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One indicator in both libraries; `pairs` takes bars and a window."""

    name: str
    theirs: str
    pairs: Callable[[Bars, int], Iterator[Pair]]
    remark: str = ""
    explained: bool = False
    """The remark says why it may differ by more than the tolerance, and another row shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Largest |ours - theirs| / max(1, |theirs|), values compared, and bars where only one has a value."""

    largest: float
    compared: int
    only_one: int


def windows(count: int, seed: int) -> NDArray[np.int64]:
    """Random windows from 2 to 100."""
    return np.random.default_rng(seed).integers(2, 101, count)


def compare(indicator: Indicator, bars: Bars, over: NDArray[np.int64]) -> Difference:
    """Over all windows, and all lines where an indicator has several."""
    largest, compared, only_one = 0.0, 0, 0
    for window in over:
        for ours, theirs in indicator.pairs(bars, int(window)):
            both = np.isfinite(ours) & np.isfinite(theirs)
            gap = np.abs(ours - theirs)[both] / np.maximum(1.0, np.abs(theirs[both]))
            largest = max(largest, float(gap.max()))
            compared += int(both.sum())
            only_one += int((np.isfinite(ours) != np.isfinite(theirs)).sum())
    return Difference(largest=largest, compared=compared, only_one=only_one)


def _sma(bars: Bars, n: int) -> Iterator[Pair]:
    yield ta.sma(bars.close, n), talib.SMA(bars.close, n)


def _ema(bars: Bars, n: int) -> Iterator[Pair]:
    yield ta.ema(bars.close, n), _led(talib.EMA, bars.close, n, lead=n - 1)[0]


def _wma(bars: Bars, n: int) -> Iterator[Pair]:
    yield ta.wma(bars.close, n), talib.WMA(bars.close, n)


def _rsi(bars: Bars, n: int) -> Iterator[Pair]:
    yield ta.rsi(bars.close, n), talib.RSI(bars.close, n)


def _true_range(bars: Bars, _n: int) -> Iterator[Pair]:
    yield ta.true_range(bars.high, bars.low, bars.close), talib.TRANGE(bars.high, bars.low, bars.close)


def _atr(bars: Bars, n: int) -> Iterator[Pair]:
    yield ta.atr(bars.high, bars.low, bars.close, n), talib.ATR(bars.high, bars.low, bars.close, n)


def _bollinger(bars: Bars, n: int) -> Iterator[Pair]:
    ours = ta.bollinger(bars.close, n, 2.0)
    upper, middle, lower = talib.BBANDS(bars.close, n, 2.0, 2.0)
    yield from zip(ours, (middle, upper, lower), strict=True)


def _macd(bars: Bars, n: int) -> Iterator[Pair]:
    slow, signal = 2 * n, 9
    theirs = _led(talib.MACD, bars.close, n, slow, signal, lead=slow + signal - 2)
    yield from zip(ta.macd(bars.close, n, slow, signal), theirs, strict=True)


def _led(function: Callable[..., Any], close: Floats, *windows: int, lead: int) -> tuple[Floats, ...]:
    """TA-Lib's exponential averages as if started at the first value, as ours are.

    TA-Lib starts them at a simple average. With the first value repeated `lead` times in front, that average
    is the first value.
    """
    lines = function(np.concatenate([np.full(lead, close[0]), close]), *windows)
    return tuple(line[lead:] for line in (lines if isinstance(lines, tuple) else (lines,)))


def _roc(bars: Bars, n: int) -> Iterator[Pair]:
    yield ta.roc(bars.close, n), talib.ROCP(bars.close, n)


def _stochastic(bars: Bars, n: int) -> Iterator[Pair]:
    ours = ta.stochastic(bars.high, bars.low, bars.close, n, 3, 3)
    theirs = talib.STOCH(bars.high, bars.low, bars.close, n, slowk_period=3, slowd_period=3)
    flat = (talib.MAX(bars.high, n) == talib.MIN(bars.low, n)).astype(np.float64)
    near_flat = np.convolve(flat, np.ones(5))[: len(flat)] > 0.0
    k, d = theirs
    for mine, other in ((ours.k, k), (ours.d, d)):
        apart = ~np.isfinite(d) | near_flat  # TA-Lib gives %K only where %D is ready
        yield np.where(apart, np.nan, mine), np.where(apart, np.nan, other)


def _donchian(bars: Bars, n: int) -> Iterator[Pair]:
    ours = ta.donchian(bars.high, bars.low, n)
    yield ours.upper, talib.MAX(bars.high, n)
    yield ours.lower, talib.MIN(bars.low, n)


def _zscore(bars: Bars, n: int) -> Iterator[Pair]:
    sd = talib.STDDEV(bars.close, n)
    theirs = np.divide(
        bars.close - talib.SMA(bars.close, n), sd, out=np.full(len(sd), np.nan), where=sd > 0.0
    )
    yield ta.zscore(bars.close, n), theirs


def _zscore_by_numpy(bars: Bars, n: int) -> Iterator[Pair]:
    windows = sliding_window_view(bars.close, n)
    moves = windows - windows[:, :1]  # exact for prices that are near each other, so that no digits cancel
    sd = moves.std(axis=1)
    apart = np.divide(moves[:, -1] - moves.mean(axis=1), sd, out=np.full(len(sd), np.nan), where=sd > 0.0)
    yield ta.zscore(bars.close, n), np.concatenate([np.full(n - 1, np.nan), apart])


def _volatility(bars: Bars, n: int) -> Iterator[Pair]:
    theirs = talib.STDDEV(talib.ROCP(bars.close, 1)[1:], n) * np.sqrt(n / (n - 1))
    yield ta.volatility(bars.close, n), np.concatenate([[np.nan], theirs])


CANCELS = (
    "TA-Lib's variance is the difference of two running sums, in which digits cancel on quiet minutes; "
    "the next row holds the same values of ours against NumPy"
)
NEAR_FLAT = "bars within 5 of a flat window left out: ours says 50 there, TA-Lib 0"
STARTED = "TA-Lib's averages started at the first value"

INDICATORS = (
    Indicator(name="sma", theirs="SMA", pairs=_sma),
    Indicator(name="ema", theirs="EMA", pairs=_ema, remark=STARTED),
    Indicator(name="wma", theirs="WMA", pairs=_wma),
    Indicator(name="rsi", theirs="RSI", pairs=_rsi),
    Indicator(name="true_range", theirs="TRANGE", pairs=_true_range),
    Indicator(name="atr", theirs="ATR", pairs=_atr),
    Indicator(name="bollinger", theirs="BBANDS", pairs=_bollinger),
    Indicator(name="macd", theirs="MACD", pairs=_macd, remark=STARTED),
    Indicator(name="roc", theirs="ROCP", pairs=_roc),
    Indicator(name="stochastic", theirs="STOCH", pairs=_stochastic, remark=NEAR_FLAT),
    Indicator(name="donchian", theirs="MAX, MIN", pairs=_donchian),
    Indicator(name="zscore", theirs="SMA, STDDEV", pairs=_zscore, remark=CANCELS, explained=True),
    Indicator(name="zscore", theirs="NumPy, window by window", pairs=_zscore_by_numpy),
    Indicator(name="volatility", theirs="STDDEV of ROCP", pairs=_volatility),
)
