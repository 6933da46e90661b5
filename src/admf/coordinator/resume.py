"""A run that goes on: what it was made of read again and compared, then carried out like any other."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from admf.config.config import Config, ExecutionConfig
from admf.config.load import load_config
from admf.coordinator.carry_out import Launched, Watcher, carry_out, going_on_later, warmed
from admf.coordinator.kept import keep_place, provenance_of
from admf.coordinator.launch import at_work, what_is_mined
from admf.coordinator.prepare import Prepared, prepare
from admf.coordinator.probing import Mined
from admf.coordinator.read_again import config_as_run, mined_again
from admf.coordinator.sessions import is_finished
from admf.coordinator.status import must_be_trusted
from admf.errors import AdmfError, InputError, Problem
from admf.executors.protocol import Executor
from admf.model.space.value import shown
from admf.plan.studies_file import Kept, read_kept, study_data
from admf.store.changed import inputs_changed
from admf.store.provenance import read_provenance
from admf.store.run_folder import RunFolder, open_run
from admf.store.run_log import RunLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Resuming:
    """What may differ from when the run began, for it changes no result; None leaves it as it was."""

    workers: int | None = None
    executor: str | Executor | None = None


def resume(
    path: Path,
    resuming: Resuming | None = None,
    *,
    bars: Any = None,
    watcher: Watcher | None = None,
) -> Launched | None:
    """Go on with the run at `path` to its end; None where it has ended and its report is there.

    `bars`: those of a run that was handed its bars in Python, where this machine no longer keeps them. Raises
    InputError where data, code or versions are not what they were, one problem each, where a proposal is not
    what was recorded, and where no value of the run can be trusted; RunError where there is no run, another
    process runs it, or its disk is full.
    """
    resuming, watcher = resuming or Resuming(), watcher or Watcher()
    began = time.monotonic()
    folder = open_run(path)
    must_be_trusted(folder)
    if folder.running() is None and is_complete(folder):
        return None
    with folder.writer():
        folder.tidy()
        watcher.doing("Reading the data.")
        before, kept = read_provenance(folder.provenance), read_kept(folder.path)
        config = config_as_run(folder, kept, before)
        config = replace(config, execution=_execution(config.execution, resuming))
        mined = mined_again(folder, config, kept, bars)
        watcher.say(what_is_mined(mined))
        handed = resuming.executor if not isinstance(resuming.executor, str) else None
        with at_work(config, handed) as (executor, interrupts), going_on_later(folder, interrupts):
            warmed(executor, watcher)
            watcher.doing("Comparing everything with what it was when the run began.")
            prepared = _prepared(config, mined, executor, before)
            _check_plan(prepared, kept)
            with interrupts.held():
                keep_place(folder, prepared, in_memory=kept.origin.in_memory)
            watcher.say("All is as it was when the run began; going on.")
            return carry_out(prepared, folder, executor, interrupts, watcher, began=began, resumed=True)


def is_complete(folder: RunFolder) -> bool:
    """Whether nothing is left to do: all trials have ended, and the report is there."""
    if not folder.db.is_file() or not (folder.reports / "report.html").is_file():
        return False
    with RunLog.open(folder.db, readonly=True) as log:
        return is_finished(log.events())


def recorded_executor(path: Path) -> str:
    """The executor that the run at `path` was begun with; '' where its config cannot be read."""
    try:
        return load_config(open_run(path).config).execution.executor
    except AdmfError:
        return ""


def _execution(execution: ExecutionConfig, resuming: Resuming) -> ExecutionConfig:
    named = resuming.executor if isinstance(resuming.executor, str) else execution.executor
    return replace(execution, executor=named, workers=resuming.workers or execution.workers)


def _prepared(config: Config, mined: Mined, executor: Executor, before: Mapping[str, Any]) -> Prepared:
    """The run prepared again; InputError with all that is not as it was."""
    try:
        prepared = prepare(config, mined, executor)
    except InputError as error:  # changed data or packages may be why: say these first
        unprobed = before["inputs"]["code"]["components"]
        changed = inputs_changed(before, provenance_of(config, mined, unprobed))
        raise InputError(*changed, *error.problems) from error
    sources = {name: probe.source for name, probe in prepared.probes.items()}
    if problems := inputs_changed(before, provenance_of(config, mined, sources)):
        raise InputError(*problems)
    return prepared


def _check_plan(prepared: Prepared, kept: Kept) -> None:
    """The plan laid out again must be the one that was begun: a component's own space may have moved."""
    now = [study_data(study, prepared.probes[study.component]) for study in prepared.plan.studies]
    problems = [
        Problem(
            where=f"{was['stage']}, {was['component']}",
            says=f"the plan of a run must stay as it was: {name} was {shown(was[name])}, is {shown(is_[name])}.",
            hint="What the component says of itself changed: start a new run.",
        )
        for was, is_ in zip(kept.studies, json.loads(json.dumps(now)), strict=True)
        for name in was
        if was[name] != is_[name]
    ]
    if problems:
        raise InputError(*problems)
