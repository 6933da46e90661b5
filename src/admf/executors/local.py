"""A pool of containers on this machine: a keeper for each slot, with a socket to the driver."""

from __future__ import annotations

import contextlib
import os
import pickle
import socket
import sys
from collections import deque
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from time import monotonic

from admf.containers.job import Answer, Job, packed
from admf.containers.keeper import Slot
from admf.containers.wire import receive, send, unpack_data
from admf.executors.nursery import WAKE_S, Nursery, last_words, nursery_of
from admf.executors.protocol import Done
from admf.model.machine import free_memory_mb, usable_cores

_POLL_S = 0.2
"""How often to look after keepers where the system cannot tell when a process ends."""


@dataclass(slots=True, eq=False)
class _Keeper:
    pid: int
    connection: Connection
    gone: int | None
    """A descriptor that is ready when the process has ended (Linux): the connection may live on without it."""
    ticket: int | None = None
    proven: bool = False
    """It has answered before."""
    retired: bool = False
    """It takes no more jobs."""


class LocalExecutor:
    """An Executor of `workers` slots, each with a keeper that is started when first needed; a dead one is replaced.

    `start_method`: 'fork', 'spawn', or None for the best that the system has.
    """

    def __init__(self, workers: int = 1, start_method: str | None = None) -> None:
        self._slots = max(1, workers)
        self._start_method = start_method
        self._nursery: Nursery | None = None
        self._memory_mb = 0.0
        self._started = 0
        self._woken = monotonic()
        """When those were last woken that a trial may have stopped."""
        self._keepers: list[_Keeper] = []
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._ended: deque[Done] = deque()

    @property
    def slots(self) -> int:
        """How many keepers."""
        return self._slots

    @property
    def renews(self) -> bool:
        """Yes: by fresh processes."""
        return True

    def prepare(self) -> None:
        """Start the pool's template or supervisor, so that it imports while its user does something else."""
        self._ready().prepare()

    def submit(self, ticket: int, job: Job) -> None:
        """Hand a job to a free keeper, or hold it until one is; InputError where it cannot be pickled."""
        self._waiting.append((ticket, packed(job)))
        self._dispatch()

    def next(self) -> Done:
        """The next job that has ended."""
        while not self._ended:
            for keeper in _speaking([keeper for keeper in self._keepers if keeper.ticket is not None]):
                self._receive(keeper)
            if self._nursery is not None and monotonic() - self._woken > WAKE_S:
                self._nursery.wake()
                self._woken = monotonic()
            self._dispatch()
        return self._ended.popleft()

    def renew(self) -> None:
        """End idle keepers, and busy ones once they have answered; fresh ones start when needed."""
        for keeper in self._keepers:
            keeper.retired = True
        self._end([keeper for keeper in self._keepers if keeper.ticket is None])

    def __enter__(self) -> LocalExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all keepers at once, with every process that descends from them."""
        self._end(self._keepers)
        if self._nursery is not None:
            self._nursery.close()
            self._nursery = None
        self._waiting.clear()
        self._ended.clear()

    def _dispatch(self) -> None:
        while self._waiting:
            idle = [keeper for keeper in self._keepers if keeper.ticket is None]
            self._end([keeper for keeper in idle if not self._is_supervised(keeper)])
            keeper = next((keeper for keeper in self._keepers if keeper.ticket is None), None)
            if keeper is None:
                if len(self._keepers) >= self._slots:
                    return
                keeper = self._start()
            keeper.ticket, message = self._waiting.popleft()
            try:
                send(keeper.connection, [message])
            except OSError:
                if keeper.proven:  # it died while it was idle: the job has nothing to do with it
                    self._waiting.appendleft((keeper.ticket, message))
                    self._end([keeper])
                else:  # a fresh one each time would be an endless loop
                    self._lose(keeper)

    def _receive(self, keeper: _Keeper) -> None:
        try:
            if not keeper.connection.poll():
                raise EOFError  # only its end was reported
            message = receive(keeper.connection)
        except (EOFError, OSError):
            self._lose(keeper)
            return
        try:
            answer: Answer = unpack_data(message)
        except Exception as error:
            self._lose(keeper, f"its answer cannot be read: {type(error).__name__}: {error}")
            return
        assert keeper.ticket is not None, "only busy keepers are listened to"
        self._ended.append(_done(keeper.ticket, answer))
        keeper.ticket, keeper.proven = None, True
        if keeper.retired:
            self._end([keeper])

    def _lose(self, keeper: _Keeper, cause: str = "") -> None:
        """A keeper is gone: its job is lost with it, and a fresh one takes its place when needed."""
        assert keeper.ticket is not None, "an idle keeper has nothing to lose"
        (how,) = self._end([keeper])
        if how.startswith("exit code") and self._nursery is not None:  # a fault of ours: it says which
            how += f": {last_words(self._nursery.folder)}"
        self._ended.append(Done(ticket=keeper.ticket, answer=None, cause=cause or how))

    def _end(self, keepers: list[_Keeper]) -> list[str]:
        """End these, and say how each did."""
        causes = []
        for keeper in list(keepers):
            self._keepers.remove(keeper)
            keeper.connection.close()
            if self._nursery is not None:
                causes.append(self._nursery.end(keeper.pid))
            if keeper.gone is not None:
                os.close(keeper.gone)
        return causes

    def _is_supervised(self, keeper: _Keeper) -> bool:
        return self._nursery is not None and self._nursery.supervises(keeper.pid)

    def _ready(self) -> Nursery:
        if self._nursery is None:
            self._nursery = nursery_of(self._start_method)
            self._memory_mb = free_memory_mb() / self._slots
        return self._nursery

    def _start(self) -> _Keeper:
        nursery = self._ready()
        ours, theirs = socket.socketpair()
        connection = Connection(ours.detach())
        slot = Slot(
            name=f"slot-{self._started}",
            folder=nursery.folder,
            memory_mb=self._memory_mb,
            forks=nursery.forks,
            overlaps=self._slots < usable_cores(),
        )
        with theirs:
            pid = nursery.start(theirs)
        with contextlib.suppress(OSError):  # one that has ended already is noticed with its first job
            connection.send_bytes(pickle.dumps(slot))
        self._started += 1
        keeper = _Keeper(pid=pid, connection=connection, gone=_end_of(pid))
        self._keepers.append(keeper)
        return keeper


Pool = LocalExecutor
"""Its name in Python: `with admf.Pool(workers=2) as pool:` keeps containers warm between studies."""


def _done(ticket: int, answer: Answer) -> Done:
    """An answer as the executor's contract has it: a job whose container died has none, and a cause."""
    if answer.death is None:
        return Done(ticket=ticket, answer=answer)
    cause = answer.death.reason
    if said := [line.strip() for line in answer.death.output.splitlines() if line.strip()]:
        cause += f": {said[-1][:300]}"
    return Done(ticket=ticket, answer=None, cause=cause)


def _end_of(pid: int) -> int | None:
    """A descriptor that is ready when a process has ended; None where the system has none."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return os.pidfd_open(pid)
    return None


def _speaking(busy: list[_Keeper]) -> list[_Keeper]:
    """Those that have answered or ended, once some have; none where that takes a while."""
    watched = [thing for k in busy for thing in (k.connection, k.gone) if thing is not None]
    blind = any(k.gone is None for k in busy)
    ready = wait(watched, _POLL_S if blind else WAKE_S)
    return [k for k in busy if k.connection in ready or (k.gone in ready if k.gone is not None else False)]
