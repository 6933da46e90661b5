"""The template of a pool: a process that has imported and compiled everything, and runs nothing; it is forked.

FD is its end of a socket pair. The driver sends a keeper's connection, and gets the process id; or an id, and gets
how that process ended. The template ends when the driver's end closes, and takes along whatever
descends from it.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from admf.containers.enforce.groups import remove_stale
from admf.containers.keeper import keep
from admf.containers.parent import adopt_orphans, children, threads
from admf.model.clear_away import clear_away
from admf.trials.warm import is_warm, warm

FORK, REAP = b"fork", b"reap"
_LARGEST = 65536


def main() -> None:
    """Serve the driver until it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _let_go_on)
    adopt_orphans()
    driver = socket.socket(fileno=int(sys.argv[1]))
    driver.set_inheritable(False)
    folder = Path(sys.argv[2])
    keepers: set[int] = set()
    ready = _make_ready()
    with suppress(OSError):
        while message := _received(driver):
            request, fds = message
            ready = ready or (is_warm() and _make_ready())  # compiled since by a container of ours
            driver.sendall(pickle.dumps(_answer(driver, keepers, request, fds)))
    _end_all(keepers)
    clear_away(folder)
    remove_stale()


def _let_go_on(*_: object) -> None:
    """A keeper that was stopped, which only a trial does, goes on: nobody else would ever wake it."""
    with suppress(ChildProcessError):
        while stopped := os.waitid(os.P_ALL, 0, os.WSTOPPED | os.WNOHANG):
            with suppress(ProcessLookupError):
                os.kill(stopped.si_pid, signal.SIGCONT)


def _make_ready() -> bool:
    """Everything that a container would do first, done once: compiled code loaded, lazy modules touched.

    False where the kernels are not compiled yet.
    """
    if loaded := is_warm():
        warm()
    import numpy as np

    np.random.default_rng(0)
    gc.collect()
    gc.freeze()
    assert threads() == 1, "a process with several threads must not be forked"
    return loaded


def _received(driver: socket.socket) -> tuple[tuple[bytes, int], list[int]] | None:
    data, fds, _, _ = socket.recv_fds(driver, _LARGEST, 1)
    return (pickle.loads(data), fds) if data else None


def _answer(driver: socket.socket, keepers: set[int], request: tuple[bytes, int], fds: list[int]) -> int:
    kind, about = request
    if kind == REAP:
        return _reap(keepers, about)
    pid = os.fork()
    if pid == 0:
        _become_keeper(driver, fds[0])
    os.close(fds[0])
    keepers.add(pid)
    return pid


def _become_keeper(driver: socket.socket, fd: int) -> NoReturn:
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        driver.close()
        keep(fd)
        os._exit(0)
    finally:
        traceback.print_exc()
        os._exit(1)


def _reap(keepers: set[int], pid: int) -> int:
    """End a keeper and what it left; how it ended."""
    keepers.discard(pid)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    _kill(lambda: [child for child in children() if child not in keepers])
    return os.waitstatus_to_exitcode(status)


def _end_all(keepers: set[int]) -> None:
    keepers.clear()
    _kill(children)


def _kill(found: Callable[[], list[int]]) -> None:
    """Kill until nothing is found; what the dead started is adopted meanwhile."""
    while left := found():
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)
