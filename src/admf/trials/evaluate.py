"""Evaluate a batch of trials: parameter sets in, outcomes out. What a container does."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from admf.errors import TrialError
from admf.finance.indicators.memo import Memo, memo_of, remembering
from admf.finance.metrics.measure import measure_array, undefined_reasons
from admf.finance.metrics.scored import Scored
from admf.finance.scoring import Scorer
from admf.finance.simulation.options import Simulation
from admf.finance.simulation.orders import Orders
from admf.finance.simulation.parse import parse_simulation, with_options
from admf.finance.simulation.simulate import Simulated
from admf.finance.simulation.targets import outside, values_of
from admf.finance.strategies.sets import Columns, Sets
from admf.model.bars import Bars, Floats
from admf.model.mapped_bars import open_bars
from admf.model.param_sets import ParamSets
from admf.model.trial import Batch, Outcomes, StudySpec
from admf.trials.answer import Answer, InvalidParametersError, ask, own_params, simulated, simulation_params
from admf.trials.component import Component, load_component
from admf.trials.objective import METRIC_NAMES, Objective, make_objective
from admf.trials.scope import Scope
from admf.trials.seeding import reseed
from admf.trials.sheet import Sheet, number_of
from admf.trials.surroundings import OUTSIDE, Surroundings
from admf.trials.traces import World

_PLACES = frozenset(METRIC_NAMES)
_NONE_GIVEN = np.full(len(METRIC_NAMES), np.nan)
_TOGETHER = 512
"""Sets that are scored together where a component makes them all at once."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """What all trials of a study share inside one process: loaded once, read only."""

    spec: StudySpec
    bars: Bars
    component: Component
    simulation: Simulation
    objective: Objective
    memo: Memo = field(repr=False)
    scorer: Scorer = field(repr=False)
    columns: Columns | None = field(default=None, repr=False)
    """How the component makes many sets at once; None: it takes them one by one."""


@lru_cache(maxsize=2)  # studies run one after the other, and each keeps its indicators
def open_study(spec: StudySpec) -> Study:
    """The study behind `spec`: bars mapped, component imported, options read."""
    reseed(0)  # what a module draws when it is imported is the same in every worker
    bars = open_bars(Path(spec.bars)).between(spec.start, spec.stop)
    component = load_component(spec.component)
    return Study(
        spec=spec,
        bars=bars,
        component=component,
        simulation=parse_simulation(json.loads(spec.simulation)),
        objective=make_objective(spec.objective, spec.extra_metrics),
        memo=memo_of(bars.columns.values(), lends=component.built_in),
        scorer=Scorer(bars),
        columns=component.many(bars) if component.many is not None else None,
    )


def evaluate_batch(batch: Batch, around: Surroundings = OUTSIDE) -> Outcomes:
    """Evaluate every proposal of `batch`; a trial that raises is `failed`, and the others go on."""
    if around.limits is not None and len(batch) > 1:
        around = replace(around, shared=True)  # also in a container that ends with this batch
    study = open_study(batch.study)
    sheet = Sheet(len(batch), study.objective, batch.study.extra_metrics, around)
    sets = _sets(study, batch)
    with remembering(study.memo):
        if sets is not None:
            _score_sets(study, sets, sheet)
        else:
            _evaluate_each(study, batch, sheet)
    return sheet.outcomes_of(batch.numbers, batch.seeds.tolist())


def _evaluate_each(study: Study, batch: Batch, sheet: Sheet) -> None:
    """Ask the component for one parameter set after the other; signals are scored some at a time."""
    around, chunk = sheet.around, _Chunk(study, sheet)
    world = World.now(around.folder) if around.shared and not study.component.built_in else None
    for row, (params, seed) in enumerate(zip(batch.params, batch.seeds.tolist(), strict=True)):
        began, others = time.perf_counter(), chunk.seconds
        around.begins(row)
        _evaluate(study, params, seed, row, sheet, chunk)
        if not study.component.built_in:
            sheet.hear(row)
        if world is not None:
            world.restore()
        sheet.durations_s[row] += time.perf_counter() - began - (chunk.seconds - others)
    chunk.score()


def _sets(study: Study, batch: Batch) -> Sets | None:
    """All sets at once as the component makes them; None where it does not, or not for all of these."""
    make, defaults = study.columns, study.component.defaults
    if make is None:
        return None
    sets = ParamSets.of(batch.params)
    if simulation_params(sets.columns) or any(column.there is not None for column in sets.columns.values()):
        return None
    given = {
        name: column.values if column.options is None else column.tolist()
        for name, column in sets.columns.items()
    }
    others = {name: [value] * len(batch) for name, value in defaults.items() if name not in given}
    try:
        with remembering(study.memo):
            return make(**given, **others)
    except Exception:  # one set that is refused would take the others with it: one by one, then
        return None


def _score_sets(study: Study, sets: Sets, sheet: Sheet) -> None:
    n = len(sheet.failures)
    for first in range(0, n, _TOGETHER):
        rows = slice(first, min(first + _TOGETHER, n))
        began = time.perf_counter()
        sheet.around.begins(first)
        scores = study.scorer.score_sets(sets, rows.start, rows.stop, study.simulation, study.spec.warmup)
        sheet.take_scores(rows, scores)
        sheet.durations_s[rows] = (time.perf_counter() - began) / (rows.stop - first)


class _Chunk:
    """Signals that wait to be scored together, by the same options."""

    __slots__ = ("options", "rows", "seconds", "sheet", "signals", "study")

    def __init__(self, study: Study, sheet: Sheet) -> None:
        size = study.bars.close.size
        self.study, self.sheet = study, sheet
        self.signals = np.empty((min(study.scorer.rows, len(sheet.failures)), size))
        self.rows: list[int] = []
        self.options = study.simulation
        self.seconds = 0.0
        """What scoring has taken so far; it is shared evenly by those that are scored together."""

    def put(self, row: int, options: Simulation, signal: Floats) -> None:
        """Take the signal of trial `row`, and score the chunk when it is full."""
        if len(self.rows) == len(self.signals) or (self.rows and options is not self.options):
            self.score()
        self.options = options
        self.signals[len(self.rows)] = signal
        self.rows.append(row)

    def score(self) -> None:
        """Trade and measure what waits."""
        rows, began = self.rows, time.perf_counter()
        if not rows:
            return
        try:
            self._score(rows, self.signals[: len(rows)])
        except Exception:  # what a strategy did to this process may show here: each by itself, then
            for place, row in enumerate(rows):
                self._score_alone(row, self.signals[place : place + 1])
        took = time.perf_counter() - began
        self.sheet.durations_s[np.array(rows)] += took / len(rows)
        self.seconds += took
        self.rows = []

    def _score(self, rows: list[int], signals: Floats) -> None:
        study = self.study
        scores = study.scorer.score(signals, self.options, study.spec.warmup)
        self.sheet.take_scores(np.array(rows), scores)
        for number in np.flatnonzero(scores.outside >= 0):
            values = signals[number].reshape(study.bars.close.shape)
            self.sheet.fail(rows[number], outside(values, int(scores.outside[number])))

    def _score_alone(self, row: int, signal: Floats) -> None:
        try:
            self._score([row], signal)
        except Exception as error:
            if self.study.component.built_in:
                raise
            self.sheet.fail(row, error)


def _evaluate(
    study: Study, params: Mapping[str, Any], seed: int, row: int, sheet: Sheet, chunk: _Chunk
) -> None:
    """One parameter set: its metrics go to the sheet, a signal to the chunk that will be scored."""
    scope = scope_of(study, seed, sheet.around)
    try:
        with np.errstate(), scope:  # np.seterr of one trial ends with it
            answer, options = answered(study, params, seed)
            if answer.metrics is not None:
                sheet.take_metrics(row, *_own_metrics(answer.metrics))
            elif answer.simulated is not None or isinstance(answer.signal, Orders):
                run = simulated(answer, study.bars, options, study.spec.warmup)
                metrics, undefined = measured(run, study.bars.bars_per_year)
                sheet.take_metrics(row, metrics, undefined, {}, ruined=run.ruined)
            else:
                signal = values_of(answer.signal, study.bars.close.shape).reshape(-1)
                chunk.put(row, options, signal)
    except InvalidParametersError as refused:
        sheet.refuse(row, str(refused))
    except BaseException as error:
        sheet.fail(row, error)
    if scope.events:
        sheet.events[row] = tuple(scope.events)


def scope_of(study: Study, seed: int, around: Surroundings = OUTSIDE) -> Scope:
    """The scope of one trial of a study."""
    services = {"bars": study.bars, "indicators": study.memo, "config": study.simulation}
    folder = None if around.shared else around.folder  # else the next trial would see what is in it
    return Scope(seed=seed, services=services, folder=folder)


def answered(study: Study, params: Mapping[str, Any], seed: int) -> tuple[Answer, Simulation]:
    """Seed the generators and ask the component; its answer, and the options to trade it by."""
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
    return answer, options


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Played:
    """A component's answer to one parameter set, and its simulation (None: it gave metrics of its own)."""

    answer: Answer
    run: Simulated | None


