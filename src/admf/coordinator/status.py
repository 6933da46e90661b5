"""Where a run is, read from its folder while it runs, after it has ended, or when it was killed."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from admf.analysis.objectives import Objectives
from admf.coordinator.sessions import (
    BEGINS,
    INTERRUPTED,
    OVER,
    SKIPPED,
    STOPPED,
    Session,
    is_finished,
    is_spoiled,
    notes,
    seconds_taken,
    sessions,
    spoiled,
)
from admf.coordinator.study_front import StudyFront, front_in
from admf.errors import RunError
from admf.model.trial import Outcome
from admf.model.window import with_window
from admf.plan.studies_data import read_objectives, read_study_data
from admf.reports.facts import StepFacts
from admf.store.run_folder import RunFolder, open_run
from admf.store.run_log import LogEvent, RunLog
from admf.store.trial_table import TrialTable, has_trials


class State(Enum):
    """What a run does now."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    """It can be resumed."""
    FINISHED = "finished"
    SPOILED = "spoiled"
    """A trial has written to the bars that all read: nobody goes on with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyStatus:
    """How far one study is. `total` None: unknown before it has ended."""

    stage: str
    component: str
    window: str
    state: str
    """waiting, begun, over or skipped."""
    why: tuple[str, ...]
    """What was decided of it, a sentence each."""
    method: str
    objective: str
    maximize: bool
    ended: int
    total: int | None
    best: float | None
    best_params: Mapping[str, Any] | None
    best_trial: str | None
    front: FrontStatus | None = None
    """None where one objective is sought, or nothing has a value yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontStatus:
    """The front of several objectives so far: `size` of the `of` trials that have all of them are on it.

    `objectives` are the metrics, each with whether more is better; `share` is the hypervolume's part of the box from
    the worst to the best; `knee_values` are the objectives of the knee. None: there is none.
    """

    objectives: tuple[tuple[str, bool], ...]
    size: int
    of: int
    hypervolume: float | None
    share: float | None
    knee: str | None
    knee_params: Mapping[str, Any] | None
    knee_values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Where a run is. `rate` is trials a second of the last session; None where nobody can know it."""

    path: Path
    state: State
    process: int | None
    """Which runs it; 0: unknown."""
    why: str
    """How its last session ended, in words; '' while it runs."""
    begun: str
    seconds: float | None
    ended: int
    total: int | None
    outcomes: Mapping[str, int]
    rate: float | None
    left_s: float | None
    studies: tuple[StudyStatus, ...]
    report: Path | None
    notes: tuple[str, ...]
    waits_for: str
    next: str
    """The command to type next."""

    @property
    def best(self) -> StudyStatus | None:
        """The study with the best value so far, among those with the direction of the first; None: no value."""
        valued = [study for study in self.studies if study.best is not None]
        same = [study for study in valued if study.maximize == self.studies[0].maximize]
        pick = max if self.studies and self.studies[0].maximize else min
        return pick(same, key=lambda study: study.best or 0.0) if same else None


def status_of(path: Path, now: datetime | None = None) -> Status:
    """The status of the run at `path`; RunError where there is none, or where its files are damaged."""
    folder = open_run(path)
    process = folder.running()
    events, counts, studies = _read(folder)
    state = State.RUNNING if process is not None else _ended(events)
    ended, totals = sum(counts.values()), [study.total for study in studies]
    total = ended if state is State.FINISHED else None if None in totals else sum(t or 0 for t in totals)
    report = folder.reports / "report.html"
    last = sessions(events)[-1] if sessions(events) else None
    rate = _rate(last, ended, state, now or datetime.now(UTC))
    left = (total - ended) / rate if state is State.RUNNING and rate and total is not None else None
    waits_for, command = _next(folder, state, is_finished(events), report.is_file())
    if waits_for == "nothing" and any(study.front for study in studies):
        command = f"admf trials {shlex.quote(str(folder.path))} --front"
    return Status(
        path=path,
        state=state,
        process=process,
        why=_why(last, state),
        begun=_begun(folder),
        seconds=seconds_taken(events),
        ended=ended,
        total=total,
        outcomes={outcome.value: n for outcome, n in counts.items() if n},
        rate=rate,
        left_s=left,
        studies=studies,
        report=report if report.is_file() else None,
        notes=tuple(notes(events)),
        waits_for=waits_for,
        next=command,
    )


def _read(folder: RunFolder) -> tuple[list[LogEvent], dict[Outcome, int], tuple[StudyStatus, ...]]:
    planned, several = read_study_data(folder.path), read_objectives(folder.path)
    if not has_trials(folder.db):
        events = _events(folder) if folder.db.is_file() else []
        return events, {}, tuple(_study(study, None, events, several) for study in planned)
    with TrialTable.open(folder.db, readonly=True) as table:
        events = _events(folder)
        return events, table.count(), tuple(_study(study, table, events, several) for study in planned)


def _events(folder: RunFolder) -> list[LogEvent]:
    with closing(RunLog.open(folder.db, readonly=True)) as log:
        return log.events()


