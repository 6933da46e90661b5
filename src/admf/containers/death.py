"""How a container ended without an answer, in the words of an outcome."""

from __future__ import annotations

import signal
from contextlib import suppress
from dataclasses import dataclass

from admf.model.trial import Outcome
from admf.model.words import last_line, shortened

CLOSED = "closed its connection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """`reason` is equal in equal runs; `detail`, what was measured, and `output`, its last words, are not."""

    outcome: Outcome
    """CRASHED, KILLED, or LOST where it may be nobody's fault in there."""
    reason: str
    row: int | None = None
    """The trial under way; None: not known."""
    detail: str = ""
    output: str = ""
    peak_memory_mb: float = 0.0
    seconds: float = 0.0
    """How long that trial had run."""


def words_of_exit(code: int) -> str:
    """How a process ended, in a word: the signal's name, or its exit code."""
    if code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
        return f"signal {-code}"
    return f"exit code {code}"


def broken(trace: str) -> Death:
    """What a trial did to the process that evaluates it made that fail, beyond what is the trial's own."""
    reason = f"it broke what evaluates it: {last_line(trace)}"
    return Death(outcome=Outcome.CRASHED, reason=reason, output=shortened(trace))
