"""A pool of worker processes on this machine, each with a socket to the driver."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path

from admf.containers.job import Answer, Job, packed
from admf.executors.protocol import Done

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
"""Parallelism is the pool's: a worker that starts threads of its own only slows the others down."""


_BOOT = (
    "import os, sys; sys.path[:] = os.environ.pop('ADMF_PATH').split(os.pathsep);"
    " from admf.containers.worker import main; main(int(sys.argv[1]))"
)
"""Not `-m`: before it finds admf, that would read a `signal.py` of the working folder as Python's own."""

_POLL_S = 0.2
"""How often to look after workers where the system cannot tell when a process ends."""

_GRACE_S = 1.0
"""How long a process may take to end after its connection did: its exit code is worth waiting for."""


@dataclass(slots=True, eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection
    gone: int | None
    """A descriptor that is ready when the process has ended (Linux): the connection may live on without it."""
    log: Path | None
    log_from: int
    """Where in its log its own words begin."""
    ticket: int | None = None
    proven: bool = False
    """It has answered before."""
    retired: bool = False
    """It takes no more jobs."""


class LocalExecutor:
    """An Executor of `workers` processes, started when first needed; a dead one is replaced.

    The standard output and error of the Nth one started go to `logs/worker-N.log` (nowhere without `logs`).
    """

    def __init__(self, workers: int = 1, logs: Path | None = None) -> None:
        self._slots = max(1, workers)
        self._logs = logs
        self._started = 0
        self._workers: list[_Worker] = []
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._ended: deque[Done] = deque()

    @property
    def slots(self) -> int:
        """How many workers."""
        return self._slots

    @property
    def renews(self) -> bool:
        """Yes: by fresh processes."""
        return True

    def submit(self, ticket: int, job: Job) -> None:
        """Hand a job to a free worker, or keep it until one is; InputError where it cannot be pickled."""
        self._waiting.append((ticket, packed(job)))
        self._dispatch()

    def next(self) -> Done:
        """The next job that has ended."""
        while not self._ended:
            for worker in _speaking([worker for worker in self._workers if worker.ticket is not None]):
                self._receive(worker)
            self._dispatch()
        return self._ended.popleft()

    def renew(self) -> None:
        """End idle workers, and busy ones once they have answered; fresh ones start when needed."""
        for worker in self._workers:
            worker.retired = True
        self._end([worker for worker in self._workers if worker.ticket is None])

    def __enter__(self) -> LocalExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all workers at once, with every process that they started."""
        self._end(self._workers)
        self._waiting.clear()
        self._ended.clear()

    def _dispatch(self) -> None:
        while self._waiting:
            worker = next((w for w in self._workers if w.ticket is None), None)
            if worker is None:
                if len(self._workers) >= self._slots:
                    return
                worker = self._start()
            worker.ticket, message = self._waiting.popleft()
            try:
                worker.connection.send_bytes(message)
            except OSError:
                if worker.proven:  # it died while it was idle: the job has nothing to do with it
                    self._waiting.appendleft((worker.ticket, message))
                    self._end([worker])
                else:  # a fresh one each time would be an endless loop
                    self._lose(worker)

    def _receive(self, worker: _Worker) -> None:
        try:
            if not worker.connection.poll():
                raise EOFError  # only its end was reported
            message = worker.connection.recv_bytes()
        except (EOFError, OSError):
            self._lose(worker)
            return
        try:
            answer: Answer = pickle.loads(message)
        except Exception as error:
            self._lose(worker, f"its answer cannot be read: {type(error).__name__}: {error}")
            return
        assert worker.ticket is not None, "only busy workers are listened to"
        self._ended.append(Done(ticket=worker.ticket, answer=answer))
        worker.ticket, worker.proven = None, True
        if worker.retired:
            self._end([worker])

    def _lose(self, worker: _Worker, cause: str = "") -> None:
        """A worker is gone: its job is lost with it, and a fresh one takes its place when needed."""
        assert worker.ticket is not None, "an idle worker has nothing to lose"
        alive = not cause and not _ends_soon(worker)
        self._end([worker])
        if not cause:
            cause = "it closed its connection to the driver" if alive else _cause(worker.process.returncode)
            cause += _last_words(worker)
        self._ended.append(Done(ticket=worker.ticket, answer=None, cause=cause))

    def _end(self, workers: list[_Worker]) -> None:
        """Kill these and all that they started; first kill, then wait, for an id that was waited for is free."""
        for worker in workers:
            worker.connection.close()
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(worker.process.pid, signal.SIGKILL)
        for worker in workers:
            worker.process.wait()
            if worker.gone is not None:
                os.close(worker.gone)
        self._workers = [worker for worker in self._workers if worker not in workers]

    def _start(self) -> _Worker:
        ours, theirs = Pipe(duplex=True)
        log = self._logs / f"worker-{self._started}.log" if self._logs is not None else None
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
        with theirs, (log or Path(os.devnull)).open("ab") as output:
            log_from = output.tell()
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", _BOOT, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(theirs.fileno(),),
                env={**os.environ, **_ONE_THREAD, "PYTHONHASHSEED": "0", "ADMF_PATH": _path()},
                start_new_session=True,
            )
        self._started += 1
        gone = _end_of(process.pid)
        worker = _Worker(process=process, connection=ours, gone=gone, log=log, log_from=log_from)
        self._workers.append(worker)
        return worker


Pool = LocalExecutor
"""Its name in Python: `with admf.Pool(workers=2) as pool:` keeps workers warm between studies."""


def _path() -> str:
    """Where this process finds modules, in its order, but the standard library first: nothing may hide it."""
    library = Path(os.__file__).parent
    standard = (str(library), str(library / "lib-dynload"))
    places = [place or str(Path.cwd()) for place in sys.path if isinstance(place, str)]
    return os.pathsep.join(sorted(places, key=lambda place: place not in standard))


def _end_of(pid: int) -> int | None:
    """A descriptor that is ready when a process has ended; None where the system has none."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return os.pidfd_open(pid)
    return None


def _speaking(busy: list[_Worker]) -> list[_Worker]:
    """Wait until some workers have answered or ended."""
    watched = [thing for w in busy for thing in (w.connection, w.gone) if thing is not None]
    blind = any(w.gone is None for w in busy)
    ready = wait(watched, _POLL_S if blind else None)
    return [w for w in busy if w.connection in ready or _has_ended(w, ready)]


def _has_ended(worker: _Worker, ready: Sequence[object]) -> bool:
    return worker.process.poll() is not None if worker.gone is None else worker.gone in ready


def _ends_soon(worker: _Worker) -> bool:
    """Whether a process ends by itself; it is not waited for where that can be told without."""
    if worker.gone is not None:
        return bool(wait([worker.gone], _GRACE_S))
    with contextlib.suppress(subprocess.TimeoutExpired):
        worker.process.wait(_GRACE_S)
    return worker.process.returncode is not None


def _cause(code: int) -> str:
    """How a process ended, in a word: the signal's name, or its exit code."""
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
        return f"signal {-code}"
    return f"exit code {code}"


def _last_words(worker: _Worker) -> str:
    """The last line that a dead worker wrote, as the end of a sentence."""
    if worker.log is None or not worker.log.is_file():
        return ""
    with worker.log.open("rb") as file:
        file.seek(max(worker.log_from, worker.log.stat().st_size - 4096))
        lines = file.read().decode(errors="replace").split("\n")
    said = [line.strip() for line in lines if line.strip()]
    return f": {said[-1][:300]}" if said else ""
