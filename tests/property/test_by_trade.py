"""Laws of the way by trades: equal to the streaming pass to 1e-9, the same in every company, and it says when not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from admf.finance.by_trade.changes import changes_of_lines, changes_of_targets, room, sides_of
from admf.finance.by_trade.score import ByTrade, applies
from admf.finance.by_trade.tail import tail_of
from admf.finance.metrics.returns import return_metrics
from admf.finance.metrics.table import NAMES
from admf.finance.scoring import Scorer
from admf.finance.simulation.options import (
    Atr,
    Costs,
    Direction,
    EveryBar,
    Fill,
    FixedUnits,
    FractionOfEquity,
    Simulation,
    VolatilityTarget,
)
from admf.finance.streamed import Streamed
from admf.model.bars import Bars
from tests import strategies as given_

settings_ = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def walks(draw: st.DrawFn) -> Bars:
    """A few dozen to a few hundred bars, some of them in coarse ticks, so that returns are often equal."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    T = draw(st.sampled_from([3, 5, 17, 48, 130, 300]))
    drift, spread = draw(st.sampled_from([-0.01, 0.0, 0.002])), draw(st.sampled_from([1e-4, 0.01, 0.05]))
    close = 100.0 * np.exp(np.cumsum(random.normal(drift, spread, T)))
    open_ = np.r_[100.0, close[:-1]] * np.exp(random.normal(0.0, spread / 3, T))
    if draw(st.booleans()):
        close, open_ = np.maximum(np.round(close, 0), 1.0), np.maximum(np.round(open_, 0), 1.0)
    return given_.make_bars(open_, close=close)


