"""What many signals earned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admf.finance.metrics.measure import NO_REASONS
from admf.finance.metrics.table import METRICS
from admf.model.bars import Floats
from admf.model.few import Few

Rows = slice | NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """What n signals earned: `metrics` (n, M) in the order of METRICS, NaN where `undefined` has the reason.

    `undefined` (n,) maps metrics to reasons, mostly none. `outside` is the place of the first value outside
    [-1, 1] of a signal that is none (its metrics are NaN), else -1.
    """

    metrics: Floats
    ruined: NDArray[np.bool_]
    outside: NDArray[np.int64]
    undefined: Few[Mapping[str, str]]

    def put(self, rows: NDArray[np.int64], scores: Scores) -> None:
        """Let some of these be the n rows of others."""
        self.metrics[rows], self.ruined[rows], self.outside[rows] = (
            scores.metrics,
            scores.ruined,
            scores.outside,
        )
        self.undefined.put(rows, scores.undefined)


def scores_of(n: int) -> Scores:
    """n rows that are to be written."""
    return Scores(
        metrics=np.full((n, len(METRICS)), np.nan),
        ruined=np.zeros(n, np.bool_),
        outside=np.full(n, -1),
        undefined=Few.filled(NO_REASONS, n),
    )
