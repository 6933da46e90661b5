"""The report of a run made again from its folder: of one that has ended, and of one that has not."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from admf import registry
from admf.coordinator.closer_look import has_begun, look_closer
from admf.coordinator.facts_file import read_facts
from admf.coordinator.status import State, Status, must_be_trusted, status_of, steps_of
from admf.executors.protocol import Executor
from admf.model.window import WHOLE
from admf.plan.studies_file import read_studies
from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.page import write_report
from admf.store.provenance import read_provenance
from admf.store.run_folder import open_run
from admf.store.trial_table import TrialTable, has_trials


def report_again(path: Path, executor: Executor | None = None) -> Path:
    """Write the report of the run at `path` into its folder, from what is stored there; its path.

    The best trial of each study is evaluated again, in a process of its own. Raises RunError where there is
    no run, or where what its report is made of cannot be read; InputError where no value of it can be trusted.
    """
    facts, studies = facts_of(path, executor)
    return write_report(facts, studies, open_run(path).reports / "report.html")


def facts_of(path: Path, executor: Executor | None = None) -> tuple[RunFacts, tuple[StudyFacts, ...]]:
    """The facts of the run at `path` as they are now; `executor` is used and left open."""
    folder = open_run(path)
    must_be_trusted(folder)
    status = status_of(path)
    known, outlines = read_facts(folder)
    specs = read_studies(folder.path)
    studies: list[StudyFacts] = []
    oddities: list[str] = []
    if has_trials(folder.db):
        with ExitStack() as stack:
            table = stack.enter_context(TrialTable.open(folder.db, readonly=True))
            used = executor or stack.enter_context(closing(registry.load("executors", "local")(workers=1)))
            for study in outlines:
                if not has_begun(table, study.stage, study.component):
                    continue
                found, oddity = look_closer(study, specs[study.stage, study.component, WHOLE], table, used)
                studies.append(found)
                oddities += [oddity] if oddity else []
    facts = replace(
        known,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        provenance=read_provenance(folder.provenance),
        warnings=(*known.warnings, *oddities),
        notes=status.notes,
        seconds=status.seconds,
        folder=str(path),
        steps=steps_of(status.studies),
        unfinished=_unfinished(status),
    )
    return facts, tuple(studies)


def _unfinished(status: Status) -> str:
    """How far a run is that has not ended, in words."""
    if status.state is State.FINISHED:
        return ""
    of = f" of {status.total:,}" if status.total is not None else ""
    far = f"{status.ended:,}{of} trials have ended"
    if status.state is State.RUNNING:
        return f"It still runs: {far}. All here may change; `admf status {status.path}` says how far it is."
    better = "Until then a better set may be among those that were not tried"
    return f"It is not at its end ({status.why}): {far}. `{status.next}` goes on with it. {better}."
