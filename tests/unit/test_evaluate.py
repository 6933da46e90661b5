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


def run(
    tmp_path: Path,
    use: str,
    sets: list[dict[str, Any]],
    *,
    objective: ObjectiveSpec | None = None,
    seeds: tuple[int, ...] | None = None,
) -> Outcomes:
    bars = random_walk(300)
    spec = StudySpec(
        component=ComponentSpec(name="c", use=use, folder=HERE),
        bars=str(write_bars(bars, tmp_path / "bars")),
        start=0,
        stop=len(bars),
        warmup=40,
        simulation="{}",
        objective=objective or ObjectiveSpec(metric="sharpe"),
    )
    numbers = tuple(range(len(sets)))
    return evaluate_batch(
        Batch(study=spec, numbers=numbers, params=tuple(sets), seeds=np.array(seeds or numbers))
    )


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


def test_an_option_that_only_some_sets_have_is_heard(tmp_path: Path) -> None:
    """A conditional `simulation.` parameter is absent from some sets of a batch, maybe from the first."""
    plain: dict[str, Any] = {"fast": 5, "slow": 20}
    long_only = plain | {"simulation.direction": "long"}
    together = run(tmp_path, "ma_crossover", [plain, long_only])
    for number, params in enumerate((plain, long_only)):
        assert (
            together.metrics[number].tobytes() == run(tmp_path, "ma_crossover", [params]).metrics[0].tobytes()
        )
    assert together.metrics[0].tobytes() != together.metrics[1].tobytes()


def draws(_metrics: Any) -> float:
    """An objective that draws."""
    return float(np.random.rand())  # noqa: NPY002  (what a user's objective may do)


def test_an_objective_that_draws_draws_by_the_seed_of_its_trial_whatever_is_in_the_batch(
    tmp_path: Path,
) -> None:
    objective = ObjectiveSpec(
        metric=None, custom=ComponentSpec(name="draws", use="tests.unit.test_evaluate:draws"), maximize=True
    )
    sets: list[dict[str, Any]] = [{"fast": f, "slow": 20} for f in (5, 6, 7)]
    for use in ("ma_crossover", "honest.py:cross"):
        together = run(tmp_path, use, sets, objective=objective).values
        alone = [
            run(tmp_path, use, [s], objective=objective, seeds=(n,)).values[0] for n, s in enumerate(sets)
        ]
        assert together.tolist() == alone


def test_a_users_function_that_happens_to_have_an_attribute_many_is_run_as_ever(tmp_path: Path) -> None:
    found = run(tmp_path, "honest.py:with_many", [{"fast": 5, "slow": 20}] * 3)
    assert set(found.outcomes) == {Outcome.SCORED}
    assert (
        found.metrics.tobytes()
        == run(tmp_path, "honest.py:cross", [{"fast": 5, "slow": 20}] * 3).metrics.tobytes()
    )


REMEMBERS = """\
from contextvars import ContextVar

import numpy as np

seen = ContextVar("seen", default=0)


class Remembers:
    def __init__(self, x=0):
        self.x = x

    def evaluate(self, bars):
        found = seen.get() + (np.geterr()["over"] == "raise")
        seen.set(1)
        np.seterr(over="raise")
        return {"sharpe": float(found)}
"""


def test_what_a_trial_sets_in_its_context_ends_with_it(tmp_path: Path) -> None:
    (tmp_path / "remembers.py").write_text(REMEMBERS)
    found = run(tmp_path, f"{tmp_path / 'remembers.py'}:Remembers", [{"x": x} for x in range(5)])
    assert found.values.tolist() == [0.0] * 5
