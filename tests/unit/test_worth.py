"""What a search is told of trials: objectives signed, constraints broken by how much, the same bits when read back."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from admf.coordinator.judged import Judged
from admf.errors import ConfigError
from admf.model.param_sets import ParamSets
from admf.model.same import Same
from admf.model.trial import ObjectiveSpec, Outcome, Outcomes
from admf.search.protocol import Results, Told
from admf.store.recorded import Recorded
from admf.store.trial_table import TrialTable
from admf.trials.objective import METRIC_NAMES, make_objective
from admf.trials.worth import worth_of

NAN, INF = np.nan, np.inf
SEVERAL = (("sharpe", True), ("max_drawdown", False))


def broken(constraint: str, **metrics: float) -> float:
    worth = worth_of(ObjectiveSpec(constraints=(constraint,)), maximize=True)
    columns = {name: np.array([value, 0.0]) for name, value in metrics.items()}
    return float(worth.violations(np.array([True, False]), columns)[0])


@pytest.mark.parametrize(
    ("constraint", "metrics", "amount"),
    [
        ("n_trades >= 30", {"n_trades": 30}, 0.0),
        ("n_trades >= 30", {"n_trades": 27}, 0.1),
        ("30 <= n_trades", {"n_trades": 27}, 0.1),
        ("n_trades <= 30", {"n_trades": 33}, 0.1),
        ("max_drawdown <= 0.2", {"max_drawdown": 0.5}, 0.3),  # bounds below 1 do not enlarge it
        ("sharpe >= -2", {"sharpe": -3}, 0.5),
        ("n_trades == 10", {"n_trades": 5}, 0.5),
        ("10 <= n_trades <= 20", {"n_trades": 5}, 0.5),
        ("10 <= n_trades <= 20", {"n_trades": 15}, 0.0),
        ("n_trades >= 30 and sharpe > 1", {"n_trades": 27, "sharpe": 0.5}, 0.6),
        ("n_trades >= 30 and sharpe > 1", {"n_trades": 40, "sharpe": 0.5}, 0.5),
        ("n_trades >= 30 or sharpe > 1", {"n_trades": 27, "sharpe": 0.5}, 1.0),
        ("n_trades >= 30 or sharpe > 1", {"n_trades": 27, "sharpe": 1.5}, 0.0),
        ("n_trades != 3", {"n_trades": 3}, 1.0),
        ("total_return > 2 * costs", {"total_return": 1.0, "costs": 2.0}, 0.75),
        ("n_trades >= 30", {"n_trades": NAN}, 1.0),
    ],
)
def test_a_constraint_is_broken_by(constraint: str, metrics: Mapping[str, float], amount: float) -> None:
    assert broken(constraint, **metrics) == pytest.approx(amount, abs=1e-15)


def test_a_bound_that_is_only_just_missed_is_missed() -> None:
    assert broken("sharpe > 1", sharpe=1.0) > 0


def test_broken_constraints_are_summed_and_trials_without_metrics_are_the_worst() -> None:
    worth = worth_of(ObjectiveSpec(constraints=("n_trades >= 30", "sharpe >= 1")), maximize=True)
    columns = {"n_trades": np.array([27.0, 40.0, NAN]), "sharpe": np.array([0.5, 2.0, NAN])}
    found = worth.violations(np.array([True, True, False]), columns)
    assert found.tolist() == pytest.approx([0.6, 0.0, INF])


def test_objectives_are_signed_and_a_row_has_all_or_none() -> None:
    worth = worth_of(ObjectiveSpec(metric=None, several=SEVERAL), maximize=True)
    first, second = np.array([1.0, 2.0, NAN, 4.0]), {"max_drawdown": np.array([0.1, NAN, 0.3, 0.0])}
    found = worth.values(first, second)
    assert found.tolist()[0] == [1.0, -0.1]
    assert np.isnan(found[1:3]).all()
    assert found[3].tolist() == [4.0, 0.0]
    assert not np.signbit(found[3, 1])
    assert worth.columns == ("max_drawdown",)
    assert worth_of(ObjectiveSpec(), maximize=False).values(first, {})[:, 0].tolist()[:2] == [-1.0, -2.0]


def outcomes(numbers: range) -> Outcomes:
    n = len(numbers)
    generator = np.random.default_rng(numbers.start)
    metrics = generator.standard_normal((n, 2))
    metrics[n // 2] = INF, -0.0
    failed = [Outcome.FAILED if one % 5 == 4 else Outcome.SCORED for one in numbers]
    values = metrics[:, 0].copy()
    values[[i for i, one in enumerate(failed) if one is Outcome.FAILED]] = NAN
    own: list[dict[str, float | None]] = [
        {"edge": float(value) / 3 if value > 0 else None} for value in metrics[:, 1]
    ]
    return Outcomes(
        numbers=numbers, outcomes=failed, values=values, metrics=metrics,
        metric_names=("sharpe", "max_drawdown"), reasons=Same("", n), undefined=Same({}, n), extra=own,
        durations_s=np.ones(n), peak_memory_mb=np.ones(n),
    )  # fmt: skip


def test_what_is_read_back_is_told_with_the_same_bits(tmp_path: Path) -> None:
    spec = ObjectiveSpec(
        metric=None, several=(*SEVERAL, ("edge", True)), constraints=("edge > 0.2", "max_drawdown < 1")
    )
    worth, sets = worth_of(spec, maximize=True), ParamSets.of([{"a": n} for n in range(40)])
    fresh, again = Judged(worth, 40), Judged(worth, 40)
    with closing(
        TrialTable.create(tmp_path / "run.db", ("sharpe", "max_drawdown"), {"c": {"a": "int"}})
    ) as table:
        for numbers in (range(20, 40), range(20)):
            ended = outcomes(numbers)
            rows = slice(numbers.start, numbers.stop)
            fresh.note(rows, ended)
            table.write(
                stage_number=1,
                stage="s",
                component="c",
                params=sets[rows],
                seeds=list(numbers),
                outcomes=ended,
            )
        record = Recorded(
            table=table,
            stage_number=1,
            component="c",
            regime="all",
            window="in_sample",
            metrics=worth.columns,
        )
        found = record.take(0, sets, np.arange(40))
    again.note(slice(0, 40), found)
    now, then = again.results(0, sets), fresh.results(0, sets)
    assert now.values.tobytes() == then.values.tobytes()
    assert now.violations.tobytes() == then.violations.tobytes()
    assert now.values.shape == (40, 3)
    assert np.isnan(now.values).any()
    assert np.isfinite(now.values).any()
    assert np.isinf(now.violations).sum() == 8
    assert {0.0} < set(now.violations.tolist())


def test_results_are_found_when_somebody_looks() -> None:
    looked: list[int] = []

    def judge() -> tuple[Any, Any]:
        looked.append(1)
        return np.array([[1.0, 2.0], [NAN, NAN]]), np.array([0.0, 0.5])

    results = Results.late(7, [{"a": 0}, {"a": 1}], judge)
    assert len(results) == 2
    assert not looked
    wanted = [
        Told(number=7, params={"a": 0}, values=(1.0, 2.0)),
        Told(number=8, params={"a": 1}, values=None, violation=0.5),
    ]
    assert list(results) == wanted
    assert results[1] == wanted[1]
    assert looked == [1]


def test_a_trial_has_a_value_only_where_every_objective_is_defined() -> None:
    spec = ObjectiveSpec(metric=None, several=SEVERAL, constraints=("n_trades >= 10",))
    objective = make_objective(spec)
    assert (objective.name, objective.maximize) == ("sharpe", True)
    metrics = np.full((4, len(METRIC_NAMES)), 20.0)
    at = METRIC_NAMES.index
    metrics[1, at("max_drawdown")] = NAN
    metrics[2, at("sharpe")] = NAN
    metrics[3, at("n_trades")] = 9
    values, reasons = objective.values(METRIC_NAMES, metrics, np.zeros(4, bool))
    assert values.tolist() == pytest.approx([20.0, NAN, NAN, NAN], nan_ok=True)
    assert reasons == {
        1: "undefined: max_drawdown",
        2: "undefined: sharpe",
        3: "constraint: n_trades >= 10",
    }


def test_an_unknown_metric_among_several_objectives_is_named() -> None:
    with pytest.raises(ConfigError, match=r"no metric is called 'sharp'. Did you mean 'sharpe'\?"):
        make_objective(ObjectiveSpec(metric=None, several=(("costs", False), ("sharp", True))))
