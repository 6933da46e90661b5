"""Simulation options as a user writes them: each form, each mistake, several at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from admf.errors import ConfigError
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
from admf.finance.simulation.parse import COSTS, SIMULATION_OPTIONS, parse_simulation, with_options
from admf.model.space.value import freeze


def lines(simulation: Any, costs: Any = None) -> list[str]:
    """Every problem as a user sees it."""
    with pytest.raises(ConfigError) as caught:
        parse_simulation(simulation, {} if costs is None else costs)
    return str(caught.value).splitlines()


def test_nothing_given_is_every_default() -> None:
    assert parse_simulation({}) == Simulation()


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("fill", "next_open", Fill.NEXT_OPEN),
        ("fill", "next_close", Fill.NEXT_CLOSE),
        ("fill", "close", Fill.CLOSE),
        ("direction", "both", Direction.BOTH),
        ("direction", "long", Direction.LONG),
        ("direction", "short", Direction.SHORT),
        ("initial_cash", 5000, 5000.0),
        ("sizing", "all_in", FractionOfEquity()),
        ("sizing", {"fraction": 0.5}, FractionOfEquity(fraction=0.5)),
        ("sizing", {"units": 3}, FixedUnits(units=3.0)),
        ("sizing", {"volatility": 0.1}, VolatilityTarget(annual=0.1, window=20)),
        ("sizing", {"volatility": 0.1, "window": 60}, VolatilityTarget(annual=0.1, window=60)),
        ("rebalance", "on_change", OnChange()),
        ("rebalance", "every_bar", EveryBar()),
        ("rebalance", "daily", Periodic(every=Calendar.DAILY)),
        ("rebalance", "weekly", Periodic(every=Calendar.WEEKLY)),
        ("rebalance", "monthly", Periodic(every=Calendar.MONTHLY)),
        ("rebalance", {"band": 0.05}, Band(width=0.05)),
        ("stop_loss", None, None),
        ("stop_loss", 0.02, 0.02),
        ("stop_loss", np.float64(0.02), 0.02),
        ("stop_loss", {"atr": 2}, Atr(multiple=2.0, window=14)),
        ("trailing_stop", {"atr": 2.5, "window": 20}, Atr(multiple=2.5, window=20)),
        ("stop_loss", freeze({"atr": 2, "window": 7}), Atr(multiple=2.0, window=7)),
        ("take_profit", 3, 3.0),
        ("time_stop", None, None),
        ("time_stop", 10, 10),
        ("reentry", "immediate", Reentry.IMMEDIATE),
        ("lot", 100, 100.0),
        ("lot", None, None),
        ("close_at_end", True, True),
    ],
)
def test_every_form(name: str, raw: object, expected: object) -> None:
    assert getattr(parse_simulation({name: raw}), name) == expected
    assert getattr(with_options(Simulation(), {name: raw}), name) == expected
    assert getattr(with_options(Simulation(), {f"simulation.{name}": raw}), name) == expected


def test_costs_under_either_heading() -> None:
    costs = {"commission": 0.001, "slippage": 0, "borrow_rate": 0.02, "cash_rate": -0.005}
    expected = Costs(commission=0.001, slippage=0.0, borrow_rate=0.02, cash_rate=-0.005)
    assert parse_simulation({}, costs).costs == expected
    assert parse_simulation(costs).costs == expected
    assert set(costs) == set(COSTS)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"short": False}, Direction.LONG),
        ({"short": True}, Direction.BOTH),
        ({"short": True, "direction": "short"}, Direction.SHORT),
        ({"short": False, "direction": "long"}, Direction.LONG),
    ],
)
def test_short_is_another_way_to_write_direction(given: Mapping[str, Any], expected: Direction) -> None:
    assert parse_simulation(given).direction is expected


@pytest.mark.parametrize(("short", "direction"), [(False, "both"), (False, "short"), (True, "long")])
def test_short_and_direction_may_not_disagree(short: bool, direction: str) -> None:
    (line,) = lines({"short": short, "direction": direction})
    word = str(short).lower()
    assert line == (
        f"simulation.short: short: {word} and direction: {direction} must not disagree. Keep direction."
    )


FRACTION = "must be a fraction above 0 and below 1, {atr: multiple} or null"


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            {"stop_los": 0.1},
            "simulation.stop_los: a key of simulation must be known, was 'stop_los'."
            " Did you mean 'stop_loss'?",
        ),
        ({"stop_loss": 2}, f"simulation.stop_loss: stop_loss {FRACTION}, was 2. 2 % is 0.02."),
        ({"stop_loss": 0}, f"simulation.stop_loss: stop_loss {FRACTION}, was 0."),
        ({"stop_loss": True}, f"simulation.stop_loss: stop_loss {FRACTION}, was True."),
        ({"stop_loss": "0.1"}, f"simulation.stop_loss: stop_loss {FRACTION}, was '0.1'. Remove the quotes."),
        (
            {"trailing_stop": "5%"},
            f"simulation.trailing_stop: trailing_stop {FRACTION}, was '5%'. Write 0.05.",
        ),
        (
            {"take_profit": {"atr": -1}},
            "simulation.take_profit.atr: take_profit.atr must be a number above 0, was -1.",
        ),
        (
            {"stop_loss": {"window": 5}},
            "simulation.stop_loss: stop_loss must be a mapping with atr, was {'window': 5}.",
        ),
        (
            {"stop_loss": {"atr": 2, "windw": 5}},
            "simulation.stop_loss.windw: stop_loss.windw must be left out, is not known."
            " Did you mean 'window'?",
        ),
        (
            {"stop_loss": {"atr": 2, "window": 0}},
            "simulation.stop_loss.window: stop_loss.window must be a whole number of at least 1, was 0.",
        ),
        (
            {"sizing": {"volatility": 0.1, "window": 1}},
            "simulation.sizing.window: sizing.window must be a whole number of at least 2, was 1.",
        ),
        (
            {"sizing": "allin"},
            "simulation.sizing: sizing must be all_in, {fraction: f}, {units: n} or {volatility: annual,"
            " window: n}, was 'allin'.",
        ),
        (
            {"rebalance": "montly"},
            "simulation.rebalance: rebalance must be one of on_change, every_bar, daily, weekly, monthly or"
            " {band: width}, was 'montly'. Did you mean 'monthly'?",
        ),
        (
            {"fill": "open"},
            "simulation.fill: fill must be one of next_open, next_close, close, was 'open'."
            " Did you mean 'next_open'?",
        ),
        (
            {"time_stop": 1.5},
            "simulation.time_stop: time_stop must be a whole number of at least 1, was 1.5.",
        ),
        ({"lot": 0}, "simulation.lot: lot must be a number above 0, was 0."),
        (
            {"close_at_end": "yes"},
            "simulation.close_at_end: close_at_end must be true or false, was 'yes'. Write true.",
        ),
        (
            {"initial_cash": float("nan")},
            "simulation.initial_cash: initial_cash must be a number above 0, was nan.",
        ),
        (
            {"initial_cash": 10**400},
            f"simulation.initial_cash: initial_cash must be a number above 0, was 1{'0' * 58}….",  # cut at 60
        ),
        (
            {"commission": 5},
            "simulation.commission: commission must be a fraction of at least 0 and below 1, was 5."
            " 5 % is 0.05.",
        ),
        (["fill"], "simulation: simulation must be a mapping of options, was ['fill']."),
    ],
)
def test_each_mistake_is_one_line(given: Any, line: str) -> None:
    assert lines(given) == [line]


def test_every_problem_at_once() -> None:
    found = lines({"fill": 1, "lot": -1, "slippage": 0.1}, {"slippage": 0.1, "commision": 0})
    assert found == [
        "simulation.fill: fill must be one of next_open, next_close, close, was 1.",
        "simulation.lot: lot must be a number above 0, was -1.",
        "costs.commision: a key of costs must be known, was 'commision'. Did you mean 'commission'?",
        "simulation.slippage: slippage must be given once, is under costs too.",
    ]


def test_a_search_replaces_some_options_and_keeps_the_others() -> None:
    base = parse_simulation({"fill": "close", "lot": 5}, {"commission": 0.01, "slippage": 0.02})
    changed = with_options(base, {"simulation.stop_loss": {"atr": 2, "window": 14}, "commission": 0.0})
    assert changed.stop_loss == Atr(multiple=2.0, window=14)
    assert changed.costs == Costs(commission=0.0, slippage=0.02)
    assert (changed.fill, changed.lot) == (Fill.CLOSE, 5.0)
    assert with_options(base, {}) is base
    assert with_options(base, {"lot": 7}) is with_options(base, {"lot": 7})  # cached


def test_true_and_1_are_not_one_value() -> None:
    """A cache keyed by equality would hand out the result of 1 for True."""
    assert with_options(Simulation(), {"time_stop": 1}).time_stop == 1
    with pytest.raises(ConfigError, match="whole number"):
        with_options(Simulation(), {"time_stop": True})


def test_a_searched_value_that_is_wrong() -> None:
    with pytest.raises(ConfigError, match=r"^simulation\.stop_loss: stop_loss must be a fraction"):
        with_options(Simulation(), {"simulation.stop_loss": 3})
    with pytest.raises(ConfigError, match="finite"):
        with_options(Simulation(), {"stop_loss": float("inf")})
    with pytest.raises(ConfigError, match="Did you mean 'stop_loss'"):
        with_options(Simulation(), {"simulation.stoploss": 0.1})


def test_every_option_says_what_it_means() -> None:
    fields = set(Simulation.__dataclass_fields__) - {"costs"}
    assert set(SIMULATION_OPTIONS) == fields | set(COSTS) | {"short"}
    assert all(meaning and "\n" not in meaning for meaning in SIMULATION_OPTIONS.values())


def test_a_worker_reads_options_without_heavy_libraries() -> None:
    heavy = ("pandas", "polars", "numba", "scipy", "pydantic", "ruamel")
    code = f"import sys, admf.finance.simulation.parse; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
