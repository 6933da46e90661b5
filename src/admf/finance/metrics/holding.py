"""Buy and hold, measured: the metrics that a held position has, since there are no trades in it."""

from __future__ import annotations

import numpy as np

from admf.finance.metrics.measure import measure
from admf.finance.metrics.returns import Floats
from admf.finance.metrics.scored import Scored

COMPARABLE = (
    "total_return", "cagr", "volatility", "sharpe", "sharpe_per_bar", "sortino", "calmar", "max_drawdown",
    "ulcer_index", "skew", "kurtosis", "var_95", "cvar_95", "psr", "final_equity",
)  # fmt: skip


def measure_holding(equity: Floats, bars_per_year: float) -> dict[str, float | None]:
    """The COMPARABLE metrics of an equity curve, shape (n,), from its first value on; empty below 2 values.

    None where undefined. Nothing is paid: no costs are in it but those that made the curve.
    """
    if len(equity) < 2:
        return {}
    held = np.asarray(equity, dtype=np.float64)
    none = np.empty(0)
    found = measure(
        Scored(
            returns=held[1:] / held[:-1] - 1.0,
            trade_pnl=none,
            trade_returns=none,
            bars_per_year=bars_per_year,
            initial_cash=float(held[0]),
            final_equity=float(held[-1]),
            exposure=1.0,
            turnover_total=0.0,
            costs_total=0.0,
        )
    )
    return {name: found[name] for name in COMPARABLE}
