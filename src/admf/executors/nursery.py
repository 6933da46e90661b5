"""Where keepers come from: a pool's supervisor starts them as programs, or, being a warm template, as its copies."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from admf.containers.death import words_of_exit
from admf.containers.enforce.groups import remove_stale
from admf.containers.program import program
from admf.containers.remains import MARK, end_marked
from admf.containers.supervisor import DONE, END, START
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
_ENDING_S = 10.0
"""How long a supervisor may take to end what descends from it."""
_PATIENCE_S = 120.0
"""A supervisor that says nothing for so long is replaced."""
_REFUSED_S, _PAUSE_S = 10.0, 0.2
"""How long a keeper is tried to be started that the system refuses, such as for too many processes."""
WAKE_S = 0.5
"""How long to wait for who may have been stopped by a trial before it is woken."""


class Nursery:
    """Starts keepers by a supervisor, and ends them with all that descends from them.

    `forks`: keepers, and their containers, are copies of a template, which is warm; else programs of their own.
    """

    def __init__(self, *, forks: bool) -> None:
        self.forks = forks
        self.folder = tempfile.mkdtemp(prefix="admf-pool-")
        """The pool's own; containers have theirs in it."""
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._keepers: set[int] = set()
        """Those of the supervisor that lives."""

    def prepare(self) -> None:
        """Start the supervisor, and do not wait for it."""
        if self._process is not None and self._process.poll() is None:
            return
        self._end_supervisor()
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(WAKE_S)
        with theirs:
            self._process = self._program(theirs.fileno())

    def start(self, theirs: socket.socket) -> int:
        """A keeper that serves the other end of `theirs`; its process id. RunError where none can be started.

        A supervisor that has died is replaced first.
        """
        deaths, until = 0, time.monotonic() + _REFUSED_S
        while True:
            self.prepare()
            try:
                pid = self._ask((START, 0), [theirs.fileno()])
            except (OSError, EOFError):
                self._end_supervisor()
                deaths += 1
                if deaths == 2:
                    says = last_words(self.folder) or "without a word"
                    raise _cannot(f"a pool's {self._entry} must start, this one ends: {says}") from None
                continue
            if pid > 0:
                self._keepers.add(pid)
                return pid
            if time.monotonic() > until:
                raise _cannot(
                    f"a pool must be able to start processes, this system refuses: {os.strerror(-pid)}"
                )
            time.sleep(_PAUSE_S)

    def end(self, pid: int) -> str:
        """End a keeper where it has not ended, and what it left; how it did, in a word."""
        if pid not in self._keepers:  # of a supervisor that is gone: they went with it
            return words_of_exit(-signal.SIGKILL)
        self._keepers.discard(pid)
        try:
            return words_of_exit(self._ask((END, pid), []))
        except (OSError, EOFError):
            self._end_supervisor()
            return words_of_exit(-signal.SIGKILL)

    def supervises(self, pid: int) -> bool:
        """Whether a keeper is of the supervisor that lives: nothing is to be asked of any other."""
        return pid in self._keepers and self._process is not None and self._process.poll() is None

    def wake(self) -> None:
        """Have the supervisor go on where a trial stopped it: it wakes keepers."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End all that is left; may be called twice."""
        self._end_supervisor()
        clear_away(self.folder)
        remove_stale()

    @property
    def _entry(self) -> str:
        return "template" if self.forks else "supervisor"

    def _ask(self, request: tuple[bytes, int], fds: list[int]) -> int:
        if self._socket is None:
            raise EOFError
        socket.send_fds(self._socket, [pickle.dumps(request)], fds)
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            self.wake()
            with suppress(TimeoutError):
                if not (reply := self._socket.recv(4096)):
                    raise EOFError
                number: int = pickle.loads(reply)
                return number
        raise EOFError

    def _end_supervisor(self) -> None:
        """It ends everything that descends from it; what it did not, or does not know of, is ended here."""
        if self._process is None or self._socket is None:
            return
        self._socket.close()
        self.wake()
        try:
            code = self._process.wait(_ENDING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if code != DONE:
            end_marked(self.folder)
        self._process = self._socket = None
        self._keepers.clear()

    def _program(self, fd: int) -> subprocess.Popen[bytes]:
        """Start the supervisor; what it and keepers say, which is little, goes to a log in the pool's folder."""
        Path(self.folder).mkdir(exist_ok=True)
        with (Path(self.folder) / _LOG).open("ab") as log:
            return subprocess.Popen(
                [*program(self._entry), str(fd), self.folder],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(fd,),
                env={
                    **os.environ,
                    **_ONE_THREAD,
                    "PYTHONHASHSEED": "0",
                    "ADMF_PATH": _path(),
                    MARK: self.folder,
                },
                start_new_session=True,
            )


def best_start_method() -> str:
    """What `auto` is here: 'fork' on Linux, else 'spawn'."""
    return "fork" if sys.platform == "linux" else "spawn"


def nursery_of(start_method: str | None) -> Nursery:
    """The nursery of a start method; None: the best that the system has."""
    return Nursery(forks=(start_method or best_start_method()) == "fork")


def _cannot(says: str) -> RunError:
    return RunError(
        f"{says}. `admf doctor` looks at this machine; `--executor inline` runs without containers."
    )


def last_words(folder: str) -> str:
    """What a keeper or the supervisor of a pool said last, such as the error that ended it."""
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
