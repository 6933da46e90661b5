"""Trials as data: what is asked of a container, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf.model.few import Few
from admf.model.same import Same
from admf.model.sent import sent, sent_often

Params = Mapping[str, Any]


class Outcome(Enum):
    """How a trial ended."""

    SCORED = "scored"
    FAILED = "failed"
    CRASHED = "crashed"
    KILLED = "killed"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentSpec:
    """Where a component comes from, as data that can cross to any process.

    Exactly one of `use` (a registered name, 'module:attribute', or 'path/file.py:attribute'), `pickled` (a
    function or object shipped by value) and `of` (a composite's parts) is set.
    """

    name: str
    use: str | None = None
    pickled: bytes | None = field(default=None, repr=False)
    of: tuple[ComponentSpec, ...] | None = None
    combine: str = "weighted_mean"
    warmup: int | str | None = None
    folder: str = "."
    """What relative paths and imports start from: the config's folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveSpec:
    """What is sought: one metric, a custom 'module:attribute', a weighted sum, or several metrics; what must hold."""

    metric: str | None = "sharpe"
    weighted: tuple[tuple[str, float], ...] = ()
    custom: ComponentSpec | None = None
    maximize: bool | None = None
    """None: as the metric's own direction says. Of several: that of the first."""
    several: tuple[tuple[str, bool], ...] = ()
    """Metrics, each with whether more of it is better, where there are at least two (then `metric` is None): none is
    given up for another. The value of a trial is the first of them."""
    constraints: tuple[str, ...] = ()


@sent_often
@dataclass(frozen=True, slots=True, kw_only=True)
class StudySpec:
    """Everything that the trials of one stage and component share."""

    component: ComponentSpec
    bars: str
    """Folder of the mapped bars (model/mapped_bars.py)."""
    start: int
    stop: int
    warmup: int
    simulation: str
    """The config's `simulation:` and `costs:` options, as JSON."""
    objective: ObjectiveSpec
    source: str = ""
    """Hash of the component's code: an edited file is another study to a worker that is kept."""
    extra_metrics: tuple[str, ...] = ()
    """Metrics beyond the built-in ones that the component returns and the objective may name."""


@sent
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Some proposals of one study: numbers, parameter sets, seeds (n,), in proposal order.

    A range and ParamSets where that can be: what is sent is then arrays.
    """

    study: StudySpec = field(repr=False)
    numbers: Sequence[int]
    params: Sequence[Params] = field(repr=False)
    seeds: NDArray[np.int64] = field(repr=False)

    def __len__(self) -> int:
        return len(self.numbers)


class ScopeEvent(NamedTuple):
    """Something that happened in a container, `at_s` seconds after its trial began."""

    at_s: float
    kind: str
    data: Mapping[str, Any]


@sent
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcomes:
    """How the trials of a batch ended, as columns of length n.

    `values` and `metrics` (n, M, in the order of `metric_names`) hold NaN where null; `reasons` says why a
    value is null or a trial did not score ('' where there is nothing to say); `undefined` maps a metric to
    the reason it is null, and `extra` holds metrics that only this component returns. A column of one value is a
    Same: most trials have nothing to say; one of few values may be a Few.
    """

    numbers: Sequence[int]
    outcomes: Sequence[Outcome]
    values: NDArray[np.float64]
    metrics: NDArray[np.float64]
    metric_names: tuple[str, ...]
    reasons: Sequence[str]
    undefined: Sequence[Mapping[str, str]]
    extra: Sequence[Mapping[str, float | None]]
    durations_s: NDArray[np.float64]
    peak_memory_mb: NDArray[np.float64]
    details: Sequence[str] = ()
    """Text for a person, such as a traceback; not part of the deterministic columns."""
    outputs: Sequence[str] = ()
    """What each trial printed and logged ('' for most); neither."""
    events: Sequence[tuple[ScopeEvent, ...]] = ()
    """What each trial noted in its scope (() for most); neither."""

    def __len__(self) -> int:
        return len(self.numbers)


def lost_outcome(
    number: int,
    outcome: Outcome,
    reason: str,
    metric_names: tuple[str, ...],
    *,
    seconds: float = 0.0,
    peak_memory_mb: float = 0.0,
    detail: str = "",
    output: str = "",
) -> Outcomes:
    """The outcome of one trial that could not report for itself."""
    return Outcomes(
        numbers=(number,),
        outcomes=(outcome,),
        values=np.full(1, np.nan),
        metrics=np.full((1, len(metric_names)), np.nan),
        metric_names=metric_names,
        reasons=(reason,),
        undefined=({},),
        extra=({},),
        durations_s=np.full(1, seconds),
        peak_memory_mb=np.full(1, peak_memory_mb),
        details=(detail,),
        outputs=(output,),
        events=((),),
    )


_COLUMNS = ("outcomes", "reasons", "undefined", "extra", "details", "outputs", "events")
_ARRAYS = ("values", "metrics", "durations_s", "peak_memory_mb")


def joined(parts: Sequence[Outcomes]) -> Outcomes:
    """Outcomes of several containers as one, in the order given; at least one part, each with every column."""
    if len(parts) == 1:
        return parts[0]
    columns: dict[str, Any] = {
        name: _end_to_end([getattr(part, name) for part in parts]) for name in _COLUMNS
    }
    columns |= {name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS}
    return replace(parts[0], numbers=tuple(chain.from_iterable(part.numbers for part in parts)), **columns)


def _end_to_end(columns: Sequence[Sequence[Any]]) -> Sequence[Any]:
    first = columns[0]
    if isinstance(first, Same) and all(isinstance(one, Same) and one.value == first.value for one in columns):
        return Same(first.value, sum(map(len, columns)))
    if all(isinstance(one, Same | Few) for one in columns):
        return _few_end_to_end([Few.of(one) for one in columns])
    return tuple(chain.from_iterable(columns))


def _few_end_to_end(columns: Sequence[Few[Any]]) -> Few[Any]:
    whole, first = Few[Any]([], np.zeros(sum(map(len, columns)), np.int64)), 0
    for one in columns:
        whole.put(slice(first, first + len(one)), one)
        first += len(one)
    return whole


def reordered(outcomes: Outcomes, numbers: Sequence[int]) -> Outcomes:
    """The same outcomes, those of `numbers`, in that order."""
    if list(numbers) == list(outcomes.numbers):
        return outcomes
    row_of = {number: row for row, number in enumerate(outcomes.numbers)}
    rows = [row_of[number] for number in numbers]
    columns: dict[str, Any] = {name: _picked(getattr(outcomes, name), rows) for name in _COLUMNS}
    columns |= {name: getattr(outcomes, name)[rows] for name in _ARRAYS}
    return replace(outcomes, numbers=tuple(numbers), **columns)


def _picked(column: Sequence[Any], rows: Sequence[int]) -> Sequence[Any]:
    if isinstance(column, Same):
        return Same(column.value, len(rows))
    return (
        column.take(np.array(rows, np.int64))
        if isinstance(column, Few)
        else tuple(column[row] for row in rows)
    )


def trial_id(stage: int, component: str, regime: str, window: str, proposal: int) -> str:
    """The name of a trial within its run, such as `1.ma_crossover.17`; default regime and window are left out."""
    middle = [part for part, usual in ((regime, "all"), (window, "in_sample")) if part != usual]
    return ".".join([str(stage), component, *middle, str(proposal)])
