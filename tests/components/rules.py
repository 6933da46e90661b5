"""Compiled rules: good ones, and one for everything that a rule may do wrong."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import admf


@admf.per_bar(
    warmup="slow",
    quick=lambda bars, fast: admf.ta.sma(bars.close, fast),
    calm=lambda bars, slow: admf.ta.sma(bars.close, slow),
)
def cross(quick: float, calm: float, fast: int = 10, slow: int = 30) -> Any:
    return quick > calm


@admf.per_bar
def held(close: float, t: int, position: float, enter: float = 101.0, leave: float = 99.0) -> Any:
    """Numbers of every kind, and None to stay."""
    if close != close:
        return math.nan
    if close > enter:
        return 1
    if close < leave:
        return False
    if t % 7 == 6:
        return position / 2.0
    return None


@admf.compiled(warmup="window")
def highest(high: Any, close: Any, window: int = 5) -> Any:
    long = np.zeros(len(close))
    for t in range(window, len(close)):
        long[t] = 1.0 if close[t] > high[t - window : t].max() else -0.5
    return long


@admf.compiled(average=lambda bars, window: admf.ta.sma(bars.close, window))
def over(close: Any, average: Any, window: int = 5) -> Any:
    return close > average


def _line(bars: Any, window: int) -> Any:
    print(f"window {window}")  # noqa: T201
    if window == 2:
        raise ValueError("no line for 2")
    return admf.ta.sma(bars.close, window)


@admf.per_bar(warmup=9, average=_line)
def troubled(close: float, average: float, t: int, window: int = 3) -> Any:
    """Fails for 2, raises for 4, is outside for 5, divides by zero for 6, does not end for 7."""
    if window == 4 and t == 20:
        raise ValueError("it is bar 20")
    if window == 5:
        return 1.5
    if window == 6:
        return close / (window - 6)
    x = 0.0
    while window == 7 and x < 1.0:
        x = x * 0.5
    return 1.0 if close > average else 0.0


@admf.per_bar
def random(close: float, share: float = 0.5) -> Any:
    """Its machine code draws other numbers than its Python."""
    return np.random.random() < share and close > 0.0  # noqa: NPY002


@admf.per_bar
def domain(close: float, level: float = 0.0) -> Any:
    """Python raises where machine code says NaN."""
    return 1.0 if math.log(level) > close else 0.0


def _tampered(bars: Any) -> Any:
    from admf.finance.strategies.sets import Sets

    def sets(fast: Any, slow: Any) -> Sets:
        def write(i: int, out: Any) -> None:
            honest(fast=[fast[i]], slow=[slow[i]]).write(0, out)
            out[100:120] = 1.0

        return Sets(write)

    honest = cross.many(bars)
    return sets


tampered = admf.per_bar(
    warmup="slow",
    quick=lambda bars, fast: admf.ta.sma(bars.close, fast),
    calm=lambda bars, slow: admf.ta.sma(bars.close, slow),
)(cross.function)
tampered.many = _tampered  # type: ignore[method-assign]
