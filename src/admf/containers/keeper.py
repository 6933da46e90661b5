"""The keeper of a slot: takes jobs from the driver, has containers do them, and outlives whatever they do.

It runs no trial itself. FD is its end of a socket pair, over which pickled messages go both ways: a job, then its
answer. It ends when the driver's end closes, however that came about.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from time import monotonic
from typing import NamedTuple, TypeVar

from admf.containers.container import Container, Place
from admf.containers.death import Death
from admf.containers.enforce.groups import Group
from admf.containers.enforce.namespaces import own_shared_memory, wipe_shared_memory
from admf.containers.folders import Folders
from admf.containers.heard import heard
from admf.containers.inside import settle_program
from admf.containers.job import EVALUATE, Answer, Job
from admf.containers.line import Lines
from admf.containers.parent import adopt_orphans, end_with_parent, tells_children, threads
from admf.containers.program import program
from admf.containers.splitting import Piece, evaluate, part_of
from admf.containers.warming import Warming
from admf.containers.wire import Part, packed_parts, receive, send, unpack
from admf.model.container import ContainerSpec, Kind, Limit, Limits, exceeded
from admf.model.trial import Batch, Outcome, Outcomes, StudySpec
from admf.trials.study import open_study

T = TypeVar("T")

_LATE_S = 1.0
"""What of a batch is left after so long is handed back: others may be free."""
_GROWTH_MB = 256.0
"""A shared container that has grown by so much since it was new is replaced."""
_OPENS = "admf.containers.keeper:threads_once_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """What a keeper is told when it starts."""

    name: str
    folder: str
    """The pool's; the slot has one of its own in it."""
    memory_mb: float
    """A container's share of the memory there is."""
    forks: bool
    overlaps: bool = False
    """Whether there are cores to spare: the next container is forked while the one before it ends."""


class Seen(NamedTuple):
    """What was known of a container when it had answered."""

    peak_mb: float | None
    refused_processes: bool
    has_folders: bool


