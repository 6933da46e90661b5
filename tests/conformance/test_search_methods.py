"""Every built-in search method obeys the laws of the kit; the kit finds methods that break them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from admf import registry
from admf.errors import AdmfError, SpaceError
from admf.model.space import Params, Space, canonical, parse_space
from admf.search import grid, random, sobol
from admf.search.methods import find_method
from admf.search.protocol import MakeSearch, Told, Turns
from admf.testing.search_method import check_search_method, large_spaces

DRAWING: list[MakeSearch] = [random.make, sobol.make]
ALL: list[MakeSearch] = [grid.make, *DRAWING]
CONTINUOUS = parse_space(
    {
        "fast": {"type": "float", "low": 1, "high": 50},
        "slow": {"type": "log", "low": 1, "high": 100},
        "mode": ["a", "b"],
        "k": {"type": "float", "low": 0, "high": 1, "when": "mode == 'a'"},
    },
    ["fast < slow"],
)


def name(make: Any) -> str:
    return str(make.__module__)


def every() -> list[str]:
    """All registered methods, one of each family, and options that change how they work."""
    return [m for m in registry.names("search_methods") if "<" not in m]


SAMPLERS = ("TPESampler", "RandomSampler", "QMCSampler", "CmaEsSampler", "NSGAIISampler", "NSGAIIISampler")


@pytest.mark.parametrize("method", every())
def test_conforms(method: str) -> None:
    make = find_method(method)
    check_search_method(make)
    check_search_method(make, budget=None)


@pytest.mark.parametrize("method", [m for m in every() if m != "grid"])
def test_conforms_on_large_spaces(method: str) -> None:
    check_search_method(find_method(method), spaces=large_spaces())


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_samplers_of_optuna_conform(sampler: str) -> None:
    check_search_method(find_method(f"optuna:{sampler}"), budget=20)
    check_search_method(find_method(f"optuna:{sampler}"), spaces=large_spaces(), budget=20)


@pytest.mark.parametrize("objectives", [2, 3])
@pytest.mark.parametrize("method", ["nsga2", "nsga3", "optuna:TPESampler", "optuna:NSGAIISampler"])
def test_conforms_with_several_objectives(method: str, objectives: int) -> None:
    check_search_method(find_method(method), objectives=objectives, budget=20)
    check_search_method(find_method(method), objectives=objectives, budget=20, spaces=large_spaces())


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("genetic", {"population": 3, "elite": 0, "patience": 1}),
        ("genetic", {"population": 50, "elite": 60, "mutation": 1, "crossover": 0}),
        ("cmaes", {"population": 13, "sigma": 1, "restarts": False}),
        ("bayesian", {"generation": 1, "startup": 1, "multivariate": False}),
        ("adaptive", {"trial_seconds": 1e-6}),
        ("nsga2", {"population": 4}),
        ("nsga3", {"population": 7, "divisions": 12}),
        ("swarm", {"population": 5, "adaptive": False}),
        ("differential_evolution", {"variant": "DE/rand/1/exp", "weight": 0.5}),
    ],
)
def test_conforms_with_options(method: str, options: dict[str, Any]) -> None:
    check_search_method(find_method(method, options), budget=30)
    check_search_method(find_method(method, options), budget=30, spaces=large_spaces())


@pytest.mark.parametrize("make", DRAWING, ids=name)
def test_conforms_on_a_continuous_space(make: MakeSearch) -> None:
    check_search_method(make, spaces=[CONTINUOUS], budget=700)


class _Broken:
    """Breaks one law on purpose."""

    generation = 8

    def __init__(self, space: Space, seed: int, law: str) -> None:
        self.law, self.turns, self.at = law, Turns(), 0
        self.sets = list(space.grid())
        self.rng = np.random.default_rng(None if law == "seed" else seed)

    def ask(self, n: int) -> list[Params]:
        if self.law != "ask":
            self.turns.ask(n)
        n = max(n, 0)
        if self.law == "sizes" and n == 1:
            part = self.sets[len(self.sets) - self.at - 1 :][:1] if self.at < len(self.sets) else []
        else:
            part = self.sets[self.at : self.at + n]
        self.at += len(part)
        if self.law == "seed":
            part = [self.sets[i] for i in self.rng.integers(0, len(self.sets), len(part))]
        if self.law == "distinct":
            part = [self.sets[0]] * len(part)
        if self.law == "inside":
            part = [{**params, "stranger": 1} for params in part]
        if self.law == "exhausts" and self.at >= len(self.sets) > 1:
            part = part[:-1]
        if self.law == "more":
            part = part + part[:1]
        self.turns.proposed(part)
        return part

    def tell(self, results: Sequence[Told]) -> None:
        if self.law == "order":
            results = sorted(results, key=lambda result: result.number)
        if self.law != "tell":
            self.turns.tell(results)

    def total(self, budget: int | None = None) -> int | None:  # noqa: ARG002 - the protocol's
        return 0 if self.law == "total" else len(self.sets)


@pytest.mark.parametrize(
    "law", ["seed", "sizes", "distinct", "inside", "exhausts", "more", "order", "tell", "ask", "total"]
)
def test_the_kit_finds_what_is_broken(law: str) -> None:
    with pytest.raises(AssertionError, match=r"must"):
        check_search_method(lambda space, seed, _: _Broken(space, seed, law))


def test_the_kit_passes_what_is_not() -> None:
    check_search_method(lambda space, seed, _: _Broken(space, seed, "none"))


def test_grid_is_the_grid() -> None:
    space = parse_space({"fast": range(5, 30, 5), "slow": range(10, 40, 10)}, ["fast < slow"])
    assert list(grid.make(space).ask(1000)) == list(space.grid())


def test_a_grid_is_never_cut_silently() -> None:
    space = parse_space({"a": range(100), "b": range(100)})
    assert grid.make(space, 0, 10_000).total(5) == 10_000
    with pytest.raises(SpaceError, match=r"10,000 sets for a budget of 9,999.*random"):
        grid.make(space, 0, 9_999)
    with pytest.raises(SpaceError, match="k: a grid needs points"):
        grid.make(CONTINUOUS)


@pytest.mark.parametrize("make", ALL, ids=name)
def test_constraints_that_leave_nothing_are_found_before_the_run(make: MakeSearch) -> None:
    with pytest.raises(SpaceError, match="leave nothing"):
        make(parse_space({"a": range(1, 50), "b": range(1, 50)}, ["a * b > 10000"]), 0, 10_000)


@pytest.mark.parametrize("make", DRAWING, ids=name)
def test_a_continuous_space_with_nothing_in_it(make: MakeSearch) -> None:
    with pytest.raises(SpaceError, match="almost nothing"):
        make(parse_space({"x": {"type": "float", "low": 0, "high": 1}}, ["x > 2"]), 0, 10)


@pytest.mark.parametrize("make", DRAWING, ids=name)
def test_a_budget_is_needed_where_the_space_is_large(make: MakeSearch) -> None:
    assert make(parse_space({"a": range(100), "b": range(100)}), 0, None).total() == 10_000
    for space in (parse_space({"a": range(101), "b": range(100)}), CONTINUOUS):
        with pytest.raises(SpaceError, match="budget must be given"):
            make(space, 0, None)


@pytest.mark.parametrize("make", DRAWING, ids=name)
def test_a_finite_space_is_exhausted_once_even_where_few_sets_are_allowed(make: MakeSearch) -> None:
    space = parse_space(
        {"a": range(1000), "b": range(1000), "free": range(100)}, ["a * b == 997", "free % 2 == 0"]
    )
    asked = make(space, 3, 1000).ask(1000)
    assert sorted(map(canonical, asked)) == sorted(map(canonical, space.grid()))
    assert len(asked) == 100


@pytest.mark.parametrize("make", DRAWING, ids=name)
def test_seeds_differ_and_marginals_are_even(make: MakeSearch) -> None:
    space = parse_space(
        {"a": range(10), "b": {"type": "float", "low": 0, "high": 1}, "c": ["x", "y", "z", "w"]}
    )
    asked = list(make(space, 1, 4000).ask(4000))
    assert asked != list(make(space, 2, 4000).ask(4000))
    for values, cells in (
        ([params["a"] for params in asked], 10),
        ([int(params["b"] * 10) for params in asked], 10),
        ([params["c"] for params in asked], 4),
    ):
        _, counts = np.unique(values, return_counts=True)
        expected = len(asked) / cells
        chi_square = float(((counts - expected) ** 2 / expected).sum())
        assert len(counts) == cells
        assert chi_square < 30  # the 0.9995 quantile of chi-square with 9 degrees of freedom is 29.7


def test_sobol_covers_more_evenly_than_random() -> None:
    space = parse_space(
        {"a": {"type": "float", "low": 0, "high": 1}, "b": {"type": "float", "low": 0, "high": 1}}
    )

    def empty_cells(make: MakeSearch) -> int:
        points = np.array([list(params.values()) for params in make(space, 5, 256).ask(256)])
        return 256 - len(np.unique((points * 16).astype(int), axis=0))

    assert empty_cells(sobol.make) == 0  # 256 points of a (0, 8, 2)-net: one in each of 16 x 16 cells
    assert empty_cells(random.make) > 50  # 256 / e = 94 expected


@pytest.mark.parametrize("make", ALL, ids=name)
def test_misuse_says_what_was_expected(make: MakeSearch) -> None:
    method = make(parse_space({"a": range(5)}), 0, 5)
    first, second, _ = method.ask(3)
    with pytest.raises(AdmfError, match="all 3 proposals"):
        method.tell([Told(number=0, params=first, values=(1.0,))])
    wrong = [Told(number=n, params=second, values=None) for n in range(3)]
    with pytest.raises(AdmfError, match="parameters of result 0"):
        method.tell(wrong)


@pytest.mark.parametrize("make", ALL, ids=name)
@pytest.mark.parametrize(("seed", "budget"), [(-1, 5), (True, 5), (0, 0), (0, -3), (0, 2.5), ("1", 5)])
def test_seeds_and_budgets_that_are_none(make: Any, seed: Any, budget: Any) -> None:
    with pytest.raises(SpaceError, match="whole number"):
        make(parse_space({"a": range(5)}), seed, budget)
