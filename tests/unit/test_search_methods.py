"""Each learning method: what it is told by its library's own loop, what it finds, what it decides and says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import cmaes as cmaes_library
import numpy as np
import optuna
import pytest

from admf.model.space import Params, Space, parse_space
from admf.search import adaptive, choosing
from admf.search.fronts import ranked
from admf.search.methods import find_method
from admf.search.optuna_sampler import quiet
from admf.search.protocol import SearchMethod, Told, counts_of, notes_of

LEARNING = ["genetic", "bayesian", "cmaes", "adaptive", "differential_evolution", "swarm"]
Values = Callable[[Params], tuple[float, ...] | None]


def cube(n: int, low: float = 0.0, high: float = 1.0) -> Space:
    return parse_space({f"x{i}": {"type": "float", "low": low, "high": high} for i in range(n)})


def bowl(params: Mapping[str, Any]) -> tuple[float]:
    return (-sum((x - 0.3) ** 2 for x in params.values()),)


def played(search: SearchMethod, values: Values) -> list[tuple[Params, tuple[float, ...] | None]]:
    made: list[tuple[Params, tuple[float, ...] | None]] = []
    while proposals := search.ask(search.generation):
        results = [Told(number=len(made) + i, params=p, values=values(p)) for i, p in enumerate(proposals)]
        search.tell(results)
        made += [(p, result.values) for p, result in zip(proposals, results, strict=True)]
    return made


def best(method: str, space: Space, seed: int, budget: int, values: Values) -> float:
    return max(v[0] for _, v in played(find_method(method)(space, seed, budget), values) if v is not None)


@pytest.mark.parametrize("method", LEARNING)
def test_learning_beats_drawing(method: str) -> None:
    drawn = [best("random", cube(4), seed, 120, bowl) for seed in range(5)]
    found = [best(method, cube(4), seed, 120, bowl) for seed in range(5)]
    assert all(ours > theirs for ours, theirs in zip(found, drawn, strict=True))
    assert np.median(found) > 0.5 * np.median(drawn)  # both are below 0


@pytest.mark.parametrize("method", [*LEARNING, "nsga2", "nsga3"])
def test_learning_goes_on_where_trials_fail(method: str) -> None:
    def half(params: Mapping[str, Any]) -> tuple[float] | None:
        return None if params["x0"] > 0.5 else bowl(params)

    options = {"population": 12} if method.startswith("nsga") else {}
    tried = played(find_method(method, options)(cube(3), 1, 120), half)
    failed = [value is None for _, value in tried]
    assert sum(failed[60:]) < 0.35 * 60  # half of the space
    assert max(v[0] for _, v in tried if v is not None) > -0.02


def test_optunas_proposals_are_those_of_optunas_own_loop() -> None:
    space = parse_space(
        {"x": {"type": "float", "low": 0, "high": 1}, "n": {"low": 0, "high": 40}, "c": [*"pq"]}
    )
    search = find_method("optuna:TPESampler", {"multivariate": True, "generation": 4})(space, 11, 60)
    ours = [p for p, _ in played(search, _mixed)]
    assert counts_of(search)["beside"] == counts_of(search)["repeated"] == 0  # nothing stood between
    with quiet(optuna):
        study = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.TPESampler(seed=11, multivariate=True)
        )
        kinds = optuna.distributions
        axes = {
            "x0": kinds.FloatDistribution(0.0, 1.0),
            "x1": kinds.IntDistribution(0, 40),
            "x2": kinds.CategoricalDistribution((0, 1)),
        }
        theirs = []
        for _ in range(15):
            trials = [study.ask(axes) for _ in range(4)]
            for trial in trials:
                params = {"x": trial.params["x0"], "n": trial.params["x1"], "c": "pq"[trial.params["x2"]]}
                theirs.append(params)
                study.tell(trial, _mixed(params)[0])
    assert ours == theirs


def _mixed(params: Mapping[str, Any]) -> tuple[float]:
    return (-((params["x"] - 0.3) ** 2) - (params["n"] - 7) ** 2 / 100 + (params["c"] == "p"),)


def test_the_distribution_moves_as_that_of_the_library() -> None:
    ours = played(find_method("cmaes", {"population": 6, "sigma": 0.2})(cube(3), 3, 60), bowl)
    library = cmaes_library.CMAwM(
        mean=np.full(3, 0.5),
        sigma=0.2,
        bounds=np.tile([0.0, 1.0], (3, 1)),
        steps=np.zeros(3),
        population_size=6,
        seed=3 * 1009,
    )
    for first in range(0, 60, 6):
        asked = [library.ask() for _ in range(6)]
        for (x, _), (params, _) in zip(asked, ours[first : first + 6], strict=True):
            np.testing.assert_allclose(list(params.values()), x, rtol=0, atol=0)
        library.tell([(x, -bowl(dict(enumerate(x)))[0]) for _, x in asked])  # type: ignore[arg-type]


def test_a_population_that_stands_still_starts_anew() -> None:
    def flat(params: Mapping[str, Any]) -> tuple[float]:
        return (1.0,)

    search = find_method("genetic", {"population": 5, "patience": 2})(cube(2), 0, 100)
    played(search, flat)
    assert counts_of(search)["restarts"] >= 4
    never = find_method("genetic", {"population": 5, "patience": 0})(cube(2), 0, 100)
    played(never, flat)
    assert counts_of(never)["restarts"] == 0


def test_cma_starts_anew_where_it_has_converged() -> None:
    search = find_method("cmaes")(cube(2), 0, 900)
    played(search, bowl)
    assert counts_of(search)["restarts"] >= 1
    stays = find_method("cmaes", {"restarts": False})(cube(2), 0, 900)
    played(stays, bowl)
    assert counts_of(stays)["restarts"] == 0


def two(params: Mapping[str, Any]) -> tuple[float, float]:
    """ZDT1 (Zitzler, Deb and Thiele, 2000) in four dimensions, signed; its front is f2 = 1 - sqrt(f1)."""
    x = list(params.values())
    g = 1 + 9 * sum(x[1:]) / (len(x) - 1)
    return -x[0], -g * (1 - (x[0] / g) ** 0.5)


def three(params: Mapping[str, Any]) -> tuple[float, float, float]:
    """DTLZ2 (Deb et al., 2002) in five dimensions, signed; its front is the unit sphere."""
    x = list(params.values())
    g = sum((v - 0.5) ** 2 for v in x[2:])
    a, b = x[0] * np.pi / 2, x[1] * np.pi / 2
    return (
        -(1 + g) * np.cos(a) * np.cos(b),
        -(1 + g) * np.cos(a) * np.sin(b),
        -(1 + g) * np.sin(a),
    )


@pytest.mark.parametrize("method", ["nsga2", "nsga3"])
@pytest.mark.parametrize(("values", "n"), [(two, 4), (three, 5)])
def test_populations_near_the_front_and_spread_along_it(method: str, values: Values, n: int) -> None:
    def front(name: str) -> np.ndarray:
        told = np.array([v for _, v in played(find_method(name)(cube(n), 2, 800), values)])
        return np.asarray(told[ranked(told) == 0])

    ours, drawn = front(method), front("random")
    assert _miss(ours) < 0.5 * _miss(drawn)
    assert len(ours) > len(drawn)
    assert np.ptp(ours, axis=0).min() > 0.7  # from one end of the front to the other


def _miss(front: np.ndarray) -> float:
    """How far the points of a front lie from the true one, on average."""
    if front.shape[1] == 2:
        return float((-front[:, 1] - (1 - np.sqrt(-front[:, 0]))).mean())
    return float((np.linalg.norm(front, axis=1) - 1).mean())


GRIDS = {
    50: parse_space({"a": range(5), "b": range(10)}),
    5_000: parse_space({"a": range(50), "b": range(100)}),
    5_000_000: parse_space({"a": range(50), "b": range(100), "c": range(1000)}),
}


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (50, r"grid: all 50 sets of the space fit into the budget of 300\."),
        (5_000, r"bayesian: the space has coarse grids"),
        (5_000_000, r"bayesian: the space has coarse grids"),
    ],
)
def test_adaptive_says_why_by_the_size_of_the_space(size: int, expected: str) -> None:
    search = find_method("adaptive")(GRIDS[size], 0, 300)
    played(search, lambda params: (float(sum(params.values())),))
    assert re.match(expected, notes_of(search)[0])
    assert len(notes_of(search)) == 1


def test_adaptive_by_budget_and_cost_of_a_trial() -> None:
    few = find_method("adaptive")(GRIDS[5_000], 0, 10)
    assert notes_of(few) == ("sobol: 10 trials are too few to learn from, fewer than 20.",)
    cheap = find_method("adaptive", {"trial_seconds": 0.001})(GRIDS[5_000], 0, 100)
    played(cheap, lambda params: (float(params["a"]),))
    assert notes_of(cheap) == (
        "genetic: a trial takes 0.001 s, less than the 0.01 s that a proposal of bayesian takes.",
    )


def test_adaptive_takes_cmaes_for_numbers_and_goes_on_where_it_stands_still() -> None:
    rising = find_method("adaptive")(cube(3), 0, 200)
    count = iter(range(10**6))
    played(rising, lambda _: (float(next(count)),))
    assert notes_of(rising) == ("cmaes: the space consists of numbers, as good as continuous.",)
    still = find_method("adaptive")(cube(3), 0, 200)
    tried = played(still, lambda params: (-sum(round(4 * x) for x in params.values()) % 9.0,))
    first, second = notes_of(still)
    assert first == notes_of(rising)[0]
    found = re.match(r"genetic: after (\d+) trials the last 50 of cmaes rose by less than 2% of", second)
    assert found
    at = int(found[1])
    bests = np.maximum.accumulate([v[0] for _, v in tried if v is not None])
    assert 66 <= at < 200
    assert bests[at - 1] == bests[at - 51]
    mixed = find_method("adaptive")(
        parse_space({"x": {"type": "float", "low": 0, "high": 1}, "m": [*"abc"]}), 0, 60
    )
    played(mixed, lambda params: (float(params["x"]),))
    assert notes_of(mixed)[0].startswith("bayesian: the space has choices without an order")
    few = find_method("adaptive")(cube(3), 0, 100)
    played(few, bowl)
    assert notes_of(few) == (
        "bayesian: 100 trials are fewer than 50 per parameter, which cmaes needs to adapt.",
    )


def test_adaptive_hands_over_with_all_that_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adaptive, "HANDOVER", 60)
    assert choosing.HANDOVER == 300
    search = find_method("adaptive")(GRIDS[5_000_000], 0, 160)
    tried = played(search, lambda params: (-float((params["c"] - 700) ** 2),))
    first, second = notes_of(search)
    assert first.startswith("bayesian: ")
    assert re.match(r"genetic: after 6\d trials a proposal of bayesian costs more and more", second)
    before = sorted(v[0] for _, v in tried[:60] if v is not None)
    after = sorted(v[0] for _, v in tried[80:] if v is not None)
    assert np.median(after) > np.median(before)
