"""A container as its keeper has it: started, asked, ended, and what of its death can be told."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from time import monotonic

from admf.containers.deadline import Deadline
from admf.containers.death import CLOSED, Death, words_of_exit
from admf.containers.enforce.groups import Group
from admf.containers.folders import Folders
from admf.containers.inside import AGAIN, UNHEARD, live
from admf.containers.job import Job, packed
from admf.containers.line import Lines
from admf.containers.page import OPENING
from admf.containers.parent import children, has_children, kill_all
from admf.containers.seat import Seat
from admf.containers.wire import Part, readable, receive, send
from admf.model.container import Limit, Limits, exceeded
from admf.model.trial import Outcome

GRACE_S = 1.0
"""How long a process may take to end after its connection did: its exit code is worth waiting for."""
_SWEEP_S = 10.0
_POLL_S = 0.05
"""How often to look after a process where the system cannot tell when it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the containers of one keeper have in common."""

    folders: Folders
    """Where the slot's containers have theirs."""
    lines: Lines
    memory_mb: float
    """The share of a container that was given no limit."""
    group: Group
    boot: tuple[str, ...] | None = None
    """The program of a container; None: it is forked."""
    private: list[int] = field(default_factory=list)
    """Descriptors of the keeper that no container is to have."""


class Container:
    """One process that answers requests, or ends; not for use after it has ended.

    `first` is a job that it does as soon as it is there, where it is forked: the first that it is asked.
    """

    def __init__(self, place: Place, limits: Limits, *, shared: bool, first: Job | None = None) -> None:
        self.place, self.limits, self.shared = place, limits, shared
        self.served = 0
        """Trials that it has answered for."""
        self.reusable = False
        """Whether it said, with its last reply, that it may be asked again."""
        self.folder = place.folders.take()
        self.line = place.lines.take(limits)
        self.page, self.capture, self.connection = self.line.page, self.line.capture, self.line.connection
        self._has_first = first is not None and place.boot is None
        self._ready_to_hear()
        try:
            self.pid, self._process = self._start(self.line.theirs, first)
        except OSError:  # no more processes are to be had
            self.line.close()
            place.folders.give_back(self.folder)
            raise
        self.line.theirs.close()
        self._gone = os.pidfd_open(self.pid) if hasattr(os, "pidfd_open") else None
        self._code: int | None = None
        self._first_pages: int | None = None
        self._deadline = Deadline(limits.timeout_s, 1)

    def _start(self, theirs: socket.socket, first: Job | None) -> tuple[int, subprocess.Popen[bytes] | None]:
        seat = Seat(
            keeper=os.getpid(),
            connection=theirs.fileno(),
            capture=self.capture.fd,
            page=self.page.fd,
            folder=self.folder,
            limits=self.limits,
            memory_mb=self.limits.memory_mb or self.place.memory_mb,
            shared=self.shared,
            groups=self.place.group.has,
        )
        if self.place.boot is None:
            pid = os.fork()
            if pid == 0:
                self._become(seat, first)
            return pid, None
        descriptors = [seat.connection, seat.capture, *([seat.page] if seat.page is not None else [])]
        process = subprocess.Popen(
            [*self.place.boot, str(seat.connection)],
            stdin=subprocess.DEVNULL,
            pass_fds=descriptors,
            start_new_session=True,
        )
        self.connection.send_bytes(pickle.dumps(seat))
        return process.pid, process

    def _become(self, seat: Seat, first: Job | None) -> None:
        """In the copy: let go of what is the keeper's, and live."""
        try:
            os.setsid()
            for fd in (self.connection.fileno(), *self.place.private):
                os.close(fd)
            live(seat, self.page, first)
        finally:
            os._exit(1)

    def _ready_to_hear(self) -> None:
        self.page.write(OPENING, 0)
        self.capture.rewind()

    def ask(
        self, request: Part | Job, driver: Connection, trials: int = 1, largest: int | None = None
    ) -> Part | Death:
        """The reply to one request, of so many trials; a Death where the container ends, takes too long, or breaks off.

        A reply of more than `largest` bytes is not heard: what ran in the container spoke in its place.

        EOFError where `driver` hangs up meanwhile: nobody waits for the reply.
        """
        self._deadline = Deadline(self.limits.timeout_s, trials)
        try:
            if self._has_first:  # it is at it already
                self._has_first = False
            else:
                self._ready_to_hear()
                send(self.connection, [packed(request) if isinstance(request, Job) else request])
            if not self.shared:
                self.place.lines.prepare(self.limits)
            answered = self._wait(driver)
            if answered is None:
                return self._too_long()
            if not answered:
                raise EOFError
            reply = memoryview(receive(self.connection, largest))
        except (EOFError, OSError):
            if driver.poll():
                raise EOFError("the driver is gone") from None
            return self._died()
        self.reusable = reply[: len(AGAIN)] == AGAIN
        return reply[len(AGAIN) :]

    def _wait(self, driver: Connection) -> bool | None:
        """Wait until it has answered, or has ended (False); None where its trial takes too long."""
        ours, theirs = self.connection.fileno(), driver.fileno()
        watched = (ours, theirs) if self._gone is None else (ours, theirs, self._gone)
        while True:
            self._look()
            left = self._deadline.left()
            if left is not None:
                if left <= 0.0:
                    return None
                left = min(left, self.limits.timeout_s or left)  # its first trial may begin meanwhile
            if self._gone is None:
                left = _POLL_S if left is None else min(left, _POLL_S)
            ready = readable(watched, left)
            if theirs in ready:
                raise EOFError
            if ready:
                return ours in ready
            if self._gone is None and self._ended():
                return bool(readable((ours,), 0.0))

    def _look(self) -> int:
        """Hear how far it is; where in the capture the output of what is under way begins."""
        row, before, began = self.page.read()
        self._deadline.tell(row, began)
        return before

    def _too_long(self) -> Death:
        took = self._deadline.words()
        self.end()
        return replace(self._death(Outcome.KILLED, exceeded(Limit.TIME, self.limits)), detail=took)

    def _died(self) -> Death:
        """The death of a container that answers no more."""
        closed = not self._ends_soon()
        code, group = self.end(), self.place.group
        if group.out_of_memory():
            peak = group.peak_mb()
            measured = f"it had {peak:.0f} MB" if peak is not None else ""
            return replace(self._death(Outcome.KILLED, exceeded(Limit.MEMORY, self.limits)), detail=measured)
        if closed or code == UNHEARD:
            return self._death(Outcome.CRASHED, CLOSED)
        if code == -signal.SIGKILL:
            return self._death(Outcome.LOST, words_of_exit(code))
        return self._death(Outcome.CRASHED, words_of_exit(code))

    def _death(self, outcome: Outcome, reason: str) -> Death:
        before = self._look()
        row = self._deadline.row
        return Death(
            outcome=outcome,
            reason=reason,
            row=row,
            output=self.capture.text(before, self.capture.written()),
            seconds=0.0 if row is None else self._deadline.ran(),
            peak_memory_mb=self.place.group.peak_mb() or 0.0,
        )

    def _ends_soon(self) -> bool:
        until = monotonic() + GRACE_S
        while not self._ended():
            left = until - monotonic()
            if left <= 0.0:
                return False
            readable((self._gone,), left) if self._gone is not None else time.sleep(_POLL_S)
        return True

    def _ended(self) -> bool:
        if self._code is None:
            if self._process is not None:
                self._code = self._process.poll()
            else:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code is not None

    def grown_mb(self) -> float:
        """By how much its memory has grown since it was asked first; 0 where the system does not tell."""
        try:
            with open(f"/proc/{self.pid}/statm", "rb", buffering=0) as file:  # noqa: PTH123 (after every batch)
                pages = int(file.read(200).split()[1])
        except OSError:
            return 0.0
        if self._first_pages is None:
            self._first_pages = pages
        return (pages - self._first_pages) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def is_alive(self) -> bool:
        """Whether it may be asked."""
        return not self._ended()

    def end(self, spared: int | None = None) -> int:
        """Kill it and all that it started, and clear away what it left; its exit code. May be called twice.

        `spared` is a process of the keeper that waits for its first request.
        """
        while self._kill():
            if self._process is not None:
                self._process.wait()
            else:
                self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        _kill_group(self.pid)
        sweep(self.place.group, spared)
        return self._code or 0

    def _kill(self) -> bool:
        """Kill it where it has not ended yet; whether it had not."""
        if self._ended():
            return False
        _kill_group(self.pid)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return True

    def let_go(self) -> None:
        """Begin its end, which takes a while, and let go of what the two had between them; `close` is to follow."""
        self._kill()
        self.line.close()
        if self._gone is not None:
            os.close(self._gone)
            self._gone = None

    def close(self, spared: int | None = None) -> None:
        """End it as `end` does, and let go of all that was made for it."""
        self.let_go()
        self.end(spared)
        self.place.folders.give_back(self.folder)


def sweep(group: Group, spared: int | None = None) -> None:
    """Kill whatever a dead container left. The keeper, whose only child it was but for `spared`, has adopted it."""
    until = monotonic() + _SWEEP_S
    while _is_left(spared) and monotonic() < until:
        kill_all(lambda: {*children(), *group.others()} - {spared})
        for pid in {*children()} - {spared}:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _kill_group(pid: int) -> None:
    try:  # noqa: SIM105 (twice a trial)
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _is_left(spared: int | None) -> bool:
    return has_children() if spared is None else any(pid != spared for pid in children())
