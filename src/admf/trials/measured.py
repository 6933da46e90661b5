"""The metrics of one trial: of its simulation, or those that the component returned itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from admf.finance.metrics.measure import measure_array, undefined_reasons
from admf.finance.metrics.scored import Scored
from admf.finance.scoring import Scorer
from admf.finance.simulation.options import Simulation
from admf.finance.simulation.orders import Orders
from admf.finance.simulation.simulate import Simulated
from admf.finance.simulation.targets import values_of
from admf.model.bars import Bars, Floats
from admf.trials.objective import METRIC_NAMES
from admf.trials.returned import Extra, own_metrics
from admf.trials.study import Played

Measured = tuple[Floats, Mapping[str, str]]
"""Metrics in the order of METRIC_NAMES (NaN: null), and why some are null."""


def measured_of(played: Played, bars: Bars) -> tuple[Floats, Mapping[str, str], Extra]:
    """The metrics of what was played, why some are null, and those that only its component has."""
    if played.run is None:
        return own_metrics(played.answer.metrics or {})
    return (*measured(played.run, bars.bars_per_year), {})


def measured_as_scored(
    signal: Any, run: Simulated, scorer: Scorer, options: Simulation, warmup: int
) -> Measured:
    """The metrics of what an answer's signal (None: it has none) led to, with the bits that a trial of it gets."""
    if signal is None or isinstance(signal, Orders):
        return measured(run, scorer.bars.bars_per_year)
    values = values_of(signal, scorer.bars.close.shape).reshape(1, -1)
    scores = scorer.score(values, options, warmup)
    return scores.metrics[0], scores.undefined[0]


def measured(run: Simulated, bars_per_year: float) -> Measured:
    """The metrics of a simulation, with the reason for each that is undefined."""
    scored = Scored(
        returns=run.returns,
        trade_pnl=run.trades.pnl,
        trade_returns=run.trades.ret,
        bars_per_year=bars_per_year,
        initial_cash=run.initial_cash,
        final_equity=float(run.equity[-1]) if len(run.equity) else run.initial_cash,
        exposure=run.exposure,
        turnover_total=run.turnover,
        costs_total=run.costs,
    )
    metrics = measure_array(scored)
    nulls = {METRIC_NAMES[i]: None for i in np.flatnonzero(np.isnan(metrics))}
    return metrics, undefined_reasons(nulls, scored) if nulls else {}
