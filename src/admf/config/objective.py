"""The `objective:` block: what is sought, and what must hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from admf.config.document import Path
from admf.config.keys import OBJECTIVE, WEIGHTED
from admf.config.reading import Reading, text
from admf.errors import Problem, SpaceError, nearest
from admf.finance.simulation.parse import number, one_of, refusal
from admf.model.space import parse
from admf.model.space.value import shown
from admf.model.trial import ComponentSpec, ObjectiveSpec

_CUSTOM = re.compile(r"[^\0]+:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_DIRECTIONS = {"maximize": True, "minimize": False, "max": True, "min": False}
_SELECT = {"best": "best", "plateau": "plateau"}
_OWN = "A metric of the component's own evaluate(bars) needs direction: maximize or minimize."


@cache
def directions() -> Mapping[str, bool | None]:
    """The metrics by name, with which side is better (None: it must be said)."""
    from admf.finance.metrics.table import METRICS  # loads the compiled metrics: not before it is needed

    return {metric.name: metric.maximize for metric in METRICS}


def read_objective(reading: Reading, folder: str, *, own_metrics: bool) -> ObjectiveSpec:
    """The objective, its direction resolved; problems are noted in `reading`.

    `own_metrics`: some component is a user's, and may return metrics that no table here knows.
    """
    path: Path = ("objective",)
    if isinstance(reading.get(path), str | list):
        return _sought(reading, path, None, folder, own_metrics)
    reading.section(path, OBJECTIVE, example="{metric: sharpe, constraints: ['n_trades >= 30']}")
    maximize = reading.take((*path, "direction"), lambda value: one_of(value, _DIRECTIONS), None)
    spec = _sought(reading, (*path, "metric"), maximize, folder, own_metrics)
    return replace(spec, constraints=_constraints(reading, (*path, "constraints"), own_metrics))


def read_select(reading: Reading) -> str:
    """What is chosen of a study, `best` or `plateau`; problems are noted in `reading`."""
    return reading.take(("objective", "select"), lambda value: one_of(value, _SELECT), "best")


def _sought(
    reading: Reading, path: Path, maximize: bool | None, folder: str, own_metrics: bool
) -> ObjectiveSpec:
    """The spec behind a metric: a name, 'module:attribute', or a weighted list."""
    raw = reading.get(path)
    if isinstance(raw, list):
        weighted = _weighted(reading, path, own_metrics)
        return ObjectiveSpec(metric=None, weighted=weighted, maximize=maximize is not False)
    name = reading.take(path, text, "sharpe")
    if ":" in name:
        reading.take(path, _custom, name)
        custom = ComponentSpec(name="objective", use=name, folder=folder)
        return ObjectiveSpec(metric=None, custom=custom, maximize=maximize is not False)
    if maximize is not None and own_metrics:
        return ObjectiveSpec(metric=name, maximize=maximize)
    if name not in directions():
        hint = nearest(name, directions())
        reading.problem(
            path,
            f"a metric must be known, was {shown(name)}.",
            f"{hint} {_OWN if own_metrics else ''}".strip(),
        )
    elif maximize is None and directions()[name] is None:
        hint = "Say direction: maximize or minimize."
        reading.problem(path, f"direction must be given, {name} has no better side.", hint)
    better = directions().get(name)
    return ObjectiveSpec(metric=name, maximize=better if maximize is None else maximize)


def _weighted(reading: Reading, path: Path, own_metrics: bool) -> tuple[tuple[str, float], ...]:
    weighted = []
    raw: list[Any] = reading.get(path)
    if any(isinstance(one, Mapping) and "direction" in one for one in raw) or (
        raw and all(isinstance(one, str) for one in raw)
    ):
        reading.later(path, "a list of objectives (Pareto)", ("one metric", "a list of {metric, weight}"))
        return ()
    if not raw:
        reading.problem(path, "metric must be a name or a list of {metric, weight}, was [].")
    for i, one in enumerate(raw):
        entry: Path = (*path, i)
        given = reading.section(entry, WEIGHTED, example="{metric: sharpe, weight: 1}")
        for key in ("metric", "weight"):
            if isinstance(one, Mapping) and key not in given:
                reading.problem(entry, f"each entry must have metric and weight, has no {key}.")
        if one is None:
            reading.problem(entry, "each entry must be {metric, weight}, was null.")
        name = reading.take((*entry, "metric"), text, "sharpe")
        if name not in directions() and not own_metrics:
            says = f"a metric must be known, was {shown(name)}."
            reading.problem((*entry, "metric"), says, nearest(name, directions()))
        weighted.append((name, reading.take((*entry, "weight"), _weight, 1.0)))
    return tuple(weighted)


def _constraints(reading: Reading, path: Path, own_metrics: bool) -> tuple[str, ...]:
    raw = reading.get(path)
    if raw is None:
        return ()
    if not isinstance(raw, str | list):
        reading.problem(path, f"constraints must be a list such as ['n_trades >= 30'], was {shown(raw)}.")
        return ()
    texts = []
    for i, one in enumerate([raw] if isinstance(raw, str) else raw):
        place = path if isinstance(raw, str) else (*path, i)
        try:
            expression = parse(one)
            texts.append(str(expression))
            problems = () if own_metrics else _unknown(expression.names, str(expression))
        except SpaceError as error:
            problems = error.problems
        for problem in problems:
            reading.problem(place, problem.says, problem.hint)
    return tuple(texts)


def _unknown(names: tuple[str, ...], expression: str) -> tuple[Problem, ...]:
    return tuple(
        Problem(
            says=f"'{expression}' must name metrics, {shown(name)} is none.", hint=nearest(name, directions())
        )
        for name in names
        if name not in directions()
    )


def _custom(value: object) -> str:
    use = text(value)
    if not _CUSTOM.fullmatch(use):
        raise refusal("a metric, 'module:attribute' or 'path/to/file.py:attribute'", value)
    return use


def _weight(value: object) -> float:
    return number(value, "a number that is not 0", lambda x: x != 0)
