"""The supervisor of a pool: starts its keepers, adopts what descends from them, and ends all of it.

Its arguments are FD, its end of a socket pair, and the pool's FOLDER. The driver sends a keeper's connection, and gets
the process id, or an error's number below 0; or an id, and gets how that process ended. The supervisor ends when the
driver's end closes, and takes along whatever descends from it. Keepers are programs of their own here; those of a
`template` are its copies.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from admf.containers.enforce.groups import remove_stale
from admf.containers.parent import adopt_orphans, children, kill_all, tells_children
from admf.containers.program import program
from admf.containers.remains import MARK, end_marked
from admf.model.clear_away import clear_away

START, END = b"start", b"end"
DONE = 10
"""The exit code of a supervisor that has ended all that descended from it."""
_LARGEST = 65536
_FAREWELL_S = 2.0
"""Where nobody adopts: how long a keeper whose connection is closed may take to end what it has, and leave."""
_POLL_S = 0.02


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """`serve` does not return: the process ends when the driver is gone and all has ended."""

    driver: socket.socket
    folder: str
    adopts: bool
    """What loses its parent below this process is among its children, and they are known."""
    keepers: dict[int, str] = field(default_factory=dict)
    """The mark of what descends from each."""
    started: int = 0

    @classmethod
    def here(cls) -> Supervisor:
        """This process as one, by its arguments."""
        driver = socket.socket(fileno=int(sys.argv[1]))
        driver.set_inheritable(False)
        supervisor = cls(driver=driver, folder=sys.argv[2], adopts=adopt_orphans() and tells_children())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if hasattr(os, "waitid"):
            signal.signal(signal.SIGCHLD, _let_go_on)
        else:
            signal.signal(signal.SIGCONT, supervisor._let_all_go_on)
        return supervisor

    def serve(self, start: Callable[[int, str], int]) -> NoReturn:
        """Do what the driver asks; `start` starts a keeper with a connection and a mark, and gives its process id."""
        while request := _received(self.driver):
            (kind, pid), fds = request
            answer = self._end(pid) if kind == END else self._start(start, fds[0])
            with suppress(OSError):  # the driver is gone: the next request is none
                self.driver.sendall(pickle.dumps(answer))
        if not self.adopts:
            for pid in list(self.keepers):
                self._end(pid)
        self.keepers.clear()
        _kill(children)
        clear_away(Path(self.folder))
        remove_stale()
        sys.exit(DONE if self.adopts else 0)

    def _start(self, start: Callable[[int, str], int], fd: int) -> int:
        mark = f"{self.folder}#{self.started}"
        self.started += 1
        try:
            pid = start(fd, mark)
        except OSError as error:  # such as too many processes
            return -(error.errno or 1)
        finally:
            os.close(fd)
        self.keepers[pid] = mark
        return pid

    def _end(self, pid: int) -> int:
        """End a keeper and what it left; how it ended."""
        mark = self.keepers.pop(pid)
        if self.adopts:
            status = _killed(pid)
            _kill(lambda: [child for child in children() if child not in self.keepers])
        else:
            status = _farewell(pid)
            end_marked(mark)
        return os.waitstatus_to_exitcode(status)

    def _let_all_go_on(self, *_: object) -> None:
        """For systems without `waitid`, where nobody says who was stopped: whenever the driver wakes this process."""
        for pid in self.keepers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _start_program(fd: int, mark: str) -> int:
    """A keeper that is a program of its own."""
    process = subprocess.Popen(
        [*program("keeper"), str(fd), str(os.getpid())],
        stdin=subprocess.DEVNULL,
        pass_fds=(fd,),
        env={**os.environ, MARK: mark},
        start_new_session=True,
    )
    process.returncode = 0  # it is waited for by its id
    return process.pid


def _let_go_on(*_: object) -> None:
    """A keeper that was stopped, which only a trial does, goes on: nobody else would ever wake it."""
    with suppress(ChildProcessError):
        while stopped := os.waitid(os.P_ALL, 0, os.WSTOPPED | os.WNOHANG):
            with suppress(ProcessLookupError):
                os.kill(stopped.si_pid, signal.SIGCONT)


def _received(driver: socket.socket) -> tuple[tuple[bytes, int], list[int]] | None:
    """The next request; None where the driver is gone."""
    try:
        data, fds, _, _ = socket.recv_fds(driver, _LARGEST, 1)
    except OSError:
        return None
    return (pickle.loads(data), fds) if data else None


def _killed(pid: int) -> int:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def _farewell(pid: int) -> int:
    """How a keeper left that was given the time to; it is killed where it did not."""
    until = time.monotonic() + _FAREWELL_S
    while time.monotonic() < until:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
        time.sleep(_POLL_S)
    return _killed(pid)


def _kill(found: Callable[[], list[int]]) -> None:
    """Kill until nothing is found; what the dead started is adopted meanwhile."""
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGCHLD,))  # else who is stopped first is woken
    while left := found():
        kill_all(found)
        for pid in left:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGCHLD,))


def main() -> None:
    """Serve the driver until it is gone."""
    Supervisor.here().serve(_start_program)
