"""The laws of a search method, one function each: sound proposals, failures, turns, replay, misuse."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from math import inf
from typing import Any

import numpy as np

from admf.model.space import Space, canonical
from admf.search.protocol import MakeSearch, SearchMethod, Told, counts_of, hears_late, notes_of
from admf.testing.search_play import (
    Broken,
    Verdict,
    generations,
    hashed,
    played,
    short_turns,
    told,
    with_late,
)

Proposals = list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Checked:
    """A method on one space."""

    make: MakeSearch
    space: Space
    budget: int | None
    objectives: int

    def made(self, seed: int) -> SearchMethod:
        """A fresh search."""
        return self.make(self.space, seed, self.budget)

    def played(self, seed: int, sizes: Sequence[int], verdict: Verdict | None = None) -> Proposals:
        """All proposals of a fresh search."""
        return played(self.made(seed), sizes, verdict or hashed(self.objectives))

    def require(self, holds: bool, law: str) -> None:
        """AssertionError with the law and the space, where it does not hold."""
        if not holds:
            raise AssertionError(f"{law} (space {', '.join(self.space.names)}).")


def check_sound(c: Checked, exhaustive: bool) -> None:
    """Inside the space, distinct, within the budget, exhausted for good; a constant generation."""
    method = c.made(1)
    generation = method.generation
    sound = isinstance(generation, int) and generation >= 1
    c.require(sound, f"generation must be a whole number of at least 1, is {generation!r}")
    proposals = played(method, [generation], hashed(c.objectives))
    constant = generation == method.generation == c.made(2).generation
    c.require(constant, "generation must be a constant of the method")
    total = method.total(c.budget)
    made = len(proposals)
    c.require(
        total is None or made <= total, f"total({c.budget}) must be at least the {made} made, is {total}"
    )
    _require_sets(c, proposals)
    c.require(len(method.ask(1)) == 0, "ask() after the end must give nothing")
    count = c.space.count()
    if exhaustive and count is not None and (c.budget is None or count <= c.budget):
        c.require(made == count, f"all {count} sets must be proposed, were {made}")
    notes, counts = notes_of(method), counts_of(method)
    c.require(all(isinstance(note, str) for note in notes), f"notes must be sentences, are {notes!r}")
    whole = all(isinstance(n, int) and n >= 0 for n in counts.values())
    c.require(whole, f"counts must be whole numbers of at least 0, are {counts!r}")


def check_failures(c: Checked) -> None:
    """Trials without a value, all of them or all but one, failed or breaking constraints by as much as may be, are no
    reason to stop, repeat or leave the space."""
    usual = len(c.played(6, [c.made(6).generation]))
    for what, verdict in _worlds(c.objectives).items():
        proposals = c.played(6, [c.made(6).generation], verdict)
        _require_sets(c, proposals)
        says = f"{usual} proposals must come where {what}, came {len(proposals)}"
        c.require(len(proposals) == usual, says)


def _worlds(objectives: int) -> dict[str, Verdict]:
    one = (1.0,) * objectives
    return {
        "no trial has a value": lambda _n, _params: None,
        "one trial has a value": lambda n, _params: one if n == 3 else None,
        "every trial has the same value": lambda _n, _params: one,
        "no trial holds the constraints": lambda n, _params: Broken(1.0 / (1 + n), one),
        "trials break them by next to nothing, immensely, or fail": lambda n, _params: Broken(
            (1e-300, 1e300, inf)[n % 3]
        ),
        "only one trial holds the constraints": lambda n, _params: one if n == 5 else Broken(0.1 + n % 3),
    }


def check_turns(c: Checked) -> None:
    """How calls of ask() are split changes nothing; generations may be told in parts, and the proposals are sound."""
    whole = c.played(3, [c.made(3).generation])
    for sizes in ([1], [3, 1, 7], [2, 64]):
        c.require(
            c.played(3, sizes) == whole, f"proposals must not depend on the sizes of ask(), do for {sizes}"
        )
    for sizes in ([1], [5, 2]):
        proposals = short_turns(c.made(3), sizes, hashed(c.objectives))
        _require_sets(c, proposals)
        says = f"{len(whole)} proposals must come where {sizes} are told at once, came {len(proposals)}"
        c.require(len(proposals) == len(whole), says)


def check_late(c: Checked) -> None:
    """A method that has `notice` may be told that trials have not ended, and later what became of them."""
    if not hears_late(c.made(7)):
        return
    usual, verdict = len(c.played(7, [c.made(7).generation])), hashed(c.objectives)
    found: dict[int, Proposals] = {}
    for patience, (what, is_late) in enumerate(_LATE.items(), 1):
        proposals = found[patience] = with_late(c.made(7), verdict, is_late, patience)
        _require_sets(c, proposals)
        says = f"{usual} proposals must come where {what} late, came {len(proposals)}"
        c.require(len(proposals) == usual, says)
    again = with_late(c.made(7), verdict, next(iter(_LATE.values())), 1)
    c.require(again == found[1], "a fresh method, told the same as late, must propose the same")


_LATE: Mapping[str, Callable[[int], bool]] = {
    "every third trial ends": lambda n: n % 3 == 0,
    "every trial ends": lambda _: True,
}
"""One generation late, and two."""


def check_replay(c: Checked) -> None:
    """A fresh method that is told the same goes on the same: in company, and whatever else draws numbers."""
    recorded = c.played(4, [5])
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - what a method must not touch
    states = _global_state()
    verdict = hashed(c.objectives)
    company = zip_longest(generations(c.made(4), [5], verdict), generations(c.made(9), [4], verdict))
    again = [params for ours, _ in company for params in ours or ()]
    c.require(again == recorded, "a fresh method with the same seed, told the same, must propose the same")
    after = _global_state()
    c.require(states == after, "all randomness must come from the seed: the global generators were used")


def _global_state() -> list[str]:
    return [repr(random.getstate()), repr(np.random.get_state()[1].tolist())]  # type: ignore[index]  # noqa: NPY002


def check_misuse(c: Checked) -> None:
    """Telling before asking, too few, out of order, twice; asking for nothing."""
    _refused(c, lambda: c.made(5).tell([Told(number=0, params={}, values=None)]), "tell() before ask()")
    for wrong in (0, -1):
        _refused(c, lambda wrong=wrong: c.made(5).ask(wrong), f"ask({wrong})")  # type: ignore[misc]
    method = c.made(5)
    asked = list(method.ask(min(3, method.generation)))
    verdict = hashed(c.objectives)
    results = [told(n, params, verdict) for n, params in enumerate(asked)]
    later = [replace(result, number=result.number + 1) for result in results]
    more = [*results, Told(number=len(results), params=asked[0], values=None)]
    _refused(c, lambda: method.tell(results[:-1]), "tell() with too few results")
    if len(results) > 1:
        _refused(c, lambda: method.tell(results[::-1]), "tell() out of order")
    _refused(c, lambda: method.tell(later), "tell() with the numbers of other proposals")
    _refused(c, lambda: method.tell(more), "tell() with too many results")
    method.tell(tuple(results))  # a refusal must not have spoilt it
    _refused(c, lambda: method.tell(results), "telling the same results twice")


def _require_sets(c: Checked, proposals: Proposals) -> None:
    for params in proposals:
        says = "; ".join(map(str, c.space.objections(params)))
        c.require(not says, f"proposals must be inside the space, {params} is not ({says})")
    different = len({canonical(params) for params in proposals})
    c.require(different == len(proposals), "proposals must differ, one came twice")
    within = c.budget is None or len(proposals) <= c.budget
    c.require(within, f"at most {c.budget} proposals may come, were {len(proposals)}")


def _refused(c: Checked, act: Callable[[], object], what: str) -> None:
    try:
        act()
    except Exception as error:
        c.require(bool(str(error)), f"{what} must be refused with a message")
    else:
        c.require(False, f"{what} must be refused")
