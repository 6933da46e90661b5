"""How a study begins: skipped or searched, by which method, and with which sets of earlier studies first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import islice
from typing import Protocol

from admf.model.trial import Params
from admf.plan.joint import prefixed
from admf.plan.opening import Standing, opening
from admf.plan.plan import Fed, Plan, Searching, StudyPlan


class Earlier(Protocol):
    """What is known of earlier studies."""

    def standing(self, studies: Sequence[StudyPlan], /) -> Standing:
        """What some studies came to."""
        ...

    def top(self, study: StudyPlan, n: int, /) -> Sequence[Params]:
        """A study's best sets, the best first; fewer where fewer have a value."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """`searching` None: the study is skipped. `why`: what was decided, a sentence each."""

    searching: Searching | None
    why: tuple[str, ...]


def begun(plan: Plan, study: StudyPlan, earlier: Earlier) -> Begun:
    """How `study` begins, now that those before it are over."""
    found = opening(study, lambda numbers: earlier.standing([plan.studies[n] for n in numbers]))
    if found.skipped:
        return Begun(searching=None, why=found.why)
    first = _first(plan, study.feed, earlier) if study.feed is not None else ()
    alone = study.feed is not None and study.feed.alone
    why = (*found.why, *_words(study.feed, len(first)))
    searching = Searching(method=found.method, options=found.options, first=first, alone=alone)
    return Begun(searching=searching, why=why)


def _first(plan: Plan, feed: Fed, earlier: Earlier) -> tuple[Params, ...]:
    """The best sets; of several parts the best combinations, those of the best ranks together first."""
    tops = {part: _top(plan, numbers, feed.top, earlier) for part, numbers in feed.parts.items()}
    if not all(tops.values()):
        return ()
    ranked = islice(_by_rank([len(top) for top in tops.values()]), feed.top)
    return tuple(_together(tops, ranks) for ranks in ranked)


def _by_rank(sizes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All combinations of ranks below `sizes`, the smallest sum first.

    >>> list(islice(_by_rank([2, 3]), 4))
    [(0, 0), (0, 1), (1, 0), (0, 2)]
    """
    waiting = [(0, (0,) * len(sizes))]
    seen = {waiting[0][1]}
    while waiting:
        _, ranks = heappop(waiting)
        yield ranks
        for i, size in enumerate(sizes):
            further = (*ranks[:i], ranks[i] + 1, *ranks[i + 1 :])
            if further[i] < size and further not in seen:
                seen.add(further)
                heappush(waiting, (sum(further), further))


def _together(tops: Mapping[str, Sequence[Params]], ranks: Sequence[int]) -> Params:
    return {
        prefixed(name, part): value
        for (part, top), rank in zip(tops.items(), ranks, strict=True)
        for name, value in top[rank].items()
    }


def _top(plan: Plan, numbers: Sequence[int], n: int, earlier: Earlier) -> list[Params]:
    """The best of several studies of one component: the best of each in turn, the last study first."""
    tops = [earlier.top(plan.studies[number], n) for number in reversed(numbers)]
    found: list[Params] = []
    for rank in range(n):
        found += [top[rank] for top in tops if rank < len(top) and top[rank] not in found]
    return found[:n]


def _words(feed: Fed | None, n: int) -> tuple[str, ...]:
    if feed is None:
        return ()
    if feed.alone:
        return (f"the best {n} sets of the window before came further",)
    return (
        f"begins with {n} sets that earlier stages found"
        if n
        else "earlier stages found nothing to begin with",
    )