def play_out(study: Study, params: Mapping[str, Any], seed: int) -> Played:
    """One parameter set with all that it leaves: for a person to look at."""
    with scope_of(study, seed):
        answer, options = answered(study, params, seed)
    if answer.metrics is not None:
        return Played(answer=answer, run=None)
    return Played(answer=answer, run=simulated(answer, study.bars, options, study.spec.warmup))


Measured = tuple[Floats, Mapping[str, str]]
"""Metrics in the order of METRIC_NAMES (NaN: null), and why some are null."""


def measured_of(played: Played, bars: Bars) -> tuple[Floats, Mapping[str, str], Mapping[str, float | None]]:
    """The metrics of what was played, why some are null, and those that only its component has."""
    if played.run is None:
        return _own_metrics(played.answer.metrics or {})
    return (*measured(played.run, bars.bars_per_year), {})


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


def _own_metrics(
    answer: Mapping[str, Any],
) -> tuple[Floats, Mapping[str, str], Mapping[str, float | None]]:
    """Metrics that the component returned itself: the known names join the table, the others are extra."""
    given = {str(name): number_of(value) for name, value in answer.items()}
    extra = {n: v if isfinite(v) else None for n, v in given.items() if n not in _PLACES}
    if len(extra) == len(given):
        return _NONE_GIVEN, _not_returned((True,) * len(METRIC_NAMES)), extra
    metrics = np.array([given.get(name, np.nan) for name in METRIC_NAMES])
    return metrics, _not_returned(tuple(np.isnan(metrics).tolist())), extra


@lru_cache(maxsize=8)
def _not_returned(missing: tuple[bool, ...]) -> Mapping[str, str]:
    """Why these are null; the same mapping for all trials of which it is true: it is sent and written once."""
    why = "not returned by the component"
    return {name: why for name, is_missing in zip(METRIC_NAMES, missing, strict=True) if is_missing}