class Keeper:
    """Containers for one slot, one at a time."""

    def __init__(self, slot: Slot, driver: Connection) -> None:
        self.driver = driver
        self.group = Group.make(slot.name)
        self.group.join()
        own_shared_memory(slot.memory_mb)
        self.place = Place(
            folders=Folders(slot.folder, slot.name),
            lines=Lines(named=not slot.forks),
            memory_mb=slot.memory_mb,
            group=self.group,
            boot=None if slot.forks else program("inside"),
            private=[driver.fileno()],
        )
        self.overlaps = slot.overlaps and slot.forks and tells_children()
        self.limits: Limits | None = None
        self.pooled: Container | None = None
        self.spare: Container | None = None
        """Forked while the one before it ended, and asked nothing yet."""
        self.follows = False
        """Whether more are likely to be forked like the one under way."""
        self.known: dict[StudySpec, bool] = {}
        self.warming = Warming(slot.folder)
        self.seen = Seen(None, False, True)

    def do(self, message: Part) -> list[Part]:
        """The answer to a job of the driver."""
        try:
            job: Job = unpack(message)
        except Exception as error:
            return packed_parts(Answer(fault=f"the job cannot be read: {type(error).__name__}: {error}"))
        if job.function == EVALUATE:
            began = monotonic()
            answer = self._evaluate(job.argument, job.container)
            return packed_parts(replace(answer, seconds=monotonic() - began))
        shared = job.container.kind is Kind.MINIMAL
        reply = (
            self._in_shared(message, job.container)
            if shared
            else self._in_fresh(message, job.container, _unread)
        )
        if isinstance(reply, Death):
            return packed_parts(Answer(death=reply, apart=not shared))
        return [reply]

    def _evaluate(self, batch: Batch, spec: ContainerSpec) -> Answer:
        def fresh(piece: Batch) -> Answer:
            return self._in_fresh(
                _request(piece, spec), spec, lambda reply: heard(reply, piece), len(piece), _largest(spec)
            )

        def alone(piece: Batch) -> Answer:
            return self._measured(fresh(piece))

        def together(piece: Batch) -> Answer:
            if spec.kind is Kind.MINIMAL:
                reply = self._in_shared(_request(piece, spec), spec, len(piece), _largest(spec))
                answer = self._suspected(heard(reply, piece))
                if answer.fault:  # what a trial changed in there may be why
                    self._drop()
                return answer
            return fresh(piece)

        until = monotonic() + _LATE_S
        if spec.kind is Kind.MINIMAL:
            size = min(spec.recycle or len(batch), len(batch))
            groups = [part_of(batch, n, n + size) for n in range(0, len(batch), size)]
            pieces = [Piece(batch=group, alone=False) for group in groups]
        else:
            self._warm(batch.study, spec)
            self.follows = self.overlaps
            groups = [part_of(batch, n, n + spec.trials) for n in range(0, len(batch), spec.trials)]
            pieces = [Piece(batch=group, alone=len(group) == 1) for group in groups]
        try:
            return evaluate(pieces, together, alone, lambda: monotonic() > until)
        finally:
            self.follows = False

    def _in_shared(
        self, request: Part | Job, spec: ContainerSpec, trials: int = 1, largest: int | None = None
    ) -> Part | Death:
        """The reply of the container that jobs share: a new one where there is none that may be asked."""
        if self.pooled is not None and (self.pooled.limits != spec.limits or not self.pooled.is_alive()):
            self._drop()
        if self.pooled is None:
            self._drop()
            self._prepare(spec.limits)
            self.pooled = Container(self.place, spec.limits, shared=True)
        pooled = self.pooled
        reply = pooled.ask(request, self.driver, trials, largest)
        pooled.served += trials
        worn = spec.recycle is not None and pooled.served >= spec.recycle
        if isinstance(reply, Death) or not pooled.reusable or worn or pooled.grown_mb() > _GROWTH_MB:
            self._drop()
        return reply

    def _in_fresh(
        self,
        request: Part | Job,
        spec: ContainerSpec,
        hear: Callable[[Part | Death], T],
        trials: int = 1,
        largest: int | None = None,
    ) -> T:
        """What `hear` makes of the reply of a container that is made for this request, while that ends."""
        container, self.spare = self._fresh(request, spec.limits), None
        spared = None
        try:
            reply = container.ask(request, self.driver, trials, largest)
            self.seen = Seen(
                self.group.peak_mb(), self.group.refused_processes(), self.place.folders.are_there()
            )
            if isinstance(reply, Death) and self.seen.refused_processes:
                reason = exceeded(Limit.PROCESSES, spec.limits)
                reply = replace(reply, outcome=Outcome.KILLED, reason=reason)
            container.let_go()
            self.warming.over()
            if self.follows and not isinstance(reply, Death):
                with suppress(OSError):  # too many processes were left: it is forked when they are gone
                    self.spare = Container(self.place, spec.limits, shared=False)
                    spared = self.spare.pid
            return hear(reply)
        finally:
            container.close(spared)
            wipe_shared_memory()

    def _fresh(self, request: Part | Job, limits: Limits) -> Container:
        """A container that nothing has been in: the one that is there already, or a fork with its first request."""
        if self.spare is not None and self.spare.limits == limits and self.spare.is_alive():
            self._prepare(limits)
            return self.spare
        self._drop()
        self._prepare(limits)
        first = request if isinstance(request, Job) else None
        made = Container(self.place, limits, shared=False, first=first)
        self.warming.forked()
        return made

    def _prepare(self, limits: Limits) -> None:
        if limits != self.limits:
            self.group.limit(limits, limits.memory_mb or self.place.memory_mb)
            self.limits = limits
        self.group.begin()

    def _measured(self, answer: Answer) -> Answer:
        """The answer of a container that had one trial, with what its control group knew of it."""
        if not isinstance(answer.result, Outcomes):
            return answer
        outcomes: Outcomes = answer.result
        if self.seen.peak_mb is not None:
            outcomes.peak_memory_mb[0] = self.seen.peak_mb
        if outcomes.outcomes[0] is not Outcome.SCORED and self.seen.refused_processes:
            reason = exceeded(Limit.PROCESSES, self.limits or Limits())
            killed = replace(outcomes, outcomes=(Outcome.KILLED,), reasons=(reason,))
            return replace(answer, result=killed)
        if outcomes.outcomes[0] is Outcome.FAILED and not self.seen.has_folders:  # another one may be why
            lost = replace(outcomes, outcomes=(Outcome.LOST,), reasons=("its scratch folder was removed",))
            return replace(answer, result=lost)
        return answer

    def _suspected(self, answer: Answer) -> Answer:
        """The answer of a container that trials share: who failed where something was taken away may have taken it."""
        if not isinstance(answer.result, Outcomes):
            return answer
        if self.place.folders.are_there() and not self.group.refused_processes():
            return answer
        outcomes = answer.result
        suspected = tuple(Outcome.KILLED if how is Outcome.FAILED else how for how in outcomes.outcomes)
        return replace(answer, result=replace(outcomes, outcomes=suspected))

    def _warm(self, study: StudySpec, spec: ContainerSpec) -> None:
        """Open a study here, so that containers are forked with it, where one has shown that this does no harm."""
        if self.place.boot is not None or study in self.known:
            return
        if self.warming.ended_another(study):
            self.known[study] = False
            return
        request = Job(function=_OPENS, argument=study)
        opened = self._in_fresh(request, spec, heard)
        if opened.death is not None and opened.death.outcome is Outcome.LOST:
            return  # somebody else's doing: the next batch tries again
        self.known[study] = opened.result == 1
        if self.known[study]:
            self.warming.begins(study)
            with suppress(BaseException):  # each trial will say so
                open_study(study)
            settle_program()
            self.warming.opened()
            gc.collect()
            gc.freeze()
            self.limits = None  # what is used now is not the next trial's
            self._drop()  # what was forked before

    def _drop(self) -> None:
        """End what is there."""
        for container in (self.pooled, self.spare):
            if container is not None:
                container.close()
                wipe_shared_memory()
        self.pooled = self.spare = None

    def close(self) -> None:
        """End all, and clear away what was made for the slot."""
        self._drop()
        self.place.lines.close()
        self.group.close()
        self.place.folders.close()


def threads_once_open(study: StudySpec) -> int:
    """How many threads a process has that opened a study: one with several must not be forked."""
    open_study(study)
    return threads()


def _request(piece: Batch, spec: ContainerSpec) -> Job:
    return Job(function=EVALUATE, argument=piece, container=spec)


def _largest(spec: ContainerSpec) -> int:
    """What a reply about trials may have: their result, and what goes around it."""
    return int(spec.limits.result_mb * 2**20) + 2**16


def _unread(reply: Part | Death) -> Part | Death:
    return reply


def keep(fd: int, parent: int) -> None:
    """Serve the driver until it or `parent` is gone; the first thing it says is what the slot is."""
    settle_program()
    end_with_parent(parent)
    adopt_orphans()
    connection = Connection(fd)
    with (
        suppress(EOFError, OSError),
        closing(Keeper(pickle.loads(connection.recv_bytes()), connection)) as keeper,
    ):
        while True:
            send(connection, keeper.do(receive(connection)))


def main() -> None:
    """A keeper that is a program of its own."""
    fd = int(sys.argv[1])
    os.set_inheritable(fd, False)
    keep(fd, int(sys.argv[2]))
