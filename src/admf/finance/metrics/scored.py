"""What a trial leaves behind to be measured: returns, trades, and a few totals, as one frozen record."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from admf.errors import DataError, Problem
from admf.finance.metrics.returns import Floats


def as_floats(values: ArrayLike, where: str) -> Floats:
    """`values` as a read-only contiguous float64 array of shape (n,); raises DataError naming `where`."""
    try:
        array = np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(Problem(says=f"must be numbers; {error}", where=where)) from None
    if np.ndim(values) != 1:
        says = f"must be one-dimensional; has the shape {np.shape(values)}"
        raise DataError(Problem(says=says, where=where, hint="Measure one series at a time."))
    array = array.view()
    array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The scored part of one simulation (what is scored: docs/explanation/simulation.md).

    `returns` (n,) simple returns per bar; `trade_pnl` (k,) money and `trade_returns` (k,) fractions of the
    entry notional, open trades included; `bars_per_year` A; `exposure` mean |q| over the scored bars;
    `turnover_total` sum over fills of notional / equity; `costs_total` money paid. NaN among the returns or
    trades makes the metrics of them undefined. Raises DataError for arrays that are not one-dimensional,
    trades of two lengths, and bars per year or initial cash that are not above 0.
    """

    returns: Floats
    trade_pnl: Floats
    trade_returns: Floats
    bars_per_year: float
    initial_cash: float
    final_equity: float
    exposure: float
    turnover_total: float
    costs_total: float

    def __post_init__(self) -> None:
        for name in ("returns", "trade_pnl", "trade_returns"):
            object.__setattr__(self, name, as_floats(getattr(self, name), name))
        if self.trade_pnl.size != self.trade_returns.size:
            says = f"must be as long as trade_returns; {self.trade_pnl.size} and {self.trade_returns.size}"
            raise DataError(Problem(says=says, where="trade_pnl"))
        for name in ("bars_per_year", "initial_cash"):
            must_be_positive(getattr(self, name), name)


def must_be_positive(value: float, where: str) -> None:
    """Raises DataError unless `value` is a number above 0 and finite."""
    if not (value > 0.0 and math.isfinite(value)):
        raise DataError(Problem(says=f"must be above 0 and finite; was {value}", where=where))
