"""What one step in each parameter's direction does to the score of a set, where that step was tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from admf.analysis.columns import Floats, values_of
from admf.analysis.inputs import Input, input_of

DOWN, UP, OTHER = "down", "up", "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step from the chosen set: `parameter` takes the value `at`, all else stays.

    `step` is 'down' or 'up' to the next tried value of a number, 'other' to another value of a choice. `row` is
    the trial that took it, None where none did; `value` its score, None where it has none. `change` is that less
    the score of the chosen set; `loss` is how much worse that is, negative where it is better; `relative` is the
    loss in units of the spread of all scores.
    """

    parameter: str
    step: str
    at: Any
    row: int | None
    value: float | None
    change: float | None
    loss: float | None
    relative: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The steps around the set in `row`, whose score is `value`.

    `spread` is the standard deviation of all scores of the study, None where they do not differ. `ends` are the
    directions, as (parameter, 'down' or 'up'), in which no further value was tried.
    """

    row: int
    value: float
    spread: float | None
    steps: tuple[Step, ...]
    ends: tuple[tuple[str, str], ...]

    @property
    def worst(self) -> Step | None:
        """The step that costs most, the first of equals; None where none costs anything."""
        told = [one for one in self.steps if one.loss is not None and one.loss > 0.0]
        return max(told, key=lambda one: one.loss or 0.0, default=None)


def steps_from(
    columns: Mapping[str, Any],
    params: Sequence[str],
    row: int,
    *,
    maximize: bool,
    scales: Mapping[str, str] | None = None,
) -> Steps | None:
    """The steps around the set in `row` of a trial table with a column `value`; None where it has no value.

    A step changes one parameter alone; a parameter that the set does not have is no direction. Of trials of equal
    sets the first with a value counts.
    """
    values = values_of(columns, "value")
    if not np.isfinite(values[row]):
        return None
    inputs = [input_of(columns, name, len(values), (scales or {}).get(name)) for name in params]
    codes = (
        np.stack([one.codes for one in inputs], axis=1) if inputs else np.zeros((len(values), 0), dtype=int)
    )
    differs = codes != codes[row]
    alone = np.flatnonzero(differs.sum(axis=1) == 1)
    alone = alone[np.argsort(~np.isfinite(values[alone]), kind="stable")]
    held = values[np.isfinite(values)]
    spread = float(held.std()) if held.min() < held.max() else None
    steps: list[Step] = []
    ends: list[tuple[str, str]] = []
    for place, one in enumerate(inputs):
        there = alone[differs[alone, place]]
        tried: dict[int, int] = {}
        for i in there.tolist():
            tried.setdefault(int(codes[i, place]), i)
        for step, code in _directions(one, int(codes[row, place])):
            if code is None:
                ends.append((one.name, step))
            else:
                steps.append(_step(one, step, code, tried.get(code), values, row, maximize, spread))
    return Steps(row=row, value=float(values[row]), spread=spread, steps=tuple(steps), ends=tuple(ends))


def _directions(one: Input, own: int) -> list[tuple[str, int | None]]:
    """The steps of a parameter, and the code that each leads to: None where the tried values end."""
    if own < 0 or len(one) < 2:
        return []
    if not one.ordered:
        return [(OTHER, code) for code in range(len(one)) if code != own]
    return [(DOWN, own - 1 if own else None), (UP, own + 1 if own + 1 < len(one) else None)]


def _step(
    one: Input, step: str, code: int, found: int | None, values: Floats, row: int, maximize: bool,
    spread: float | None,
) -> Step:  # fmt: skip
    value = float(values[found]) if found is not None and np.isfinite(values[found]) else None
    change = None if value is None else value - float(values[row])
    loss = None if change is None else 0.0 - change if maximize else change
    return Step(
        parameter=one.name,
        step=step,
        at=one.values[code],
        row=found,
        value=value,
        change=change,
        loss=loss,
        relative=loss / spread if loss is not None and spread is not None else None,
    )
