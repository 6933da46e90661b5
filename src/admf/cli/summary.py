"""Run a config while a person watches, and say in plain words what came of it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from admf.analysis.plateau import params_of, selected_row
from admf.cli.speak import say, watching
from admf.config.config import Config
from admf.coordinator.closer_look import has_begun
from admf.coordinator.launch import Launched, launch
from admf.coordinator.study_front import front_in
from admf.executors.protocol import Executor
from admf.model.trial import Outcome
from admf.plan.plan import StudyPlan
from admf.reports.front_words import knee_text, size_text, volume_text
from admf.reports.what_matters import largest_drop
from admf.store.trial_table import TrialTable

_TOO_MANY_FAILURES = 4


def summarise(config: Config, out: Path | None, executor: Executor | None = None) -> int:
    """Run `config`, in `executor` where one is there already; the exit code."""
    with watching(threads=config.execution.executor != "inline") as watcher:
        launched = launch(config, out=out, watcher=watcher, executor=executor)
    return summarise_launched(launched)


def summarise_launched(launched: Launched) -> int:
    """Say what came of a run that has ended; the exit code."""
    _say_result(launched)
    say(f"Run:    {launched.folder.resolve()}")
    if launched.report is not None:
        say(f"Report: {launched.report.resolve()}")
    return _TOO_MANY_FAILURES if launched.too_many_failures else 0


def _say_result(launched: Launched) -> None:
    ended = sum(launched.counts.values())
    broken = {o.value: n for o, n in launched.counts.items() if n and o is not Outcome.SCORED}
    say(
        f"{ended:,} trials"
        + (f" ({', '.join(f'{n:,} {name}' for name, n in broken.items())})" if broken else "")
        + "."
    )
    with TrialTable.open(launched.folder / "run.db", readonly=True) as table:
        studies = launched.prepared.plan.whole
        single = len({study.stage for study in studies}) == 1
        for study in studies:
            best = table.best(study.component, stage=study.stage, maximize=study.maximize)
            objective = launched.prepared.probes[study.component].objective
            name = study.component if single else f"{study.stage}, {study.component}"
            if not has_begun(table, study.stage, study.component):
                say(f"{name}: skipped. `admf status {launched.folder}` says why.")
            elif best is None or best.value is None:
                say(f"{name}: no trial has a value. `admf trials {launched.folder}` says why.")
            else:
                say(f"{name}: best {objective} {best.value:.4g} with {_params(best.params)}")
                _say_front(launched, table, study)
    if launched.prepared.config.select == "plateau":
        _say_selected(launched)
    _say_drops(launched)


def _say_front(launched: Launched, table: TrialTable, study: StudyPlan) -> None:
    """Of several objectives: their front, its knee, and how to choose from it."""
    objectives = study.spec.objective.several
    found = front_in(table, objectives, study.stage, study.component) if objectives else None
    if found is None:
        return
    say(f"{study.component}: {size_text(objectives, found.front)}; {volume_text(found.front)}")
    say(f"{study.component}: {knee_text(objectives, found.knee, found.knee_values, found.knee_params)}")
    run = shlex.quote(str(launched.folder))
    say(f"Choose: admf trials {run} --front, then admf params export {run} {found.knee or found.ids[0]}")


def _say_selected(launched: Launched) -> None:
    """The set that `select: plateau` means, for each study."""
    facts, studies = launched.told or (None, ())
    for study in studies:
        maximize = facts is not None and facts.maximize
        row = selected_row(
            study.columns,
            study.params,
            "plateau",
            maximize=maximize,
            method=study.method,
            scales=study.scales,
        )
        if row is not None:
            value = study.columns["value"][row]
            params = _params(params_of(study.columns, study.params, row))
            say(f"{study.component}: selected, as the centre of the plateau: {value:.4g} with {params}")


def _say_drops(launched: Launched) -> None:
    """For each study the step from its best set that costs most, where any was tried."""
    if launched.told is None:
        return
    facts, studies = launched.told
    single = len({study.stage for study in studies}) == 1
    for study in studies:
        if drop := largest_drop(facts, study):
            say(f"{study.component if single else f'{study.stage}, {study.component}'}: {drop}")


def _params(params: Any) -> str:
    return ", ".join(f"{name} {value}" for name, value in params.items()) or "no parameters"
