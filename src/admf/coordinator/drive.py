"""The driver: does what `decide` commands, and reports what happened. All effects of a run are here."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.containers.death import lost_reason
from admf.containers.job import EVALUATE, Job
from admf.coordinator.begin import begun
from admf.coordinator.books import Books, Progress, StudyEnd
from admf.coordinator.decide import decide
from admf.coordinator.judged import Judged
from admf.coordinator.probing import is_built_in
from admf.coordinator.state import (
    BATCH_MOST,
    FIRST_OF_OURS,
    Ask,
    Close,
    Command,
    Ended,
    Event,
    Finish,
    Limits,
    Open,
    Opened,
    Proposed,
    Send,
    Settle,
    Slice,
    SliceLost,
    Started,
    State,
    Tell,
    beginning,
)
from admf.errors import AdmfError
from admf.executors.protocol import Done, Executor
from admf.model.container import Kind
from admf.model.param_sets import ParamSets, Rows
from admf.model.seeds import seeds_of
from admf.model.trial import Batch, Outcome, Outcomes, Params, lost_outcome
from admf.plan.plan import Plan, StudyPlan, make_search
from admf.plan.stopping import CLOCK, GENERATION, Course, reached, told
from admf.search.protocol import SearchMethod, counts_of, notes_of
from admf.store.recorded import Found, Recorded


@dataclass(slots=True)
class _Search:
    """A study's search, and what it proposed since it was last told: `first` is the first of these."""

    study: StudyPlan
    method: SearchMethod
    recorded: Recorded
    began: float
    """When it began in this process, on the monotonic clock, less what it had taken before."""
    first: int = 0
    proposals: Sequence[Any] = ()
    """As the search handed them out."""
    params: ParamSets = field(default_factory=lambda: ParamSets(0, {}))
    seeds: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    judged: Judged | None = None
    """What those are worth that have ended."""
    course: Course = field(default_factory=Course)
    best: tuple[float, Params] | None = None
    """Larger is better in it, whatever the study's direction."""
    why: str = ""
    """What ended it before it was exhausted."""


def drive(
    plan: Plan,
    executor: Executor,
    books: Books,
    metric_names: tuple[str, ...],
    watch: Callable[[Progress], None] = lambda _: None,
    batch_most: int | None = None,
) -> State:
    """Run `plan` to its end; every outcome is there when this returns.

    Each search is asked from its beginning. What the books hold is told to it and not run again; in a new run that
    is nothing. `batch_most`: the most trials in one message (None: 8,192). InputError where a proposal is not what
    was recorded.
    """
    return _Driver(plan, executor, books, metric_names, watch, batch_most or BATCH_MOST).run()


