"""Rolling mean, weighted mean, deviation and extremes in constant time per bar, without drift.

The bars are cut into blocks as long as the window, so that every window is the end of one block and the
beginning of the next:

    . . . . | . . s s | p p . .        window of 4: suffix of two, prefix of two
    block 0 | block 1 | block 2

Suffixes of a finished block are aggregated backwards, once; the prefixes of the current block forwards;
merging one of each gives the window (van Herk 1992, Gil and Werman 1993, here for sums too). Nothing is
ever taken out of an aggregate, so a value depends on the bars of its window alone, and a NaN leaves with
its bar. The merge is a loop of its own: unlike the sums it has no order, and compiles to SIMD code.

All kernels take one column of shape (T,) and write NaN where the window is not full: column k of
`suffix` aggregates the previous block from k on (before there is one: what gives NaN), column n nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from admf.finance.compiled import FLOAT, FLOATS_1D, INT, OUT_1D, VOID, compiled
from admf.finance.indicators.exact_sums import quotient, two_product, two_sum

Floats = NDArray[np.float64]


@compiled
def _sums(x: Floats, into: Floats) -> None:
    """Running sums of x: (high, low) in the rows of `into`."""
    high = low = 0.0
    for k in range(len(x)):
        high, e = two_sum(high, x[k])
        low += e
        into[0, k] = high
        into[1, k] = low


@compiled(VOID(FLOATS_1D, INT, OUT_1D))
def rolling_mean(x: Floats, n: int, mean: Floats) -> None:
    """The mean of the last n values."""
    T = len(x)
    if n > T:
        mean[:] = np.nan
        return
    suffix, prefix, one_nth = np.full((2, n + 1), np.nan), np.empty((2, n)), 1.0 / n
    suffix[:, n] = 0.0
    for start in range(0, T, n):
        if start > 0:
            _sums(x[start - n : start][::-1], suffix[:, :n][:, ::-1])
        block, means = x[start : start + n], mean[start : start + n]
        _sums(block, prefix)
        for k in range(len(block)):
            s, e = two_sum(prefix[0, k], suffix[0, k + 1])
            q, r = quotient(s, e + (prefix[1, k] + suffix[1, k + 1]), n, one_nth)
            means[k] = q + r


@compiled
def _rising_sums(x: Floats, into: Floats) -> None:
    """Running sums of x, plain and with weights 1, 2, ...: (high, low, high, low) in the rows of `into`."""
    high = low = V = v = 0.0
    for k in range(len(x)):
        high, e = two_sum(high, x[k])
        low += e
        p, e_p = two_product(k + 1.0, x[k])
        V, e = two_sum(V, p)
        v += e + e_p
        into[0, k] = high
        into[1, k] = low
        into[2, k] = V
        into[3, k] = v


@compiled
def _falling_sums(x: Floats, into: Floats) -> None:
    """Sums of the first k values of x with weights k, k - 1, ... 1: (high, low) in the rows of `into`."""
    high = low = U = u = 0.0
    for k in range(len(x)):
        high, e = two_sum(high, x[k])
        low += e
        U, e = two_sum(U, high)  # one value more lifts every weight by one
        u += e + low
        into[0, k] = U
        into[1, k] = u


@compiled(VOID(FLOATS_1D, INT, OUT_1D))
def rolling_weighted_mean(x: Floats, n: int, mean: Floats) -> None:
    """The mean of the last n values with weights 1, 2, ... n, the largest on the last."""
    T = len(x)
    if n > T:
        mean[:] = np.nan
        return
    suffix, prefix = np.full((2, n + 1), np.nan), np.empty((4, n))
    suffix[:, n] = 0.0
    weights = 0.5 * n * (n + 1.0)
    per_weight = 1.0 / weights
    for start in range(0, T, n):
        if start > 0:
            _falling_sums(x[start - n : start][::-1], suffix[:, :n][:, ::-1])
        block, means = x[start : start + n], mean[start : start + n]
        _rising_sums(block, prefix)
        for k in range(len(block)):
            older = (
                n - 1.0 - k
            )  # so many values of the window are in front: the prefix's weights rise by that
            p, e_p = two_product(older, prefix[0, k])
            s, e_1 = two_sum(prefix[2, k], p)
            s, e_2 = two_sum(s, suffix[0, k + 1])
            low = (e_p + older * prefix[1, k]) + (prefix[3, k] + suffix[1, k + 1])
            q, r = quotient(s, (e_1 + e_2) + low, weights, per_weight)
            means[k] = q + r


@compiled
def _moments(x: Floats, origin: float, into: Floats) -> None:
    """Running sums of d = x - origin and of d^2: (high, low, high, low) in the rows of `into`."""
    S = s = Q = q = 0.0
    for k in range(len(x)):
        d = x[k] - origin
        S, e = two_sum(S, d)
        s += e
        p, e_p = two_product(d, d)
        Q, e = two_sum(Q, p)
        q += e + e_p
        into[0, k] = S
        into[1, k] = s
        into[2, k] = Q
        into[3, k] = q


@compiled(VOID(FLOATS_1D, INT, INT, OUT_1D, OUT_1D))
def rolling_deviation(x: Floats, n: int, ddof: int, from_mean: Floats, sd: Floats) -> None:
    """The last value minus the mean of the last n, and their standard deviation with divisor n - ddof.

    Sums are over d = x - x[start of the block]. That bar is in every window of the block, so what
    cancels in sum(d^2) - sum(d)^2 / n is at most n times the result, far less than the sums carry; a
    large offset (a price of 1e9 that moves by 1) costs nothing, and a constant window has sd 0 exactly.
    What remains is the rounding of d itself, none where prices are within a factor of 2 (Sterbenz).
    """
    T = len(x)
    if n > T:
        from_mean[:] = np.nan
        sd[:] = np.nan
        return
    suffix, prefix, one_nth = np.full((4, n + 1), np.nan), np.empty((4, n)), 1.0 / n
    suffix[:, n] = 0.0
    for start in range(0, T, n):
        origin = x[start]
        if start > 0:
            _moments(x[start - n : start][::-1], origin, suffix[:, :n][:, ::-1])
        block = x[start : start + n]
        deviations, sds = from_mean[start : start + n], sd[start : start + n]
        _moments(block, origin, prefix)
        for k in range(len(block)):
            S, e = two_sum(prefix[0, k], suffix[0, k + 1])  # sum of d
            s = e + (prefix[1, k] + suffix[1, k + 1])
            Q, e = two_sum(prefix[2, k], suffix[2, k + 1])  # sum of d^2
            q = e + (prefix[3, k] + suffix[3, k + 1])
            m, m_low = quotient(S, s, n, one_nth)
            p, e_p = two_product(S, m)
            M2, e = two_sum(Q, -p)
            M2 += e + (q - (e_p + (S * m_low + s * m)))
            deviations[k] = ((block[k] - origin) - m) - m_low
            sds[k] = np.sqrt((0.0 if M2 < 0.0 else M2) / (n - ddof))  # not max(): NaN stays NaN


@compiled
def _maxima(x: Floats, sign: float, into: Floats) -> None:
    """Running maxima of sign * x. What is not finite counts as +inf, which no later value replaces."""
    top = -np.inf
    for k in range(len(x)):
        v = sign * x[k] if abs(x[k]) < np.inf else np.inf
        top = v if v > top else top
        into[k] = top


@compiled(VOID(FLOATS_1D, FLOAT, INT, OUT_1D))
def rolling_extreme(x: Floats, sign: float, n: int, extreme: Floats) -> None:
    """The largest of the last n values for sign 1, the smallest for sign -1."""
    T = len(x)
    if n > T:
        extreme[:] = np.nan
        return
    suffix, prefix = np.full(n + 1, np.inf), np.empty(n)
    suffix[n] = -np.inf
    for start in range(0, T, n):
        if start > 0:
            _maxima(x[start - n : start][::-1], sign, suffix[:n][::-1])
        block, extremes = x[start : start + n], extreme[start : start + n]
        _maxima(block, sign, prefix)
        for k in range(len(block)):
            top = prefix[k] if prefix[k] > suffix[k + 1] else suffix[k + 1]
            extremes[k] = sign * top if top < np.inf else np.nan
