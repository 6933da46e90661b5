"""The key `budget:`: how many trials, and what else ends a search."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from admf.config.config import Stop
from admf.config.document import Path
from admf.config.reading import Reading
from admf.config.workflow_keys import BUDGET
from admf.finance.simulation.parse import number, refusal, whole

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3_600.0, "d": 86_400.0}
EXAMPLE = "{trials: 500, time: 10min, no_progress: 5}"


def read_budget(reading: Reading, path: Path, trials: int | None, stop: Stop) -> tuple[int | None, Stop]:
    """The most trials and what else ends a search; `trials` and `stop` as far as nothing is said at `path`."""
    if not isinstance(reading.get(path), Mapping):
        return reading.take(path, _trials, trials), stop
    reading.section(path, BUDGET, example=EXAMPLE)
    return reading.take((*path, "trials"), _trials, trials), Stop(
        time_s=reading.take((*path, "time"), _duration, stop.time_s),
        target=reading.take((*path, "target"), _target, stop.target),
        no_progress=reading.take((*path, "no_progress"), _trials, stop.no_progress),
        plateau=reading.take((*path, "plateau"), _share, stop.plateau),
    )


def written_budget(trials: int | None, stop: Stop) -> Any:
    """The same as `read_budget` reads it."""
    if not stop:
        return trials
    said = {"target": stop.target, "no_progress": stop.no_progress, "plateau": stop.plateau}
    time = None if stop.time_s is None else f"{stop.time_s!r}s"
    return {
        key: value
        for key, value in {"trials": trials, "time": time, **said}.items()
        if value is not None or key == "trials"
    }


def _trials(value: object) -> int:
    return whole(value, 1)


def _target(value: object) -> float:
    return number(value, "a number", lambda _: True)


def _share(value: object) -> float:
    return number(value, "a fraction above 0 and below 1", lambda x: 0 < x < 1)


def _duration(value: object) -> float:
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or float(found[1]) == 0.0:
        raise refusal("a time with its unit (s, min, h or d)", value, "Such as 10min.")
    return float(found[1]) * _SECONDS[found[2]]
