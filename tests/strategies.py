"""Hypothesis strategies for simulations (bars, signals, orders, options), and builders of bars by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
from hypothesis import strategies as st

from admf.finance.simulation.options import (
    Atr,
    Band,
    Calendar,
    Costs,
    Direction,
    EveryBar,
    Fill,
    FixedUnits,
    FractionOfEquity,
    OnChange,
    Periodic,
    Reentry,
    Simulation,
    VolatilityTarget,
)
from admf.finance.simulation.orders import Orders
from admf.model.bars import BarInfo, Bars

MONDAY = date(2024, 1, 29)
"""Where the bars start: a new week at once, and a new month on the fourth day."""


def make_bars(
    open: Any,
    high: Any = None,
    low: Any = None,
    close: Any = None,
    *,
    per_day: int = 1,
    bars_per_year: float = 252.0,
    start: date = MONDAY,
) -> Bars:
    """Bars from lists of T prices or of T rows of N; missing columns are as tight as they can be."""
    O = np.array(open, dtype=np.float64)  # noqa: E741
    C = O if close is None else np.array(close, dtype=np.float64)
    H = np.maximum(O, C) if high is None else np.array(high, dtype=np.float64)
    L = np.minimum(O, C) if low is None else np.array(low, dtype=np.float64)
    assert (np.minimum(O, C) >= L).all(), "a low lies above its open or close"
    assert (np.maximum(O, C) <= H).all(), "a high lies below its open or close"
    T, N = O.reshape(len(O), -1).shape
    first = (start - date(1970, 1, 1)) // timedelta(days=1)
    session = first + np.arange(T) // per_day
    time = np.datetime64(start, "ns") + np.arange(1, T + 1) * np.timedelta64(86_400 * 10**9 // per_day, "ns")
    info = BarInfo(
        symbols=tuple("ABCDEFGH"[:N]), bars_per_year=bars_per_year, bar_ns=86_400 * 10**9 // per_day
    )
    prices = {"open": O, "high": H, "low": L, "close": C}
    shape = (T,) if N == 1 else (T, N)
    columns = {name: np.ascontiguousarray(column.reshape(shape)).copy() for name, column in prices.items()}
    return Bars(time=time, columns=columns, session=session.astype(np.int64), info=info)


# Prices are multiples of 0.5 and distances powers of two, so that levels are hit exactly and both programs
# see the same numbers: a level is then as exact as the prices themselves. Moves are in steps of 0.5.
_SMALL = [0, 0, 0, 0, 1, -1, 1, -1, 2, -2, 3, -4, 6, -6, 8, -8, 16, -16]
_WILD = [*_SMALL, 32, -32, 64, -64, 150, -150, 400]
_REACH = [0, 0, 0, 1, 2, 4, 8, 16, 40]


@st.composite
def bars(draw: st.DrawFn, *, max_bars: int = 24, max_symbols: int = 3) -> Bars:
    """1 to `max_bars` bars of 1 to `max_symbols` symbols, with gaps, crashes and spikes."""
    T = draw(st.integers(1, 3) | st.integers(4, max_bars))
    N = draw(st.sampled_from([1, 1, 1, 2, 3][: max_symbols + 2]))
    moves = draw(st.sampled_from([_SMALL, _SMALL, _WILD]))
    move, reach = st.sampled_from(moves), st.sampled_from(_REACH)
    rows = draw(st.lists(st.tuples(move, move, reach, reach), min_size=T * N, max_size=T * N))
    prices = np.zeros((4, T, N))
    last = [100] * N
    for i, (gap, body, up, down) in enumerate(rows):
        t, n = divmod(i, N)
        first = max(last[n] + gap, 1)
        last[n] = max(first + body, 1)
        prices[:, t, n] = (
            first,
            max(first, last[n]) + up,
            max(min(first, last[n]) - down, 1),
            last[n],
        )
    return make_bars(
        *prices / 2,
        per_day=draw(st.sampled_from([1, 2, 3])),
        bars_per_year=draw(st.sampled_from([252.0, 12.0])),
    )


TARGETS = [float("nan"), 0.0, 0.0, 1.0, 1.0, -1.0, -1.0, 0.5, -0.5, 0.25, 0.5 + 1e-14, 0.75]


@st.composite
def signals(draw: st.DrawFn, shape: tuple[int, ...]) -> np.ndarray:
    """Targets of the bars' shape that stay for a while: NaN, reversals, same-sign changes; or bools."""
    if draw(st.integers(0, 9)) == 0:
        return np.array(draw(_many(st.booleans(), shape)), dtype=np.bool_).reshape(shape)
    held = draw(_many(st.sampled_from([*TARGETS, None, None, None, None, None, None]), shape))
    grid = np.array([np.inf if v is None else v for v in held]).reshape(shape[0], -1)
    for t in range(len(grid)):
        stays = np.isinf(grid[t])
        grid[t, stays] = grid[t - 1, stays] if t else 1.0
    share = draw(st.sampled_from([1.0, 1.0 / grid.shape[1]]))
    return (grid * share).reshape(shape)


