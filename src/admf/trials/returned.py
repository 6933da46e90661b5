"""Metrics that components returned themselves: taken trial by trial, made into columns when all are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import compress
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

    def known(self) -> dict[int, Floats]:
        """Those that METRIC_NAMES has, by their place in it."""
        return {_PLACES[name]: self.values[:, at] for at, name in enumerate(self.names) if name in _PLACES}

    def undefined(self) -> Few[Mapping[str, str]]:
        """Why the others of METRIC_NAMES are null, and of these what is NaN."""
        known = self.known()
        given = np.isfinite(list(known.values())).T if known else None
        if given is None or given.all():
            return Few.filled(_not_returned(frozenset(known)), len(self.rows))
        kinds, codes = np.unique(given, axis=0, return_inverse=True)
        whys = [_not_returned(frozenset(compress(known, kind))) for kind in kinds.tolist()]
        return Few(whys, codes.reshape(-1))

    def extra(self) -> Sequence[Extra]:
        """Those that METRIC_NAMES does not have, per trial."""
        own = {name: at for at, name in enumerate(self.names) if name not in _PLACES}
        if not own:
            return Same({}, len(self.rows))
        if len(self.rows) == 1:  # as it is sent soonest
            (row,) = self.values.tolist()
            return ({name: row[at] if isfinite(row[at]) else None for name, at in own.items()},)
        return ParamSets(len(self.rows), {name: _column(self.values[:, at]) for name, at in own.items()})


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
            finite = np.isfinite(values)
            if not finite.all():
                values[~finite] = np.nan
            yield Group(np.array(rows), names, values)


def own_metrics(answer: Mapping[str, Any]) -> tuple[Floats, Mapping[str, str], Extra]:
    """Of one answer: the known metrics in the order of METRIC_NAMES, why some are null, and the others."""
    returned, metrics = Returned(), np.full(len(METRIC_NAMES), np.nan)
    returned.take(0, answer)
    (group,) = returned.groups()
    for place, column in group.known().items():
        metrics[place] = column[0]
    return metrics, group.undefined()[0], group.extra()[0]


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
def _not_returned(given: frozenset[int]) -> Mapping[str, str]:
    """Why all others are null; the same mapping for all trials of which it is true: it is sent and written once."""
    return {name: _WHY for place, name in enumerate(METRIC_NAMES) if place not in given}
