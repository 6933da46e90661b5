"""A list under `metric:`: a weighted sum, which is one objective, or several objectives, none given up for another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admf.config.document import Path
from admf.config.keys import SOUGHT, WEIGHTED
from admf.config.metric_names import better_side, direction, directions
from admf.config.reading import Reading, text
from admf.errors import nearest
from admf.finance.simulation.parse import number
from admf.model.space.value import shown
from admf.model.trial import ObjectiveSpec

_EXAMPLE = "[{metric: sharpe, direction: maximize}, {metric: max_drawdown, direction: minimize}]"


def read_list(reading: Reading, path: Path, maximize: bool | None, *, own_metrics: bool) -> ObjectiveSpec:
    """The objective behind the list at `path`, in a mapping whose `direction:` is `maximize`; problems are noted."""
    raw: list[Any] = reading.get(path)
    weighted = [i for i, one in enumerate(raw) if isinstance(one, Mapping) and "weight" in one]
    if not raw:
        reading.problem(path, "metric must be a name or a list of {metric, weight}, was [].")
    if raw and not weighted:
        return _several(reading, path, maximize, own_metrics)
    for i, one in enumerate(raw):
        if i not in weighted or "direction" in one:
            says = "each entry must have a weight (a weighted sum is one objective), or none (several objectives)"
            reading.problem((*path, i), f"{says}; this list has both.", f"Several: {_EXAMPLE}.")
            return ObjectiveSpec()
    entries = tuple(_weighted(reading, (*path, i), own_metrics) for i in weighted)
    return ObjectiveSpec(metric=None, weighted=entries, maximize=maximize is not False)


def _weighted(reading: Reading, entry: Path, own_metrics: bool) -> tuple[str, float]:
    given = reading.section(entry, WEIGHTED, example="{metric: sharpe, weight: 1}")
    for key in ("metric", "weight"):
        if key not in given:
            reading.problem(entry, f"each entry must have metric and weight, has no {key}.")
    name = reading.take((*entry, "metric"), text, "sharpe")
    if name not in directions() and not own_metrics:
        says = f"a metric must be known, was {shown(name)}."
        reading.problem((*entry, "metric"), says, nearest(name, directions()))
    return name, reading.take((*entry, "weight"), _weight, 1.0)


def _several(reading: Reading, path: Path, above: bool | None, own_metrics: bool) -> ObjectiveSpec:
    """Several objectives; a list of one is that one."""
    entries = range(len(reading.get(path)))
    if len(entries) == 1:
        name, maximize = _objective(reading, (*path, 0), above, own_metrics)
        return ObjectiveSpec(metric=name, maximize=maximize)
    found = [_objective(reading, (*path, i), None, own_metrics) for i in entries]
    if above is not None:
        says = "direction must be said of each of several objectives, not of all of them."
        reading.problem((*path[:-1], "direction"), says, f"Such as metric: {_EXAMPLE}.")
    names = [name for name, _ in found]
    for i in entries:
        if names[i] in names[:i]:
            reading.problem((*path, i), f"each objective must be named once, {names[i]} is there twice.")
    several = tuple((name, maximize is not False) for name, maximize in found)
    return ObjectiveSpec(metric=None, several=several, maximize=several[0][1])


def _objective(
    reading: Reading, entry: Path, said: bool | None, own_metrics: bool
) -> tuple[str, bool | None]:
    """One of several: a name, or {metric, direction}; `said` is its direction where it says none itself."""
    place = entry
    if not isinstance(reading.get(entry), str):
        given = reading.section(entry, SOUGHT, example="{metric: sharpe, direction: maximize}")
        place = (*entry, "metric")
        if "metric" not in given:
            says = "each of several objectives must be a metric's name, or a mapping of metric and direction"
            reading.problem(entry, f"{says}, has no metric.")
            return f"objective {entry[-1]}", True
        said = reading.take((*entry, "direction"), direction, said)
    name = reading.take(place, text, "sharpe")
    if ":" in name:
        says = f"each of several objectives must be a metric, was {shown(name)}."
        reading.problem(place, says, "A function of yours can be sought alone.")
        return name, True
    return name, better_side(reading, place, name, said, own_metrics=own_metrics)


def _weight(value: object) -> float:
    return number(value, "a number that is not 0", lambda x: x != 0)
