"""Two return series on the same bars: is one better, or can they not be told apart?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from admf.analysis.columns import Floats

REPS, LEVEL = 2_000, 0.95
FEWEST = 30
"""Bars below which nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Second minus first, and its interval."""

    estimate: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0.0 or self.high < 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Differences over n common bars: of the mean return per year (arithmetic), of the Sharpe ratio per year.

    `block` is the mean block length of the bootstrap, in bars. None where a difference is undefined.
    """

    bars: int
    block: float
    mean: Difference | None
    sharpe: Difference | None


def paired(first: Floats, second: Floats, bars_per_year: float, seed: int = 0) -> Paired | None:
    """Compare two series of simple returns on the same bars, shape (n,) each; None below FEWEST bars.

    Intervals are percentile intervals of the stationary bootstrap, which draws the same blocks of both series
    (Politis and Romano 1994; Ledoit and Wolf 2008 for Sharpe ratios); the mean block length is that of Politis
    and White 2004 for the difference of the returns. They hold for two series chosen beforehand: where each is
    the best of a search, both are too good, and the interval does not know it. Raises ValueError for shapes
    that differ.
    """
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(f"two series of one length are compared, got {first.shape} and {second.shape}.")
    gap = second - first
    if len(first) < FEWEST:
        return None
    if not np.ptp(gap) > 0.0:
        ratio = _sharpe(second, bars_per_year) - _sharpe(first, bars_per_year)
        found = [_exact(float(gap[0]) * bars_per_year), _exact(ratio)]
        return Paired(bars=len(first), block=1.0, mean=found[0], sharpe=found[1])
    from arch.bootstrap import StationaryBootstrap, optimal_block_length

    block = float(optimal_block_length(gap)["stationary"].iloc[0])
    block = min(max(block, 1.0), len(gap) / 2.0) if math.isfinite(block) else 1.0

    def differences(a: Floats, b: Floats) -> Floats:
        return np.array(
            [(b - a).mean() * bars_per_year, _sharpe(b, bars_per_year) - _sharpe(a, bars_per_year)]
        )

    drawn = StationaryBootstrap(block, first, second, seed=seed)  # type: ignore[arg-type]  # a mean may be broken
    samples = np.asarray(drawn.apply(differences, REPS), dtype=np.float64)
    found = [_difference(value, samples[:, i]) for i, value in enumerate(differences(first, second).tolist())]
    return Paired(bars=len(first), block=block, mean=found[0], sharpe=found[1])


def _exact(value: float) -> Difference | None:
    """Of series whose gap never varies: there is nothing to draw."""
    return Difference(estimate=value, low=value, high=value) if math.isfinite(value) else None


def _difference(estimate: float, samples: Floats) -> Difference | None:
    held = samples[np.isfinite(samples)]
    if not math.isfinite(estimate) or len(held) < 0.9 * len(samples):
        return None
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(held, (tail, 1.0 - tail))
    return Difference(estimate=estimate, low=float(low), high=float(high))


def _sharpe(returns: Floats, bars_per_year: float) -> float:
    """Annual; NaN for a constant series."""
    spread = float(returns.std(ddof=1))
    return float(returns.mean()) / spread * math.sqrt(bars_per_year) if spread > 0.0 else math.nan
