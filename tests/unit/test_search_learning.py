"""What surrounds a learner: memory for repeats, rounds told whole and in order, budgets, counts."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

import numpy as np
import pytest

from admf.errors import AdmfError, SpaceError
from admf.model.space import parse_space
from admf.search import extra
from admf.search.learner import Floor, Points, Values, Violations, standing
from admf.search.learning import Learning
from admf.search.methods import find_method
from admf.search.protocol import Told, counts_of

LINE = parse_space({"x": range(10)})


class Script:
    """A learner that proposes what it is told to, and keeps what it hears."""

    counts: Mapping[str, int] = {"own": 3}
    notes: tuple[str, ...] = ("written down",)

    def __init__(self, *rounds: list[int], steps_aside: bool = False) -> None:
        self.rounds, self.steps_aside = list(rounds), steps_aside
        self.generation = len(rounds[0])
        self.heard: list[tuple[list[int], list[float]]] = []
        self.broken: list[list[float]] = []
        self.noticed: list[tuple[list[int], list[float]]] = []

    def propose(self) -> Points:
        places = self.rounds.pop(0) if len(self.rounds) > 1 else self.rounds[0]
        return (np.array(places, dtype=float)[:, None] + 0.5) / 10

    def learn(self, points: Points, values: Values, violations: Violations) -> None:
        self.broken.append(violations.tolist())
        self.heard.append(((points[:, 0] * 10).astype(int).tolist(), values[:, 0].tolist()))

    def notice(self, points: Points, values: Values, violations: Violations) -> None:  # noqa: ARG002
        self.noticed.append(((points[:, 0] * 10).astype(int).tolist(), values[:, 0].tolist()))


def asked(search: Learning, n: int = 99) -> list[int]:
    return [params["x"] for params in search.ask(n)]


def tell(search: Learning, first: int, places: list[int], *, without: tuple[int, ...] = ()) -> None:
    search.tell(
        [
            Told(number=n, params={"x": x}, values=None if x in without else (float(x * x),))
            for n, x in enumerate(places, first)
        ]
    )


def test_a_repeated_set_never_leaves_and_is_answered_from_memory() -> None:
    learner = Script([1, 2, 1], [2, 3, 3], [5, 5, 5])
    search = Learning(LINE, learner, seed=0, budget=9)
    assert asked(search) == [1, 2]
    tell(search, 0, [1, 2])
    assert asked(search) == [3]
    assert learner.heard == [([1, 2, 1], [1.0, 4.0, 1.0])]
    tell(search, 2, [3])
    assert asked(search) == [5]
    assert learner.heard[1] == ([2, 3, 3], [4.0, 9.0, 9.0])
    assert search.counts == {"repeated": 5, "beside": 0, "repaired": 0, "drawn": 0, "own": 3}
    assert search.notes == ("written down",)


def test_a_round_of_repeats_is_answered_without_asking_and_then_new_sets_are_drawn() -> None:
    learner = Script([1, 1], [1, 1])
    search = Learning(LINE, learner, seed=0, budget=99)
    assert asked(search) == [1]
    tell(search, 0, [1])
    drawn = asked(search)
    assert len(drawn) == 2
    assert 1 not in drawn
    assert learner.heard == [([1, 1], [1.0, 1.0])] * 4  # its own, and three without anything new
    tell(search, 1, drawn)
    asked(search)
    assert learner.noticed == [(drawn, [float(x * x) for x in drawn])]
    assert search.counts["drawn"] == 4


def test_every_set_of_a_small_space_comes_once_and_then_none() -> None:
    search = Learning(LINE, Script([0, 0, 0]), seed=5, budget=1000)
    found: list[int] = []
    sizes = []
    while places := asked(search, 3):
        tell(search, len(found), places)
        found += places
        sizes.append(len(places))
    assert sorted(found) == list(range(10))
    assert sizes == [1, 3, 3, 3]  # what is drawn is new
    assert search.total() == 10
    assert search.total(4) == 4


def test_a_learner_that_steps_aside_tries_what_is_next_to_it() -> None:
    learner = Script([4, 4, 4], steps_aside=True)
    search = Learning(LINE, learner, seed=0, budget=99)
    first = asked(search)
    assert first[0] == 4
    assert len(set(first)) == 3
    assert all(abs(x - 4) <= 2 for x in first)
    tell(search, 0, first)
    asked(search)
    assert learner.heard == [(first, [float(x * x) for x in first])]
    assert counts_of(search)["beside"] >= 2


def test_a_round_may_be_told_in_parts_and_is_heard_whole() -> None:
    learner = Script([1, 2, 3, 4], [5, 6, 7, 8])
    search = Learning(LINE, learner, seed=0, budget=99)
    tell(search, 0, asked(search, 3), without=(2,))
    assert learner.heard == []
    tell(search, 3, asked(search, 3))
    assert asked(search, 1) == [5]
    places, values = learner.heard[0]
    assert places == [1, 2, 3, 4]
    np.testing.assert_array_equal(values, [1.0, np.nan, 9.0, 16.0])


def test_nothing_comes_while_something_waits_to_be_told_and_the_budget_cuts() -> None:
    search = Learning(LINE, Script([1, 2, 3, 4]), seed=0, budget=3)
    assert asked(search, 2) == [1, 2]
    assert asked(search, 2) == [3]
    assert asked(search) == []
    tell(search, 0, [1, 2, 3])
    assert asked(search) == []


def test_first_sets_are_drawn_evenly_and_noticed() -> None:
    learner = Script([1, 2])
    search = Learning(LINE, learner, seed=3, budget=99, start=5)
    first = asked(search)
    assert len(first) == 5
    tell(search, 0, first)
    asked(search)
    assert learner.noticed == [(first, [float(x * x) for x in first])]


def test_what_is_not_finite_is_no_value_and_objectives_are_as_many_for_all() -> None:
    learner = Script([1, 2, 3])
    search = Learning(LINE, learner, seed=0, budget=99)
    search.ask(3)
    values = [(float("inf"),), (float("nan"),), (1.0,)]
    search.tell([Told(number=n, params={"x": n + 1}, values=v) for n, v in enumerate(values)])
    search.ask(1)
    np.testing.assert_array_equal(learner.heard[0][1], [np.nan, np.nan, 1.0])
    other = Learning(LINE, Script([1, 2, 3]), seed=0, budget=99)
    other.ask(2)
    mixed: list[tuple[float, ...]] = [(1.0,), (1.0, 2.0)]
    other.tell([Told(number=n, params={"x": n + 1}, values=v) for n, v in enumerate(mixed)])
    other.ask(1)
    other.tell([Told(number=2, params={"x": 3}, values=None)])
    with pytest.raises(AdmfError, match="must have 1 objectives"):
        other.ask(1)


@pytest.mark.parametrize("method", ["genetic", "cmaes", "swarm", "differential_evolution"])
def test_a_method_of_one_objective_says_so(method: str) -> None:
    search = find_method(method)(parse_space({"x": range(1000)}), 0, 60)
    search.tell([Told(number=n, params=p, values=(1.0, 2.0)) for n, p in enumerate(search.ask(20))])
    with pytest.raises(AdmfError, match=rf"{method} searches one objective, was told 2\. Use nsga2"):
        search.ask(1)


def test_what_has_no_value_is_ranked_below_all_that_has() -> None:
    def filled(floor: Floor, values: list[float], violations: list[float]) -> list[float]:
        one = floor.filled(np.array(values)[:, None], np.array(violations))
        return [float(value) for value in one[:, 0]]

    nan, inf = np.nan, np.inf
    floor = Floor()
    assert filled(floor, [nan, nan], [inf, inf]) == [0.0, 0.0]
    first = filled(floor, [3.0, nan, -5.0], [0, inf, 0])
    assert (first[0], first[2]) == (3.0, -5.0)
    assert first[1] < -5.0
    assert filled(floor, [nan, 2.0], [inf, 0])[0] <= first[1]
    broken = filled(floor, [nan, 1.0, nan, nan, nan], [0.5, 0, 1e-9, inf, 1e9])
    assert np.isfinite(broken).all()
    assert np.argsort(broken).tolist() == [3, 4, 0, 2, 1]
    assert broken[2] < -5.0
    nothing = filled(Floor(), [nan, nan, nan], [0.5, inf, 0.25])
    assert np.argsort(nothing).tolist() == [1, 0, 2]


def test_what_holds_constraints_stands_before_what_does_not() -> None:
    nan, inf = np.nan, np.inf
    told = np.array([1.0, -inf, 3.0, -inf, -inf, 1.0, nan])
    violations = np.array([0.0, 0.2, 0.0, inf, 0.1, 0.0, 0.1])
    assert standing(told, violations).tolist() == [3, 1, 4, 0, 2, 3, 2]
    assert standing(np.zeros(0), np.zeros(0)).tolist() == []


LIBRARIES = {
    "bayesian": ("optuna", "pip install optuna"),
    "cmaes": ("cmaes", "pip install cmaes"),
    "optuna:TPESampler": ("optuna", "pip install optuna"),
    "swarm": ("pymoo", r"pip install 'admf\[evolution\]'"),
    "differential_evolution": ("pymoo", r"pip install 'admf\[evolution\]'"),
}


@pytest.mark.parametrize("method", LIBRARIES)
def test_a_missing_library_is_named_before_the_run(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    library, install = LIBRARIES[method]
    found = find_spec
    monkeypatch.setattr(extra, "find_spec", lambda name: None if name == library else found(name))
    with pytest.raises(
        SpaceError, match=rf"needs {library}, which is not installed\. Install it: {install}\."
    ):
        find_method(method)(LINE, 0, 5)


def test_a_gaussian_process_needs_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    from admf.search import bayesian

    monkeypatch.setattr(bayesian, "find_spec", lambda _: None)
    with pytest.raises(SpaceError, match=r"needs torch.*use model: tpe"):
        find_method("bayesian", {"model": "gp"})(LINE, 0, 5)
