"""One trial again, in full: its equity, targets and trades, for a person to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from admf.finance.metrics.holding import measure_holding
from admf.finance.simulation.simulate import REASONS, Simulated
from admf.model.bars import Bars, Floats, Times
from admf.model.trial import StudySpec
from admf.trials.measured import Measured, measured_as_scored, measured_of
from admf.trials.objective import METRIC_NAMES
from admf.trials.study import open_study, play_out


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSpec:
    """Which trial: a study's parameter set and its seed."""

    study: StudySpec
    params: Mapping[str, Any]
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrialRecord:
    """A trial in full. Arrays over the study's T bars; `trades` are columns of equal length k.

    `equity` and `time` are None where the component returned metrics of its own. `benchmark` is buy and
    hold from the same bar on, without costs, over all symbols equally.
    """

    metrics: Mapping[str, float | None]
    undefined: Mapping[str, str]
    warmup: int
    bars_per_year: float
    time: Times | None = field(default=None, repr=False)
    close: Floats | None = field(default=None, repr=False)
    equity: Floats | None = field(default=None, repr=False)
    units: Floats | None = field(default=None, repr=False)
    benchmark: Floats | None = field(default=None, repr=False)
    held: Mapping[str, float | None] = field(default_factory=dict, repr=False)
    """The comparable metrics of the benchmark over the scored bars; empty where these are fewer than two."""
    trades: Mapping[str, Any] = field(default_factory=dict, repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict)


def replay_trial(spec: TrialSpec) -> TrialRecord:
    """Evaluate one parameter set again and keep everything; raises what the component raises."""
    study = open_study(spec.study)
    played = play_out(study, spec.params, spec.seed)
    if played.run is not None:
        signal, warmup = played.answer.signal, spec.study.warmup
        found = measured_as_scored(signal, played.run, study.scorer, played.options, warmup)
        return record_of(played.run, study.bars, found)
    metrics, undefined, extra = measured_of(played, study.bars)
    return TrialRecord(
        metrics=_named(metrics, extra),
        undefined=undefined,
        warmup=spec.study.warmup,
        bars_per_year=study.bars.bars_per_year,
    )


def record_of(run: Simulated, bars: Bars, found: Measured) -> TrialRecord:
    """A simulation over `bars` as a record, with the metrics that were found of it."""
    metrics, undefined = found
    benchmark = buy_and_hold(bars, run.warmup, run.initial_cash)
    scored = benchmark[run.warmup :]
    return TrialRecord(
        metrics=_named(metrics, {}),
        undefined=undefined,
        warmup=run.warmup,
        bars_per_year=bars.bars_per_year,
        time=np.array(bars.time),
        close=np.array(bars.close),
        equity=run.equity,
        units=run.units,
        benchmark=benchmark,
        held=measure_holding(scored, bars.bars_per_year) if len(scored) > 1 else {},
        trades=trade_columns(run, bars),
        facts={
            "ruined": run.ruined,
            "disallowed": run.disallowed,
            "commission": run.commission,
            "slippage": run.slippage,
            "borrow": run.borrow,
            "interest": run.interest,
            "max_gross": run.max_gross,
        },
    )


def buy_and_hold(bars: Bars, warmup: int, initial_cash: float) -> Floats:
    """Equity of the same cash put into all symbols equally at the close of the first decision, and left there."""
    close = bars.close.reshape(len(bars), -1)
    start = min(warmup, len(bars) - 1)
    grown = (close / close[start]).mean(axis=1)
    grown[:start] = 1.0
    held: Floats = initial_cash * grown
    return held


def trade_columns(run: Simulated, bars: Bars) -> dict[str, Any]:
    """The trades with symbols, times and words: one list or array per column."""
    trades = run.trades
    return {
        "symbol": [bars.symbols[i] for i in trades.symbol],
        "side": ["long" if u > 0 else "short" for u in trades.units],
        "entry_time": bars.time[trades.entry_bar],
        "exit_time": bars.time[trades.exit_bar],
        "units": trades.units,
        "entry_price": trades.entry_price,
        "exit_price": trades.exit_price,
        "pnl": trades.pnl,
        "return": trades.ret,
        "commission": trades.commission,
        "slippage": trades.slippage,
        "borrow": trades.borrow,
        "bars_held": trades.bars_held,
        "best_excursion": trades.mfe,
        "worst_excursion": trades.mae,
        "exit_reason": [REASONS[code] for code in trades.reason],
        "open_at_end": trades.open_at_end,
    }


def _named(metrics: Floats, extra: Mapping[str, float | None]) -> dict[str, float | None]:
    values = {n: (v if v == v else None) for n, v in zip(METRIC_NAMES, metrics.tolist(), strict=True)}
    return values | dict(extra)
