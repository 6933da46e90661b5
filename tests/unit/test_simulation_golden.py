"""Hand-computed simulations after docs/explanation/simulation.md, held by the oracle and the kernel."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from admf.errors import AdmfError
from admf.finance.simulation import simulate as kernel
from admf.finance.simulation.options import (
    Atr,
    Band,
    Calendar,
    Costs,
    Direction,
    EveryBar,
    Fill,
    FixedUnits,
    Periodic,
    Reentry,
    Simulation,
    VolatilityTarget,
)
from admf.finance.simulation.orders import Orders
from tests.reference import simulation as oracle
from tests.reference.simulation import Result
from tests.strategies import make_bars

NAN = math.nan
BASE = Simulation(initial_cash=1000.0)
Simulate = Callable[..., Result]


def _kernel(*args: Any, **more: Any) -> Result:
    return oracle.as_result(kernel.simulate(*args, **more))


@pytest.fixture(params=[oracle.simulate, _kernel], ids=["oracle", "kernel"])
def simulate(request: pytest.FixtureRequest) -> Simulate:
    chosen: Simulate = request.param
    return chosen


def approx(*values: float) -> Any:
    return pytest.approx(list(values), rel=1e-12, abs=1e-9)


def column(result: Result, name: str) -> list[Any]:
    return [trade[name] for trade in result.trades]


def events(*on: int, T: int) -> np.ndarray:
    flags = np.zeros(T, np.bool_)
    flags[list(on)] = True
    return flags


def test_a_long_pays_commission_and_slippage_at_the_next_open(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 110], close=[100, 105, 120])
    found = simulate(bars, np.ones(3), replace(BASE, costs=Costs(commission=0.001, slippage=0.01)))
    # Bought at 100 x 1.01 = 101, so that notional and commission are 1000: units = 1000 / (101 x 1.001).
    units = 1000 / (101 * 1.001)
    assert found.equity == approx(1000, units * 105, units * 120)
    (trade,) = found.trades
    assert trade["reason"] == "end"
    assert trade["open_at_end"]
    assert (trade["entry_bar"], trade["exit_bar"], trade["bars_held"]) == (1, 2, 1)
    assert trade["pnl"] == pytest.approx(units * 120 - 1000, rel=1e-12)
    assert trade["commission"] == pytest.approx(1000 / 1.001 * 0.001, rel=1e-12)
    assert trade["slippage"] == pytest.approx(units, rel=1e-12)  # one unit of money per unit
    assert (trade["entry_price"], trade["exit_price"]) == (pytest.approx(101), 120)
    assert trade["mfe"] == pytest.approx(120 / 101 - 1)
    assert trade["mae"] == pytest.approx(1 - 100 / 101)  # the low of the opening bar


def test_a_short_pays_to_borrow(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 90, 80], close=[100, 95, 85, 80])
    found = simulate(bars, np.array([-1, -1, 0, 0.0]), replace(BASE, costs=Costs(borrow_rate=0.252)))
    # 10 units short at 100, closed at the open of bar 3 at 80: +200. Fees a bar: 0.252 / 252 = 0.001 of the
    # close before: 0.95 at bar 2 and 0.85 at bar 3.
    assert found.equity == approx(1000, 1050, 1150 - 0.95, 1200 - 1.8)
    (trade,) = found.trades
    assert trade["units"] == pytest.approx(-10)
    assert trade["pnl"] == pytest.approx(198.2)
    assert trade["ret"] == pytest.approx(0.1982)
    assert trade["borrow"] == pytest.approx(1.8)
    assert (trade["mfe"], trade["mae"], trade["reason"]) == (pytest.approx(0.2), 0.0, "signal")


def test_cash_earns_its_rate_from_the_bar_after_the_first(simulate: Simulate) -> None:
    found = simulate(make_bars([100] * 4), np.zeros(4), replace(BASE, costs=Costs(cash_rate=0.252)), warmup=1)
    assert found.equity == approx(1000, 1000, 1001, 1002.001)
    assert found.returns == approx(0.001, 0.001)


def test_a_reversal_closes_then_opens_on_the_rest(simulate: Simulate) -> None:
    bars = make_bars([100, 101, 121, 121])
    found = simulate(bars, np.array([1, -1, -1, -1.0]), replace(BASE, costs=Costs(commission=0.01)))
    # Long at 101: units = 1000 / (101 x 1.01). At 121 E = 121 units; 1% of it goes, the rest E' is sold short
    # with 121 x 1.01 a unit, after which E' - 0.01 x E' / 1.01 is left.
    units = 1000 / (101 * 1.01)
    rest = units * 121 * 0.99
    assert found.equity[2:] == approx(rest - rest / 101, rest - rest / 101)
    assert column(found, "reason") == ["reversal", "end"]
    assert column(found, "pnl") == approx(rest - 1000, -rest / 101)
    assert column(found, "units") == approx(units, -rest / (121 * 1.01))
    assert column(found, "entry_bar") == [1, 2]


def test_a_gap_through_the_stop_is_filled_at_the_open_and_waits_for_a_new_signal(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 85, 85, 85, 85], [100, 100, 85, 85, 85, 85], [100, 95, 80, 85, 85, 85])
    found = simulate(bars, np.array([1, 1, 1, 1, 0.5, 0.5]), replace(BASE, stop_loss=0.1))
    # Long 10 at 100, stop 90; opens at 85. Target 1 stays 1: flat, until it changes to 0.5 at bar 4.
    assert found.equity == approx(1000, 1000, 850, 850, 850, 850)
    assert column(found, "reason") == ["stop_loss", "end"]
    assert column(found, "exit_price") == approx(85, 85)
    assert column(found, "units") == approx(10, 5)
    assert column(found, "mae") == approx(0.15, 0)  # the low of 80 came after the exit


def test_immediate_reentry_opens_at_the_next_decision(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 85, 85, 85], [100, 100, 85, 85, 85], [100, 95, 80, 85, 85])
    found = simulate(bars, np.ones(5), replace(BASE, stop_loss=0.1, reentry=Reentry.IMMEDIATE))
    assert column(found, "entry_bar") == [1, 3]
    assert column(found, "units") == approx(10, 10)


def test_of_stop_and_target_inside_one_bar_the_stop_is_taken(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 100], [100, 105, 115], [100, 95, 85])
    options = replace(BASE, stop_loss=0.1, take_profit=0.1, costs=Costs(slippage=0.01))
    found = simulate(bars, np.ones(3), options)
    # Bought at 101: stop 90.9, sold at 90.9 x 0.99.
    assert found.equity[-1] == pytest.approx(1000 / 101 * 90.9 * 0.99)
    assert column(found, "reason") == ["stop_loss"]


def test_a_gap_over_the_target_is_filled_at_the_open_even_if_the_stop_follows(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 112], [100, 105, 115], [100, 95, 85], [100, 100, 112])
    found = simulate(bars, np.ones(3), replace(BASE, stop_loss=0.1, take_profit=0.1))
    assert found.equity == approx(1000, 1000, 1120)
    assert column(found, "reason") == ["take_profit"]


def test_a_short_mirrors_stop_and_target(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 100, 100], [100, 105, 110, 100], [100, 95, 85, 100])
    found = simulate(bars, -np.ones(4), replace(BASE, stop_loss=0.125, take_profit=0.125))
    # Sold at 100: stop 112.5 (not reached), target 87.5, reached at bar 2: 10 x 12.5.
    assert found.equity == approx(1000, 1000, 1125, 1125)
    assert column(found, "reason") == ["take_profit"]


def test_a_trailing_stop_counts_highs_up_to_the_bar_before(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 118, 118], [100, 120, 140, 118], [100, 95, 109, 107], [100, 118, 118, 118])
    found = simulate(bars, np.ones(4), replace(BASE, trailing_stop=0.1))
    # Bar 1: X = 100, level 90. Bar 2: X = 120, level 108, low 109. Bar 3: X = 140, level 126 over the open.
    assert column(found, "reason") == ["trailing_stop"]
    assert found.equity == approx(1000, 1180, 1180, 1180)
    lower = make_bars([100, 100, 118, 118], [100, 120, 140, 118], [100, 95, 107, 107], [100, 118, 118, 118])
    assert simulate(lower, np.ones(4), replace(BASE, trailing_stop=0.1)).equity == approx(
        1000, 1180, 1080, 1080
    )


def test_an_atr_stop_is_fixed_at_the_decision_of_the_opening(simulate: Simulate) -> None:
    bars = make_bars([100] * 5, [102, 102, 104, 120, 100], [98, 98, 98, 97, 91], [100] * 5)
    found = simulate(bars, np.ones(5), replace(BASE, stop_loss=Atr(multiple=2.0, window=2)))
    # True ranges from bar 1: 4, 6: ATR(2) at bar 2 is 5, the first known, so W = 2; bought at bar 3, stop 90.
    # At bar 3 the ATR is (5 + 23) / 2 = 14: the level stays 90, and bar 4 does not reach it.
    assert found.equity == approx(1000, 1000, 1000, 1000, 1000)
    assert column(found, "open_at_end") == [True]
    assert found.warmup == 2
    near = simulate(bars, np.ones(5), replace(BASE, stop_loss=Atr(multiple=1.0, window=2)))
    assert near.equity[-1] == pytest.approx(950)  # stop 95, low of bar 4 91
    assert column(near, "exit_bar") == [4]


def test_a_limit_order_lives_for_one_bar(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 100, 94, 100], [101] * 5, [99, 96, 94, 93, 99], [100] * 5)
    limit = np.full(5, 95.0)
    found = simulate(bars, Orders(entries=events(0, 2, T=5), limit=limit), BASE)
    # Bar 1 does not reach 95, the order is gone at bar 2 (low 94). At bar 3 the open is better: 94.
    assert column(found, "entry_bar") == [3]
    assert column(found, "entry_price") == approx(94)
    assert found.equity[3] == pytest.approx(1000 / 94 * 100)


def test_a_limit_fill_inside_the_bar_can_only_meet_its_stop(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 112, 100], [100, 120, 112, 100], [100, 91, 112, 100], [100, 100, 112, 100])
    orders = Orders(
        entries=events(0, T=4), limit=np.full(4, 95.0), stop=np.full(4, 90.0), take_profit=np.full(4, 110.0)
    )
    found = simulate(bars, orders, BASE)
    # Bought at 95 in bar 1, whose high of 120 may have come before; sold at the open of bar 2, over 110.
    assert column(found, "reason") == ["order_take_profit"]
    assert column(found, "exit_bar") == [2]
    assert found.equity == approx(1000, 1000 / 95 * 100, 1000 / 95 * 112, 1000 / 95 * 112)
    assert column(found, "mae") == [0]  # the low of bar 1 is not counted
    stopped = simulate(bars, replace(orders, stop=np.full(4, 91.0)), BASE)
    assert stopped.equity[1] == pytest.approx(1000 / 95 * 91)
    assert column(stopped, "reason") == ["order_stop"]


def test_exits_come_before_entries_and_both_sides_at_once_are_neither(simulate: Simulate) -> None:
    bars = make_bars([100] * 7)
    orders = Orders(
        entries=events(0, 1, 3, T=7), exits=events(4, T=7), short_entries=events(3, 4, T=7),
        short_exits=events(5, T=7), target=np.array([0.5, 0.5, NAN, NAN, 0.25, NAN, NAN]),
    )  # fmt: skip
    found = simulate(bars, orders, BASE)
    # 0: half long. 1: the same again, nothing. 3: neither. 4: out and a quarter short, a reversal. 5: flat.
    assert column(found, "reason") == ["reversal", "signal"]
    assert column(found, "units") == approx(5, -2.5)
    assert [trade["entry_bar"] for trade in found.trades] == [1, 5]
    assert found.trades[-1]["exit_bar"] == 6


def test_a_short_can_be_ruined(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 150, 100], [100, 100, 200, 100], close=[100, 100, 200, 100])
    found = simulate(bars, np.array([-1, -1, 1, 1.0]), replace(BASE, costs=Costs(slippage=0.0)))
    # 2000 in cash, 10 units owed: at 200 nothing is left.
    assert found.equity == [1000, 1000, 0, 0]
    assert found.returns == [0, -1, 0]
    assert found.ruined
    assert column(found, "reason") == ["ruin"]
    assert column(found, "pnl") == approx(-1000)
    assert not found.trades[0]["open_at_end"]


def test_the_end_marks_or_closes(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 120])
    marked = simulate(bars, np.ones(3), replace(BASE, costs=Costs(commission=0.25)))
    closed = simulate(bars, np.ones(3), replace(BASE, costs=Costs(commission=0.25), close_at_end=True))
    # 1000 = 8 x 100 x 1.25: 8 units, worth 960 at the end; selling them costs a quarter.
    assert (marked.equity, closed.equity) == (approx(1000, 800, 960), approx(1000, 800, 720))
    assert (marked.trades[0]["open_at_end"], closed.trades[0]["open_at_end"]) == (True, False)
    assert column(marked, "reason") == column(closed, "reason") == ["end"]
    assert column(closed, "pnl") == approx(-280)


def test_what_is_paid_at_the_first_close_belongs_to_the_first_scored_return(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 110, 121])
    options = replace(BASE, fill=Fill.CLOSE, costs=Costs(commission=0.25))
    found = simulate(bars, np.array([1, 1, 1, 0.0]), options, warmup=1)
    # 8 units at the close of bar 1; the target of the last bar is not taken.
    assert found.equity == approx(1000, 800, 880, 968)
    assert found.returns == approx(-0.12, 0.1)


def test_a_same_sign_change_trades_the_difference(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 120, 110, 110])
    found = simulate(bars, np.array([0.5, 1, 0.5, 0.5, 0.5]), BASE)
    # 5 at 100; at 120 E = 1100: up to 1100 / 120, 500 more; at 110 half of E = 1100 x 110 / 120 stays.
    held = 1100 / 120
    assert [row[0] for row in found.position] == approx(0, 5, held, held / 2, held / 2)
    (trade,) = found.trades
    assert trade["units"] == pytest.approx(held)
    assert trade["entry_notional"] == pytest.approx(1000)
    assert trade["entry_price"] == pytest.approx(1000 / held)
    assert trade["pnl"] == pytest.approx(found.equity[-1] - 1000)
    average = 1000 / held  # as it was from bar 2 on: 109.09
    assert trade["mfe"] == pytest.approx(120 / average - 1)


def test_a_reduced_trade_that_stays_open_averages_its_exits_with_the_last_close(simulate: Simulate) -> None:
    found = simulate(make_bars([100, 100, 110, 120]), np.array([1, 0.5, 0.5, 0.5]), BASE)
    # 10 at 100; at 110 down to half of 1100: 5 sold at 110, 5 marked at 120.
    (trade,) = found.trades
    assert (trade["pnl"], trade["exit_price"]) == (pytest.approx(150), pytest.approx(115))


def test_a_time_stop_counts_closes_and_stays_flat(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 110, 120, 130, 140])
    found = simulate(bars, np.ones(6), replace(BASE, time_stop=2))
    # Opened at the open of bar 1: closes 1 and 2; out at the open of bar 3.
    assert column(found, "exit_bar") == [3]
    assert column(found, "reason") == ["time_stop"]
    assert found.equity == approx(1000, 1000, 1100, 1200, 1200, 1200)
    late = simulate(bars, np.ones(6), replace(BASE, time_stop=2, fill=Fill.NEXT_CLOSE))
    assert column(late, "exit_bar") == [4]  # opened at the close of 1: closes 2 and 3, out at the close of 4


def test_a_change_that_waits_for_the_close_survives_the_stop(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 100, 100], [100, 100, 100, 100], [100, 100, 80, 100])
    found = simulate(bars, np.array([1, -0.5, -0.5, 0.0]), replace(BASE, fill=Fill.NEXT_CLOSE, stop_loss=0.1))
    # Long 10 at the close of 1; the reversal decided there is filled at the close of 2, after the stop at 90.
    assert column(found, "reason") == ["stop_loss", "end"]
    assert column(found, "units") == approx(10, -4.5)
    assert column(found, "entry_bar") == [1, 2]


def test_symbols_share_one_equity(simulate: Simulate) -> None:
    bars = make_bars([[100, 50], [100, 50], [120, 50], [120, 40]])
    signal = np.array([[0.5, -0.5], [0.5, -0.5], [0.25, -0.5], [0, 0]])
    found = simulate(bars, signal, BASE)
    # 5 A and -10 B. At bar 3: A 120, B 40: E = 1000 + 100 + 100 = 1200; a quarter of it in A is 2.5 units.
    # B's target did not change: -10.
    assert found.equity == approx(1000, 1000, 1100, 1200)
    assert found.position[-1] == approx(2.5, -10)


def test_every_bar_and_bands_trade_back(simulate: Simulate) -> None:
    bars = make_bars([100, 100, 120, 132, 132])
    every = simulate(bars, np.full(5, 0.5), replace(BASE, rebalance=EveryBar()))
    # E: 1000, 1000, 1100 (bar 2 at 120; half of 1100 is held from there), then + 10% of 550 = 1155.
    assert every.equity == approx(1000, 1000, 1100, 1155, 1155)
    wide = simulate(bars, np.full(5, 0.5), replace(BASE, rebalance=Band(width=0.06)))
    # At 120: 600 / 1100 - 0.5 = 0.045: no. At 132: 660 / 1160 - 0.5 = 0.069: back to 580 / 132 at bar 4.
    assert [row[0] for row in wide.position] == approx(0, 5, 5, 5, 580 / 132)


def test_a_weekly_rebalance_is_decided_at_the_first_close_of_the_week(simulate: Simulate) -> None:
    bars = make_bars([100] * 6 + [120] * 4)  # Monday to Sunday, and on
    found = simulate(bars, np.full(10, 0.5), replace(BASE, rebalance=Periodic(every=Calendar.WEEKLY)))
    assert [row[0] for row in found.position] == approx(0, *[5] * 7, 550 / 120, 550 / 120)


def test_lots_cut_toward_zero(simulate: Simulate) -> None:
    bars = make_bars([30, 30, 30])
    assert simulate(bars, np.ones(3), replace(BASE, lot=10)).position[-1] == [30]
    assert simulate(bars, -np.ones(3), replace(BASE, lot=2)).position[-1] == [-32]
    assert simulate(bars, np.ones(3), replace(BASE, lot=50)).trades == []
    assert simulate(bars, np.array([0.5] * 3), replace(BASE, sizing=FixedUnits(units=7))).position[-1] == [
        3.5
    ]


def test_a_volatility_target_takes_the_returns_up_to_the_decision(simulate: Simulate) -> None:
    bars = make_bars([100, 110, 99, 99, 99], bars_per_year=4)
    found = simulate(bars, np.ones(5), replace(BASE, sizing=VolatilityTarget(annual=0.1, window=2)))
    # Returns +0.1, -0.1 up to bar 2 = W: sd = sqrt(0.02), a year sqrt(0.08).
    assert [row[0] for row in found.position] == approx(0, 0, 0, *[0.1 / math.sqrt(0.08) * 1000 / 99] * 2)


def test_targets_are_rounded_and_missing_or_disallowed_ones_are_zero(simulate: Simulate) -> None:
    bars = make_bars([100] * 5)
    long = replace(BASE, direction=Direction.LONG)
    found = simulate(bars, np.array([-1, 1, NAN, 1 + 1e-13, 1]), long)
    assert found.disallowed == 1
    assert [row[0] for row in found.position] == approx(0, 0, 10, 0, 10)
    assert simulate(bars, np.ones(5), BASE, warmup=3).position == [[0], [0], [0], [0], [pytest.approx(10)]]
    assert simulate(bars, np.array([0, 0, 0, 0, 1.0]), BASE).trades == []  # a target on the last bar


@pytest.mark.parametrize("wrong", [1.1, -2.0, math.inf])
def test_a_target_outside_is_an_error(simulate: Simulate, wrong: float) -> None:
    with pytest.raises((ValueError, AdmfError)):
        simulate(make_bars([100] * 3), np.array([0, wrong, 0]), BASE)
