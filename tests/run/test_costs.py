"""Where the edge dies: the break-even cost against closed forms and against trading again at that cost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf
from admf.data.read import read_bars
from admf.model.mapped_bars import write_bars
from admf.model.trial import ComponentSpec, ObjectiveSpec, StudySpec
from admf.trials.cost_sensitivity import CostRecord, cost_sensitivity
from admf.trials.replay_trial import TrialSpec

HERE = "tests.run.test_costs"


def every_other(bars: Any, hold: int = 10) -> Any:
    """Long for `hold` bars, flat for as many."""
    return (np.arange(len(bars)) // hold) % 2 == 0


def never(bars: Any, hold: int = 10) -> Any:
    return np.zeros(len(bars))


class Stepwise:
    """The same, one bar at a time."""

    asked = 0

    def __init__(self, hold: int = 10) -> None:
        self.hold = hold
        Stepwise.asked += 1

    def on_bar(self, bar: Any, position: float) -> float:  # noqa: ARG002
        return float((bar.index // self.hold) % 2 == 0)


class Measures:
    def __init__(self, hold: int = 10) -> None:
        self.hold = hold

    def evaluate(self, bars: Any) -> dict[str, float]:  # noqa: ARG002
        return {"score": 1.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, int]:
    rng = np.random.default_rng(5)
    close = 100.0 * np.exp(np.cumsum(0.0006 + rng.normal(0.0, 0.006, 600)))
    frame = pd.DataFrame(
        {"open": close, "high": close, "low": close, "close": close},
        index=pd.date_range("2015-01-01", periods=600, freq="B", name="time"),
    )
    bars = read_bars(frame)
    return str(write_bars(bars, tmp_path_factory.mktemp("bars"))), len(bars)


def spec(folder: tuple[str, int], use: str, costs: dict[str, Any], **objective: Any) -> TrialSpec:
    study = StudySpec(
        component=ComponentSpec(name="c", use=f"{HERE}:{use}"), bars=folder[0], start=0, stop=folder[1], warmup=0,
        simulation=json.dumps(costs), objective=ObjectiveSpec(**objective),
    )  # fmt: skip
    return TrialSpec(study=study, params={"hold": 10}, seed=1)


def traded_at(one: TrialSpec, cost: float) -> CostRecord:
    """The same trial where `cost` is what was given, as commission."""
    study = replace(one.study, simulation=json.dumps({"commission": cost, "slippage": 0.0}))
    return cost_sensitivity(replace(one, study=study))


def test_the_edge_dies_where_trading_again_says_so(folder: tuple[str, int]) -> None:
    one = spec(folder, "every_other", {"commission": 0.0005, "slippage": 0.0})
    found = cost_sensitivity(one)
    assert found.reason == ""
    assert found.given == 0.0005
    assert found.zero.cost is not None
    again = traded_at(one, found.zero.cost)
    assert again.total_return[list(again.costs).index(again.given)] == pytest.approx(0.0, abs=2e-4)
    # k round trips at a commission of c multiply equity by ((1 - c)/(1 + c))^k: 30 of them here
    free = 1.0 + found.total_return[0]
    trips = 30
    closed = (free ** (1 / trips) - 1.0) / (free ** (1 / trips) + 1.0)
    assert found.zero.cost == pytest.approx(closed, abs=2e-6)
    assert (np.diff(found.total_return) < 0).all()


def test_the_rung_of_the_given_costs_is_the_trial_itself(folder: tuple[str, int]) -> None:
    costs = {"commission": 0.0003, "slippage": 0.0001}
    found = cost_sensitivity(spec(folder, "every_other", costs))
    frame = read_bars(pd.DataFrame(_prices(folder[0])).set_index("time"))
    result = admf.backtest(every_other, frame, costs=costs, warmup=0, hold=10)
    at = int(np.argmin(np.abs(found.costs - 0.0004)))
    assert found.total_return[at] == result.metrics["total_return"]
    assert found.value[at] == result.metrics["sharpe"]


def _prices(folder: str) -> dict[str, Any]:
    from admf.model.mapped_bars import open_bars

    bars = open_bars(Path(folder))
    return {"time": bars.time, "open": bars.open, "high": bars.high, "low": bars.low, "close": bars.close}


def test_against_holding_which_pays_nothing(folder: tuple[str, int]) -> None:
    found = cost_sensitivity(spec(folder, "every_other", {"commission": 0.0005}))
    assert found.hold_return is not None
    if found.total_return[0] <= found.hold_return:
        assert (found.hold.cost, found.hold.says) == (None, "not even at no cost")
    else:
        assert found.hold.cost is not None
        assert found.hold.cost < (found.zero.cost or 1.0)
    assert found.hold_value is not None


def test_a_strategy_of_one_bar_at_a_time_is_replayed_per_cost(folder: tuple[str, int]) -> None:
    whole = cost_sensitivity(spec(folder, "every_other", {"commission": 0.0005}))
    Stepwise.asked = 0
    steps = cost_sensitivity(spec(folder, "Stepwise", {"commission": 0.0005}))
    assert steps.zero.cost == pytest.approx(whole.zero.cost, abs=2e-6)
    np.testing.assert_allclose(steps.total_return, whole.total_return, rtol=1e-12)


def test_costs_that_were_not_given_have_a_ladder_all_the_same(folder: tuple[str, int]) -> None:
    found = cost_sensitivity(spec(folder, "every_other", {}))
    assert found.given == 0.0
    assert found.costs[-1] == pytest.approx(0.004)
    assert found.zero.cost is not None


def test_small_values_are_sought(folder: tuple[str, int]) -> None:
    found = cost_sensitivity(spec(folder, "every_other", {"commission": 0.0005}, metric="max_drawdown"))
    assert found.hold_value is not None
    assert (np.diff(found.value) >= 0).all()
    if found.hold_objective.cost is not None:
        assert found.value[0] < found.hold_value


@pytest.mark.parametrize(
    ("use", "why"), [("never", "it makes no trades"), ("Measures", "metrics of its own")]
)
def test_what_has_no_trades_says_so(folder: tuple[str, int], use: str, why: str) -> None:
    sought = {"metric": "score", "maximize": True} if use == "Measures" else {}
    one = spec(folder, use, {"commission": 0.0005}, **sought)
    if sought:
        one = replace(one, study=replace(one.study, extra_metrics=("score",)))
    found = cost_sensitivity(one)
    assert why in found.reason
    assert not len(found.costs)
    assert found.zero.cost is None
