"""Where the trials of a study lie: on a grid of tried values, and in the unit cube."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.analysis.columns import Floats, Ints
from admf.analysis.inputs import input_of, numbered


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
    inputs = [input_of(columns, name, n, (scales or {}).get(name)) for name in params]
    axes = [one for one in inputs if one.ordered]
    apart = [one.present if one.ordered else one.codes for one in inputs]
    group = (
        numbered(list(zip(*(column.tolist() for column in apart), strict=True)))
        if apart
        else np.zeros(n, dtype=np.int64)
    )
    groups = int(group.max()) + 1 if n else 0
    active = np.zeros((groups, len(axes)), dtype=np.bool_)
    for place, axis in enumerate(axes):
        active[group, place] = axis.present & (len(axis) > 1)
    return Places(
        names=tuple(axis.name for axis in axes),
        sizes=tuple(len(axis) for axis in axes),
        codes=np.stack([np.maximum(axis.codes, 0) for axis in axes], axis=1)
        if axes
        else np.zeros((n, 0), dtype=np.int64),
        unit=np.stack([np.where(axis.present, axis.unit[axis.codes], 0.0) for axis in axes], axis=1)
        if axes
        else np.zeros((n, 0)),
        group=group,
        active=active,
    )
