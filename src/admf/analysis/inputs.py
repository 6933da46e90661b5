"""The parameters of a study as inputs: each one's tried values in order, and which of them every trial has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.analysis.columns import Floats, Ints, numbers_in, parameter_of

CATEGORICAL, LINEAR, LOG, ORDINAL = "categorical", "linear", "log", "ordinal"
"""How a parameter's values lie: apart; by size; by the logarithm; in order, evenly."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Input:
    """One parameter over n trials.

    `values` are the k distinct values that were tried, in order where `ordered`, else as they first appear;
    `codes` (n,) says which of them each trial has, -1 where an ordered parameter is absent. `unit` (k,) places
    ordered values in [0, 1] as `scale` says; it is 0 where there is no order. What has no order may be
    absent too: that is a value of its own then.
    """

    name: str
    scale: str
    values: tuple[Any, ...] = field(repr=False)
    codes: Ints = field(repr=False)
    unit: Floats = field(repr=False)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def ordered(self) -> bool:
        """Whether it has directions, up and down."""
        return self.scale != CATEGORICAL

    def of(self, rows: Ints) -> Input:
        """The same input over some of its trials; all values stay."""
        return replace(self, codes=self.codes[rows])

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which trials have it, shape (n,)."""
        return self.codes >= 0


def input_of(
    columns: Mapping[str, Any], name: str, n: int, scale: str | None = None, rows: Ints | None = None
) -> Input:
    """The input of one parameter, over all n trials or over `rows` of them.

    `scale` says how its values lie; where it is None, numbers lie by size and all else apart. An absent
    parameter (None or NaN) has no place among numbers.
    """
    column = parameter_of(columns, name)
    raw = [None] * n if column is None else _listed(column)
    raw = raw if rows is None or len(rows) == len(raw) else [raw[i] for i in rows.tolist()]
    at, drawn, whole, absent = _numbers(raw)
    present = np.zeros(len(raw), dtype=np.bool_)
    present[at] = True
    if scale == CATEGORICAL or not (present | absent).all() or not present.any():
        return _apart(name, raw)
    found, inverse = np.unique(drawn, return_inverse=True)
    codes = np.full(len(raw), -1, dtype=np.int64)
    codes[at] = inverse
    scale = scale or LINEAR
    values = tuple(map(int, found.tolist())) if whole else tuple(found.tolist())
    return Input(name=name, scale=scale, values=values, codes=codes, unit=_unit(found, scale))


def numbered(keys: Sequence[Any]) -> Ints:
    """0, 1, 2 ... for distinct keys, in the order of their first appearance."""
    seen: dict[Any, int] = {}
    return np.array([seen.setdefault(key, len(seen)) for key in keys], dtype=np.int64)


def sample(n: int, most: int, seed: int) -> Ints:
    """All of n rows, or `most` of them, drawn with a seed; in order."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))


def _numbers(raw: list[Any]) -> tuple[Ints, Floats, bool, NDArray[np.bool_]]:
    """Where there are finite numbers, which, whether all are whole by type, and where there is nothing."""
    kinds = set(map(type, raw))
    if kinds and kinds <= {int, float}:  # as most columns are: a million at a time
        every = np.array(raw, dtype=np.float64)
        at = np.flatnonzero(np.isfinite(every))
        return at, every[at], kinds == {int}, np.isnan(every)
    absent = np.array([value is None or value != value for value in raw], dtype=np.bool_)
    return *numbers_in(raw), absent


def _apart(name: str, raw: list[Any]) -> Input:
    raw = [None if value != value else value for value in raw]  # NaN is how frames write what is absent
    codes = numbered([f"{type(value).__name__}:{value!r}" for value in raw])
    _, first = np.unique(codes, return_index=True)
    values = tuple(raw[i] for i in first.tolist())
    return Input(name=name, scale=CATEGORICAL, values=values, codes=codes, unit=np.zeros(len(values)))


def _unit(found: Floats, scale: str) -> Floats:
    """Sorted distinct values in [0, 1]."""
    if scale == ORDINAL:
        found = np.arange(len(found), dtype=np.float64)
    elif scale == LOG and found[0] > 0:
        found = np.log(found)
    width = found[-1] - found[0]
    return (found - found[0]) / width if width > 0 else np.zeros(len(found))


def _listed(column: Any) -> list[Any]:
    listed: list[Any] = column.tolist() if isinstance(column, np.ndarray) else list(column)
    return listed
