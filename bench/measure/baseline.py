"""What became better or worse since a stored run: figure by figure, beyond the noise of both runs' rounds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from math import log
from pathlib import Path
from typing import Any

from measure.machine import load, machine, versions
from measure.result import TIMES, Options, Result

LEAST = 0.05
"""Smaller changes are none, however quiet the rounds were."""
ONE_ROUND = 0.2
"""The noise of a figure that was measured once: nobody knows it."""


def document(results: Sequence[Result], options: Options, load_before: float | None) -> dict[str, Any]:
    """A run as plain data that JSON holds."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "options": asdict(options),
        "machine": machine(),
        "versions": versions(),
        "load": {"before": load_before, "after": load()},
        "results": {
            result.name: {
                **{key: value for key, value in asdict(result).items() if key != "name"},
                "figure": result.figure,
                "noise": result.noise,
                "met": result.met,
            }
            for result in results
        },
    }


def write(path: Path, run: Mapping[str, Any]) -> None:
    """The run as a file."""
    path.write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def changes(now: Mapping[str, Any], then: Mapping[str, Any]) -> dict[str, str]:
    """For each result of `now`: 'better', 'worse' or 'same' than in `then`, by how much, or why that cannot be said."""
    if now["options"]["quick"] != then["options"]["quick"]:
        return dict.fromkeys(now["results"], "one of the runs was quick")
    alike = _place(now) == _place(then)
    return {
        name: _change(result, then["results"].get(name), alike) for name, result in now["results"].items()
    }


def _place(run: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(run["machine"][key] for key in ("processor", "cores", "memory_gb"))


def _change(now: Mapping[str, Any], then: Mapping[str, Any] | None, alike: bool) -> str:
    if then is None:
        return "new"
    if now["unit"] != then["unit"]:
        return f"in another unit ({then['unit']})"
    if now["unit"] != TIMES and not alike:
        return "another machine"
    if min(now["figure"], then["figure"]) <= 0:
        return "same" if now["figure"] == then["figure"] else f"was {then['figure']:g}"
    moved = log(now["figure"] / then["figure"]) * (1 if now["more_is_better"] else -1)
    if abs(moved) <= max(LEAST, _noise(now) + _noise(then)):
        return "same"
    return f"{'better' if moved > 0 else 'WORSE'}: was {then['figure']:,.3g}"


def _noise(result: Mapping[str, Any]) -> float:
    return float(result["noise"]) if len(result["rounds"]) > 1 else ONE_ROUND / 2
