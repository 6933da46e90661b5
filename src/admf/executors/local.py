"""A pool of worker processes on this machine, each with a socket to the driver."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path

from admf.containers.job import Job
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


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection
    ticket: int | None = None


class LocalExecutor:
    """An Executor of `workers` processes, started when first needed; a dead one is replaced.

    A worker's standard output and error go to `logs/worker-N.log` (nowhere without `logs`).
    """

    def __init__(self, workers: int = 1, logs: Path | None = None) -> None:
        self._slots = max(1, workers)
        self._logs = logs
        self._workers: list[_Worker] = []
        self._waiting: deque[tuple[int, Job]] = deque()
        self._ended: deque[Done] = deque()

    @property
    def slots(self) -> int:
        """How many workers."""
        return self._slots

    def submit(self, ticket: int, job: Job) -> None:
        """Hand a job to a free worker, or keep it until one is."""
        self._waiting.append((ticket, job))
        self._dispatch()

    def next(self) -> Done:
        """The next job that has ended."""
        while not self._ended:
            busy = {worker.connection: worker for worker in self._workers if worker.ticket is not None}
            for connection in wait(list(busy)):
                self._receive(busy[connection])  # type: ignore[index]
            self._dispatch()
        return self._ended.popleft()

    def __enter__(self) -> LocalExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all workers, at once where they are busy."""
        for worker in self._workers:
            worker.connection.close()
            if worker.ticket is not None:
                _kill(worker.process)
        for worker in self._workers:
            try:
                worker.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                _kill(worker.process)
                worker.process.wait()
        self._workers.clear()
        self._waiting.clear()

    def _dispatch(self) -> None:
        while self._waiting:
            worker = next((w for w in self._workers if w.ticket is None), None)
            if worker is None:
                if len(self._workers) >= self._slots:
                    return
                worker = self._start(len(self._workers))
                self._workers.append(worker)
            ticket, job = self._waiting.popleft()
            worker.ticket = ticket
            try:
                worker.connection.send((ticket, job))
            except OSError:
                self._lose(worker)

    def _receive(self, worker: _Worker) -> None:
        try:
            ticket, answer = worker.connection.recv()
        except (EOFError, OSError):
            self._lose(worker)
            return
        worker.ticket = None
        self._ended.append(Done(ticket=ticket, answer=answer))

    def _lose(self, worker: _Worker) -> None:
        """A worker is gone: its job is lost with it, and a fresh one takes its place when needed."""
        worker.connection.close()
        code = worker.process.wait()
        self._workers.remove(worker)
        if worker.ticket is not None:
            self._ended.append(Done(ticket=worker.ticket, answer=None, cause=_cause(code)))

    def _start(self, number: int) -> _Worker:
        ours, theirs = Pipe(duplex=True)
        with contextlib.ExitStack() as stack:
            stack.callback(theirs.close)
            if self._logs is None:
                output = stack.enter_context(Path(os.devnull).open("ab"))
            else:
                self._logs.mkdir(parents=True, exist_ok=True)
                output = stack.enter_context((self._logs / f"worker-{number}.log").open("ab"))
            process = subprocess.Popen(
                [sys.executable, "-m", "admf.containers.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(theirs.fileno(),),
                env={**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,
            )
        return _Worker(process=process, connection=ours)


Pool = LocalExecutor
"""Its name in Python: `with admf.Pool(workers=2) as pool:` keeps workers warm between studies."""


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()


def _cause(code: int) -> str:
    """How a process ended, in a word: the signal's name, or its exit code."""
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
        return f"signal {-code}"
    return f"exit code {code}"
