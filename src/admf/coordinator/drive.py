"""The driver: does what `decide` commands, and reports what happened. All effects of a run are here."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from admf.containers.job import EVALUATE, Job
from admf.coordinator.begin import begun
from admf.coordinator.books import Books, Progress, StudyEnd
from admf.coordinator.decide import decide
from admf.coordinator.probing import is_built_in
from admf.coordinator.searching import Generation, Searching
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
    lost_reason,
)
from admf.errors import AdmfError
from admf.executors.protocol import Done, Executor
from admf.model.container import Kind
from admf.model.trial import Outcome, Outcomes, lost_outcome, reordered
from admf.plan.plan import ASYNCHRONOUS, Plan, StudyPlan, make_search
from admf.plan.stopping import CLOCK, GENERATION, reached
from admf.search.protocol import counts_of, hears_late, notes_of
from admf.store.recorded import Found


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
        self.searches: dict[int, Searching] = {}
        """Those of the studies that are open."""
        self.totals = [study.trials for study in plan.studies]
        """How many trials each study has at most, or had."""
        self.tickets: dict[int, Slice] = {}
        self.losses: dict[tuple[int, int], Outcomes] = {}
        """What is known of the last loss of a trial, by its study and number, where it has not ended yet."""
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
            if not events:
                events.extend(self._wait())
            state, commands = decide(state, events.popleft())
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
                unknown = lost_outcome(piece.first, Outcome.LOST, "", self.metric_names)
                lost = self.losses.get((piece.study, piece.first), unknown)
                return [self._store(piece, replace(lost, reasons=(lost_reason(cause),)), 0.0)]
            case Tell(study=number):
                self._tell(self.searches[number])
                return []
            case Close(study=number):
                self._close(self.searches.pop(number))
                return []
            case Finish():
                return []

    def _open(self, study: StudyPlan) -> Opened:
        how = begun(self.plan, study, self.books)
        if how.searching is None:
            self.books.begun(study, how)
            self.totals[study.number] = 0
            return Opened(study=study.number, generation=0)
        method, recorded = make_search(study, how.searching), self.books.recall(study)
        waits_not = study.asynchronous and hears_late(method)
        self.books.begun(study, replace(how, why=(*how.why, ASYNCHRONOUS)) if waits_not else how)
        before = recorded.seconds() / self.executor.slots if study.stop.time_s is not None else 0.0
        self.searches[study.number] = Searching(
            study=study,
            method=method,
            recorded=recorded,
            began=time.monotonic() - before,
            asynchronous=waits_not,
            tellings=self.books.tellings(study) if waits_not else {},
        )
        most = GENERATION if study.stop else method.generation
        generation = study.generation or min(method.generation, most)
        return Opened(study=study.number, generation=generation, asynchronous=waits_not)

    def _ask(self, search: Searching, count: int) -> Proposed:
        made, found = search.propose(() if self._is_stopped(search) else search.method.ask(count))
        n = len(made.params)
        if len(found.values):
            self.recorded += len(found.values)
            self._noted(search, made, found)
        return Proposed(
            study=search.study.number,
            count=n,
            missing=found.missing if n else (),
            told=search.asked in search.tellings and n > 0,
        )

    def _is_stopped(self, search: Searching) -> bool:
        """Whether something ends it here. What the clock decided in an earlier session, it does not decide anew."""
        study, stop = search.study, search.study.stop
        if not stop or not search.asked:
            return False
        before = self.books.stopped_at(study) if stop.time_s is not None else None
        again = before is None and search.recorded.goes_on(search.asked)
        seconds = 0.0 if before is not None or again else time.monotonic() - search.began
        if before == search.asked:
            seconds = np.inf
        end = reached(stop, search.course, maximize=study.maximize, seconds=seconds)
        if end is None:
            return False
        name, search.why = end
        if name == CLOCK and before is None:
            self.books.stop(study, search.asked)
        return True

    def _job(self, piece: Slice) -> Job:
        container = self.plan.studies[piece.study].container
        if piece.alone:
            container = replace(container, kind=Kind.ISOLATED, trials=1)
        batch = self.searches[piece.study].batch(piece)
        return Job(function=EVALUATE, argument=batch, container=container)

    def _wait(self) -> list[Event]:
        done: Done = self.executor.next()
        piece = self.tickets.pop(done.ticket)
        if done.answer is None:
            return [SliceLost(slice=piece, cause=done.cause)]
        if done.answer.error is not None:
            raise done.answer.error
        if done.answer.fault:
            raise AdmfError(f"a container failed outside of any trial:\n{done.answer.fault}")
        left = tuple(
            Slice(study=piece.study, first=first, stop=stop, losses=piece.losses, alone=alone)
            for first, stop, alone in done.answer.left
        )
        outcomes, lost = self._without_lost(piece, done.answer.result)
        ended = self._store(piece, outcomes, done.answer.seconds, left)
        return [replace(ended, lost=tuple(one.slice for one in lost)), *lost]

    def _without_lost(
        self, piece: Slice, outcomes: Outcomes | None
    ) -> tuple[Outcomes | None, list[SliceLost]]:
        """Outcomes that are final, and the losses among them, which are not yet."""
        if outcomes is None or Outcome.LOST not in outcomes.outcomes:
            return outcomes, []
        lost, final = [], []
        for row, (number, how) in enumerate(zip(outcomes.numbers, outcomes.outcomes, strict=True)):
            if how is not Outcome.LOST:
                final.append(number)
                continue
            self.losses[piece.study, number] = reordered(outcomes, [number])
            one = replace(piece, first=number, stop=number + 1, alone=True)
            lost.append(SliceLost(slice=one, cause=outcomes.reasons[row]))
        return (reordered(outcomes, final) if final else None), lost

    def _store(
        self, piece: Slice, outcomes: Outcomes | None, seconds: float, left: tuple[Slice, ...] = ()
    ) -> Ended:
        """Keep outcomes; `seconds` that their slice took, with all that was around its trials."""
        search = self.searches[piece.study]
        if outcomes is not None:
            made = search.of(piece.first)
            rows = made.rows(outcomes.numbers)
            self.books.record(search.study, made.params.take(rows), made.seeds[rows], outcomes)
            self._noted(search, made, outcomes)
            for number in outcomes.numbers if self.losses else ():
                self.losses.pop((piece.study, number), None)
            seconds = max(seconds, float(outcomes.durations_s.sum()))
        return Ended(slice=piece, seconds=seconds, left=left)

    def _noted(self, search: Searching, made: Generation, ended: Outcomes | Found) -> None:
        """Trials have ended, here or before: what they are worth, for the search and for whoever watches."""
        search.note(made, ended)
        self.ended += len(ended.values)
        self.watch(self._progress(search))

    def _progress(self, search: Searching) -> Progress:
        best, best_params = search.signed
        return Progress(
            study=search.study,
            ended=self.ended,
            recorded=self.recorded,
            total=None if None in self.totals else sum(total or 0 for total in self.totals),
            best=best,
            best_params=best_params,
        )

    def _tell(self, search: Searching) -> None:
        """The search learns; what an asynchronous one is told is noted first, for that depends on the clock."""
        if not search.asynchronous:
            search.tell()
            return
        telling = search.due()
        if search.asked not in search.tellings:
            self.books.told(search.study, telling)
        search.tell_early(telling)

    def _close(self, search: Searching) -> None:
        self.totals[search.study.number] = search.asked
        best, _ = search.signed
        first = self.books.top(search.study, 1)  # of equals the first proposed, not the first that ended
        end = StudyEnd(
            trials=search.asked,
            why=search.why,
            best=best,
            best_params=first[0] if first else None,
            notes=notes_of(search.method),
            counts=counts_of(search.method),
        )
        self.books.over(search.study, end)
        self.watch(self._progress(search))
