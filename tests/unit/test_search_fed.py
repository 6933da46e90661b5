"""Searches that begin with given sets, and searches that are a list: each set once, told to whoever goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from admf import registry
from admf.errors import SpaceError
from admf.model.param_sets import ParamSets
from admf.model.space import Params, Space, canonical, parse_space
from admf.model.space.placed import placed
from admf.search.fed import fed
from admf.search.listed import listed
from admf.search.methods import find_method
from admf.search.protocol import MakeSearch, SearchMethod, Told, Turns, counts_of, notes_of
from admf.search.without import places_in
from admf.testing.search_method import check_search_method, default_spaces, large_spaces
from admf.testing.search_play import hashed, played

EVERY = [m for m in registry.names("search_methods") if "<" not in m]
MIXED = parse_space(
    {
        "n": {"low": 3, "high": 30, "step": 3},
        "x": {"type": "float", "low": 0.1, "high": 0.7, "step": 0.1},
        "log": {"type": "log", "low": 0.001, "high": 10, "num_points": 5},
        "stepped": {"low": 1, "high": 1000, "log": True},
        "free": {"type": "float", "low": -1, "high": 1},
        "any": [None, True, 1, "1", {"a": 2}],
        "deep": {"low": 0, "high": 9, "when": "any == '1'"},
        "only": 7,
        "still": {"type": "float", "low": 2, "high": 2},
    },
    ["n + stepped > 20"],
)


def some(space: Space, seed: int, n: int) -> list[Params]:
    """Up to n sets of a space, another one than any method's."""
    return [dict(one) for one in find_method("random")(space, 1000 + seed, n).ask(n)]


def test_sets_are_found_again_among_codes() -> None:
    sets = some(MIXED, 0, 300)
    assert list(MIXED.rows(placed(MIXED, sets))) == sets
    block = placed(MIXED, sets)
    assert len(set(MIXED.keys(block))) == 300
    points = MIXED.units(block)
    assert ((points >= 0) & (points <= 1)).all()
    again = list(MIXED.from_unit(points))
    assert [{**one, "free": 0} for one in again] == [{**one, "free": 0} for one in sets]
    np.testing.assert_allclose([one["free"] for one in again], [one["free"] for one in sets], atol=1e-15)
    whole = parse_space({"n": {"low": 3, "high": 9}, "c": [1, "a"]})
    assert list(whole.rows(placed(whole, [{"n": 5.0, "c": 1.0}]))) == [{"n": 5, "c": 1}]


def test_which_sets_are_known() -> None:
    sets = some(MIXED, 1, 200)
    known = [sets[17], sets[3], {**sets[5], "only": 8}, {"n": 3}, {**sets[6], "stranger": 1}]
    places = places_in(ParamSets.of(sets), ParamSets.of(known)).tolist()
    assert (places.pop(17), places.pop(3), set(places)) == (0, 1, {-1})
    columns = MIXED.rows(placed(MIXED, sets))
    assert np.flatnonzero(places_in(columns, ParamSets.of(known)) >= 0).tolist() == [3, 17]
    ones = ParamSets.of([{"a": True}, {"a": 1}, {"a": 1.0}, {"a": "1"}])
    assert places_in(ones, ParamSets.of([{"a": 1}])).tolist() == [-1, 0, 0, -1]
    assert places_in(ParamSets.of([{"a": True}]), ParamSets.of([{"a": 1}])).tolist() == [-1]


def test_a_list_is_proposed_and_ends() -> None:
    space = parse_space({"a": range(10), "b": range(10)}, ["a < b"])
    sets: list[Params] = [{"a": 1, "b": 5}, {"a": 0, "b": 9}, {"a": 1.0, "b": 5}, {"a": 3, "b": 4}]
    search = listed(sets)(space, 0, None)
    assert search.total(None) == 3
    assert list(search.ask(2)) == [{"a": 1, "b": 5}, {"a": 0, "b": 9}]
    assert list(search.ask(99)) == [{"a": 3, "b": 4}]
    assert list(search.ask(1)) == []
    assert len(listed(sets)(space, 0, 2).ask(9)) == 2
    assert len(listed([])(space, 0, 2).ask(9)) == 0
    with pytest.raises(SpaceError, match=r"sets\[1\].a: the value must lie in 0 to 9, was 10") as error:
        listed([sets[0], {"a": 10, "b": 1}, {"a": 5, "b": 2}])(space, 0, None)
    assert [problem.where for problem in error.value.problems] == ["sets[1].a", "sets[2]"]
    assert "a < b" in error.value.problems[1].says


def test_a_list_conforms() -> None:
    for space in (*default_spaces(), *large_spaces()):
        check_search_method(listed(some(space, 0, 30)), spaces=[space], exhaustive=False)
        check_search_method(listed(some(space, 0, 30)), spaces=[space], exhaustive=False, budget=7)


