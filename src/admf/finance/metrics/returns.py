"""Metrics of a return series, compiled: one definition of each, a few passes over the returns."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf.finance.compiled import FLOAT, FLOATS_1D, INT, OUT_1D, compiled
from admf.finance.statistics.psr import psr_2012

Floats = NDArray[np.float64]

NOISE = 1e-14  # a spread up to this is the rounding of constant equity, not variance
TIE = 1e-14  # a return up to this above the quantile is equal to it but for rounding
TAIL = 0.05  # var_95 and cvar_95 look at the worst 5 % of the bars


class Moments(NamedTuple):
    """Location and spread of n numbers: sd has ddof 1, skew and kurtosis are population moments."""

    mean: float
    sd: float
    skew: float
    kurtosis: float  # non-excess: normal = 3
    downside: float  # sqrt(mean(min(r, 0)^2)), divisor n


class Fall(NamedTuple):
    """Where the wealth that starts at 1 ends, and how far below its running maximum it was."""

    wealth: float
    deepest: float
    rms: float


class Tail(NamedTuple):
    """The quantile of the worst bars, and the mean of the bars at or below it."""

    quantile: float
    mean: float


class ReturnMetrics(NamedTuple):
    """What returns alone decide, in the order of the table; NaN where undefined."""

    total_return: float
    cagr: float
    volatility: float
    sharpe: float
    sharpe_per_bar: float
    sortino: float
    calmar: float
    max_drawdown: float
    ulcer_index: float
    skew: float
    kurtosis: float
    var_95: float
    cvar_95: float
    psr: float


@compiled(FLOAT(FLOAT, FLOAT))
def over(value: float, spread: float) -> float:
    """`value` / `spread`, NaN where the spread is zero but for rounding."""
    return value / spread if spread > NOISE else math.nan


@compiled(FLOAT(FLOATS_1D))
def mean_of(x: Floats) -> float:
    """Mean of one number or more, exact where all are equal: a constant series has a spread of 0."""
    first = x[0]
    a = b = c = d = 0.0  # four sums, because one would wait for each addition
    whole = x.size - x.size % 4
    for i in range(0, whole, 4):
        a += x[i] - first
        b += x[i + 1] - first
        c += x[i + 2] - first
        d += x[i + 3] - first
    for i in range(whole, x.size):
        a += x[i] - first
    mean: float = first + ((a + b) + (c + d)) / x.size
    return mean


@compiled((FLOATS_1D,))
def moments_and_fall(x: Floats) -> tuple[Moments, Fall]:
    """Moments of x, and the fall of the wealth W_t = W_{t-1} (1 + x_t), W_0 = 1, from its maximum: 1 - W / max W.

    All NaN for fewer than 2 numbers; skew and kurtosis are NaN without variance, the fall below x = -1. In one
    loop, because each sum waits for itself and they do not wait for each other.
    """
    n = x.size
    nothing = math.nan
    if n < 2:
        return Moments(nothing, nothing, nothing, nothing, nothing), Fall(nothing, nothing, nothing)
    mean = mean_of(x)
    s2 = s3 = s4 = below = 0.0
    wealth = peak = 1.0
    deepest = squares = lowest = 0.0
    for i in range(n):
        r = x[i]
        d = r - mean
        d2 = d * d
        s2 += d2
        s3 += d2 * d
        s4 += d2 * d2
        low = min(r, 0.0)
        below += low * low
        lowest = min(lowest, r)
        wealth *= 1.0 + r
        peak = max(peak, wealth)
        depth = 1.0 - wealth / peak
        deepest = max(deepest, depth)
        squares += depth * depth
    sd = math.sqrt(s2 / (n - 1))
    variance = s2 / n
    skew = kurtosis = nothing
    if sd > NOISE:
        skew = s3 / n / (variance * math.sqrt(variance))
        kurtosis = s4 / n / (variance * variance)
    found = Moments(mean, sd, skew, kurtosis, math.sqrt(below / n))
    if lowest < -1.0:
        return found, Fall(nothing, nothing, nothing)
    return found, Fall(wealth, deepest, math.sqrt(squares / n))


@compiled((FLOATS_1D,))
def moments(x: Floats) -> Moments:
    """Moments of x; all NaN for fewer than 2 numbers, skew and kurtosis without variance."""
    return moments_and_fall(x)[0]


@compiled((FLOATS_1D,))
def fall(returns: Floats) -> Fall:
    """Wealth and its drawdowns; NaN for fewer than 2 returns, and below r = -1."""
    return moments_and_fall(returns)[1]


@compiled((FLOATS_1D, FLOAT))
def up_to(x: Floats, limit: float) -> Floats:
    """The numbers of x that are at or below `limit`, in their order."""
    kept = np.empty(x.size + 1)
    count = 0
    for i in range(x.size):  # without a branch: the next write lands on what was too high
        kept[count] = x[i]
        count += x[i] <= limit
    return kept[:count]


@compiled((OUT_1D, INT))
def two_ranks(a: Floats, k: int) -> tuple[float, float]:
    """The numbers with ranks k and k + 1 (from 0) of a, by quickselect (Hoare 1961); reorders a."""
    first, last = 0, a.size - 1
    while first < last:
        p, q, r = a[first], a[(first + last) // 2], a[last]
        pivot = max(min(p, q), min(max(p, q), r))
        i, j = first, last
        while i <= j:
            while a[i] < pivot:
                i += 1
            while a[j] > pivot:
                j -= 1
            if i <= j:
                a[i], a[j] = a[j], a[i]
                i += 1
                j -= 1
        if k <= j:
            last = j
        elif k >= i:
            first = i
        else:
            break
    above = a[k + 1]
    for i in range(k + 2, a.size):
        above = min(above, a[i])
    return a[k], above


@compiled((FLOATS_1D, INT, FLOAT, FLOAT))
def lowest_two(x: Floats, k: int, mean: float, sd: float) -> tuple[float, float]:
    """Ranks k and k + 1 of x, looked for where a low k usually is; `mean` and `sd` only say where."""
    for width in (1.3, 0.3):
        low = up_to(x, mean - width * sd)
        if low.size >= k + 2:
            return two_ranks(low, k)
    losing = flat = 0
    for i in range(x.size):
        losing += x[i] < 0.0
        flat += x[i] == 0.0
    if losing <= k and losing + flat >= k + 2:  # a strategy that is mostly out of the market
        return 0.0, 0.0
    return two_ranks(up_to(x, math.inf), k)


@compiled((FLOATS_1D, FLOAT, FLOAT))
def tail(x: Floats, mean: float, sd: float) -> Tail:
    """The TAIL quantile of x (linear interpolation, as numpy) and the mean of what is at or below it, but for rounding.

    `mean` and `sd` of x save work; whatever they are, the result is the same.
    """
    if x.size < 2:
        return Tail(math.nan, math.nan)
    position = (x.size - 1) * TAIL
    k = int(position)
    at, above = lowest_two(x, k, mean, sd)
    t = position - k
    step = above - at
    quantile = at + step * t if t < 0.5 else above - step * (1.0 - t)
    total = 0.0
    worst = up_to(x, quantile + TIE)
    for i in range(worst.size):
        total += worst[i]
    return Tail(quantile, total / worst.size)


@compiled(FLOAT(FLOAT, INT, FLOAT))
def growth(wealth: float, n: int, bars_per_year: float) -> float:
    """W_T^(A/T) - 1: the yearly rate that turns 1 into `wealth` in n bars; -1 where nothing is left."""
    return wealth ** (bars_per_year / n) - 1.0 if n > 0 else math.nan


@compiled
def named(m: Moments, f: Fall, worst: Tail, n: int, bars_per_year: float) -> ReturnMetrics:
    """The metrics that the moments, falls and tail of n returns make."""
    year = math.sqrt(bars_per_year)
    sharpe = over(m.mean, m.sd)
    cagr = growth(f.wealth, n, bars_per_year)
    return ReturnMetrics(
        f.wealth - 1.0,
        cagr,
        m.sd * year,
        sharpe * year,
        sharpe,
        over(m.mean, m.downside) * year,
        over(cagr, f.deepest),
        f.deepest,
        f.rms,
        m.skew,
        m.kurtosis,
        0.0 - worst.quantile,  # not -x: a flat bar's value at risk is 0, not -0
        0.0 - worst.mean,
        psr_2012(sharpe, n, m.skew, m.kurtosis, 0.0),
    )


@compiled((FLOATS_1D, FLOAT))
def return_metrics(returns: Floats, bars_per_year: float) -> ReturnMetrics:
    """Every metric of a return series of shape (n,), contiguous; one NaN among the returns makes all NaN.

    With fewer than 2 returns all are NaN; a return below -1 leaves no wealth to speak of (NaN for
    total_return, cagr, calmar, max_drawdown, ulcer_index). Formulas: the table, METRICS.
    """
    m, f = moments_and_fall(returns)
    if not math.isfinite(m.mean):
        x = math.nan
        return ReturnMetrics(x, x, x, x, x, x, x, x, x, x, x, x, x, x)
    return named(m, f, tail(returns, m.mean, m.sd), returns.size, bars_per_year)