class _Driver:
    def __init__(
        self,
        plan: Plan,
        executor: Executor,
        books: Books,
        metric_names: tuple[str, ...],
        watch: Callable[[Progress], None],
        batch_most: int,
    ) -> None:
        self.plan, self.executor, self.books, self.watch = plan, executor, books, watch
        self.metric_names, self.batch_most = metric_names, batch_most
        self.searches: dict[int, _Search] = {}
        """Those of the studies that are open."""
        self.totals = [study.trials for study in plan.studies]
        """How many trials each study has at most, or had."""
        self.tickets: dict[int, Slice] = {}
        self.sent = self.ended = self.recorded = 0

    def run(self) -> State:
        limits = Limits(
            slots=self.executor.slots,
            after=tuple(study.after for study in self.plan.studies),
            first=tuple(
                min(FIRST_OF_OURS if is_built_in(study.spec.component) else 1, self.batch_most)
                for study in self.plan.studies
            ),
            batch_most=self.batch_most,
        )
        state = beginning(limits)
        events: deque[Event] = deque([Started()])
        while not state.over:
            event = events.popleft() if events else self._wait()
            state, commands = decide(state, event)
            for command in commands:
                events.extend(self._do(command))
        return state

    def _do(self, command: Command) -> list[Event]:
        match command:
            case Open(study=number):
                return [self._open(self.plan.studies[number])]
            case Ask(study=number, count=count):
                return [self._ask(self.searches[number], count)]
            case Send(slice=piece):
                self.sent += 1
                self.tickets[self.sent] = piece
                self.executor.submit(self.sent, self._job(piece))
                return []
            case Settle(slice=piece, cause=cause):
                lost = lost_outcome(piece.first, Outcome.LOST, lost_reason(cause), self.metric_names)
                return [self._store(piece, lost, 0.0)]
            case Tell(study=number, stop=stop):
                self._tell(self.searches[number], stop)
                return []
            case Close(study=number):
                self._close(self.searches.pop(number))
                return []
            case Finish():
                return []

    def _open(self, study: StudyPlan) -> Opened:
        how = begun(self.plan, study, self.books)
        self.books.begun(study, how)
        if how.searching is None:
            self.totals[study.number] = 0
            return Opened(study=study.number, generation=0)
        method, recorded = make_search(study, how.searching), self.books.recall(study)
        before = recorded.seconds() / self.executor.slots if study.stop.time_s is not None else 0.0
        self.searches[study.number] = _Search(study, method, recorded, time.monotonic() - before)
        most = GENERATION if study.stop else method.generation
        return Opened(study=study.number, generation=study.generation or min(method.generation, most))

    def _ask(self, search: _Search, count: int) -> Proposed:
        study = search.study
        search.proposals = () if self._is_stopped(search) else search.method.ask(count)
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
            self._noted(search, _rows(found.numbers, search.first), found)
        return Proposed(study=study.number, count=n, missing=found.missing if n else ())

    def _is_stopped(self, search: _Search) -> bool:
        """Whether something ends it here. What the clock decided in an earlier session, it does not decide anew."""
        study, stop = search.study, search.study.stop
        if not stop or not search.first:
            return False
        before = self.books.stopped_at(study) if stop.time_s is not None else None
        again = before is None and search.recorded.goes_on(search.first)
        seconds = 0.0 if before is not None or again else time.monotonic() - search.began
        if before == search.first:
            seconds = np.inf
        end = reached(stop, search.course, maximize=study.maximize, seconds=seconds)
        if end is None:
            return False
        name, search.why = end
        if name == CLOCK and before is None:
            self.books.stop(study, search.first)
        return True

    def _batch(self, piece: Slice) -> Batch:
        search = self.searches[piece.study]
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
        search = self.searches[piece.study]
        if outcomes is not None:
            rows = _rows(outcomes.numbers, search.first)
            self.books.record(search.study, search.params.take(rows), search.seeds[rows], outcomes)
            self._noted(search, rows, outcomes)
            seconds = max(seconds, float(outcomes.durations_s.sum()))
        return Ended(slice=piece, seconds=seconds, left=left)

    def _noted(self, search: _Search, rows: Rows, ended: Outcomes | Found) -> None:
        """Trials have ended, here or before: what they are worth, for the search and for whoever watches.

        The best of them is the first of equals that were told together.
        """
        assert search.judged is not None, "what has ended was asked for"
        search.judged.note(rows, ended)
        values = ended.values
        known = np.isfinite(values)  # the store keeps no infinity
        if known.any():
            worth = np.where(known, values if search.study.maximize else -values, -np.inf)
            place = int(worth.argmax())
            if search.best is None or worth[place] > search.best[0]:
                search.best = (float(worth[place]), search.params.take(rows)[place])
        self.ended += len(values)
        self.watch(self._progress(search))

    def _progress(self, search: _Search) -> Progress:
        best, best_params = _signed(search)
        return Progress(
            study=search.study,
            ended=self.ended,
            recorded=self.recorded,
            total=None if None in self.totals else sum(total or 0 for total in self.totals),
            best=best,
            best_params=best_params,
        )

    def _tell(self, search: _Search, stop: int) -> None:
        assert search.judged is not None, "what is told was asked for"
        results = search.judged.results(search.first, search.proposals)
        search.method.tell(results)
        if search.study.stop:
            search.course = told(search.course, results.values[:, 0])
        search.first, search.proposals, search.params = stop, (), ParamSets(0, {})

    def _close(self, search: _Search) -> None:
        self.totals[search.study.number] = search.first
        best, _ = _signed(search)
        first = self.books.top(search.study, 1)  # of equals the first proposed, not the first that ended
        end = StudyEnd(
            trials=search.first,
            why=search.why,
            best=best,
            best_params=first[0] if first else None,
            notes=notes_of(search.method),
            counts=counts_of(search.method),
        )
        self.books.over(search.study, end)
        self.watch(self._progress(search))


def _signed(search: _Search) -> tuple[float | None, Params | None]:
    """The best value as its objective has it, and its set."""
    if search.best is None:
        return None, None
    worth, params = search.best
    return (worth if search.study.maximize else -worth), params


def _rows(numbers: Sequence[int], first: int) -> Rows:
    """Where proposals `numbers` are among those from `first` on: a slice where they follow one another."""
    if isinstance(numbers, range):
        return slice(numbers.start - first, numbers.stop - first)
    return np.array(numbers) - first
