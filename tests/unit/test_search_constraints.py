"""Constraints on results in every learning method: what holds first, then what breaks them least, failures last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
import pytest

from admf.errors import AdmfError
from admf.model.space import Params, Space, parse_space
from admf.search.learner import Points, Values, Violations
from admf.search.learning import Learning
from admf.search.methods import find_method
from admf.search.optuna_sampler import quiet
from admf.search.protocol import Results, Told
from admf.testing.search_play import Broken, Verdict, played

SINGLE = ["genetic", "bayesian", "cmaes", "adaptive", "differential_evolution", "swarm"]
SAMPLERS = ["optuna:CmaEsSampler", "optuna:NSGAIISampler", "optuna:GPSampler"]
SEEDS = range(5)
CUBE = parse_space({f"x{i}": {"type": "float", "low": 0, "high": 1} for i in range(5)})
OPTIONS = {
    "nsga2": {"population": 16},
    "nsga3": {"population": 16},
    "optuna:NSGAIISampler": {"population_size": 16},
}


def outside(params: Mapping[str, Any]) -> float:
    """How far from a ball that holds a four-hundredth of the cube; 0 inside."""
    return max(0.0, float(sum((x - 0.7) ** 2 for x in params.values())) - 0.06)


def worth(params: Mapping[str, Any]) -> float:
    """Better away from the ball: who does not see the constraint is led astray."""
    return -float(sum(params.values()))


def single(_: int, params: Mapping[str, Any]) -> tuple[float] | Broken:
    return Broken(outside(params)) if outside(params) else (worth(params),)


def double(_: int, params: Mapping[str, Any]) -> tuple[float, float] | Broken:
    return Broken(outside(params)) if outside(params) else (worth(params), params["x0"])


def tried(method: str, seed: int, verdict: Verdict, budget: int = 160) -> list[Mapping[str, Any]]:
    search = find_method(method, OPTIONS.get(method))(CUBE, seed, budget)
    return played(search, [search.generation], verdict)


@pytest.fixture(scope="module")
def drawn() -> list[list[Mapping[str, Any]]]:
    return [tried("random", seed, single) for seed in SEEDS]


@pytest.mark.parametrize("method", [*SINGLE, "nsga2", "nsga3", *SAMPLERS[:2]])
def test_a_start_without_anything_allowed_leads_toward_what_is(
    method: str, drawn: list[list[Mapping[str, Any]]]
) -> None:
    runs = [tried(method, seed, single) for seed in SEEDS]
    ours = [np.mean([outside(params) for params in run[-40:]]) for run in runs]
    theirs = [np.mean([outside(params) for params in run[-40:]]) for run in drawn]
    assert np.median(ours) < 0.5 * np.median(theirs)
    found = [sum(not outside(params) for params in run) for run in runs]
    assert np.median(found) > 5
    assert np.median([sum(not outside(params) for params in run) for run in drawn]) < 3


@pytest.mark.parametrize("method", ["nsga2", "nsga3", "optuna:TPESampler", "optuna:NSGAIISampler"])
def test_the_same_with_two_objectives(method: str, drawn: list[list[Mapping[str, Any]]]) -> None:
    runs = [tried(method, seed, double) for seed in SEEDS]
    ours = [np.mean([outside(params) for params in run[-40:]]) for run in runs]
    assert np.median(ours) < 0.75 * np.median([np.mean([outside(one) for one in run[-40:]]) for run in drawn])


@pytest.mark.parametrize("method", [*SINGLE, "nsga2"])
def test_values_of_what_breaks_constraints_count_for_nothing(method: str) -> None:
    def tempting(n: int, params: Mapping[str, Any]) -> tuple[float] | Broken:
        found = single(n, params)
        return Broken(found.by, values=(1e6,)) if isinstance(found, Broken) else found

    assert tried(method, 1, tempting, 80) == tried(method, 1, single, 80)


@pytest.mark.parametrize("method", [*SINGLE, "nsga2", "nsga3"])
def test_failures_are_worse_than_anything(method: str) -> None:
    """A cliff: most of the way to the ball nothing is known."""

    def cliff(n: int, params: Mapping[str, Any]) -> tuple[float] | Broken:
        return Broken(np.inf) if params["x0"] < 0.5 else single(n, params)

    failed = [np.mean([params["x0"] < 0.5 for params in tried(method, seed, cliff)[-60:]]) for seed in SEEDS]
    assert np.median(failed) < 0.3  # half of the cube


class Ear:
    """A learner that hears."""

    counts: Mapping[str, int] = {}
    notes: tuple[str, ...] = ()
    steps_aside = False
    generation = 5

    def __init__(self) -> None:
        self.heard: list[tuple[list[list[float]], list[float]]] = []

    def propose(self) -> Points:
        return (np.arange(5)[:, None] + 0.5) / 10 + 0.5 * bool(self.heard)

    def learn(self, points: Points, values: Values, violations: Violations) -> None:  # noqa: ARG002
        self.heard.append((values.tolist(), violations.tolist()))

    notice = learn


LINE = parse_space({"x": range(10)})


def test_what_a_learner_hears_has_values_or_a_violation() -> None:
    ear = Ear()
    search = Learning(LINE, ear, seed=0, budget=9)
    asked = list(search.ask(5))
    facts: list[tuple[tuple[float, ...] | None, float]] = [
        ((2.0,), 0.0),
        ((2.0,), 0.5),
        (None, 0.25),
        (None, 0.0),
        (None, np.inf),
    ]
    search.tell([Told(number=n, params=asked[n], values=v, violation=b) for n, (v, b) in enumerate(facts)])
    search.ask(1)
    values, violations = ear.heard[0]
    assert violations == [0.0, 0.5, 0.25, np.inf, np.inf]
    np.testing.assert_array_equal(values, [[2.0], [np.nan], [np.nan], [np.nan], [np.nan]])


def test_results_say_how_many_objectives_there_are_before_any_has_a_value() -> None:
    ear = Ear()
    search = Learning(LINE, ear, seed=0, budget=9)
    asked = search.ask(5)
    search.tell(Results(0, asked, np.full((5, 3), np.nan), np.full(5, 0.5)))
    search.ask(1)
    assert np.shape(ear.heard[0][0]) == (5, 3)


def test_a_violation_is_not_negative() -> None:
    search = find_method("genetic")(LINE, 0, 5)
    (params,) = search.ask(1)
    with pytest.raises(AdmfError, match=r"a violation must be at least 0, was -0\.5"):
        search.tell([Told(number=0, params=params, values=None, violation=-0.5)])


def test_optunas_proposals_under_constraints_are_those_of_optunas_own_loop() -> None:
    space: Space = parse_space({f"x{i}": {"type": "float", "low": 0, "high": 1} for i in range(5)})
    search = find_method("optuna:TPESampler", {"multivariate": True, "generation": 4})(space, 11, 60)
    ours = played(search, [4], single)
    with quiet(optuna):
        sampler = optuna.samplers.TPESampler(seed=11, multivariate=True)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        axes: dict[str, optuna.distributions.BaseDistribution] = {
            f"x{i}": optuna.distributions.FloatDistribution(0.0, 1.0) for i in range(5)
        }
        theirs: list[Params] = []
        for _ in range(15):
            for trial in [study.ask(axes) for _ in range(4)]:
                theirs.append(dict(trial.params))
                trial.set_constraint("c", outside(trial.params))
                study.tell(trial, worth(trial.params))
    assert any(not outside(params) for params in theirs)
    assert ours == theirs


def test_a_gaussian_process_sees_a_value_below_all_others() -> None:
    pytest.importorskip("torch")
    runs = [tried("optuna:GPSampler", seed, single, 60) for seed in range(2)]
    assert np.median([np.mean([outside(params) for params in run[-20:]]) for run in runs]) < 0.2
