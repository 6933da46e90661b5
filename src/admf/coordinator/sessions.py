"""The events of a run's log, and what they say of the processes that ran it: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from admf.errors import InputError, Problem
from admf.store.run_log import LogEvent

STARTED, RESUMED = "started", "resumed"
FINISHED = "finished"
"""All trials have ended; the report may still be missing."""
INTERRUPTED = "interrupted"
"""By Ctrl-C or SIGTERM."""
STOPPED = "stopped"
"""By an error: a full disk, a fault."""
SPOILED = "bars changed"
"""A trial has written to the bars that all read: no value can be trusted, and nobody goes on with the run."""
NOTE = "note"
BEGINS, SKIPPED, CLOCK, OVER = "study begins", "study skipped", "study stopped by the clock", "study over"
TOLD = "search told"
"""What is said of one study: with its stage, component and window."""

_BEGINS, _ENDS = (STARTED, RESUMED), (FINISHED, INTERRUPTED, STOPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One process's part of a run. `ended` None: it runs, or it was killed."""

    begun: LogEvent
    ended: LogEvent | None

    @property
    def trials_before(self) -> int:
        """How many trials had ended when it began."""
        return int(self.begun.data["ended"])


def sessions(events: Sequence[LogEvent]) -> list[Session]:
    """The processes that ran a run, oldest first."""
    found: list[Session] = []
    for event in events:
        if event.kind in _BEGINS:
            found.append(Session(begun=event, ended=None))
        elif event.kind in _ENDS and found:
            found[-1] = Session(begun=found[-1].begun, ended=event)
    return found


def is_finished(events: Sequence[LogEvent]) -> bool:
    """Whether all trials of the run have ended."""
    return any(event.kind == FINISHED for event in events)


def is_spoiled(events: Sequence[LogEvent]) -> bool:
    """Whether a trial of the run has written to the bars that all read."""
    return any(event.kind == SPOILED for event in events)


def spoiled() -> InputError:
    """Of such a run: what is said at its end, and to whoever goes on with it or reports it."""
    says = "bars must stay as they are while trials read them, a trial of this run wrote to the files of its bars"
    hint = "Run again, into another folder and with `containers: {write: scratch}`."
    return InputError(Problem(says=f"{says}, so that no value of it can be trusted.", hint=hint))


def seconds_taken(events: Sequence[LogEvent]) -> float | None:
    """How long all sessions took together; None where one was killed, for then nobody knows."""
    ends = [session.ended for session in sessions(events)]
    known = [float(end.data["seconds"]) for end in ends if end is not None]
    return round(sum(known), 3) if known and len(known) == len(ends) else None


def notes(events: Sequence[LogEvent]) -> list[str]:
    """The remarks that were kept with the run, each with its day and time (UTC)."""
    return [f"{minute(event.at)} {event.data['text']}" for event in events if event.kind == NOTE]


def minute(at: str) -> str:
    """A time of the log for a person."""
    return datetime.fromisoformat(at).strftime("%Y-%m-%d %H:%M")
