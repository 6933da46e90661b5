"""A driver of search methods without trials: asks in any sizes, tells made-up results."""

from __future__ import annotations

from collections import UserList
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any

from admf.model.space import canonical
from admf.search.protocol import SearchMethod, Told

Proposal = Mapping[str, Any]
Verdict = Callable[[int, Proposal], tuple[float, ...] | None]
"""verdict(number, params) -> the values of a trial."""


def hashed(objectives: int) -> Verdict:
    """An outcome that depends on the parameters alone; every seventh has no value."""

    def verdict(number: int, params: Proposal) -> tuple[float, ...] | None:  # noqa: ARG001 - the order is no matter
        text = canonical(params)
        value = sum(i * ord(character) for i, character in enumerate(text, 1)) % 997
        return None if value % 7 == 0 else tuple((value * (k + 1) % 997) / 997 for k in range(objectives))

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


def _asked(method: SearchMethod, n: int) -> list[Proposal]:
    part: list[Proposal] = list(method.ask(n))
    if len(part) > n:
        raise AssertionError(f"ask({n}) must give at most {n} proposals, gave {len(part)}")
    return part


def _told(first: int, asked: Sequence[Proposal], verdict: Verdict) -> Sequence[Told]:
    """Not a list: a driver may hand over results that are made as somebody looks."""
    return UserList([Told(number=n, params=p, values=verdict(n, p)) for n, p in enumerate(asked, first)])
