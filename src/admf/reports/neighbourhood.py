"""The best set and its neighbourhood: what happens one and two steps to either side of each parameter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from admf.analysis.columns import Floats, values_of
from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.look import Look, set_text, trial_at
from admf.reports.numbers import metric_text
from admf.reports.table import axis_of, best_row

REACH = 2
MOST_NEAR = 8
NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A set that differs from the best in one parameter: that parameter's value, its own, and how warm it is.

    `heat` is 0 at the study's median or below and 1 at its best, None where there is no value.
    """

    at: str
    value: str
    heat: float | None
    best: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One parameter: 2 * REACH + 1 cells around the best for numbers, all values for categories."""

    name: str
    cells: tuple[Cell | None, ...]
    ordinal: bool


def strips(facts: RunFacts, study: StudyFacts) -> tuple[Strip, ...]:
    """One strip per parameter with more than one value, from the trials that differ from the best in it alone.

    Empty where no such trial was made, as after most random searches.
    """
    row = best_row(study)
    values = values_of(study.columns, "value")
    if row is None or not study.params:
        return ()
    axes = {name: axis_of(study, name, most=len(values) + 1) for name in study.params}
    codes = np.stack([axes[name].codes for name in study.params], axis=1)
    differs = codes != codes[row]
    single = np.flatnonzero(differs.sum(axis=1) == 1)
    if not len(single):
        return ()
    span = _span(values, facts.maximize)
    found = []
    for column, name in enumerate(study.params):
        if len(axes[name]) < 2:
            continue
        there = {int(codes[i, column]): int(i) for i in single[differs[single, column]]} | {
            int(codes[row, column]): row
        }
        found.append(_strip(facts, name, axes[name], there, row, values, span, codes[row, column]))
    return tuple(found)


def _strip(
    facts: RunFacts, name: str, axis: Any, there: Mapping[int, int], row: int, values: Floats,
    span: tuple[float, float], at: int,
) -> Strip:  # fmt: skip
    ordinal = axis.numbers is not None
    wanted = range(at - REACH, at + REACH + 1) if ordinal else range(min(len(axis), 2 * REACH + 1))
    cells: list[Cell | None] = []
    for code in wanted:
        if not 0 <= code < len(axis):
            cells.append(None)
            continue
        i = there.get(int(code))
        value = float(values[i]) if i is not None else float("nan")
        shown = NOT_TRIED if i is None else metric_text(facts.objective, value)
        cells.append(Cell(at=axis.labels[code], value=shown, heat=_heat(value, span), best=i == row))
    return Strip(name=name, cells=tuple(cells), ordinal=ordinal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A set near the best: its id, what it is, its value, and how warm that is."""

    trial: str
    set: str
    value: str
    heat: float | None


def nearest_sets(facts: RunFacts, found: Look) -> tuple[Near, ...]:
    """The neighbours of the best set that were tried, nearest kinds first as the plateau counts them."""
    flat, study = found.plateau, found.study
    if flat is None:
        return ()
    values = values_of(study.columns, "value")
    span, sets = _span(values, facts.maximize), []
    for i in [i for i in flat.best_neighbours if i != flat.best_row][:MOST_NEAR]:
        params = {name: column[i] for name in study.params if (column := study.parameter(name)) is not None}
        present = {name: value for name, value in params.items() if value is not None}
        sets.append(
            Near(
                trial=trial_at(study, i),
                set=set_text(present),
                value=metric_text(facts.objective, float(values[i])),
                heat=_heat(float(values[i]), span),
            )
        )
    return tuple(sets)


def _span(values: Floats, maximize: bool) -> tuple[float, float]:
    """Colours go from the study's median to its best: what is below the median has nothing of the lead."""
    held = values[np.isfinite(values)]
    if not len(held):
        return 0.0, 0.0
    return float(np.median(held)), float(held.max() if maximize else held.min())


def _heat(value: float, span: tuple[float, float]) -> float | None:
    if not np.isfinite(value):
        return None
    median, best = span
    share = (value - median) / (best - median) if best != median else 0.5
    return round(min(max(share, 0.0), 1.0), 3)
