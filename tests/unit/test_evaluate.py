"""A batch of trials: whatever the component is, every trial has its outcome, its metrics and its time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from admf.model.mapped_bars import write_bars
from admf.model.trial import Batch, ComponentSpec, ObjectiveSpec, Outcome, Outcomes, StudySpec
from admf.trials.evaluate import evaluate_batch
from tests.unit.test_lookahead import random_walk

HERE = str(Path(__file__).parent.parent / "components")


def run(tmp_path: Path, use: str, sets: list[dict[str, Any]], metric: str = "sharpe") -> Outcomes:
    bars = random_walk(300)
    spec = StudySpec(
        component=ComponentSpec(name="c", use=use, folder=HERE),
        bars=str(write_bars(bars, tmp_path / "bars")),
        start=0,
        stop=len(bars),
        warmup=40,
        simulation="{}",
        objective=ObjectiveSpec(metric=metric),
    )
    numbers = tuple(range(len(sets)))
    return evaluate_batch(Batch(study=spec, numbers=numbers, params=tuple(sets), seeds=numbers))


FORMS = ["ma_crossover", "honest.py:cross", "honest.py:Signal", "honest.py:ByBar", "honest.py:optimizable"]


@pytest.mark.parametrize("use", FORMS)
def test_every_trial_of_a_batch_has_taken_time(tmp_path: Path, use: str) -> None:
    """Batch sizes follow from it: a trial that seems to take none would be sent alone for ever."""
    found = run(tmp_path, use, [{"fast": f, "slow": 20} for f in (5, 10, 12, 15)] * 60)
    assert set(found.outcomes) == {Outcome.SCORED}
    assert (found.durations_s > 0.0).all()


def test_a_batch_in_chunks_gives_what_each_set_gives_alone(tmp_path: Path) -> None:
    sets: list[dict[str, Any]] = [{"fast": f, "slow": s} for f in range(2, 22) for s in (20, 25, 30, 35)] * 3
    together = run(tmp_path, "ma_crossover", sets)
    for number in (0, 17, 100, len(sets) - 1):
        alone = run(tmp_path, "ma_crossover", [sets[number]])
        assert alone.metrics[0].tobytes() == together.metrics[number].tobytes()
        assert alone.undefined[0] == together.undefined[number]


def test_one_bad_set_of_a_batch_fails_alone(tmp_path: Path) -> None:
    sets: list[dict[str, Any]] = [{"fast": 5, "slow": 20}, {"fast": -5, "slow": 20}, {"fast": 6, "slow": 20}]
    found = run(tmp_path, "ma_crossover", sets)
    assert found.outcomes == (Outcome.SCORED, Outcome.FAILED, Outcome.SCORED)
    assert "window must be a whole number" in found.reasons[1]
    assert np.isfinite(found.values[[0, 2]]).all()
