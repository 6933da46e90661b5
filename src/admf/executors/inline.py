"""Everything in this process, one job after the other: for tests, debugging and small studies."""

from __future__ import annotations

from collections import deque

from admf.containers.job import Job, perform
from admf.executors.protocol import Done


class InlineExecutor:
    """An Executor without containers: user code runs here, and whatever ends it ends the driver."""

    def __init__(self, workers: int = 1, start_method: str | None = None) -> None:
        del workers, start_method  # one job at a time, in a process that is there
        self._waiting: deque[tuple[int, Job]] = deque()

    @property
    def slots(self) -> int:
        """One."""
        return 1

    @property
    def renews(self) -> bool:
        """No: there is one process."""
        return False

    def prepare(self) -> None:
        """Nothing: this process is there."""

    def submit(self, ticket: int, job: Job) -> None:
        """Take a job; it runs when its answer is asked for."""
        self._waiting.append((ticket, job))

    def next(self) -> Done:
        """Run the job that has waited longest."""
        ticket, job = self._waiting.popleft()
        return Done(ticket=ticket, answer=perform(job))

    def renew(self) -> None:
        """Do nothing: what ran in this process stays seen by what comes."""

    def close(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
