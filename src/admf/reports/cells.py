"""Trials gathered into the cells of two axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admf.analysis.columns import Floats
from admf.reports.table import Axis


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """A pair's cells, shape (len(y), len(x)): trials, and the median and best value, NaN where none."""

    tried: NDArray[np.int64]
    median: Floats
    best: Floats


def cells_of(x: Axis, y: Axis, values: Floats, maximize: bool) -> Cells:
    """Counts, medians and bests of `values` (n,) per cell of two axes."""
    shape, flat = (len(y), len(x)), y.codes * len(x) + x.codes
    tried = np.bincount(flat, minlength=shape[0] * shape[1])
    held = np.isfinite(values)
    cell, value = flat[held], values[held]
    order = np.lexsort((value, cell))
    cell, value = cell[order], value[order]
    used, first, size = np.unique(cell, return_index=True, return_counts=True)
    median, best = np.full(tried.size, np.nan), np.full(tried.size, np.nan)
    median[used] = (value[first + (size - 1) // 2] + value[first + size // 2]) / 2.0
    best[used] = value[first + size - 1] if maximize else value[first]
    return Cells(tried=tried.reshape(shape), median=median.reshape(shape), best=best.reshape(shape))


def color_range(shown: Sequence[Floats], maximize: bool) -> tuple[float, float]:
    """Least and greatest colour: the worst 2 % of cells share one, or a disaster would flatten the rest."""
    found = np.concatenate([part[np.isfinite(part)] for part in shown])
    low, high = (0.02, 1.0) if maximize else (0.0, 0.98)
    return float(np.quantile(found, low)), float(np.quantile(found, high))
