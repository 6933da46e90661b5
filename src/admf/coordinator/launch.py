"""A run from start to end: prepare, make the folder, drive, report."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from admf import registry
from admf.config.config import Config
from admf.containers.job import REPLAY_TRIAL, WARM, Job
from admf.coordinator.drive import Progress, drive
from admf.coordinator.facts import run_facts, study_facts
from admf.coordinator.prepare import Prepared, mine, prepare
from admf.coordinator.rehearse import quick_estimate
from admf.executors.protocol import Executor
from admf.model.space import Choice, Domain, Integer, Parameter
from admf.model.trial import Outcome, Outcomes, Params
from admf.plan.plan import Plan, StudyPlan
from admf.plan.studies_file import STUDIES, studies_json
from admf.plan.windows import first_and_last
from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.page import write_report
from admf.store.cells import Kind
from admf.store.files import write_text
from admf.store.provenance import DataSource, provenance, write_provenance
from admf.store.run_folder import RunFolder, new_run, run_at
from admf.store.run_log import RunLog
from admf.store.trial_table import TrialTable
from admf.trials.objective import METRIC_NAMES
from admf.trials.replay_trial import TrialRecord, TrialSpec
from admf.trials.warm import is_warm


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Who is told what happens: what was found, what goes on, and progress within the trials."""

    say: Callable[[str], None] = lambda _: None
    doing: Callable[[str], None] = lambda _: None
    progress: Callable[[Progress], None] = lambda _: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Launched:
    """A run that has ended: its folder, its facts, and how its trials ended."""

    folder: Path
    report: Path | None
    """None where none was asked for."""
    facts: RunFacts = field(repr=False)
    studies: tuple[StudyFacts, ...] = field(repr=False)
    counts: Mapping[Outcome, int]
    too_many_failures: bool
    prepared: Prepared


def launch(
    config: Config,
    *,
    source: Any = None,
    out: Path | None = None,
    watcher: Watcher | None = None,
    executor: Executor | None = None,
    report: bool = True,
) -> Launched:
    """Run `config` to its end in a new folder; InputError before anything is written where it does not hold.

    `source` replaces the config's data (a frame handed over in Python); `out` the folder `runs/NAME`; an
    `executor` that is handed over is used and left open.
    """
    watcher = watcher or Watcher()
    started = time.monotonic()
    watcher.doing("Reading the data.")
    mined = mine(config, source)
    watcher.say(
        f"{len(mined.split.mined):,} bars of {', '.join(mined.bars.symbols)} to mine;"
        f" {mined.sealed_bars:,} stay sealed."
    )
    with nullcontext(executor) if executor is not None else closing(make_executor(config)) as executor:
        if not is_warm():
            watcher.say("First run of this version here: compiling its kernels, about half a minute.")
            executor.submit(0, Job(function=WARM, argument=None))
            executor.next()  # what cannot be compiled here fails in the trials, with its reason
        watcher.doing("Looking for look-ahead.")
        prepared = prepare(config, mined, executor)
        watcher.say(_what_comes(prepared))
        if cost := quick_estimate(prepared, executor):
            watcher.say(cost)
        folder = run_at(out) if out is not None else new_run(Path("runs"), config.name)
        _write_inputs(folder, prepared)
        with TrialTable.create(folder.db, METRIC_NAMES, _kinds(prepared.plan)) as table:
            with closing(RunLog.open(folder.db)) as log:
                log.append("started", {"studies": len(prepared.plan.studies), "trials": prepared.plan.trials})
                drive(prepared.plan, executor, _recorder(table, config), METRIC_NAMES, watcher.progress)
                log.append("finished", {})
            table.sync()
            if report:
                watcher.say("Writing the report.")
            studies = _studies(prepared, table, executor)
            facts = run_facts(prepared, folder, time.monotonic() - started)
            page = write_report(facts, studies, folder.reports / "report.html") if report else None
            counts = table.count()
    ended = sum(counts.values())
    broken = ended - counts[Outcome.SCORED]
    return Launched(
        folder=folder.path,
        report=page,
        facts=facts,
        studies=studies,
        counts=counts,
        too_many_failures=ended > 0 and broken / ended > config.execution.max_failures,
        prepared=prepared,
    )


