"""Equity curves of several runs on the bars that all of them have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from admf.analysis.columns import Floats
from admf.analysis.paired import Paired, paired
from admf.finance.metrics.holding import measure_holding
from admf.model.bars import Times


def common_times(times: Sequence[Times]) -> Times:
    """The stamps that are in all of them, increasing; none for none."""
    common = times[0] if times else np.empty(0, dtype="datetime64[ns]")
    for other in times[1:]:
        common = np.intersect1d(common, other)
    return common


def equity_at(time: Times, equity: Floats, common: Times) -> Floats | None:
    """Equity (n,) at the common stamps, which are all in `time` (n,); None below two of them."""
    if len(common) < 2:
        return None
    found: Floats = equity[np.searchsorted(time, common)]
    return found


def metrics_on(curve: Floats | None, bars_per_year: float) -> dict[str, float | None]:
    """The metrics that need no trades, of the curve from its first common bar on; empty without one."""
    return {} if curve is None or not (curve > 0).all() else measure_holding(curve, bars_per_year)


def beside(first: Floats | None, other: Floats | None, bars_per_year: float) -> Paired | None:
    """The other curve against the first; None where one is missing or ruined, or where bars are few."""
    if first is None or other is None or not (first > 0).all() or not (other > 0).all():
        return None
    return paired(first[1:] / first[:-1] - 1.0, other[1:] / other[:-1] - 1.0, bars_per_year)
