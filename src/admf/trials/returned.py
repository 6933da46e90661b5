"""Metrics that components returned themselves: taken trial by trial, made into columns when all are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf.errors import TrialError
from admf.model.bars import Floats
from admf.model.few import Few
from admf.model.param_sets import Column, ParamSets
from admf.model.same import Same
from admf.trials.objective import METRIC_NAMES

Extra = Mapping[str, float | None]
"""Metrics that only a component has; None: undefined."""
_PLACES = {name: place for place, name in enumerate(METRIC_NAMES)}
_WHY = "not returned by the component"


class Group(NamedTuple):
    """Trials whose components returned metrics of the same names; values that are no finite number are NaN."""

    rows: NDArray[np.int64]
    names: tuple[str, ...]
    values: Floats
    """(trials, names)."""

    def metrics(self) -> Floats:
        """(trials, metrics) in the order of METRIC_NAMES."""
        metrics = np.full((len(self.rows), len(METRIC_NAMES)), np.nan)
        for place, name in enumerate(self.names):
            if name in _PLACES:
                metrics[:, _PLACES[name]] = self.values[:, place]
        return metrics

    def undefined(self, metrics: Floats) -> Few[Mapping[str, str]]:
        """Why some of the `metrics` are null."""
        missing = np.isnan(metrics)
        if (missing == missing[0]).all():
            return Few.filled(_not_returned(tuple(missing[0].tolist())), len(missing))
        kinds, codes = np.unique(missing, axis=0, return_inverse=True)
        return Few([_not_returned(tuple(kind)) for kind in kinds.tolist()], codes.reshape(-1))

    def extra(self) -> Sequence[Extra]:
        """Those that METRIC_NAMES does not have, per trial."""
        columns = {
            name: _column(self.values[:, place])
            for place, name in enumerate(self.names)
            if name not in _PLACES
        }
        if not columns:
            return Same({}, len(self.rows))
        extra = ParamSets(len(self.rows), columns)
        return extra if len(extra) > 1 else tuple(extra)  # as it is sent soonest


class Returned:
    """What the components of a batch returned."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], tuple[list[int], list[tuple[float, ...]]]] = {}
        """Rows and values by the names that came with them."""

    def take(self, row: int, answer: Mapping[str, Any]) -> None:
        """The metrics of one trial; TrialError for what is no number."""
        try:
            values = tuple(map(float, answer.values()))
        except (TypeError, ValueError):
            values = tuple(map(number_of, answer.values()))
        names = tuple(map(str, answer))
        kept = self._kept.get(names)
        if kept is None:
            kept = self._kept[names] = ([], [])
        kept[0].append(row)
        kept[1].append(values)

    def groups(self) -> Iterator[Group]:
        """All that was taken."""
        for names, (rows, kept) in self._kept.items():
            values = np.array(kept, np.float64).reshape(len(rows), len(names))
            values[~np.isfinite(values)] = np.nan
            yield Group(np.array(rows), names, values)


def own_metrics(answer: Mapping[str, Any]) -> tuple[Floats, Mapping[str, str], Extra]:
    """Of one answer: the known metrics in the order of METRIC_NAMES, why some are null, and the others."""
    returned = Returned()
    returned.take(0, answer)
    (group,) = returned.groups()
    metrics = group.metrics()
    return metrics[0], group.undefined(metrics)[0], group.extra()[0]


def number_of(value: Any) -> float:
    """A metric as a component returns it, NaN for None and infinity; TrialError for what is no number."""
    if value is None:
        return float("nan")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TrialError(f"a metric must be a number or None, got {value!r}.") from None
    return number if isfinite(number) else float("nan")


def _column(values: Floats) -> Column:
    """With None for what is NaN."""
    if np.isfinite(values).all():
        return Column(values)
    return Column(np.arange(len(values)), tuple([x if isfinite(x) else None for x in values.tolist()]))


@lru_cache(maxsize=64)
def _not_returned(missing: tuple[bool, ...]) -> Mapping[str, str]:
    """Why these are null; the same mapping for all trials of which it is true: it is sent and written once."""
    return {name: _WHY for name, is_missing in zip(METRIC_NAMES, missing, strict=True) if is_missing}
