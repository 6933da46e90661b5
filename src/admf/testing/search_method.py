"""The conformance kit of search methods: laws that any method must obey, for use in anybody's tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle

from admf.model.space import Params, Space, canonical, parse_space
from admf.search.protocol import MakeSearch, SearchMethod, Told

_BUDGET = 40


def default_spaces() -> tuple[Space, ...]:
    """Small finite spaces: a constraint, floats, choices of any value, conditions, a single set."""
    stop = {"simulation.stop": [None, 0.02, {"atr": 2, "window": 14}]}
    chained = {
        "mode": ["x", "y"],
        "depth": {"low": 1, "high": 3, "when": "mode == 'x'"},
        "extra": {"values": [True, False], "when": "depth > 1"},
    }
    return (
        parse_space({"fast": range(5, 30, 5), "slow": {"low": 10, "high": 60, "step": 10}}, ["fast < slow"]),
        parse_space({"level": {"low": 0, "high": 0.3, "step": 0.1}, **stop}),
        parse_space(chained),
        parse_space({"rate": {"type": "log", "low": 0.001, "high": 1.0, "num_points": 7}}),
        parse_space({"only": 7}),
    )


def check_search_method(
    make: MakeSearch,
    *,
    spaces: Sequence[Space] | None = None,
    budget: int | None = _BUDGET,
    exhaustive: bool = True,
) -> None:
    """Raises AssertionError with the law that a method breaks, and on which space.

    `make(space, seed, budget)` creates the method. With `exhaustive`, every set of a finite space within the
    budget must be proposed; a method that stops before is checked with `exhaustive=False`.
    """
    for space in default_spaces() if spaces is None else spaces:
        place = f"space {', '.join(space.names)}"
        _check_sound(make, space, budget, place, exhaustive)
        _check_sizes(make, space, budget, place)
        _check_replay(make, space, budget, place)
        _check_misuse(make, space, budget, place)


def _check_sound(make: MakeSearch, space: Space, budget: int | None, place: str, exhaustive: bool) -> None:
    """Inside the space, distinct, within the budget, exhausted for good."""
    method = make(space, 1, budget)
    generation = method.generation
    _require(
        isinstance(generation, int) and generation >= 1,
        f"generation must be a whole number of at least 1, is {generation!r}",
        place,
    )
    proposals = _played(method, [generation])
    total = method.total(budget)
    _require(
        total is None or len(proposals) <= total,
        f"total({budget}) must be at least the {len(proposals)} proposals made, is {total}",
        place,
    )
    _require(
        generation == method.generation == make(space, 2, budget).generation,
        "generation must be a constant of the method",
        place,
    )
    for params in proposals:
        says = "; ".join(map(str, space.objections(params)))
        _require(not says, f"proposals must be inside the space, {params} is not ({says})", place)
    texts = [canonical(params) for params in proposals]
    _require(len(set(texts)) == len(texts), "proposals must differ, one came twice", place)
    _require(
        budget is None or len(texts) <= budget,
        f"at most {budget} proposals may come, were {len(texts)}",
        place,
    )
    _require(len(method.ask(1)) == 0, "ask() after the end must give nothing", place)
    count = space.count()
    if exhaustive and count is not None and (budget is None or count <= budget):
        _require(len(texts) == count, f"all {count} sets must be proposed, were {len(texts)}", place)


def _check_sizes(make: MakeSearch, space: Space, budget: int | None, place: str) -> None:
    """How calls of ask() are split changes nothing; the seed decides."""
    whole = _played(make(space, 3, budget), [make(space, 3, budget).generation])
    for sizes in ([1], [3, 1, 7], [2, 64]):
        split = _played(make(space, 3, budget), sizes)
        _require(split == whole, f"proposals must not depend on the sizes of ask(), do for {sizes}", place)


def _check_replay(make: MakeSearch, space: Space, budget: int | None, place: str) -> None:
    """A fresh method that is told a recorded prefix goes on as the first one did."""
    recorded = _played(make(space, 4, budget), [5])
    fresh = make(space, 4, budget)
    generations = list(_generations(fresh, [5]))
    _require(
        [params for asked in generations for params in asked] == recorded,
        "a fresh method with the same seed, told the same, must propose the same",
        place,
    )


def _check_misuse(make: MakeSearch, space: Space, budget: int | None, place: str) -> None:
    """Telling before asking, too few, out of order; asking for nothing."""
    _must_refuse(make(space, 5, budget), [_told(0, {})], "tell() before ask()", place)
    for wrong in (0, -1):
        method = make(space, 5, budget)
        try:
            method.ask(wrong)
        except Exception as error:
            _require(bool(str(error)), f"ask({wrong}) must be refused with a message", place)
        else:
            _require(False, f"ask({wrong}) must be refused", place)
    method = make(space, 5, budget)
    asked = method.ask(min(3, method.generation))
    results = [_told(number, params) for number, params in enumerate(asked)]
    _must_refuse(method, results[:-1], "tell() with too few results", place)
    if len(results) > 1:
        _must_refuse(method, results[::-1], "tell() out of order", place)
    later = [_told(number + 1, params) for number, params in enumerate(asked)]
    _must_refuse(method, later, "tell() with the numbers of other proposals", place)
    _must_refuse(method, [*results, _told(len(results), asked[0])], "tell() with too many results", place)
    method.tell(results)  # a refusal must not have spoilt it
    _must_refuse(method, results, "telling the same results twice", place)


def _must_refuse(method: SearchMethod, results: Sequence[Told], what: str, place: str) -> None:
    try:
        method.tell(results)
    except Exception as error:
        _require(bool(str(error)), f"{what} must be refused with a message", place)
    else:
        _require(False, f"{what} must be refused", place)


def _played(method: SearchMethod, sizes: Sequence[int]) -> list[Params]:
    return [params for asked in _generations(method, sizes) for params in asked]


def _generations(method: SearchMethod, sizes: Sequence[int]) -> Iterator[list[Params]]:
    """Whole generations, asked in calls of the given sizes, each told before the next one is asked."""
    turns = cycle(sizes)
    number = 0
    while True:
        asked: list[Params] = []
        while len(asked) < method.generation:
            wanted = min(next(turns), method.generation - len(asked))
            part = method.ask(wanted)
            if len(part) > wanted:
                raise AssertionError(f"ask({wanted}) must give at most {wanted} proposals, gave {len(part)}")
            asked += part
            if len(part) < wanted:
                break
        if not asked:
            return
        yield asked
        method.tell([_told(number + i, params) for i, params in enumerate(asked)])
        number += len(asked)


def _told(number: int, params: Params) -> Told:
    """A made-up outcome that depends on the parameters alone; every seventh has no value."""
    text = canonical(params)
    value = sum(i * ord(character) for i, character in enumerate(text, 1)) % 997
    return Told(number=number, params=params, values=None if value % 7 == 0 else (value / 997,))


def _require(holds: bool, law: str, place: str) -> None:
    if not holds:
        raise AssertionError(f"{law} ({place}).")