@st.composite
def sides(draw: st.DrawFn, T: int) -> np.ndarray:
    """Signals of whole sides that stay for a while, with NaN here and there."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    length = draw(st.sampled_from([1, 3, 20, 400]))
    levels = np.array(draw(st.sampled_from([(0.0, 1.0), (-1.0, 1.0), (-1.0, 0.0, 1.0), (0.0, 0.0, 1.0)])))
    signal = np.repeat(random.choice(levels, T // length + 1), length)[:T]
    if draw(st.booleans()):
        signal[random.random(T) < 0.05] = np.nan
    return signal


OPTIONS = st.builds(
    Simulation,
    direction=st.sampled_from(list(Direction)),
    fill=st.sampled_from([Fill.NEXT_OPEN, Fill.NEXT_CLOSE]),
    initial_cash=st.sampled_from([100_000.0, 7.0]),
    costs=st.builds(
        Costs, commission=st.sampled_from([0.0, 0.001, 0.03]), slippage=st.sampled_from([0.0, 0.0005])
    ),
)


@given(st.data())
@settings_
def test_trade_by_trade_is_bar_by_bar(data: st.DataObject) -> None:
    bars = data.draw(walks())
    T = len(bars)
    signals = np.array([data.draw(sides(T)) for _ in range(3)])
    options, warmup = data.draw(OPTIONS), data.draw(st.sampled_from([0, 1, 9, 40]))
    assert applies(bars, options)
    found, streamed = (
        Scorer(bars).score(signals, options, warmup),
        Streamed(bars).score(signals, options, warmup),
    )
    assert (found.ruined == streamed.ruined).all()
    assert found.undefined == streamed.undefined
    np.testing.assert_array_equal(np.isnan(found.metrics), np.isnan(streamed.metrics))
    apart = np.abs(found.metrics - streamed.metrics) / np.maximum(1.0, np.abs(streamed.metrics))
    event(f"by trade: {int(lists(bars, signals, options, warmup)[1].sum() < 3)}")
    for name, most in zip(NAMES, np.nan_to_num(apart).max(axis=0), strict=True):
        assert most <= 1e-9, (name, most)


@pytest.mark.parametrize("seed", range(8))
def test_where_equity_never_falls_no_rounding_is_left(seed: int) -> None:
    """Whole prices that only rise, and stand still in between: sums of squares that are differences must be 0."""
    random = np.random.default_rng(seed)
    close = 100.0 + np.cumsum(random.random(300) < 0.27)
    bars = given_.make_bars(np.r_[100.0, close[:-1]], close=close)
    signals = np.repeat(random.random((40, 60)) < 0.7, 5, axis=1).astype(np.float64)
    options = Simulation(direction=Direction.LONG, fill=Fill.NEXT_OPEN, costs=Costs())
    found, streamed = Scorer(bars).score(signals, options, 0), Streamed(bars).score(signals, options, 0)
    assert found.undefined == streamed.undefined
    never = streamed.metrics[:, NAMES.index("max_drawdown")] == 0.0
    assert never.any()
    assert (found.metrics[never, NAMES.index("ulcer_index")] == 0.0).all()
    np.testing.assert_allclose(found.metrics, streamed.metrics, rtol=1e-9, atol=1e-9)


def lists(bars: Bars, signals: np.ndarray, options: Simulation, warmup: int) -> tuple[Any, Any]:
    """Metrics and what is left, of the way by trades alone."""
    low = 0.0 if options.direction is Direction.LONG else -1.0
    high = 0.0 if options.direction is Direction.SHORT else 1.0
    changes, counts = room(len(bars), len(signals))
    changes_of_targets(signals, low, high, warmup, changes, counts, *sides_of(len(bars)))
    metrics, left = np.full((len(signals), len(NAMES)), np.nan), np.ones(len(signals), np.bool_)
    ByTrade(bars).score(changes, counts, options, warmup, metrics, left)
    return metrics, left


@given(st.data())
@settings_
def test_a_signal_earns_the_same_bits_in_any_company(data: st.DataObject) -> None:
    bars = data.draw(walks())
    signals = np.array([data.draw(sides(len(bars))) for _ in range(4)])
    options, scorer = data.draw(OPTIONS), Scorer(bars)
    together = scorer.score(signals, options, 3).metrics
    for row, signal in enumerate(signals):
        assert (
            together[row].tobytes() == Scorer(bars).score(signal[None].copy(), options, 3).metrics.tobytes()
        )


@given(st.data())
@settings_
def test_changes_are_where_the_side_changes(data: st.DataObject) -> None:
    T = data.draw(st.sampled_from([1, 2, 7, 8, 9, 63, 200, 2100]))
    signal, warmup = data.draw(sides(T)), data.draw(st.sampled_from([0, 1, 8, 13, 5000]))
    low, high = data.draw(st.sampled_from([(0.0, 1.0), (-1.0, 1.0), (-1.0, 0.0)]))
    changes, counts = room(T, 1)
    changes_of_targets(signal[None], low, high, warmup, changes, counts, *sides_of(T))
    allowed = np.where((signal >= low) & (signal <= high), signal, 0.0)
    expected, before = [], 0.0
    for t in range(warmup, T - 1):
        if allowed[t] != before:
            before = allowed[t]
            expected.append((t, before))
    assert [(c >> 2, (c & 3) - 1) for c in changes[0, : counts[0]].tolist()] == expected


@given(st.data())
@settings_
def test_changes_of_two_lines_are_those_of_their_sign(data: st.DataObject) -> None:
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    T = data.draw(st.sampled_from([2, 9, 40, 1024, 1025, 3000]))
    lines = np.round(np.cumsum(random.normal(0, 0.3, (4, T)), axis=1)).astype(np.float64)
    lines[0, : T // 3] = np.nan
    above, below, warmup = np.array([0, 1, 2, 2]), np.array([1, 2, 3, 2]), min(5, T)
    longs, shorts = data.draw(st.sampled_from([(True, True), (True, False), (False, True)]))
    changes, counts = room(T, 4)
    changes_of_lines(lines, above, below, longs, shorts, warmup, changes, counts, *sides_of(T))
    signals = np.nan_to_num(np.sign(lines[above] - lines[below]))
    again, numbers = room(T, 4)
    changes_of_targets(signals, -float(shorts), float(longs), warmup, again, numbers, *sides_of(T))
    assert counts.tolist() == numbers.tolist()
    for i, n in enumerate(counts):
        assert changes[i, :n].tolist() == again[i, :n].tolist()


@given(st.data())
@settings_
def test_the_tail_is_that_of_all_returns(data: st.DataObject) -> None:
    seed = data.draw(st.integers(0, 2**32))
    T = data.draw(st.sampled_from([4, 30, 200, 1500]))
    share, n_own = data.draw(st.sampled_from([0.0, 0.1, 1.0])), data.draw(st.integers(0, T))
    zeros, centre = data.draw(st.sampled_from([0, 1, 500, 5_000])), data.draw(st.sampled_from([-0.01, 0.0]))
    check_tail(seed, T, share, n_own, zeros, centre, rounded=data.draw(st.booleans()))


@pytest.mark.parametrize("n_own", [40, 100, 200, 300])
@pytest.mark.parametrize("zeros", [0, 500, 5_000])
def test_the_tail_of_a_set_that_trades_often_and_is_mostly_flat(n_own: int, zeros: int) -> None:
    check_tail(7, 1_500, 0.1, n_own, zeros, 0.0, rounded=False)


def check_tail(
    seed: int, T: int, share: float, n_own: int, zeros: int, centre: float, *, rounded: bool
) -> None:
    """The tail of some held bars, own returns and zeros is that of all of them together."""
    random = np.random.default_rng(seed)
    r = random.normal(0, 0.01, T)
    if rounded:
        r = np.round(r, 2)
    held = random.random(T) < share
    own = random.normal(centre, 0.02, n_own)
    own[::2] = random.choice(r, len(own[::2]))  # some equal those of held bars
    every = np.concatenate([r[held], own, np.zeros(zeros)])
    if every.size < 2:
        return
    bits = np.zeros(T // 64 + 1, np.uint64)
    for t in np.flatnonzero(held).tolist():
        bits[t // 64] |= np.uint64(1 << (t % 64))
    order = np.argsort(r, kind="stable").astype(np.int32)
    room_ = np.empty(every.size + T + 9)
    low, few = np.empty(every.size + T + 9), np.empty(2 * (every.size + T) + 9)
    room_[:n_own] = own
    found = tail_of(r[order], order, bits, low, room_, n_own, few, zeros, every.size)
    naive = return_metrics(every, 252.0)
    assert found[0] == pytest.approx(-naive.var_95, abs=1e-15)
    assert found[1] == pytest.approx(-naive.cvar_95, abs=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        Simulation(fill=Fill.CLOSE),
        Simulation(sizing=FractionOfEquity(fraction=0.5)),
        Simulation(sizing=FixedUnits(units=1.0)),
        Simulation(sizing=VolatilityTarget(annual=0.1, window=5)),
        Simulation(rebalance=EveryBar()),
        Simulation(stop_loss=0.1),
        Simulation(trailing_stop=Atr(multiple=1.0, window=3)),
        Simulation(take_profit=0.1),
        Simulation(time_stop=3),
        Simulation(lot=1.0),
        Simulation(close_at_end=True),
        Simulation(costs=Costs(cash_rate=0.02)),
        Simulation(costs=Costs(borrow_rate=0.02)),
    ],
)
def test_rules_that_act_between_fills_are_streamed(options: Simulation) -> None:
    assert not applies(given_.make_bars([1.0, 2.0, 3.0]), options)


def test_what_holds_more_than_one_symbol_or_costs_nothing_is_streamed() -> None:
    assert not applies(given_.make_bars([[1.0, 2.0]] * 3), Simulation())
    assert not applies(given_.make_bars([1.0, 0.0, 3.0]), Simulation())
    assert applies(given_.make_bars([1.0, 2.0, 3.0]), Simulation())
    only_long = Simulation(direction=Direction.LONG, costs=Costs(borrow_rate=0.02))
    assert applies(given_.make_bars([1.0, 2.0, 3.0]), only_long)
