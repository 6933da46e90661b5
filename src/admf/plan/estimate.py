"""What a run will cost in time, memory and disk: measurements in, estimate out. Pure.

Trials of a study are taken to cost what its rehearsed ones did, on average; workers share them, the driver
proposes, stores and tells every one of them itself, and the slower of the two sets the pace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DRIVER_S = 1.2e-5
"""Seconds a trial costs the driver: proposed, sent, stored and told. Measured with `grid` and built-in components."""
START_S = 1.0
"""Starting the workers, and writing the report."""
ROW_BYTES, REPORT_BYTES = 310, 6 * 10**6
"""A trial in run.db with two parameters, and a report, as measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a few trials of one study cost; they were told to no search, and are stored nowhere."""

    stage: str
    component: str
    trials: int
    """How many ended."""
    trial_s: float | None
    """Seconds a trial took, the first left out where there are more; None: none ended in time."""
    memory_mb: float
    """The most memory its worker had."""
    failed: int = 0
    reason: str = ""
    """Why the first of the failed ones failed, or why there is no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a run will cost, about; None where that cannot be known."""

    seconds: float | None
    memory_mb: float
    disk_mb: float | None
    trials: int | None
    workers: int
    rehearsed: int
    """How many trials it rests on."""
    unknown: tuple[str, ...]
    """Components whose trials could not be timed."""


def estimate(
    trials: Sequence[int | None],
    rehearsals: Sequence[Rehearsal],
    *,
    workers: int,
    cores: float,
    driver_mb: float,
    before_s: float = 0.0,
) -> Estimate:
    """The estimate for studies of so many `trials` (None: unknown), in the order of their `rehearsals`.

    `workers` processes share `cores` (a fraction where a quota is set); `driver_mb` is the memory of the driver,
    `before_s` what reading the data and looking for look-ahead take before the first trial.
    """
    if len(trials) != len(rehearsals):
        raise ValueError(
            f"there must be a rehearsal for each of {len(trials)} studies, are {len(rehearsals)}."
        )
    at_once = max(min(float(workers), cores), 0.1)
    unknown = tuple(dict.fromkeys(one.component for one in rehearsals if one.trial_s is None))
    known = sum(n for n in trials if n is not None)
    open_ended = None in trials
    seconds: float | None = None
    if not unknown and not open_ended:
        seconds = (
            before_s
            + START_S
            + sum(
                (n or 0) * max((one.trial_s or 0.0) / at_once, DRIVER_S)
                for n, one in zip(trials, rehearsals, strict=True)
            )
        )
    return Estimate(
        seconds=seconds,
        memory_mb=driver_mb + workers * max((one.memory_mb for one in rehearsals), default=0.0),
        disk_mb=None if open_ended else (known * ROW_BYTES + REPORT_BYTES) / 1e6,
        trials=None if open_ended else known,
        workers=workers,
        rehearsed=sum(one.trials for one in rehearsals),
        unknown=unknown,
    )


def duration_text(seconds: float) -> str:
    """Seconds as a person says them.

    >>> [duration_text(s) for s in (0.2, 42, 89, 200, 7_000, 200_000)]
    ['1 second', '42 seconds', '89 seconds', '3 minutes', '1.9 hours', '2.3 days']
    """
    if seconds < 90:
        n = max(1, round(seconds))
        return f"{n} second{'s' * (n != 1)}"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3_600:.1f} hours" if seconds < 48 * 3_600 else f"{seconds / 86_400:.1f} days"


def estimate_line(found: Estimate) -> str:
    """The estimate in one line."""
    if found.seconds is None:
        return "How long it takes cannot be told before."
    memory = f"{found.memory_mb / 1_000:.1f} GB" if found.memory_mb >= 1_000 else f"{found.memory_mb:.0f} MB"
    disk = "" if found.disk_mb is None else f" and {found.disk_mb:,.0f} MB of disk"
    workers = f"{found.workers} worker{'s' * (found.workers != 1)}"
    return f"About {duration_text(found.seconds)} on {workers}, {memory} of memory{disk}."
