"""The driver: does what `decide` commands, and reports what happened. All effects of a run are here."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Protocol

from admf.containers.death import lost_reason
from admf.containers.job import EVALUATE, Job
from admf.coordinator.decide import decide
from admf.coordinator.state import (
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
from admf.model.trial import Batch, Outcome, Outcomes, Params, lost_outcome, seed_of
from admf.plan.plan import Plan, StudyPlan, make_search
from admf.search.protocol import SearchMethod, Told
from admf.store.recorded import Recorded


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
        self, study: StudyPlan, params: list[Params], seeds: list[int], outcomes: Outcomes, /
    ) -> None:
        """Keep the outcomes of some trials, whole or not at all."""
        ...


Recall = Callable[[StudyPlan], Recorded]
"""What the store holds of a study already."""


@dataclass(slots=True)
class _Search:
    """The current study's search, and what it proposed since it was last told."""

    study: StudyPlan
    method: SearchMethod
    recorded: Recorded
    first: int = 0
    proposals: Sequence[Params] = field(default_factory=list)
    values: dict[int, float | None] = field(default_factory=dict)


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
    `record`; in a new run nothing is found. `batch_most`: the most trials in one message (None: 512). InputError
    where a proposal is not what was recorded.
    """
    return _Driver(plan, executor, record, recall, metric_names, watch, batch_most or 512).run()


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
        self.batches: dict[Slice, Batch] = {}
        self.sent = self.ended = self.recorded = 0
        self.best: tuple[float, Params] | None = None

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
                self.batches[piece] = self._batch(piece)
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
        numbers = range(search.first, search.first + len(search.proposals))
        found = search.recorded.take(search.first, search.proposals, [_seed(study, n) for n in numbers])
        if found.values:
            self.recorded += len(found.values)
            self._noted(found.values)
        return Proposed(count=len(search.proposals), missing=found.missing if search.proposals else ())

    def _batch(self, piece: Slice) -> Batch:
        search = self._current()
        study = search.study
        numbers = range(piece.first, piece.stop)
        return Batch(
            study=study.spec,
            numbers=tuple(numbers),
            params=tuple(search.proposals[n - search.first] for n in numbers),
            seeds=tuple(_seed(study, n) for n in numbers),
        )

    def _job(self, piece: Slice) -> Job:
        container = self.plan.studies[piece.study].container
        if piece.alone:
            container = replace(container, kind=Kind.ISOLATED, trials=1)
        return Job(function=EVALUATE, argument=self.batches[piece], container=container)

    def _wait(self) -> Event:
        done: Done = self.executor.next()
        piece = self.tickets.pop(done.ticket)
        if done.answer is None:
            del self.batches[piece]  # its proposals are sent again, one by one
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
        search, batch = self._current(), self.batches.pop(piece, None) or self._batch(piece)
        if outcomes is not None:
            rows = [number - piece.first for number in outcomes.numbers]
            params, seeds = [batch.params[row] for row in rows], [batch.seeds[row] for row in rows]
            self.record(search.study, params, seeds, outcomes)
            self._noted(dict(zip(outcomes.numbers, outcomes.values.tolist(), strict=True)))
            seconds = max(seconds, float(outcomes.durations_s.sum()))
        return Ended(slice=piece, seconds=seconds, left=left)

    def _noted(self, values: dict[int, float]) -> None:
        """Trials have ended, here or before: what they are worth, for the search and for whoever watches."""
        search = self._current()
        for number, value in values.items():
            known = isfinite(value)  # the store keeps no infinity: a resumed search must be told the same
            search.values[number] = value if known else None
            if known and (self.best is None or _better(value, self.best[0], search.study.maximize)):
                self.best = (value, search.proposals[number - search.first])
        self.ended += len(values)
        best, best_params = self.best or (None, None)
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
        sign = 1.0 if search.study.maximize else -1.0
        search.method.tell(
            [
                Told(
                    number=n,
                    params=search.proposals[n - first],
                    values=None if (value := search.values.pop(n)) is None else (sign * value,),
                )
                for n in range(first, stop)
            ]
        )
        search.first, search.proposals = stop, []

    def _current(self) -> _Search:
        assert self.search is not None, "a study is asked before anything else is done with it"
        return self.search


def _seed(study: StudyPlan, number: int) -> int:
    return seed_of(study.run_seed, study.stage, study.component, study.regime, study.window, number)


def _better(value: float, than: float, maximize: bool) -> bool:
    return value > than if maximize else value < than
