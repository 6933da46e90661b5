"""Metrics that only a component returns, and why metrics are undefined: mappings, of which trials share many."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from admf.model.few import Few
from admf.model.param_sets import ParamSets
from admf.model.space.value import plain
from admf.store.batch_cells import NULLS, Coded, coded
from admf.store.cells import Cell, to_json

INFINITE = "infinite"
"""Why an infinite metric is undefined."""

Own = Mapping[str, float | None]


@dataclass(frozen=True, slots=True, eq=False)
class OwnMetrics:
    """What the components returned beyond the built-in metrics: row i has mappings[codes[i]].

    `known` are the metrics of the table: of two values of one name, the component's own is kept. Where `written`
    is there, it is what the table says of each row, and of the mappings only the names are of use.
    """

    mappings: Sequence[Own]
    codes: NDArray[np.int64]
    known: Sequence[str]
    written: Coded | None = None

    @classmethod
    def of(cls, extra: Sequence[Own], known: Sequence[str]) -> OwnMetrics:
        """Those of a batch."""
        if isinstance(extra, ParamSets) and (texts := _texts(extra, known)) is not None:
            names = dict.fromkeys(extra.columns, 0.0)
            return cls((names,), np.zeros(len(extra), np.int64), known, coded(texts))
        distinct = Few.of(extra)
        return cls(distinct.values, distinct.codes, known)

    def merged(self, metrics: NDArray[np.float64]) -> NDArray[np.float64]:
        """`metrics` (n, M, of `known`), with what components returned under these names."""
        places = {name: place for place, name in enumerate(self.known)}
        shared = [[name for name in own if name in places] for own in self.mappings]
        if not any(shared):
            return metrics
        metrics = metrics.copy()
        for row in np.flatnonzero(np.array(list(map(bool, shared)))[self.codes]).tolist():
            code = self.codes[row]
            for name in shared[code]:
                value = self.mappings[code][name]
                metrics[row, places[name]] = np.nan if value is None else value
        return metrics

    @property
    def names(self) -> frozenset[str]:
        """All that is not in `known`."""
        return frozenset[str]().union(*self.mappings).difference(self.known)

    def infinite(self) -> list[tuple[str, ...]]:
        """Per mapping, which of its own metrics are infinite."""
        return [
            tuple(name for name, value in own.items() if value is not None and math.isinf(value))
            for own in self._left()
        ]

    def cells(self) -> Coded:
        """JSON of each, NULL where there is none."""
        if self.written is not None:
            return self.written
        return _spread([_extra_json(own) if own else None for own in self._left()], self.codes)

    def _left(self) -> list[Own]:
        known = set(self.known)
        return [
            own if known.isdisjoint(own) else {name: own[name] for name in own if name not in known}
            for own in self.mappings
        ]


def undefined_cells(
    undefined: Sequence[Mapping[str, str]], infinite: NDArray[np.bool_], names: Sequence[str], own: OwnMetrics
) -> Coded:
    """JSON of why metrics are undefined; `infinite` (n, M, of `names`) says which became so for being infinite."""
    distinct = Few.of(undefined)
    mappings, codes = distinct.values, distinct.codes
    of_own = own.infinite()
    affected = infinite.any(axis=1) | np.array(list(map(bool, of_own)))[own.codes]
    if affected.any():
        rows = np.flatnonzero(affected)
        keys = np.column_stack([codes[rows], own.codes[rows], infinite[rows]])
        kinds, places = np.unique(keys, axis=0, return_inverse=True)
        codes = codes.copy()
        codes[rows] = len(mappings) + places.reshape(-1)
        mappings = [
            *mappings,
            *(
                dict.fromkeys(
                    [*of_own[extra], *(name for name, is_so in zip(names, which, strict=True) if is_so)],
                    INFINITE,
                )
                | dict(mappings[before])
                for before, extra, *which in kinds.tolist()
            ),
        ]
    return _spread([to_json(dict(one)) if one else None for one in mappings], codes)


def _spread(texts: list[Cell], codes: NDArray[np.int64]) -> Coded:
    if len(texts) == 1:
        return Coded((texts[0],))
    if not any(texts):
        return NULLS
    merged = coded(texts)  # equal texts of different objects
    return Coded(merged.cells, codes if merged.codes is None else merged.codes[codes])


def _texts(metrics: ParamSets, known: Sequence[str]) -> list[str] | None:
    """What `_extra_json` writes of each, from their columns; None where not all are finite floats beyond `known`."""
    columns = metrics.columns
    if not columns or not columns.keys().isdisjoint(known):
        return None
    for column in columns.values():
        if column.options is not None or column.there is not None or column.values.dtype != np.float64:
            return None
        if not np.isfinite(column.values).all():
            return None
    written = [
        [_key(name) + text for text in map(float.__repr__, columns[name].tolist())]
        for name in sorted(columns)
    ]
    return ["{" + ",".join(cells) + "}" for cells in zip(*written, strict=True)]


def _extra_json(metrics: Own) -> str:
    finite = {name: plain(value) if _is_finite(value) else None for name, value in metrics.items()}
    if all(
        type(value) is float for value in finite.values()
    ):  # nearly always; as `to_json` writes them, sooner
        return "{" + ",".join([_key(name) + float.__repr__(finite[name]) for name in sorted(finite)]) + "}"
    return to_json(finite)


@lru_cache(maxsize=1024)
def _key(name: str) -> str:
    return f"{to_json(name)}:"


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
