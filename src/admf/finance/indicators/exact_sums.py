"""Sums and means that do not drift: every rounding error is kept beside the sum it came from.

A sum is a pair (high, low), the rounded sum and what was lost. Its mean is the correctly rounded one but
for cases of about 1 in 2^50, so that equal means are equal in every bit whatever the order of their
terms, and the mean of a constant is that constant. NaN stays NaN; an infinite term makes the mean NaN.

Sources: Knuth, TAOCP 2, 4.2.2 theorem B (two_sum); Ogita, Rump, Oishi 2005, "Accurate sum and dot
product", SIAM J. Sci. Comput. 26(6), algorithms 3.5 (two_product) and 4.4 (Sum2).
"""

from __future__ import annotations

from admf.finance.compiled import FLOAT, PAIR, compiled, fma


@compiled(PAIR(FLOAT, FLOAT))
def two_sum(a: float, b: float) -> tuple[float, float]:
    """a + b rounded, and the rounding error, exactly."""
    s = a + b
    z = s - a
    return s, (a - (s - z)) + (b - z)


@compiled(PAIR(FLOAT, FLOAT))
def two_product(a: float, b: float) -> tuple[float, float]:
    """a * b rounded, and the rounding error, exactly (unless it underflows)."""
    p = a * b
    return p, fma(a, b, -p)


@compiled(PAIR(FLOAT, FLOAT, FLOAT, FLOAT))
def quotient(high: float, low: float, n: float, one_nth: float) -> tuple[float, float]:
    """(high + low) / n as a rounded quotient and its error; their sum is the rounded mean.

    `one_nth` is 1 / n: a second division would cost more and round no better.
    """
    s, e = two_sum(high, low)
    q = s / n
    return q, (fma(-q, n, s) + e) * one_nth
