"""What a container says of its trials, as far as it can be so: what ran in there may have said it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.containers.death import Death
from admf.containers.job import Answer
from admf.containers.wire import Part, unpack_data
from admf.model.few import Few
from admf.model.param_sets import ParamSets
from admf.model.same import Same
from admf.model.trial import Batch, Outcome, Outcomes, ScopeEvent
from admf.model.words import one_line, without_addresses
from admf.trials.objective import METRIC_NAMES

_COLUMNS: dict[str, type | tuple[type, ...]] = {
    "outcomes": Outcome,
    "reasons": str,
    "undefined": Mapping,
    "details": str,
    "outputs": str,
    "events": tuple,
}


def heard(reply: Part | Death, batch: Batch | None = None) -> Answer:
    """The answer of a container; a death where it cannot be read, or is none to the `batch` that was sent."""
    if isinstance(reply, Death):
        return Answer(death=reply)
    try:
        answer = unpack_data(reply)
        if type(answer) is not Answer:
            raise TypeError(f"an answer was due, this is {type(answer).__name__}")
        if batch is not None and answer.result is not None:
            _must_fit(answer.result, batch)
    except Exception as error:
        said = without_addresses(one_line(f"{type(error).__name__}: {error}"))
        reason = f"its answer cannot be read: {said}"
        return Answer(death=Death(outcome=Outcome.CRASHED, reason=reason))
    return answer


def _must_fit(outcomes: Any, batch: Batch) -> None:
    """ValueError or TypeError where these are no outcomes of the batch."""
    n = len(batch)
    if type(outcomes) is not Outcomes or outcomes.metric_names != METRIC_NAMES:
        raise TypeError("the outcomes of trials were due")
    if len(outcomes.numbers) != n or list(outcomes.numbers) != list(batch.numbers):
        raise ValueError("outcomes of other trials than those asked for")
    wide = {"metrics": (n, len(METRIC_NAMES))}
    for name in ("values", "metrics", "durations_s", "peak_memory_mb"):
        array = getattr(outcomes, name)
        if type(array) is not np.ndarray or array.dtype != np.float64 or array.shape != wide.get(name, (n,)):
            raise ValueError(f"{name} of another shape or kind")
    for name, kind in _COLUMNS.items():
        column = getattr(outcomes, name)
        if len(column) != n or not all(isinstance(one, kind) for one in _different(column)):
            raise ValueError(f"{name} of another length or kind")
    _must_be_numbers(outcomes.extra, n)
    for one in _different(outcomes.undefined):
        "".join((*one, *one.values())).encode()
    for events in _different(outcomes.events):
        if not all(isinstance(event, ScopeEvent) for event in events):
            raise TypeError("events that are none")
        json.dumps(events)


def _must_be_numbers(extra: Sequence[Mapping[str, float | None]], n: int) -> None:
    """Metrics beyond the built-in ones; column by column where they are columns."""
    if len(extra) != n:
        raise ValueError("extra metrics of another length")
    if not isinstance(extra, ParamSets):
        for one in _different(extra):
            _must_name_numbers(one, one.values())
        return
    for column in extra.columns.values():
        arrays = [column.values] if column.there is None else [column.values, column.there]
        if any(type(array) is not np.ndarray or array.shape != (n,) for array in arrays):
            raise ValueError("extra metrics of another length")
        if column.options is not None:
            _must_be_places(column.values, column.options)
    options = [option for column in extra.columns.values() for option in column.options or ()]
    _must_name_numbers(extra.columns, options)


def _must_name_numbers(names: Iterable[str], values: Iterable[Any]) -> None:
    "".join(names).encode()
    if not all(value is None or isinstance(value, float | int) for value in values):
        raise TypeError("extra metrics that are no numbers")


def _must_be_places(codes: NDArray[Any], values: Sequence[Any]) -> None:
    if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) < len(values):
        raise ValueError("codes without a value")


def _different(column: Sequence[Any]) -> Iterable[Any]:
    """What stands in a column, without most of what stands there again."""
    if isinstance(column, Same):
        return (column.value,)
    if isinstance(column, Few):
        _must_be_places(column.codes, column.values)
        return column.values
    return column
