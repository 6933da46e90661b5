"""A scored record to its metrics: one compiled pass, then the additional ones; null has a reason."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from functools import lru_cache
from itertools import compress
from typing import NamedTuple

import numpy as np

from admf.finance.compiled import FLOAT, FLOATS_1D, INT, OUT_1D, VOID, compiled
from admf.finance.metrics.needs import Facts, Need, facts, holds
from admf.finance.metrics.returns import Floats, ReturnMetrics, return_metrics
from admf.finance.metrics.scored import Scored
from admf.finance.metrics.table import BUILT_IN, METRICS, Metric
from admf.finance.metrics.trades import SQN_CAP, TradeMetrics, trade_metrics
from admf.model.alike import alike
from admf.model.few import Few

NO_REASONS: Mapping[str, str] = {}
"""Of a row in which all is defined: one mapping for all of them, to read."""


class AccountMetrics(NamedTuple):
    """What the totals of the simulation decide, in the order of the table; NaN where undefined."""

    exposure: float
    turnover: float
    costs: float
    final_equity: float


@compiled((INT, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT))
def account_metrics(
    n: int,
    bars_per_year: float,
    initial_cash: float,
    final_equity: float,
    exposure: float,
    turnover_total: float,
    costs_total: float,
) -> AccountMetrics:
    """Turnover over the years that n returns span, costs over the initial cash, the rest as given."""
    turnover = turnover_total / (n / bars_per_year) if n > 0 else math.nan
    return AccountMetrics(exposure, turnover, costs_total / initial_cash, final_equity)


@compiled
def write_metrics(
    out: Floats, of_returns: ReturnMetrics, of_trades: TradeMetrics, of_account: AccountMetrics
) -> None:
    """Writes metrics in the order of BUILT_IN, what is not finite as NaN."""
    at = 0
    for i in range(len(of_returns)):
        out[at + i] = of_returns[i]
    at += len(of_returns)
    for i in range(len(of_trades)):
        out[at + i] = of_trades[i]
    at += len(of_trades)
    for i in range(len(of_account)):
        out[at + i] = of_account[i]
    at += len(of_account)
    for i in range(at):
        if not math.isfinite(out[i]):
            out[i] = math.nan


@compiled(VOID(OUT_1D, FLOATS_1D, FLOATS_1D, FLOATS_1D, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT))
def measure_into(
    out: Floats,
    returns: Floats,
    trade_pnl: Floats,
    trade_returns: Floats,
    bars_per_year: float,
    initial_cash: float,
    final_equity: float,
    exposure: float,
    turnover_total: float,
    costs_total: float,
) -> None:
    """Writes the built-in metrics into `out`, in the order of BUILT_IN, NaN where undefined.

    For other kernels to call. Shapes: `out` (len(BUILT_IN),), `returns` (n,), trades (k,). Nothing is
    checked here: Scored does that.
    """
    write_metrics(
        out,
        return_metrics(returns, bars_per_year),
        trade_metrics(trade_pnl, trade_returns),
        account_metrics(
            returns.size, bars_per_year, initial_cash, final_equity, exposure, turnover_total, costs_total
        ),
    )


def measure_array(scored: Scored, metrics: tuple[Metric, ...] = METRICS) -> Floats:
    """The values of `metrics`, shape (len(metrics),), in their order; NaN where undefined, never infinite.

    `metrics` starts with BUILT_IN, as METRICS and what `join` makes of it do.
    """
    out = np.empty(len(metrics))
    measure_into(
        out,
        scored.returns,
        scored.trade_pnl,
        scored.trade_returns,
        scored.bars_per_year,
        scored.initial_cash,
        scored.final_equity,
        scored.exposure,
        scored.turnover_total,
        scored.costs_total,
    )
    for i in range(len(BUILT_IN), len(metrics)):
        out[i] = _added(metrics[i], scored)
    return out


def _added(metric: Metric, scored: Scored) -> float:
    value = metric.function(scored) if metric.function else None
    return float(value) if value is not None and math.isfinite(value) else math.nan


def measure(scored: Scored, metrics: tuple[Metric, ...] = METRICS) -> dict[str, float | None]:
    """Metric name to value, in the order of `metrics`; None where undefined, never NaN or infinite."""
    values = measure_array(scored, metrics).tolist()
    return {m.name: value if value == value else None for m, value in zip(metrics, values, strict=True)}


def undefined_reasons(
    values: Mapping[str, float | None], scored: Scored, metrics: tuple[Metric, ...] = METRICS
) -> dict[str, str]:
    """Metric name to the reason, for every value that is None (or NaN): the first need that does not hold."""
    missing = [m for m in metrics if m.name in values and _is_undefined(values[m.name])]
    known = facts(scored) if missing else None
    return _reasons(missing, frozenset(need for need in Need if known and holds(need, known)))


def reasons_of_rows(values: Floats, known: Facts) -> Few[Mapping[str, str]]:
    """`undefined_reasons` of rows (n, M) of METRICS, of which NaN are undefined; `known` are columns (n,) of facts.

    Rows of which the same is true share one mapping: to read, not to change.
    """
    found = Few[Mapping[str, str]].filled(NO_REASONS, len(values))
    rows = np.flatnonzero(np.isnan(values.sum(axis=1)))
    if rows.size:
        nulls = np.isnan(values[rows])
        held = np.stack([np.broadcast_to(holds(need, known), len(values))[rows] for need in Need], axis=1)
        keys = np.packbits(np.hstack([nulls, held]), axis=1)
        first, code_of = alike(keys)
        found.put(rows, Few([_reasons_of(keys[row].tobytes()) for row in first.tolist()], code_of))
    return found


@lru_cache(maxsize=4096)
def _reasons_of(key: bytes) -> Mapping[str, str]:
    """The reasons of a row whose undefined metrics of METRICS, and then the needs that are met, are these bits."""
    bits = np.unpackbits(np.frombuffer(key, np.uint8)).view(np.bool_)
    missing = [metric for metric, which in zip(METRICS, bits, strict=False) if which]
    return _reasons(missing, frozenset(compress(Need, bits[len(METRICS) :])))


def _reasons(missing: Sequence[Metric], met: Set[Need]) -> dict[str, str]:
    unmet = {metric.name: (need.value for need in metric.needs if need not in met) for metric in missing}
    return {name: next(needs, "not a finite number for these data") for name, needs in unmet.items()}


def _is_undefined(value: float | None) -> bool:
    return value is None or not math.isfinite(value)


def remarks(scored: Scored) -> dict[str, str]:
    """Metric name to what must be said beside a defined value."""
    k = scored.trade_pnl.size
    return {"sqn": f"n capped at {SQN_CAP}; there are {k} trades"} if k > SQN_CAP else {}
