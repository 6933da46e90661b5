"""What ends a search before its trials are used up. Pure: told of every generation, asked before the next one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admf.config.config import Stop

CLOCK = "time"
"""The name of the reason that a run decides by its clock, and keeps in its log."""

GENERATION = 100
"""The most proposals at once of a search that may be ended: its end is looked at between generations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a search went so far, in values of which larger are better."""

    best: float = -np.inf
    worst: float = np.inf
    stale: int = 0
    """Generations in a row without a better value."""
    median: float = np.nan
    """Of the last generation's values; NaN where it had none."""
    generations: int = 0


def told(course: Course, values: NDArray[np.float64]) -> Course:
    """The course after a generation; values (n,), larger is better, NaN: none."""
    known = values[np.isfinite(values)]
    if not len(known):
        return Course(
            best=course.best,
            worst=course.worst,
            stale=course.stale + 1,
            generations=course.generations + 1,
        )
    best = float(known.max())
    return Course(
        best=max(course.best, best),
        worst=min(course.worst, float(known.min())),
        stale=0 if best > course.best else course.stale + 1,
        median=float(np.median(known)),
        generations=course.generations + 1,
    )


def reached(stop: Stop, course: Course, *, maximize: bool, seconds: float) -> tuple[str, str] | None:
    """Why a search ends now, as a name and in words; None where it goes on."""
    target = stop.target if stop.target is None or maximize else -stop.target
    if target is not None and course.best >= target:
        shown = course.best if maximize else -course.best
        return "target", f"its target was reached: {shown:.6g}"
    if stop.no_progress is not None and course.stale >= stop.no_progress:
        return "no_progress", f"{course.stale} generations brought nothing better"
    if stop.plateau is not None and course.generations > 1:
        spread, behind = course.best - course.worst, course.best - course.median
        if behind <= stop.plateau * spread:
            share = behind / spread if spread > 0 else 0.0
            return (
                "plateau",
                f"half of a generation lay within {share:.1%} of the best, of the range of all values",
            )
    if stop.time_s is not None and seconds >= stop.time_s:
        return CLOCK, f"its time was up ({stop.time_s:g} s)"
    return None
