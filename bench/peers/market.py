"""What every engine is given and gives back: market rules, and the outcome of one target array."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Targets = NDArray[np.int8]
"""Shape (T,): -1, 0 or 1 per bar, decided at its close."""


class Fill(Enum):
    """Where a decision taken at the close of bar t is filled."""

    NEXT_OPEN = "next_open"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How targets are traded: all in, on changes only. `lot` 1 means whole units, 0 fractions of them."""

    fill: Fill
    commission: float = 0.0
    slippage: float = 0.0
    cash: float = 100_000.0
    lot: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """Equity at each close, shape (T,), and n trades in order of entry.

    `trades` (n, 3): entry bar, exit bar (T for a trade still open), side (1 or -1). `prices` (n, 2): entry
    and exit price, the latter NaN for a trade still open.
    """

    equity: Floats
    trades: NDArray[np.int64]
    prices: Floats


def outcome(equity: Floats, rows: list[tuple[int, int, int, float, float]]) -> Outcome:
    """An Outcome from rows of (entry bar, exit bar, side, entry price, exit price), sorted by entry."""
    table = np.array(sorted(rows), np.float64).reshape(-1, 5)
    return Outcome(equity=equity, trades=table[:, :3].astype(np.int64), prices=table[:, 3:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossovers:
    """The grid of the speed benchmark: long while the average of `fast` bars is above that of `slow` bars.

    All in, fills at the next open, `commission` per side. Sets count through `slow` first. `both`: short while
    the average is below.
    """

    fast: tuple[int, ...]
    slow: tuple[int, ...]
    commission: float = 0.001
    both: bool = False

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """(fast, slow) per parameter set."""
        return [(fast, slow) for fast in self.fast for slow in self.slow]

    def __len__(self) -> int:
        return len(self.fast) * len(self.slow)

    @property
    def warmup(self) -> int:
        """No set decides before this bar, where the longest average is ready."""
        return max(self.slow) - 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sweep:
    """Metrics per parameter set, arrays of shape (sets,); `max_drawdown` is a positive fraction.

    `sharpe` follows each engine's own conventions (bars per year, flat bars in front) and is not compared.
    """

    sharpe: Floats
    total_return: Floats
    max_drawdown: Floats
    n_trades: Floats
