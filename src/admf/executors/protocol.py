"""What an executor is: takes jobs, gives answers back as they end, and survives what they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from admf.containers.job import Answer, Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A job ended: `answer`, or None and the cause where its container was lost with it."""

    ticket: int
    answer: Answer | None
    cause: str = ""


class Executor(Protocol):
    """Runs jobs in `slots` containers at once.

    Contract. Every ticket submitted comes back from `next` exactly once, in any order, also when its container
    dies (then `answer` is None and `cause` says how). `submit` does not wait for a job to end, but may block
    while a large job is handed to a container that is still starting. `next` blocks until one has ended; it
    must not be called with nothing under way. `close` ends all containers and may be called twice. A container
    that dies while it has no job costs none. Results do not depend on the executor, on its slots, or on the
    order of submission.
    """

    @property
    def slots(self) -> int:
        """How many jobs run at the same time."""
        ...

    @property
    def renews(self) -> bool:
        """Whether what runs after `renew` can see nothing of what ran before."""
        ...

    def prepare(self) -> None:
        """Begin what takes a while before the first job, and do not wait for it. Nobody has to call it first."""
        ...

    def submit(self, ticket: int, job: Job) -> None:
        """Take a job; `ticket` is the caller's name for it.

        InputError where the job cannot be sent; its ticket is then not taken, and never comes back.
        """
        ...

    def next(self) -> Done:
        """The next job that has ended."""
        ...

    def renew(self) -> None:
        """Replace idle containers by fresh ones, so that nothing that ran before can be seen by what comes.

        A container with a job in it is replaced once that has ended.
        """
        ...

    def close(self) -> None:
        """End all containers."""
        ...
