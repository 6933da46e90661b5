"""From a prepared run in its folder to its report: all that a new run and a resumed one have in common."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from admf.containers.job import UNHURRIED, WARM, Job
from admf.coordinator.books import Progress, StudyEnd
from admf.coordinator.closer_look import has_begun, look_closer
from admf.coordinator.drive import drive
from admf.coordinator.facts import outline, run_facts
from admf.coordinator.interrupts import Interrupts
from admf.coordinator.prepare import Prepared
from admf.coordinator.record import StoredBooks, parameter_kinds
from admf.coordinator.sessions import (
    FINISHED,
    INTERRUPTED,
    RESUMED,
    SPOILED,
    STARTED,
    STOPPED,
    notes,
    seconds_taken,
    spoiled,
)
from admf.coordinator.status import status_of, steps_of
from admf.errors import AdmfError, RunError
from admf.executors.protocol import Executor
from admf.model.mapped_bars import is_whole
from admf.model.trial import Outcome
from admf.plan.plan import StudyPlan
from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.page import write_report
from admf.store.provenance import read_provenance
from admf.store.run_folder import RunFolder
from admf.store.run_log import RunLog
from admf.store.trial_table import TrialTable
from admf.trials.objective import METRIC_NAMES
from admf.trials.warm import is_warm


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Who is told what happens: what was found, what goes on, and progress within the trials."""

    say: Callable[[str], None] = lambda _: None
    doing: Callable[[str], None] = lambda _: None
    progress: Callable[[Progress], None] = lambda _: None
    estimates: bool = False
    """Whether a few trials are run beforehand, to say how long all will take."""


Told = tuple[RunFacts, tuple[StudyFacts, ...]]
"""What a report says of a run and of its studies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launched:
    """A run that has ended: its folder, and how its trials ended."""

    folder: Path
    report: Path | None
    """None where none was asked for."""
    counts: Mapping[Outcome, int]
    too_many_failures: bool
    prepared: Prepared
    told: Told | None = field(default=None, repr=False)
    """What the report says; None where none was made."""


def carry_out(
    prepared: Prepared,
    folder: RunFolder,
    executor: Executor,
    interrupts: Interrupts,
    watcher: Watcher,
    *,
    began: float,
    report: bool = True,
    resumed: bool = False,
) -> Launched:
    """Run what of the plan has no outcome yet, and report; for the one writer of `folder`.

    `began`: when this process began with it, on the monotonic clock. What ends it early is in the log.
    """
    with interrupts.held():
        table = TrialTable.ready(folder.db, METRIC_NAMES, parameter_kinds(prepared.plan))
    with table, closing(RunLog.within(folder.db, table.connection)) as log:
        session = _Session(log, table, interrupts, began)
        sizes = {"studies": len(prepared.plan.studies), "trials": prepared.plan.trials}
        session.note(RESUMED if resumed else STARTED, **sizes)
        with session.ended_early():
            drive(
                prepared.plan,
                executor,
                StoredBooks(table=table, log=log, whole=interrupts.held, say=_teller(prepared, watcher)),
                METRIC_NAMES,
                watcher.progress,
                prepared.config.execution.batch,
            )
            if not is_whole(prepared.mined.folder, prepared.mined.digest):
                session.note(SPOILED)
                raise spoiled()
            with interrupts.held():
                counts = session.note(FINISHED)
                table.sync()
        if report:
            watcher.doing("Writing the report.")
        return _concluded(prepared, folder, executor, table, log, counts, report=report)


def _teller(prepared: Prepared, watcher: Watcher) -> Callable[[StudyPlan, StudyEnd], None]:
    """Says what a study came to as soon as it is over, where there are several."""

    def say(study: StudyPlan, end: StudyEnd) -> None:
        if len(prepared.plan.studies) > 1:
            watcher.say(_what_came(study, end, prepared.probes[study.component].objective))

    return say


def _what_came(study: StudyPlan, end: StudyEnd, objective: str) -> str:
    best = "none with a value" if end.best is None else f"best {objective} {end.best:.4g}"
    return f"{study.stage}, {study.called}: {end.trials:,} trials, {best}{f'; {end.why}' if end.why else ''}."


@dataclass(frozen=True, slots=True)
class _Session:
    """One process's part of a run, as the log tells it."""

    log: RunLog
    table: TrialTable
    interrupts: Interrupts
    began: float

    def note(self, kind: str, **more: Any) -> Mapping[Outcome, int]:
        """Write it down with how many trials have ended; how these did."""
        counts = self.table.count()
        seconds = round(time.monotonic() - self.began, 3)
        self.log.append(kind, {"ended": sum(counts.values()), "seconds": seconds, **more})
        return counts

    @contextmanager
    def ended_early(self) -> Iterator[None]:
        try:
            yield
        except KeyboardInterrupt:
            with self.interrupts.held(), suppress(AdmfError):
                self.note(INTERRUPTED)
            raise
        except Exception as error:
            with self.interrupts.held(), suppress(AdmfError):  # a full disk may have no room for this either
                self.note(STOPPED, reason=f"{type(error).__name__}: {error}"[:1000])
            raise


@contextmanager
def going_on_later(folder: RunFolder, interrupts: Interrupts) -> Iterator[None]:
    """What ends the block early (KeyboardInterrupt; RunError, such as a full disk) says how the run goes on."""
    go_on = f"admf resume {shlex.quote(str(folder.path))}"
    try:
        yield
    except KeyboardInterrupt as stop:
        with interrupts.held():
            raise KeyboardInterrupt(f"interrupted; all that had ended is stored. To go on: {go_on}") from stop
    except RunError as error:
        raise RunError(f"{error} To go on: {go_on}") from error


def warmed(executor: Executor, watcher: Watcher) -> None:
    """Compile the kernels where this version has not run here yet."""
    if is_warm():
        return
    watcher.say("First run of this version here: compiling its kernels, about half a minute.")
    executor.submit(0, Job(function=WARM, argument=None, container=UNHURRIED))
    executor.next()  # what cannot be compiled here fails in the trials, with its reason
    executor.renew()


def _concluded(
    prepared: Prepared,
    folder: RunFolder,
    executor: Executor,
    table: TrialTable,
    log: RunLog,
    counts: Mapping[Outcome, int],
    *,
    report: bool,
) -> Launched:
    """A run whose trials have all ended, and its report where one is asked for."""
    ended = sum(counts.values())
    broken = ended - counts[Outcome.SCORED]
    told = _told(prepared, folder, executor, table, log) if report else None
    return Launched(
        folder=folder.path,
        report=write_report(*told, folder.reports / "report.html") if told is not None else None,
        told=told,
        counts=counts,
        too_many_failures=ended > 0 and broken / ended > prepared.config.execution.max_failures,
        prepared=prepared,
    )


def _told(prepared: Prepared, folder: RunFolder, executor: Executor, table: TrialTable, log: RunLog) -> Told:
    looks = [
        look_closer(outline(study, prepared), study.spec, table, executor)
        for study in prepared.plan.whole
        if has_begun(table, study.stage, study.component)
    ]
    events, known = log.events(), run_facts(prepared)
    facts = replace(
        known,
        provenance=read_provenance(folder.provenance),
        warnings=(*known.warnings, *(oddity for _, oddity in looks if oddity)),
        seconds=seconds_taken(events),
        notes=tuple(notes(events)),
        folder=str(folder.path),
        steps=steps_of(status_of(folder.path).studies),
    )
    return facts, tuple(found for found, _ in looks)
