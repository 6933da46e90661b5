"""Options as the kernel reads them: plain numbers, and what is prepared per bar."""

from __future__ import annotations

from functools import lru_cache
from math import nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf.finance.indicators import atr, volatility
from admf.finance.simulation.options import (
    Atr,
    Band,
    Calendar,
    Distance,
    EveryBar,
    FixedUnits,
    FractionOfEquity,
    Periodic,
    Simulation,
    VolatilityTarget,
)
from admf.model.bars import Bars, Floats

NOT_REBALANCED, ALWAYS, IN_PERIODS, BY_BAND = range(4)

# The last axis of the kernel's arrays, all float64: prices (T, N, 4), prepared (T, N, 5), events (T, N, 8).
OPEN, HIGH, LOW, CLOSE = range(4)
SCALE, STOP, TRAIL, PROFIT, NEW_PERIOD = range(5)
LONG_ENTRY, LONG_EXIT, SHORT_ENTRY, SHORT_EXIT, TARGET, LIMIT, ORDER_STOP, ORDER_PROFIT = range(8)


class Rules(NamedTuple):
    """The numbers of one simulation; NaN and 0 stand for "none" as said."""

    initial_cash: float
    fill: int
    commission: float
    slippage: float
    borrow_per_bar: float
    cash_per_bar: float
    fraction: float
    units: float  # NaN: sized on equity
    lot: float  # 0: fractional
    rebalance: int
    band: float
    stop: float  # fraction of the price, NaN: none
    trail: float
    profit: float
    has_levels: bool
    time_stop: int  # 0: none
    at_once: bool  # reentry: immediate
    close_at_end: bool


@lru_cache(maxsize=4096)
def rules_of(options: Simulation, bars_per_year: float) -> Rules:
    """The numbers behind `options`."""
    costs, sizing, rebalance = options.costs, options.sizing, options.rebalance
    match rebalance:
        case EveryBar():
            how, band = ALWAYS, nan
        case Periodic():
            how, band = IN_PERIODS, nan
        case Band(width=width):
            how, band = BY_BAND, width
        case _:
            how, band = NOT_REBALANCED, nan
    return Rules(
        initial_cash=float(options.initial_cash),
        fill=int(options.fill),
        commission=float(costs.commission),
        slippage=float(costs.slippage),
        borrow_per_bar=costs.borrow_rate / bars_per_year,
        cash_per_bar=costs.cash_rate / bars_per_year,
        fraction=float(sizing.fraction) if isinstance(sizing, FractionOfEquity) else 1.0,
        units=float(sizing.units) if isinstance(sizing, FixedUnits) else nan,
        lot=float(options.lot or 0.0),
        rebalance=how,
        band=float(band),
        stop=_fraction(options.stop_loss),
        trail=_fraction(options.trailing_stop),
        profit=_fraction(options.take_profit),
        has_levels=any(d is not None for d in _distances(options)),
        time_stop=int(options.time_stop or 0),
        at_once=bool(options.reentry),
        close_at_end=bool(options.close_at_end),
    )


def warmup_of(options: Simulation) -> int:
    """Bars before which ATR distances and volatility sizing are not ready."""
    windows = [d.window for d in _distances(options) if isinstance(d, Atr)]
    if isinstance(options.sizing, VolatilityTarget):
        windows.append(options.sizing.window)
    return max(windows, default=0)


def prepare(bars: Bars, options: Simulation) -> Floats:
    """What some rules need per bar and symbol, (T, N, 5); shape (0, N, 5) where no rule needs any."""
    T, N = len(bars), len(bars.symbols)
    distances = _distances(options)
    sized, periodic = options.sizing, options.rebalance
    used = isinstance(sized, VolatilityTarget) or isinstance(periodic, Periodic)
    if not (used or any(isinstance(d, Atr) for d in distances)):
        return np.empty((0, N, 5))
    prepared = np.full((T, N, 5), nan)
    prepared[..., SCALE] = 1.0
    if isinstance(sized, VolatilityTarget):
        prepared[..., SCALE] = _scale(bars, sized).reshape(T, N)
    for column, distance in zip((STOP, TRAIL, PROFIT), distances, strict=True):
        if isinstance(distance, Atr):
            average = atr(bars.high, bars.low, bars.close, distance.window)
            prepared[..., column] = distance.multiple * average.reshape(T, N)
    if isinstance(periodic, Periodic):
        prepared[..., NEW_PERIOD] = _new_period(bars, periodic)[:, None]
    return prepared


def _distances(options: Simulation) -> tuple[Distance, Distance, Distance]:
    return options.stop_loss, options.trailing_stop, options.take_profit


def _fraction(distance: Distance) -> float:
    return nan if distance is None or isinstance(distance, Atr) else float(distance)


def _scale(bars: Bars, sizing: VolatilityTarget) -> Floats:
    annual = volatility(bars.close, sizing.window) * sqrt(bars.bars_per_year)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.minimum(1.0, sizing.annual / annual)
    return np.where(np.isnan(annual), 0.0, np.where(annual == 0.0, 1.0, scale))


def _new_period(bars: Bars, rebalance: Periodic) -> NDArray[np.bool_]:
    day = bars.session
    match rebalance.every:
        case Calendar.DAILY:
            period = day
        case Calendar.WEEKLY:
            period = (day + 3) // 7  # 1970-01-01 was a Thursday, weeks start on Monday
        case Calendar.MONTHLY:
            period = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    begins: NDArray[np.bool_] = np.r_[False, period[1:] != period[:-1]]
    return begins
