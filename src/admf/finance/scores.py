"""What many signals earned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from admf.finance.metrics.table import METRICS
from admf.model.bars import Floats

Rows = slice | NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """What n signals earned: `metrics` (n, M) in the order of METRICS, NaN where `undefined` has the reason.

    `undefined` maps a row to metric -> reason, where it has any. `outside` is the place of the first value outside
    [-1, 1] of a signal that is none (its metrics are NaN), else -1.
    """

    metrics: Floats
    ruined: NDArray[np.bool_]
    outside: NDArray[np.int64]
    undefined: dict[int, Mapping[str, str]] = field(default_factory=dict)

    def put(self, rows: NDArray[np.int64], scores: Scores) -> None:
        """Let some of these be the n rows of others."""
        self.metrics[rows], self.ruined[rows], self.outside[rows] = (
            scores.metrics,
            scores.ruined,
            scores.outside,
        )
        for row, reasons in scores.undefined.items():
            self.undefined[int(rows[row])] = reasons


def scores_of(n: int) -> Scores:
    """n rows that are to be written."""
    return Scores(
        metrics=np.full((n, len(METRICS)), np.nan), ruined=np.zeros(n, np.bool_), outside=np.full(n, -1)
    )
