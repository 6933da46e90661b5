"""The probabilistic Sharpe ratio (2012): how likely the true Sharpe ratio exceeds a benchmark."""

from __future__ import annotations

import math

from admf.finance.compiled import FLOAT, compiled


@compiled(FLOAT(FLOAT, FLOAT, FLOAT))
def sharpe_spread(sharpe: float, skew: float, kurtosis: float) -> float:
    """1 - g3 SR + (g4 - 1)/4 SR^2: the variance of sqrt(T) SR under non-normal returns (2012, eq. 5)."""
    return 1.0 - skew * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe


@compiled(FLOAT(FLOAT, FLOAT, FLOAT, FLOAT, FLOAT))
def psr_2012(sharpe: float, n: float, skew: float, kurtosis: float, benchmark: float) -> float:
    """Phi[(SR - SR*) sqrt(T - 1) / sqrt(1 - g3 SR + (g4 - 1)/4 SR^2)]; NaN where that is not a number."""
    spread = sharpe_spread(sharpe, skew, kurtosis)
    if not (n >= 2.0 and spread > 0.0):
        return math.nan
    z = (sharpe - benchmark) * math.sqrt((n - 1.0) / spread)
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def psr(sharpe: float, n: float, skew: float = 0.0, kurtosis: float = 3.0, benchmark: float = 0.0) -> float:
    """The probability that the true Sharpe ratio is above `benchmark`.

    `sharpe` and `benchmark` are per bar, `n` is the number of bars T, `skew` and `kurtosis` are population
    moments (kurtosis non-excess: a normal distribution has 3). A fraction in [0, 1]; NaN where n < 2, where
    an argument is NaN, or where the moments leave no positive variance. Raises nothing.

    Source: Bailey and Lopez de Prado 2012, "The Sharpe Ratio Efficient Frontier", eq. 8.

    >>> round(psr(0.458, 24, skew=-2.448, kurtosis=10.164), 4)
    0.9134
    """
    return float(psr_2012(float(sharpe), float(n), float(skew), float(kurtosis), float(benchmark)))