def with_strangers(space: Space, n: int) -> list[Params]:
    sets = some(space, 0, n)
    return [{"stranger": 1}, *sets, sets[0], {**sets[0], "stranger": 2}]


@pytest.mark.parametrize("method", EVERY)
def test_every_method_conforms_where_it_is_fed(method: str) -> None:
    make = find_method(method)
    for space in default_spaces():
        for n in (3, 100):
            check_search_method(fed(make, with_strangers(space, n)), spaces=[space], budget=25)
    space = default_spaces()[0]
    check_search_method(fed(make, with_strangers(space, 3)), spaces=[space], budget=None)
    check_search_method(fed(make, []), spaces=[space])
    for space in large_spaces() if method != "grid" else ():
        check_search_method(fed(make, with_strangers(space, 9)), spaces=[space], budget=25)


@pytest.mark.parametrize("method", EVERY)
def test_the_fed_sets_come_first_and_none_comes_twice(method: str) -> None:
    space = parse_space({"a": range(9), "b": range(5)}, ["a != b"])
    first = some(space, 4, 12)
    search = fed(find_method(method), [*first, {"a": 1, "b": 1}, first[0]])(space, 2, 40)
    asked = played(search, [7, 3], hashed(1)) if method != "grid" else list(search.ask(99))
    assert asked[:12] == first
    assert len(set(map(canonical, asked))) == len(asked)
    assert counts_of(search)["fed"] == 12
    assert counts_of(search)["not in the space"] == 1
    if method != "grid":
        assert len(asked) == 40 == search.total()


def test_a_budget_smaller_than_the_list_is_the_list_cut() -> None:
    first = some(MIXED, 4, 12)
    search = fed(find_method("genetic"), first)(MIXED, 2, 5)
    assert played(search, [3], hashed(1)) == first[:5]
    assert counts_of(search)["fed"] == 5


def cube() -> Space:
    return parse_space({f"x{i}": {"type": "float", "low": 0, "high": 1} for i in range(5)})


def peak(params: Any) -> float:
    return -float(sum((x - 0.8) ** 2 for x in params.values()))


@pytest.mark.parametrize(
    "method", [m for m in EVERY if m not in ("grid", "random", "sobol", "successive_halving")]
)
def test_a_learner_that_is_fed_goes_on_from_there(method: str) -> None:
    good = [{f"x{i}": 0.8 + 0.02 * (k - i % 3) for i in range(5)} for k in range(4)]

    def found(make: MakeSearch, seed: int) -> float:
        asked = played(make(cube(), seed, 80), [8], lambda _, params: (peak(params),))
        return max(map(peak, asked[4:]))

    fed_ones = [found(fed(find_method(method), good), seed) for seed in range(5)]
    bare = [found(find_method(method), seed) for seed in range(5)]
    assert np.median(fed_ones) > np.median(bare)


class _Stranger:
    """A method of somebody else, without `notice`: the grid, three at a time, and it keeps what it hears."""

    generation = 3
    notes = ("a stranger",)

    def __init__(self, space: Space) -> None:
        self.sets, self.at, self.turns = list(space.grid()), 0, Turns()
        self.heard: list[Told] = []

    def ask(self, n: int) -> Sequence[Params]:
        self.turns.ask(n)
        n = min(n, 3 - sum(map(len, self.turns.waiting)))
        part = self.sets[self.at : self.at + n]
        self.at += len(part)
        self.turns.proposed(part)
        return part

    def tell(self, results: Sequence[Told]) -> None:
        self.turns.tell(results)
        self.heard += results

    def total(self, budget: int | None = None) -> int | None:  # noqa: ARG002 - the protocol's
        return None


def test_a_method_without_notice_is_answered_from_memory() -> None:
    space = parse_space({"a": range(12)})
    stranger = _Stranger(space)
    first = [{"a": a} for a in (3, 4, 5, 0, 7)]
    worth: Callable[[int, Any], tuple[float] | None] = lambda _, p: None if p["a"] == 4 else (p["a"] ** 2.0,)  # noqa: E731
    search: SearchMethod = fed(lambda *_: stranger, first)(space, 0, None)
    asked = [one["a"] for one in played(search, [3], worth)]
    assert asked == [3, 4, 5, 0, 7, 1, 2, 6, 8, 9, 10, 11]
    assert [told.number for told in stranger.heard] == list(range(12))
    assert [told.params["a"] for told in stranger.heard] == list(range(12))
    assert [told.values for told in stranger.heard] == [worth(0, {"a": a}) for a in range(12)]
    assert counts_of(search) == {"repeated": 5, "fed": 5, "not in the space": 0}
    assert notes_of(search) == ("a stranger",)
