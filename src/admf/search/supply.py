"""Sets as they are found, block by block, handed out in any numbers and as columns."""

from __future__ import annotations

from collections.abc import Iterator

from admf.model.param_sets import ParamSets
from admf.model.space import Space
from admf.model.space.block import Block, joined


class Supply:
    """The sets of `blocks`, in order: taken from the front, found when they are wanted."""

    def __init__(self, space: Space, blocks: Iterator[Block]) -> None:
        self._space, self._blocks = space, blocks
        self._held: list[Block] = []
        """What was found and not taken yet."""

    def fill(self, n: int) -> int:
        """Find up to n sets beforehand; how many are there to be taken, which may be more."""
        there = sum(block.n for block in self._held)
        while there < n and (more := next(self._blocks, None)) is not None:
            self._held.append(more)
            there += more.n
        return there

    def take(self, n: int) -> ParamSets:
        """The next n sets; fewer where there are no more."""
        there = self.fill(n)
        if not self._held:
            return ParamSets(0, {})
        whole = joined(self._held)
        self._held = [whole.take(slice(n, None))] if n < there else []
        return self._space.rows(whole.take(slice(0, n)))
