"""What of a trial must be equal, bit for bit, and how outcomes compare with what the store gives back."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from admf.coordinator.again import Ended, differing, ended_as
from admf.model.trial import Outcome, Outcomes
from admf.store.trial_table import TrialTable

METRICS = ("sharpe", "cagr")
SAME = Ended(outcome="scored", reason="", value=1.5, metrics={"sharpe": 1.5, "cagr": 0.0, "own": None})


def test_nothing_differs_from_itself() -> None:
    assert differing(SAME, dataclasses.replace(SAME)) is None


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"outcome": "failed"}, ("outcome", "scored", "failed")),
        ({"reason": "no trades"}, ("reason", "", "no trades")),
        ({"value": np.nextafter(1.5, 2.0)}, ("value", 1.5, np.nextafter(1.5, 2.0))),
        ({"value": None}, ("value", 1.5, None)),
        ({"metrics": {**SAME.metrics, "cagr": -0.0}}, ("cagr", 0.0, -0.0)),
        ({"metrics": {**SAME.metrics, "own": 1.0}}, ("own", None, 1.0)),
        ({"metrics": {**SAME.metrics, "more": 1.0}}, ("more", None, 1.0)),
    ],
)
def test_one_bit_is_seen(change: Any, found: Any) -> None:
    assert differing(SAME, dataclasses.replace(SAME, **change)) == found


def test_numbers_of_a_trial_that_was_killed_mean_nothing() -> None:
    killed = Ended(outcome="killed", reason="timeout_s = 2", value=None, metrics={"sharpe": 1.0})
    assert differing(killed, dataclasses.replace(killed, metrics={})) is None
    assert differing(killed, dataclasses.replace(killed, reason="memory_mb = 3")) is not None


@pytest.mark.parametrize(
    ("outcome", "reason", "expected"),
    [
        ("killed", "timeout_s = 2", True),
        ("killed", "memory_mb = auto", True),
        ("killed", "memory_mb = 300", False),
        ("lost", "lost 3 times: SIGKILL", True),
        ("failed", "timeout_s = 2", False),
        ("scored", "", False),
    ],
)
def test_what_depends_on_the_machine(outcome: str, reason: str, expected: bool) -> None:
    assert Ended(outcome=outcome, reason=reason, value=None, metrics={}).of_machine is expected


def test_outcomes_compare_equal_with_what_the_store_made_of_them(tmp_path: Path) -> None:
    inf, nan = np.inf, np.nan
    told = Outcomes(
        numbers=(0, 1, 2, 3),
        outcomes=(Outcome.SCORED, Outcome.SCORED, Outcome.FAILED, Outcome.KILLED),
        values=np.array([inf, -0.0, nan, nan]),
        metrics=np.array([[inf, 1e-320], [-0.0, nan], [0.1, nan], [nan, nan]]),
        metric_names=METRICS,
        reasons=("", "", "ValueError: \0 \ud800", "timeout_s = 2"),
        undefined=({}, {"cagr": "why"}, {}, {}),
        extra=({"own": 0.1 + 0.2, "none": None, "big": inf}, {"own": -0.0}, {}, {}),
        durations_s=np.ones(4),
        peak_memory_mb=np.ones(4),
    )
    with TrialTable.create(tmp_path / "run.db", METRICS, {"mine": {}}) as table:
        table.write(
            stage_number=1, stage="s", component="mine", params=[{}] * 4, seeds=[0] * 4, outcomes=told
        )
        for row in range(4):
            stored = ended_as(table.row(f"1.mine.{row}"))
            assert differing(stored, Ended.of(told, row)) is None, row
