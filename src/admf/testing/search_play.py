"""A driver of search methods without trials: asks in any sizes, tells made-up results."""

from __future__ import annotations

from collections import UserList
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from math import inf, nan
from typing import Any

from admf.model.space import canonical
from admf.search.protocol import SearchMethod, Told

Proposal = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """A trial that breaks constraints on results, by so much; infinite: it failed. It may have values all the same."""

    by: float
    values: tuple[float, ...] | None = None


Verdict = Callable[[int, Proposal], tuple[float, ...] | Broken | None]
"""verdict(number, params) -> the values of a trial; None: an objective is undefined."""


def hashed(objectives: int) -> Verdict:
    """An outcome that depends on the parameters alone; some break constraints, some failed, some are undefined."""

    def verdict(number: int, params: Proposal) -> tuple[float, ...] | Broken | None:  # noqa: ARG001 - in any order
        text = canonical(params)
        value = sum(i * ord(character) for i, character in enumerate(text, 1)) % 997
        values = tuple((value * (k + 1) % 997) / 997 for k in range(objectives))
        bad = (None, Broken(inf), Broken(value / 100), Broken(1e-9, values))
        return bad[value // 5 % 4] if value % 5 == 0 else values

    return verdict


def played(method: SearchMethod, sizes: Sequence[int], verdict: Verdict) -> list[Proposal]:
    """All proposals of a method."""
    return [params for asked in generations(method, sizes, verdict) for params in asked]


def generations(method: SearchMethod, sizes: Sequence[int], verdict: Verdict) -> Iterator[list[Proposal]]:
    """Whole generations, asked in calls of the given sizes, each told before the next one is asked."""
    turns, number = cycle(sizes), 0
    while True:
        asked: list[Proposal] = []
        while len(asked) < method.generation:
            wanted = min(next(turns), method.generation - len(asked))
            part = _asked(method, wanted)
            asked += part
            if len(part) < wanted:
                break
        if not asked:
            return
        yield asked
        method.tell(_told(number, asked, verdict))
        number += len(asked)


def short_turns(method: SearchMethod, sizes: Sequence[int], verdict: Verdict) -> list[Proposal]:
    """All proposals of a method that is told after every call of ask()."""
    turns = cycle(sizes)
    proposals: list[Proposal] = []
    while asked := _asked(method, min(next(turns), method.generation)):
        method.tell(_told(len(proposals), asked, verdict))
        proposals += asked
    return proposals


def with_late(
    method: SearchMethod, verdict: Verdict, is_late: Callable[[int], bool], patience: int
) -> list[Proposal]:
    """All proposals of a method that is told of each generation before all of it has ended.

    `is_late(number)`: whether a trial ends late; `patience`: after how many further generations it has ended.
    """
    proposals: list[Proposal] = []
    owed: list[tuple[int, list[Told]]] = []
    """What is noticed later: after which generation, and what."""
    turn = 0
    while asked := _asked(method, method.generation):
        first, turn = len(proposals), turn + 1
        proposals += asked
        results = [told(n, params, verdict) for n, params in enumerate(asked, first)]
        late = [result for result in results if is_late(result.number)]
        now = [replace(one, values=None, violation=nan) if one in late else one for one in results]
        for since in [since for due, since in owed if due == turn]:
            method.notice(UserList(since))  # type: ignore[attr-defined] # it hears late
        owed.append((turn + patience, late))
        method.tell(UserList(now))
    return proposals


def _asked(method: SearchMethod, n: int) -> list[Proposal]:
    part: list[Proposal] = list(method.ask(n))
    if len(part) > n:
        raise AssertionError(f"ask({n}) must give at most {n} proposals, gave {len(part)}")
    return part


def _told(first: int, asked: Sequence[Proposal], verdict: Verdict) -> Sequence[Told]:
    """Not a list: a driver may hand over results that are made as somebody looks."""
    return UserList([told(n, params, verdict) for n, params in enumerate(asked, first)])


def told(number: int, params: Proposal, verdict: Verdict) -> Told:
    """What a method hears of one trial."""
    found = verdict(number, params)
    if isinstance(found, Broken):
        return Told(number=number, params=params, values=found.values, violation=found.by)
    return Told(number=number, params=params, values=found)
