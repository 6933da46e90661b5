"""Where keepers come from: forked from a warm template, or started as programs of their own."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Protocol

from admf.containers.death import words_of_exit
from admf.containers.enforce.groups import remove_stale
from admf.containers.program import program
from admf.containers.template import FORK, REAP
from admf.errors import RunError
from admf.model.clear_away import clear_away

_ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "POLARS_MAX_THREADS",
    ),
    "1",
)
"""Parallelism is the pool's: a container that starts threads of its own only slows the others down."""

_LOG = "pool.log"
_FAREWELL_S = 2.0
"""How long a keeper may take to leave by itself."""
_ENDING_S = 10.0
"""How long a template may take to end what descends from it."""
_PATIENCE_S = 120.0
"""A template that says nothing for so long is replaced."""


class Nursery(Protocol):
    """Starts keepers, and ends them with all that descends from them."""

    @property
    def forks(self) -> bool:
        """Whether keepers, and containers, are copies of a warm process."""
        ...

    @property
    def folder(self) -> str:
        """The pool's own folder; containers have theirs in it."""
        ...

    def prepare(self) -> None:
        """Begin what takes a while before the first keeper, and do not wait for it."""
        ...

    def start(self, theirs: socket.socket) -> int:
        """A keeper that serves the other end of `theirs`; its process id. RunError where none can be started."""
        ...

    def end(self, pid: int) -> str:
        """End a keeper where it has not ended; how it did, in a word."""
        ...

    def wake(self) -> None:
        """Have those go on that a trial may have stopped."""
        ...

    def close(self) -> None:
        """End all that is left; may be called twice."""
        ...


class ForkNursery:
    """Keepers forked from a template, which is started when the first one is asked for."""

    forks = True

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="admf-pool-")
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._keepers: set[int] = set()
        """Those of the template that lives."""

    def prepare(self) -> None:
        """Start the template, and do not wait for it."""
        if self._process is not None and self._process.poll() is None:
            return
        self._end_template()
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(_PATIENCE_S)
        with theirs:
            self._process = _program("template", theirs.fileno(), self.folder)

    def start(self, theirs: socket.socket) -> int:
        """Fork a keeper; a template that has died is replaced first."""
        for _ in range(2):
            self.prepare()
            try:
                pid = self._ask((FORK, 0), [theirs.fileno()])
                self._keepers.add(pid)
                return pid
            except (OSError, EOFError):
                self._end_template()
        says = f"a pool's template must start, this one ends: {last_words(self.folder) or 'without a word'}."
        raise RunError(
            f"{says} `admf doctor` looks at this machine; `--executor inline` runs without containers."
        )

    def end(self, pid: int) -> str:
        """End a keeper; where the template is gone, all keepers went with it."""
        if pid not in self._keepers:  # of a template that is gone
            return words_of_exit(-signal.SIGKILL)
        self._keepers.discard(pid)
        try:
            return words_of_exit(self._ask((REAP, pid), []))
        except (OSError, EOFError):
            self._end_template()
            return words_of_exit(-signal.SIGKILL)

    def _ask(self, request: tuple[bytes, int], fds: list[int]) -> int:
        if self._socket is None:
            raise EOFError
        self.wake()
        socket.send_fds(self._socket, [pickle.dumps(request)], fds)
        reply = self._socket.recv(4096)
        if not reply:
            raise EOFError
        number: int = pickle.loads(reply)
        return number

    def wake(self) -> None:
        """The template, which wakes keepers."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def _end_template(self) -> None:
        if self._process is None or self._socket is None:
            return
        self._socket.close()
        self.wake()
        try:
            self._process.wait(_ENDING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = self._socket = None
        self._keepers.clear()

    def close(self) -> None:
        """The template ends everything that descends from it."""
        self._end_template()
        _clear_away(self.folder)


class SpawnNursery:
    """Keepers that are programs of their own: for systems where processes cannot be copied."""

    forks = False

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="admf-pool-")
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def prepare(self) -> None:
        """Nothing: each keeper is a program of its own."""

    def start(self, theirs: socket.socket) -> int:
        """Start a keeper's program."""
        process = _program("keeper", theirs.fileno(), self.folder)
        self._processes[process.pid] = process
        return process.pid

    def wake(self) -> None:
        """The keepers."""
        for process in self._processes.values():
            process.send_signal(signal.SIGCONT)

    def end(self, pid: int) -> str:
        """End a keeper, whose connection is closed: it clears away what it has where it can."""
        process = self._processes.pop(pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return words_of_exit(process.wait(_FAREWELL_S))
        _kill_all(pid)
        return words_of_exit(process.wait())

    def close(self) -> None:
        """End every keeper."""
        for pid in list(self._processes):
            self.end(pid)
        _clear_away(self.folder)


def _kill_all(keeper: int) -> None:
    """Kill a keeper that does not leave, and what descends from it: also what has a process group of its own."""
    import psutil

    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(keeper)
        parent.suspend()  # it starts nothing more, and adopts what loses its parent meanwhile
        while left := [one for one in parent.children(recursive=True) if _lives(one)]:
            for one in left:
                with contextlib.suppress(psutil.Error):
                    one.kill()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(keeper, signal.SIGKILL)


def _lives(process: Any) -> bool:
    import psutil

    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def best_start_method() -> str:
    """What `auto` is here: 'fork' on Linux, else 'spawn'."""
    return "fork" if sys.platform == "linux" else "spawn"


def nursery_of(start_method: str | None) -> Nursery:
    """The nursery of a start method; None: the best that the system has."""
    return ForkNursery() if (start_method or best_start_method()) == "fork" else SpawnNursery()


def _program(entry: str, fd: int, folder: str) -> subprocess.Popen[bytes]:
    """Start a program of ours; what it and its copies say, which is little, goes to a log in the pool's folder."""
    Path(folder).mkdir(exist_ok=True)
    with (Path(folder) / _LOG).open("ab") as log:
        return subprocess.Popen(
            [*program(entry), str(fd), folder],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(fd,),
            env={**os.environ, **_ONE_THREAD, "PYTHONHASHSEED": "0", "ADMF_PATH": _path()},
            start_new_session=True,
        )


def last_words(folder: str) -> str:
    """What a keeper or the template of a pool said last, such as the error that ended it."""
    try:
        said = (Path(folder) / _LOG).read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip()[:300] for line in reversed(said) if line.strip()), "")


def _path() -> str:
    """Where this process finds modules, in its order, but the standard library first: nothing may hide it."""
    library = Path(os.__file__).parent
    standard = (str(library), str(library / "lib-dynload"))
    places = [place or str(Path.cwd()) for place in sys.path if isinstance(place, str)]
    return os.pathsep.join(sorted(places, key=lambda place: place not in standard))


def _clear_away(folder: str) -> None:
    clear_away(folder)
    remove_stale()
