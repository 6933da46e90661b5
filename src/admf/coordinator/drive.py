"""The driver: does what `decide` commands, and reports what happened. All effects of a run are here."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from admf.containers.death import lost_reason
from admf.containers.job import EVALUATE, Job
from admf.coordinator.decide import decide
from admf.coordinator.judged import Judged
from admf.coordinator.state import (
    BATCH_MOST,
    Ask,
    Command,
    Ended,
    Event,
    Finish,
    Limits,
    Proposed,
    Send,
    Settle,
    Slice,
    SliceLost,
    Started,
    State,
    Tell,
)
from admf.errors import AdmfError
from admf.executors.protocol import Done, Executor
from admf.model.container import Kind
from admf.model.param_sets import ParamSets, Rows
from admf.model.seeds import seeds_of
from admf.model.trial import Batch, Outcome, Outcomes, Params, lost_outcome
from admf.plan.plan import Plan, StudyPlan, make_search
from admf.search.protocol import SearchMethod
from admf.store.recorded import Found, Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a run is, for whoever watches: trials ended of `total` (None: unknown), and the best so far."""

    study: StudyPlan
    ended: int
    recorded: int
    """How many of these had ended before this process began: they say nothing about its rate."""
    total: int | None
    best: float | None
    best_params: Params | None


class Record(Protocol):
    """Where outcomes go: the store."""

    def __call__(
        self, study: StudyPlan, params: ParamSets, seeds: NDArray[np.int64], outcomes: Outcomes, /
    ) -> None:
        """Keep the outcomes of some trials, whole or not at all."""
        ...


Recall = Callable[[StudyPlan], Recorded]
"""What the store holds of a study already."""


@dataclass(slots=True)
class _Search:
    """The current study's search, and what it proposed since it was last told: `first` is the first of these."""

    study: StudyPlan
    method: SearchMethod
    recorded: Recorded
    first: int = 0
    proposals: Sequence[Any] = ()
    """As the search handed them out."""
    params: ParamSets = field(default_factory=lambda: ParamSets(0, {}))
    seeds: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    judged: Judged | None = None
    """What those are worth that have ended."""


def drive(
    plan: Plan,
    executor: Executor,
    record: Record,
    recall: Recall,
    metric_names: tuple[str, ...],
    watch: Callable[[Progress], None] = lambda _: None,
    batch_most: int | None = None,
) -> State:
    """Run `plan` to its end; every outcome is there when this returns.

    Each search is asked from its beginning. What `recall` finds is told to it and not run again, the rest goes to
    `record`; in a new run nothing is found. `batch_most`: the most trials in one message (None: 8,192).
    InputError where a proposal is not what was recorded.
    """
    return _Driver(plan, executor, record, recall, metric_names, watch, batch_most or BATCH_MOST).run()


