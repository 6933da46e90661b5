"""Indicators written naively: each value from its own window, in exact fractions, rounded once.

Every function takes and returns plain lists of floats for one column; NaN (or an infinity) in a window
makes its value NaN. A window is looked at anew for every bar: O(bars x window), with nothing carried along
except where the definition is a recursion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from math import inf, isfinite, nan

Column = list[float]


def root(x: Fraction) -> Fraction:
    """The square root to 60 digits."""
    with localcontext() as context:
        context.prec = 60
        return Fraction((Decimal(x.numerator) / Decimal(x.denominator)).sqrt())


def mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def variance(values: Sequence[Fraction], ddof: int) -> Fraction:
    m = mean(values)
    return sum(((v - m) ** 2 for v in values), Fraction(0)) / (len(values) - ddof)


def of_windows(
    x: Sequence[float], n: int, value: Callable[[list[Fraction]], Fraction | float]
) -> list[Fraction | float]:
    """`value` of the last n values at each bar, NaN where there are fewer or one is not finite."""
    out: list[Fraction | float] = []
    for t in range(len(x)):
        window = x[max(t - n + 1, 0) : t + 1]
        ready = len(window) == n and all(map(isfinite, window))
        out.append(value([Fraction(v) for v in window]) if ready else nan)
    return out


def floats(values: Sequence[Fraction | float]) -> Column:
    return [float(v) for v in values]


def sma(x: Column, n: int) -> Column:
    return floats(of_windows(x, n, mean))


def wma(x: Column, n: int) -> Column:
    def weighted(window: list[Fraction]) -> Fraction:
        return sum((Fraction(i + 1) * v for i, v in enumerate(window)), Fraction(0)) / sum(range(1, n + 1))

    return floats(of_windows(x, n, weighted))


def exact_ema(x: Sequence[Fraction | float], n: int) -> list[Fraction | float]:
    alpha = Fraction(2, n + 1)
    out: list[Fraction | float] = []
    for t, v in enumerate(x):
        if not isfinite(v):
            out.append(nan)
        elif t == 0 or not isfinite(out[-1]):
            out.append(Fraction(v))
        else:
            out.append(alpha * Fraction(v) + (1 - alpha) * Fraction(out[-1]))
    return out


def ema(x: Column, n: int) -> Column:
    return floats(exact_ema(x, n))


def wilder(x: Sequence[Fraction | float], n: int) -> list[Fraction | float]:
    """Per run of finite values: nothing, then the mean of the first n, then m (n - 1) / n + x / n."""
    out: list[Fraction | float] = []
    run: list[Fraction] = []
    for v in x:
        run = [*run, Fraction(v)] if isfinite(v) else []
        if len(run) < n:
            out.append(nan)
        elif len(run) == n:
            out.append(mean(run))
        else:
            out.append((Fraction(out[-1]) * (n - 1) + run[-1]) / n)
    return out


def changes(x: Column) -> list[Fraction | float]:
    both = [isfinite(x[t]) and isfinite(x[t - 1]) for t in range(1, len(x))]
    return [nan, *(Fraction(x[t]) - Fraction(x[t - 1]) if both[t - 1] else nan for t in range(1, len(x)))][
        : len(x)
    ]


def rsi(x: Column, n: int) -> Column:
    moves = changes(x)
    gains = wilder([max(m, Fraction(0)) if isfinite(m) else nan for m in moves], n)
    losses = wilder([max(-m, Fraction(0)) if isfinite(m) else nan for m in moves], n)
    out = []
    for gain, loss in zip(gains, losses, strict=True):
        if not isfinite(gain):
            out.append(nan)
        else:
            out.append(float(100 * gain / (gain + loss)) if gain + loss > 0 else 50.0)
    return out


def exact_true_range(high: Column, low: Column, close: Column) -> list[Fraction | float]:
    out: list[Fraction | float] = [nan]
    for t in range(1, len(high)):
        three = high[t], low[t], close[t - 1]
        if all(map(isfinite, three)):
            top, bottom, last = map(Fraction, three)
            out.append(max(top - bottom, abs(top - last), abs(bottom - last)))
        else:
            out.append(nan)
    return out[: len(high)]


def true_range(high: Column, low: Column, close: Column) -> Column:
    return floats(exact_true_range(high, low, close))


def atr(high: Column, low: Column, close: Column, n: int) -> Column:
    return floats(wilder(exact_true_range(high, low, close), n))


def bollinger(x: Column, n: int, width: float) -> tuple[Column, Column, Column]:
    sides = []
    for sign in (0, 1, -1):

        def line(w: list[Fraction], sign: int = sign) -> Fraction:
            return mean(w) + sign * Fraction(width) * root(variance(w, 0))

        sides.append(floats(of_windows(x, n, line)))
    return sides[0], sides[1], sides[2]


def highest(x: Column, n: int) -> Column:
    return floats(of_windows(x, n, max))


def lowest(x: Column, n: int) -> Column:
    return floats(of_windows(x, n, min))


def donchian(high: Column, low: Column, n: int) -> tuple[Column, Column, Column]:
    upper, lower = highest(high, n), lowest(low, n)
    middle = [(top + bottom) / 2 for top, bottom in zip(upper, lower, strict=True)]
    return upper, middle, lower


def macd(x: Column, fast: int, slow: int, signal: int) -> tuple[Column, Column, Column]:
    both = zip(exact_ema(x, fast), exact_ema(x, slow), strict=True)
    line: list[Fraction | float] = [Fraction(f) - Fraction(s) if isfinite(f) else nan for f, s in both]
    average = exact_ema(line, signal)
    histogram = [m - a for m, a in zip(line, average, strict=True)]
    return floats(line), floats(average), floats(histogram)


def stochastic(
    high: Column, low: Column, close: Column, n: int, smooth: int, signal: int
) -> tuple[Column, Column]:
    raw: list[float] = []
    for c, top, bottom in zip(close, highest(high, n), lowest(low, n), strict=True):
        if not all(map(isfinite, (c, top, bottom))):
            raw.append(nan)
        elif top == bottom:
            raw.append(50.0)
        else:
            raw.append(float(100 * (Fraction(c) - Fraction(bottom)) / (Fraction(top) - Fraction(bottom))))
    k = sma(raw, smooth)
    return k, sma(k, signal)


def exact_roc(x: Column, n: int) -> list[Fraction | float]:
    out: list[Fraction | float] = []
    for t in range(len(x)):
        now, before = x[t], x[t - n] if t >= n else nan
        usable = isfinite(now) and isfinite(before) and before != 0
        out.append(Fraction(now) / Fraction(before) - 1 if usable else nan)
    return out


def roc(x: Column, n: int) -> Column:
    return floats(exact_roc(x, n))


def zscore(x: Column, n: int) -> Column:
    def score(window: list[Fraction]) -> Fraction | float:
        spread = variance(window, 0)
        return (window[-1] - mean(window)) / root(spread) if spread else nan

    return floats(of_windows(x, n, score))


def volatility(x: Column, n: int) -> Column:
    returns = [r if isinstance(r, Fraction) else inf for r in exact_roc(x, 1)]
    out: Column = []
    for t in range(len(x)):
        window = [r for r in returns[max(t - n + 1, 0) : t + 1] if isinstance(r, Fraction)]
        out.append(float(root(variance(window, 1))) if len(window) == n else nan)
    return out
