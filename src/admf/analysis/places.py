"""Where the trials of a study lie: on a grid of tried values, and in the unit cube."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.analysis.columns import Floats, Ints, numbers_in, parameter_of

CATEGORICAL, LINEAR, LOG, ORDINAL = "categorical", "linear", "log", "ordinal"
"""How a parameter's values lie: apart; by size; by the logarithm; in order, evenly."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """n trials on D ordinal axes.

    `codes` (n, D) number the tried values of each axis from 0, `sizes` says how many there are; `unit` (n, D)
    places them in [0, 1]; both are 0 where a parameter is absent. Trials of the same `group` (n,) agree in
    every categorical parameter and in which parameters are absent; `active` (groups, D) says which axes a
    group has.
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    codes: Ints
    unit: Floats
    group: Ints
    active: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.group)


def places(
    columns: Mapping[str, Any], params: Sequence[str], n: int, scales: Mapping[str, str] | None = None
) -> Places:
    """The places of n trials by their parameters.

    `scales` says how a parameter's values lie; where it does not, numbers lie by size and all else apart. An
    absent parameter (None) is a category of its own: no number is near it.
    """
    axes: list[tuple[str, Ints, Floats, NDArray[np.bool_], int]] = []
    apart: list[Ints] = []
    for name in params:
        column = parameter_of(columns, name)
        raw = [None] * n if column is None else _listed(column)
        scale = (scales or {}).get(name)
        at, drawn, _ = numbers_in(raw)
        present = np.zeros(n, dtype=np.bool_)
        present[at] = True
        absent = np.array([value is None or value != value for value in raw], dtype=np.bool_)
        if scale == CATEGORICAL or not (present | absent).all() or not present.any():
            apart.append(_numbered([_identity(value) for value in raw]))
            continue
        found, inverse = np.unique(drawn, return_inverse=True)
        codes, unit = np.zeros(n, dtype=np.int64), np.zeros(n)
        codes[at], unit[at] = inverse, _unit(found, scale or LINEAR)[inverse]
        axes.append((name, codes, unit, present, len(found)))
        apart.append(present.astype(np.int64))
    group = (
        _numbered(list(zip(*(column.tolist() for column in apart), strict=True)))
        if apart
        else np.zeros(n, dtype=np.int64)
    )
    groups = int(group.max()) + 1 if n else 0
    active = np.zeros((groups, len(axes)), dtype=np.bool_)
    for axis, (_, _, _, present, size) in enumerate(axes):
        active[group, axis] = present & (size > 1)
    return Places(
        names=tuple(name for name, *_ in axes),
        sizes=tuple(size for *_, size in axes),
        codes=np.stack([codes for _, codes, *_ in axes], axis=1)
        if axes
        else np.zeros((n, 0), dtype=np.int64),
        unit=np.stack([unit for _, _, unit, *_ in axes], axis=1) if axes else np.zeros((n, 0)),
        group=group,
        active=active,
    )


def _unit(found: Floats, scale: str) -> Floats:
    """Sorted distinct values in [0, 1]."""
    if scale == ORDINAL:
        found = np.arange(len(found), dtype=np.float64)
    elif scale == LOG and found[0] > 0:
        found = np.log(found)
    width = found[-1] - found[0]
    return (found - found[0]) / width if width > 0 else np.zeros(len(found))


def _numbered(keys: Sequence[Any]) -> Ints:
    """0, 1, 2 ... for distinct keys, in the order of their first appearance."""
    seen: dict[Any, int] = {}
    return np.array([seen.setdefault(key, len(seen)) for key in keys], dtype=np.int64)


def _identity(value: Any) -> str:
    return f"{type(value).__name__}:{value!r}"


def _listed(column: Any) -> list[Any]:
    listed: list[Any] = column.tolist() if isinstance(column, np.ndarray) else list(column)
    return listed