class _Driver:
    def __init__(
        self,
        plan: Plan,
        executor: Executor,
        record: Record,
        recall: Recall,
        metric_names: tuple[str, ...],
        watch: Callable[[Progress], None],
        batch_most: int,
    ) -> None:
        self.plan, self.executor, self.record, self.watch = plan, executor, record, watch
        self.recall, self.metric_names, self.batch_most = recall, metric_names, batch_most
        self.search: _Search | None = None
        self.tickets: dict[int, Slice] = {}
        self.sent = self.ended = self.recorded = 0
        self.best: tuple[float, Params] | None = None
        """Larger is better in it, whatever the study's direction."""

    def run(self) -> State:
        generations = tuple(study.generation or make_search(study).generation for study in self.plan.studies)
        limits = Limits(
            studies=len(self.plan.studies),
            slots=self.executor.slots,
            generations=generations,
            batch_most=self.batch_most,
        )
        state = State(limits=limits)
        events: deque[Event] = deque([Started()])
        while not state.over:
            event = events.popleft() if events else self._wait()
            state, commands = decide(state, event)
            for command in commands:
                events.extend(self._do(command))
        return state

    def _do(self, command: Command) -> list[Event]:
        match command:
            case Ask(study=number, count=count):
                return [self._ask(self.plan.studies[number], count)]
            case Send(slice=piece):
                self.sent += 1
                self.tickets[self.sent] = piece
                self.executor.submit(self.sent, self._job(piece))
                return []
            case Settle(slice=piece, cause=cause):
                lost = lost_outcome(piece.first, Outcome.LOST, lost_reason(cause), self.metric_names)
                return [self._store(piece, lost, 0.0)]
            case Tell(first=first, stop=stop):
                self._tell(first, stop)
                return []
            case Finish():
                return []

    def _ask(self, study: StudyPlan, count: int) -> Proposed:
        if self.search is None or self.search.study is not study:
            self.search, self.best = _Search(study, make_search(study), self.recall(study)), None
        search = self.search
        search.proposals = search.method.ask(count)
        search.params = ParamSets.of(search.proposals)
        n = len(search.params)
        numbers = range(search.first, search.first + n)
        search.seeds = seeds_of(
            study.run_seed, study.stage, study.component, study.regime, study.window, numbers
        )
        search.judged = Judged.of(study, n)
        found = search.recorded.take(search.first, search.params, search.seeds)
        if len(found.values):
            self.recorded += len(found.values)
            self._noted(_rows(found.numbers, search.first), found)
        return Proposed(count=n, missing=found.missing if n else ())

    def _batch(self, piece: Slice) -> Batch:
        search = self._current()
        rows = slice(piece.first - search.first, piece.stop - search.first)
        return Batch(
            study=search.study.spec,
            numbers=range(piece.first, piece.stop),
            params=search.params[rows],
            seeds=search.seeds[rows],
        )

    def _job(self, piece: Slice) -> Job:
        container = self.plan.studies[piece.study].container
        if piece.alone:
            container = replace(container, kind=Kind.ISOLATED, trials=1)
        return Job(function=EVALUATE, argument=self._batch(piece), container=container)

    def _wait(self) -> Event:
        done: Done = self.executor.next()
        piece = self.tickets.pop(done.ticket)
        if done.answer is None:
            return SliceLost(slice=piece, cause=done.cause)
        if done.answer.error is not None:
            raise done.answer.error
        if done.answer.fault:
            raise AdmfError(f"a container failed outside of any trial:\n{done.answer.fault}")
        left = tuple(
            Slice(study=piece.study, first=first, stop=stop, losses=piece.losses, alone=alone)
            for first, stop, alone in done.answer.left
        )
        return self._store(piece, done.answer.result, done.answer.seconds, left)

    def _store(
        self, piece: Slice, outcomes: Outcomes | None, seconds: float, left: tuple[Slice, ...] = ()
    ) -> Event:
        """Keep outcomes; `seconds` that their slice took, with all that was around its trials."""
        search = self._current()
        if outcomes is not None:
            rows = _rows(outcomes.numbers, search.first)
            self.record(search.study, search.params.take(rows), search.seeds[rows], outcomes)
            self._noted(rows, outcomes)
            seconds = max(seconds, float(outcomes.durations_s.sum()))
        return Ended(slice=piece, seconds=seconds, left=left)

    def _noted(self, rows: Rows, ended: Outcomes | Found) -> None:
        """Trials have ended, here or before: what they are worth, for the search and for whoever watches.

        The best of them is the first of equals that were told together.
        """
        search, values = self._current(), ended.values
        assert search.judged is not None, "what has ended was asked for"
        search.judged.note(rows, ended)
        known = np.isfinite(values)  # the store keeps no infinity
        if known.any():
            worth = np.where(known, values if search.study.maximize else -values, -np.inf)
            place = int(worth.argmax())
            if self.best is None or worth[place] > self.best[0]:
                self.best = (float(worth[place]), search.params.take(rows)[place])
        self.ended += len(values)
        worth_most, best_params = self.best or (None, None)
        best = worth_most if worth_most is None or search.study.maximize else -worth_most
        self.watch(
            Progress(
                study=search.study,
                ended=self.ended,
                recorded=self.recorded,
                total=self.plan.trials,
                best=best,
                best_params=best_params,
            )
        )

    def _tell(self, first: int, stop: int) -> None:
        search = self._current()
        assert search.judged is not None, "what is told was asked for"
        search.method.tell(search.judged.results(first, search.proposals))
        search.first, search.proposals, search.params = stop, (), ParamSets(0, {})

    def _current(self) -> _Search:
        assert self.search is not None, "a study is asked before anything else is done with it"
        return self.search


def _rows(numbers: Sequence[int], first: int) -> Rows:
    """Where proposals `numbers` are among those from `first` on: a slice where they follow one another."""
    if isinstance(numbers, range):
        return slice(numbers.start - first, numbers.stop - first)
    return np.array(numbers) - first