def _study(
    study: Mapping[str, Any], table: TrialTable | None, events: Sequence[LogEvent], several: Objectives
) -> StudyStatus:
    stage, component, window = study["stage"], study["component"], study["window"]
    best, front, ended, total = None, None, 0, study["trials"]
    if table is not None:
        best = table.best(component, stage=stage, window=window, maximize=study["maximize"])
        ended = sum(table.count(stage=stage, component=component, window=window).values())
        front = front_in(table, several, stage, component) if several and best else None
    said = [event for event in events if _is_of(event, stage, component, window)]
    states = [_STATES[event.kind] for event in said if event.kind in _STATES]
    total = next((int(event.data.get("trials", 0)) for event in said if event.kind in (OVER, SKIPPED)), total)
    return StudyStatus(
        stage=stage,
        component=component,
        window=window,
        state=states[-1] if states else "waiting",
        why=tuple(why for event in said for why in _why_of(event)),
        method=next((str(event.data["method"]) for event in said if event.kind == BEGINS), study["method"]),
        objective=study["objective"],
        maximize=study["maximize"],
        ended=ended,
        total=total,
        best=best.value if best else None,
        best_params=best.params if best else None,
        best_trial=best.trial_id if best else None,
        front=_front(front) if front is not None else None,
    )


def _front(found: StudyFront) -> FrontStatus:
    return FrontStatus(
        objectives=tuple(found.objectives),
        size=len(found.ids),
        of=found.front.of,
        hypervolume=found.front.hypervolume,
        share=found.front.share,
        knee=found.knee,
        knee_params=found.knee_params,
        knee_values=found.knee_values,
    )


_STATES = {BEGINS: "begun", SKIPPED: "skipped", OVER: "over"}


def _is_of(event: LogEvent, *study: str) -> bool:
    return tuple(event.data.get(name) for name in ("stage", "component", "window")) == study


def _why_of(event: LogEvent) -> list[str]:
    if event.kind in (BEGINS, SKIPPED):
        return list(event.data["why"])
    return [event.data["why"]] if event.kind == OVER and event.data["why"] else []


def _ended(events: Sequence[LogEvent]) -> State:
    if is_spoiled(events):
        return State.SPOILED
    return State.FINISHED if is_finished(events) else State.INTERRUPTED


def must_be_trusted(folder: RunFolder) -> None:
    """InputError where a trial has written to the bars of the run."""
    if folder.db.is_file() and is_spoiled(_events(folder)):
        raise spoiled()


def _rate(last: Session | None, ended: int, state: State, now: datetime) -> float | None:
    """Trials a second of the last session, from its beginning; of one that was killed nobody knows the end."""
    if last is None:
        return None
    if last.ended is not None:
        ended, until = int(last.ended.data["ended"]), datetime.fromisoformat(last.ended.at)
    elif state is State.RUNNING:
        until = now
    else:
        return None
    took = (until - datetime.fromisoformat(last.begun.at)).total_seconds()
    return (ended - last.trials_before) / took if took > 0 and ended > last.trials_before else None


def _why(last: Session | None, state: State) -> str:
    if state is State.SPOILED:
        return "a trial wrote to the files of its bars, so that no value of it can be trusted"
    if state is not State.INTERRUPTED:
        return ""
    if last is None:
        return "it ended before its first trial"
    if last.ended is None:
        return "it was killed, or the machine went down"
    if last.ended.kind == STOPPED:
        return f"it stopped: {last.ended.data['reason']}"
    return "by Ctrl-C or SIGTERM" if last.ended.kind == INTERRUPTED else ""


def _next(folder: RunFolder, state: State, finished: bool, reported: bool) -> tuple[str, str]:
    run = shlex.quote(str(folder.path))
    if state is State.RUNNING:
        return ("its report" if finished else "its trials"), f"admf status {run}"
    if state is State.INTERRUPTED:
        return "somebody to resume it", f"admf resume {run}"
    if state is State.SPOILED:
        return "nothing", "admf run --set containers.write=scratch"
    if not reported:
        return "its report", f"admf resume {run}"
    return "nothing", f"admf trials {run} --sort value --top 20"


def _begun(folder: RunFolder) -> str:
    try:
        return str(json.loads(folder.provenance.read_text(encoding="utf-8"))["created"])
    except (OSError, ValueError, KeyError, TypeError):
        raise RunError(
            f"{folder.provenance}: a run must have its provenance, this one cannot be read. Restore it."
        ) from None


def steps_of(studies: Sequence[StudyStatus]) -> tuple[StepFacts, ...]:
    """The searches of a run as a report shows them."""
    return tuple(
        StepFacts(
            stage=study.stage,
            component=with_window(study.component, study.window),
            method=study.method,
            state=study.state,
            trials=study.ended,
            best=study.best,
            why=study.why,
        )
        for study in studies
    )


def runs_below(folder: Path, skipped: Sequence[str] = ("node_modules", "site-packages")) -> list[Path]:
    """The folders of all runs at and below `folder`; hidden folders are not looked into, nor runs themselves."""
    found: list[Path] = []
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        if (here / "run.db").is_file() or (
            (here / "provenance.json").is_file() and (here / "studies.json").is_file()
        ):
            found.append(here)
            continue
        try:
            below = [one for one in here.iterdir() if one.is_dir() and not one.is_symlink()]
        except OSError:
            continue
        waiting += [one for one in below if not one.name.startswith(".") and one.name not in skipped]
    return sorted(found)