def _many(elements: st.SearchStrategy[Any], shape: tuple[int, ...]) -> st.SearchStrategy[list[Any]]:
    count = int(np.prod(shape))
    return st.lists(elements, min_size=count, max_size=count)


_EVENTS = [(), (), (), (0,), (0,), (1,), (2,), (2,), (3,), (0, 1), (1, 2), (0, 3), (0, 2), (0, 1, 2, 3)]


@st.composite
def orders(draw: st.DrawFn, bars: Bars) -> Orders:
    """Events of every kind, alone and together; each price field given, sparse or missing."""
    shape = bars.close.shape
    kinds = draw(_many(st.sampled_from(_EVENTS), shape))
    flags = [np.array([field in kind for kind in kinds]).reshape(shape) for field in range(4)]

    def near_close(*offsets: float) -> np.ndarray | None:
        if draw(st.booleans()):
            return None
        off = draw(_many(st.sampled_from([float("nan"), float("nan"), *offsets]), shape))
        prices: np.ndarray = np.fmax(bars.close + np.array(off).reshape(shape), 0.5)
        prices[np.isnan(np.array(off).reshape(shape))] = np.nan
        return prices

    limit = near_close(0.0, -0.5, 0.5, -2.0, 2.0, -6.0, 6.0)
    stop = near_close(-1.0, -4.0, -10.0, 1.0, 4.0)
    take_profit = near_close(1.0, 4.0, 10.0, -1.0, -4.0)
    size = None
    if draw(st.booleans()):
        size = np.array(draw(_many(st.sampled_from([float("nan"), 1.0, 0.5, 0.25]), shape))).reshape(shape)
    missing = draw(st.sets(st.integers(0, 3), max_size=2))
    entries, exits, short_entries, short_exits = (None if i in missing else f for i, f in enumerate(flags))
    return Orders(
        entries=entries,
        exits=exits,
        short_entries=short_entries,
        short_exits=short_exits,
        target=size,
        limit=limit,
        stop=stop,
        take_profit=take_profit,
    )


def _often(usual: Any, *others: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.just(usual) | st.one_of(*others)


_distance = _often(
    None,
    st.sampled_from([1 / 16, 1 / 8, 1 / 4, 1 / 2]),
    st.sampled_from([1 / 16, 1 / 8, 1 / 4]),
    st.builds(Atr, multiple=st.sampled_from([0.5, 1.0, 2.0]), window=st.integers(1, 4)),
)
_rate = st.sampled_from([0.0, 0.0, 0.001, 1 / 64])
_sizing = _often(
    FractionOfEquity(),
    st.builds(FractionOfEquity, fraction=st.sampled_from([0.5, 0.3, 2.0])),
    st.builds(FixedUnits, units=st.sampled_from([10.0, 7.5, 4000.0])),
    st.builds(VolatilityTarget, annual=st.sampled_from([0.1, 1.0, 4.0]), window=st.integers(2, 4)),
)
_rebalance = _often(
    OnChange(),
    st.just(EveryBar()),
    st.builds(Periodic, every=st.sampled_from(Calendar)),
    st.builds(Band, width=st.sampled_from([0.03, 0.2])),
)


def options(**fixed: Any) -> st.SearchStrategy[Simulation]:
    """Every option; `fixed` pins some."""
    free: dict[str, st.SearchStrategy[Any]] = {
        "fill": st.sampled_from(Fill),
        "direction": _often(Direction.BOTH, st.sampled_from(Direction)),
        "initial_cash": st.sampled_from([100_000.0, 1000.0]),
        "sizing": _sizing,
        "rebalance": _rebalance,
        "stop_loss": _distance,
        "take_profit": _distance,
        "trailing_stop": _distance,
        "time_stop": _often(None, st.integers(1, 4)),
        "reentry": st.sampled_from(Reentry),
        "lot": _often(None, st.sampled_from([1.0, 10.0, 0.25, 0.1])),
        "close_at_end": st.booleans(),
        "costs": st.builds(
            Costs,
            commission=_rate,
            slippage=_rate,
            borrow_rate=st.sampled_from([0.0, 0.05, 3.0]),
            cash_rate=st.sampled_from([0.0, 0.04]),
        ),
    }
    return st.builds(Simulation, **{**free, **{name: st.just(value) for name, value in fixed.items()}})
