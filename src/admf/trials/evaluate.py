"""Evaluate a batch of trials: parameter sets in, outcomes out. What a container does."""

from __future__ import annotations

import json
import re
import resource
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from admf.errors import AdmfError, TrialError
from admf.finance.indicators.memo import Memo, memo_of, remembering
from admf.finance.metrics.measure import measure_array, undefined_reasons
from admf.finance.metrics.scored import Scored
from admf.finance.simulation.options import Simulation
from admf.finance.simulation.parse import parse_simulation, with_options
from admf.finance.simulation.simulate import Simulated
from admf.model.bars import Bars, Floats
from admf.model.mapped_bars import open_bars
from admf.model.trial import Batch, Outcome, Outcomes, StudySpec
from admf.trials.answer import Answer, InvalidParametersError, ask, own_params, simulated, simulation_params
from admf.trials.component import Component, load_component
from admf.trials.objective import METRIC_NAMES, Objective, make_objective
from admf.trials.seeding import reseed

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+\b")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """What all trials of a study share inside one process: loaded once, read only."""

    spec: StudySpec
    bars: Bars
    component: Component
    simulation: Simulation
    objective: Objective
    memo: Memo = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """One scored trial: its metrics in the order of METRIC_NAMES (NaN: null), and why some are null."""

    metrics: Floats
    undefined: Mapping[str, str]
    extra: Mapping[str, float | None]
    ruined: bool = False
    invalid: str = ""


@lru_cache(maxsize=8)
def open_study(spec: StudySpec) -> Study:
    """The study behind `spec`: bars mapped, component imported, options read."""
    reseed(0)  # what a module draws when it is imported is the same in every worker
    bars = open_bars(Path(spec.bars)).between(spec.start, spec.stop)
    return Study(
        spec=spec,
        bars=bars,
        component=load_component(spec.component),
        simulation=parse_simulation(json.loads(spec.simulation)),
        objective=make_objective(spec.objective, spec.extra_metrics),
        memo=memo_of(bars.columns.values()),
    )


def evaluate_batch(batch: Batch) -> Outcomes:
    """Evaluate every proposal of `batch`; a trial that raises is `failed`, and the others go on."""
    study, n = open_study(batch.study), len(batch)
    metrics = np.full((n, len(METRIC_NAMES)), np.nan)
    names = (*METRIC_NAMES, *batch.study.extra_metrics)
    more = np.full((n, len(batch.study.extra_metrics)), np.nan)
    outcomes, failures, details = [Outcome.SCORED] * n, [""] * n, [""] * n
    undefined: list[Mapping[str, str]] = [{}] * n
    extra: list[Mapping[str, float | None]] = [{}] * n
    ruined, durations, asked = [False] * n, np.zeros(n), np.full(n, np.nan)
    for i, (params, seed) in enumerate(zip(batch.params, batch.seeds, strict=True)):
        started = time.perf_counter()
        try:
            with remembering(study.memo), np.errstate():  # np.seterr of one trial ends with it
                trial = evaluate(study, params, seed)
            metrics[i], undefined[i], extra[i] = trial.metrics, trial.undefined, trial.extra
            more[i] = [_number(trial.extra.get(name)) for name in batch.study.extra_metrics]
            ruined[i], failures[i] = trial.ruined, trial.invalid
            if study.objective.custom is not None and not trial.invalid:
                asked[i] = study.objective.ask(dict(zip(names, [*metrics[i], *more[i]], strict=True)))
        except (Exception, SystemExit) as error:
            outcomes[i], failures[i] = Outcome.FAILED, _reason(error)
            details[i] = traceback.format_exc()
        durations[i] = time.perf_counter() - started
    values, reasons = study.objective.values(names, np.hstack([metrics, more]), ruined, asked)
    values[[bool(f) for f in failures]] = np.nan
    return Outcomes(
        numbers=batch.numbers,
        outcomes=tuple(outcomes),
        values=values,
        metrics=metrics,
        metric_names=METRIC_NAMES,
        reasons=tuple(f or r for f, r in zip(failures, reasons, strict=True)),
        undefined=tuple(undefined),
        extra=tuple(extra),
        durations_s=durations,
        peak_memory_mb=_peak_memory_mb(),
        details=tuple(details),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Played:
    """A component's answer to one parameter set, and its simulation (None: it gave metrics of its own)."""

    answer: Answer
    run: Simulated | None


def evaluate(study: Study, params: Mapping[str, Any], seed: int) -> Measured:
    """One parameter set, from parameters to metrics; raises what the component raises."""
    try:
        played = play_out(study, params, seed)
    except InvalidParametersError as refused:
        return Measured(
            metrics=np.full(len(METRIC_NAMES), np.nan), undefined={}, extra={}, invalid=str(refused)
        )
    return measured_of(played, study.bars)


def measured_of(played: Played, bars: Bars) -> Measured:
    """The metrics of what was played."""
    return _own_metrics(played.answer) if played.run is None else measured(played.run, bars.bars_per_year)


def play_out(study: Study, params: Mapping[str, Any], seed: int) -> Played:
    """Seed the generators, ask the component, trade its answer."""
    options = study.simulation
    if searched := simulation_params(params):
        options = with_options(options, searched)
    if not study.component.built_in:
        reseed(seed)
    answer = ask(study.component, own_params(params), study.bars, options, study.spec.warmup)
    if answer.warmup is not None and study.component.warmup is None and answer.warmup > study.spec.warmup:
        raise TrialError(
            f"this parameter set needs {answer.warmup} bars of warm-up, the study's is {study.spec.warmup}."
            " Set `warmup:` of the component, so that all trials start at the same bar."
        )
    if answer.metrics is not None:
        return Played(answer=answer, run=None)
    return Played(answer=answer, run=simulated(answer, study.bars, options, study.spec.warmup))


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
    nulls = np.isnan(metrics)
    if not nulls.any():
        return Measured(metrics=metrics, undefined={}, extra={}, ruined=run.ruined)
    undefined = undefined_reasons({METRIC_NAMES[i]: None for i in np.flatnonzero(nulls)}, scored)
    return Measured(metrics=metrics, undefined=undefined, extra={}, ruined=run.ruined)


def _own_metrics(answer: Answer) -> Measured:
    """Metrics that the component returned itself: the known names join the table, the others are extra."""
    given = {str(name): _number(value) for name, value in (answer.metrics or {}).items()}
    metrics = np.array([given.get(name, np.nan) for name in METRIC_NAMES])
    extra = {n: v if isfinite(v) else None for n, v in given.items() if n not in METRIC_NAMES}
    why = "not returned by the component"
    undefined = {name: why for name, value in zip(METRIC_NAMES, metrics, strict=True) if not isfinite(value)}
    return Measured(metrics=metrics, undefined=undefined, extra=extra)


def _number(value: Any) -> float:
    if value is None:
        return float("nan")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TrialError(f"a metric must be a number or None, got {value!r}.") from None
    return number if isfinite(number) else float("nan")


def _reason(error: BaseException) -> str:
    """One line: what was raised; ours speak for themselves. Addresses are masked: they differ from run to run."""
    name = type(error).__name__
    try:
        text = _ADDRESS.sub("0x...", " ".join(str(error).split())[:500])
    except Exception:  # an error whose own __str__ raises
        return name
    if isinstance(error, AdmfError):
        return text
    return f"{name}: {text}" if text else name


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
