"""The `objective:` block: what is sought, and what must hold."""

from __future__ import annotations

import re
from dataclasses import replace

from admf.config.document import Path
from admf.config.keys import OBJECTIVE
from admf.config.metric_list import read_list
from admf.config.metric_names import better_side, direction, directions
from admf.config.reading import Reading, text
from admf.errors import Problem, SpaceError, nearest
from admf.finance.simulation.parse import one_of, refusal
from admf.model.space import parse
from admf.model.space.value import shown
from admf.model.trial import ComponentSpec, ObjectiveSpec

_CUSTOM = re.compile(r"[^\0]+:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_SELECT = {"best": "best", "plateau": "plateau"}


def read_objective(reading: Reading, folder: str, *, own_metrics: bool) -> ObjectiveSpec:
    """The objective, its direction resolved; problems are noted in `reading`.

    `own_metrics`: some component is a user's, and may return metrics that no table here knows.
    """
    path: Path = ("objective",)
    if isinstance(reading.get(path), str | list):
        return _sought(reading, path, None, folder, own_metrics)
    reading.section(path, OBJECTIVE, example="{metric: sharpe, constraints: ['n_trades >= 30']}")
    maximize = reading.take((*path, "direction"), direction, None)
    spec = _sought(reading, (*path, "metric"), maximize, folder, own_metrics)
    return replace(spec, constraints=_constraints(reading, (*path, "constraints"), own_metrics))


def read_select(reading: Reading) -> str:
    """What is chosen of a study, `best` or `plateau`; problems are noted in `reading`."""
    return reading.take(("objective", "select"), lambda value: one_of(value, _SELECT), "best")


def _sought(
    reading: Reading, path: Path, maximize: bool | None, folder: str, own_metrics: bool
) -> ObjectiveSpec:
    """The spec behind a metric: a name, 'module:attribute', or a list."""
    raw = reading.get(path)
    if isinstance(raw, list):
        return read_list(reading, path, maximize, own_metrics=own_metrics)
    name = reading.take(path, text, "sharpe")
    if ":" in name:
        reading.take(path, _custom, name)
        custom = ComponentSpec(name="objective", use=name, folder=folder)
        return ObjectiveSpec(metric=None, custom=custom, maximize=maximize is not False)
    better = better_side(reading, path, name, maximize, own_metrics=own_metrics)
    return ObjectiveSpec(metric=name, maximize=better)


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
