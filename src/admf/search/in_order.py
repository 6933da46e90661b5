"""A search that hands out sets in their order and learns nothing: a grid, a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from admf.model.param_sets import ParamSets
from admf.model.space import Space
from admf.model.space.block import Block
from admf.search.protocol import GENERATION, Told, Turns
from admf.search.supply import Supply


class InOrder:
    """The sets of `blocks`, `count` in all (None: counting them takes too long)."""

    generation = GENERATION
    objectives = "several"

    def __init__(self, space: Space, blocks: Iterator[Block], count: int | None) -> None:
        self._count = count
        self._supply = Supply(space, blocks)
        self._turns = Turns()

    def ask(self, n: int) -> ParamSets:
        """The next n sets; fewer at the end."""
        self._turns.ask(n)
        proposals = self._supply.take(n)
        self._turns.proposed(proposals)
        return proposals

    def tell(self, results: Sequence[Told]) -> None:
        """Checks the order of results."""
        self._turns.tell(results)

    def total(self, budget: int | None = None) -> int | None:  # noqa: ARG002 - what is given is all of it
        """The number of sets, whatever the budget."""
        return self._count