def _what_comes(prepared: Prepared) -> str:
    """The look-ahead check and the number of trials, in words."""
    probes = prepared.probes.items()
    found = [name for name, probe in probes if probe.lookahead is not None]
    unchecked = [name for name, probe in probes if not probe.lookahead_checked]
    said = f"LOOK-AHEAD in {', '.join(found)}, allowed by the config" if found else "No look-ahead found"
    said += f" (not checked: {', '.join(unchecked)})" if unchecked else ""
    total = prepared.plan.trials
    return f"{said}; {'an open number of' if total is None else f'{total:,}'} trials to run."


def make_executor(config: Config) -> Executor:
    """The configured executor."""
    workers = config.execution.workers or len(os.sched_getaffinity(0))
    executor: Executor = registry.load("executors", config.execution.executor)(workers=workers)
    return executor


def _write_inputs(folder: RunFolder, prepared: Prepared) -> None:
    config, mined = prepared.config, prepared.mined
    write_text(folder.config, config.text)
    write_text(folder.path / STUDIES, studies_json(prepared.plan))
    first, last = first_and_last(mined.bars.time)
    data = DataSource(
        source=mined.bars.info.source,
        digest=mined.digest,
        symbols=mined.bars.symbols,
        first=first,
        last=last,
        bars=len(mined.bars),
    )
    sources = {name: probe.source for name, probe in prepared.probes.items()}
    write_provenance(folder.provenance, provenance(config.text, data, sources))


def _recorder(
    table: TrialTable, config: Config
) -> Callable[[StudyPlan, list[Params], list[int], Outcomes], None]:
    def record(study: StudyPlan, params: list[Params], seeds: list[int], outcomes: Outcomes) -> None:
        table.write(
            stage_number=study.stage_number,
            stage=study.stage,
            component=study.component,
            regime=study.regime,
            window=study.window,
            params=params,
            seeds=seeds,
            outcomes=outcomes,
            container=config.execution.executor,
            path="plain",
        )

    return record


def _studies(prepared: Prepared, table: TrialTable, executor: Executor) -> tuple[StudyFacts, ...]:
    """The facts of each study, its best trial replayed in full."""
    studies = []
    for study in prepared.plan.studies:
        best = table.best(study.component, stage=study.stage, maximize=study.maximize)
        spec = TrialSpec(study=study.spec, params=best.params, seed=best.seed) if best is not None else None
        record = replay(executor, spec) if spec is not None else None
        studies.append(study_facts(study, prepared, table, best, record))
    return tuple(studies)


def replay(executor: Executor, spec: TrialSpec) -> TrialRecord | None:
    """One trial again, in full, in a container; None where it does not come back."""
    executor.submit(0, Job(function=REPLAY_TRIAL, argument=spec))
    done = executor.next()
    return done.answer.result if done.answer is not None and not done.answer.fault else None


def _kinds(plan: Plan) -> dict[str, dict[str, Kind]]:
    kinds: dict[str, dict[str, Kind]] = {}
    for study in plan.studies:
        kinds.setdefault(study.component, {}).update({p.name: _kind(p) for p in study.space.parameters})
    return kinds


def _kind(parameter: Parameter) -> Kind:
    """The type of a parameter's column in the trial table."""
    domain: Domain = parameter.domain
    if isinstance(domain, Integer):
        return "int"
    if not isinstance(domain, Choice):
        return "float"
    types = {type(value) for value in domain.options}
    names: dict[type, Kind] = {bool: "bool", int: "int", float: "float", str: "text"}
    return names.get(types.pop(), "json") if len(types) == 1 else "json"
