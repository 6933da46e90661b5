"""A search that is a list: exactly the sets it is given, in their order, and then it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from admf.errors import Problem, SpaceError
from admf.model.space import Space
from admf.model.space.block import Block
from admf.model.space.placed import placed
from admf.search.in_order import InOrder
from admf.search.protocol import MakeSearch, check_arguments


def listed(sets: Sequence[Mapping[str, Any]]) -> MakeSearch:
    """What makes a search of these sets. Made for a space in which one of them is not, it raises SpaceError.

    A set that is there twice is proposed once, where it is first. A budget that is smaller cuts the list. Nothing
    depends on the seed or on results.
    """
    return _Listed(tuple(map(dict, sets)))


@dataclass(frozen=True, slots=True)
class _Listed:
    sets: tuple[Mapping[str, Any], ...]

    def __call__(self, space: Space, seed: int = 0, budget: int | None = None) -> InOrder:
        check_arguments(seed, budget)
        problems = [problem for place, one in enumerate(self.sets) for problem in _not_in(space, one, place)]
        if problems:
            raise SpaceError(*problems)
        block = distinct_sets(space, self.sets).take(slice(budget))
        return InOrder(space, iter([block]), block.n)


def distinct_sets(space: Space, sets: Sequence[Mapping[str, Any]]) -> Block:
    """Sets of a space as a block, each once, where it is first."""
    block = placed(space, sets)
    first = {key: row for row, key in reversed(list(enumerate(space.keys(block))))}
    return block.take(np.array(sorted(first.values()), dtype=np.intp))


def _not_in(space: Space, one: Mapping[str, Any], place: int) -> Iterator[Problem]:
    for problem in space.objections(one):
        where = f"sets[{place}].{problem.where}".rstrip(".")
        yield Problem(says=problem.says, where=where, hint=problem.hint)
