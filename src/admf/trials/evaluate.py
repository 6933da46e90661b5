"""Evaluate a batch of trials: parameter sets in, outcomes out. What a container does."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextvars import copy_context
from dataclasses import replace
from typing import Any

from admf.finance.indicators.memo import remembering
from admf.finance.simulation.orders import Orders
from admf.finance.simulation.targets import values_of
from admf.finance.strategies.sets import Sets
from admf.model.trial import Batch, Outcomes
from admf.trials.answer import InvalidParametersError, simulated
from admf.trials.many_sets import score_sets, sets_of
from admf.trials.measured import measured
from admf.trials.plain import must_agree_with_plain, sampled
from admf.trials.seeding import seeded_ahead
from admf.trials.sheet import Sheet
from admf.trials.study import Study, answered, open_study, options_of, scope_of, written
from admf.trials.surroundings import OUTSIDE, Surroundings
from admf.trials.traces import World
from admf.trials.waiting import Waiting


def evaluate_batch(batch: Batch, around: Surroundings = OUTSIDE) -> Outcomes:
    """Evaluate every proposal of `batch`; a trial that raises is `failed`, and the others go on."""
    if around.limits is not None and len(batch) > 1:
        around = replace(around, shared=True)  # also in a container that ends with this batch
    study = open_study(batch.study)
    sheet = Sheet(len(batch), study.objective, batch.study.extra_metrics, around)
    sets = sets_of(study, batch)
    with remembering(study.memo):
        if sets is not None and not study.is_rule:
            score_sets(study, sets, batch, sheet)
        elif study.component.built_in or study.is_rule:
            _evaluate_each(study, batch, sheet, sets)
        else:
            with seeded_ahead(batch.seeds):
                _evaluate_each(study, batch, sheet, sets)
    return sheet.outcomes_of(batch.numbers, batch.seeds.tolist())


def _evaluate_each(study: Study, batch: Batch, sheet: Sheet, sets: Sets | None) -> None:
    """Ask the component for one parameter set after the other; signals are scored some at a time.

    A user's compiled rule too, however fast it is: it may hang, raise and print.
    """
    around, waiting, took = sheet.around, Waiting(study, sheet, batch.numbers), list[float]()
    built_in = study.component.built_in
    world = World.now(around.folder) if around.shared and not built_in else None
    looked_at = set(sampled(batch.numbers)) if study.is_rule else ()
    for row, (params, seed) in enumerate(zip(batch.params, batch.seeds.tolist(), strict=True)):
        began, others = time.perf_counter(), waiting.seconds
        around.begins(row)
        copy_context().run(_evaluate, study, params, seed, row, sheet, waiting, sets)
        if row in looked_at:
            must_agree_with_plain(study, batch.numbers[row], params, seed)
        if not built_in:
            sheet.hear(row)
        if world is not None:
            world.restore()
        took.append(time.perf_counter() - began - (waiting.seconds - others))
    waiting.score()
    sheet.durations_s += took


def _evaluate(
    study: Study,
    params: Mapping[str, Any],
    seed: int,
    row: int,
    sheet: Sheet,
    waiting: Waiting,
    sets: Sets | None,
) -> None:
    """One parameter set: its metrics go to the sheet, a signal to the chunk that will be scored.

    In a context of its own: what it sets in context variables, NumPy's `seterr` among them, ends with it.
    """
    scope = scope_of(study, seed, sheet.around)
    try:
        with scope:
            if study.is_rule:
                options = study.simulation if sets is not None else options_of(study, params)
                waiting.put(row, options, written(study, params, sets, row))
                return
            answer, options = answered(study, params, seed)
            if answer.metrics is not None:
                sheet.take_returned(row, answer.metrics)
            elif answer.simulated is not None or isinstance(answer.signal, Orders):
                run = simulated(answer, study.bars, options, study.spec.warmup)
                metrics, undefined = measured(run, study.bars.bars_per_year)
                sheet.take_run(row, metrics, undefined, ruined=run.ruined)
            else:
                signal = values_of(answer.signal, study.bars.close.shape).reshape(-1)
                waiting.put(row, options, signal)
    except InvalidParametersError as refused:
        sheet.refuse(row, str(refused))
    except BaseException as error:
        sheet.fail(row, error)
    if scope.events:
        sheet.events[row] = tuple(scope.events)
