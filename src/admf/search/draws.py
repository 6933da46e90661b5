"""Search by drawing points of the unit cube: distinct allowed sets, until there are no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from admf.errors import Problem, SpaceError
from admf.model.param_sets import ParamSets
from admf.model.space import Space
from admf.model.space.block import Block, joined
from admf.search.protocol import GENERATION, Told, Turns
from admf.search.supply import Supply

Draw = Callable[[int], npt.NDArray[np.float64]]
"""draw(n) -> the next n points of the unit cube, shape (n, dimensions)."""

SMALL = 10_000
"""Without a budget, a space of up to this many sets is searched whole."""

_FIRST, _LARGEST = 256, 16_384  # powers of 2, as Sobol points want them
_BARREN = 2**20
LISTED = 2_000_000
"""The most sets that are counted and listed where draws bring little that is new."""
_SCARCE = 16


class Drawing:
    """A search method over a stream of points.

    It makes `budget` proposals, fewer where the space has fewer sets. Without a budget the space must be
    finite and have at most 10,000 sets, which are then all proposed.
    """

    generation = GENERATION
    objectives = "several"

    def __init__(self, space: Space, draw: Draw, seed: int, budget: int | None) -> None:
        self._count = space.count(LISTED)
        if self._count == 0:
            raise nothing_left(space)
        self._budget = _budget(space, self._count, budget)
        self._turns = Turns()
        self._supply = Supply(space, distinct(space, draw, seed, self._count))
        if not self._supply.fill(1):  # found here, before a run has begun
            raise nothing_left(space)

    def ask(self, n: int) -> ParamSets:
        """The next n sets; fewer where the budget or the space ends."""
        self._turns.ask(n)
        n = min(n, self._budget - self._turns.asked)
        proposals = self._supply.take(n)
        self._turns.proposed(proposals)
        return proposals

    def tell(self, results: Sequence[Told]) -> None:
        """Checks the order of results; nothing is learnt from them."""
        self._turns.tell(results)

    def total(self, budget: int | None = None) -> int:
        """The budget, or the size of the space where that is known and smaller."""
        wanted = self._budget if budget is None else budget
        return wanted if self._count is None else min(wanted, self._count)


def _budget(space: Space, count: int | None, budget: int | None) -> int:
    if budget is not None:
        return budget
    if count is not None and count <= SMALL:
        return count
    size = "is continuous" if space.size is None else f"has {count or space.size:,} sets"
    raise SpaceError(
        Problem(
            says=f"a budget must be given: the space {size}, only up to {SMALL:,} are searched whole.",
            where="budget",
            hint="Such as budget: 1000.",
        )
    )


def distinct(space: Space, draw: Draw, seed: int, count: int | None) -> Iterator[Block]:
    """Allowed sets in the order drawn, each once, in blocks; ends when the space is exhausted.

    What is drawn does not depend on how many are wanted. Where draws bring little that is new, and the grid
    can be listed (`count` is at most 2,000,000), what is left comes in an order shuffled by the seed. Where
    it cannot, the stream ends after 2^20 draws without anything new.
    """
    seen: set[bytes] = set()
    barren, size = 0, _FIRST
    while barren < _BARREN:
        block = space.block_from_unit(draw(size))
        block = block.take(space.allowed(block))
        fresh = _fresh(space.keys(block), seen)
        if fresh:
            yield block.take(np.array(fresh))
        if len(fresh) * _SCARCE < size and count is not None and count <= LISTED:
            yield from _left_over(space, seen, seed)
            return
        barren = 0 if fresh else barren + size
        size = min(2 * size, _LARGEST)


def nothing_left(space: Space) -> SpaceError:
    """The error of a space in which no set was found."""
    return SpaceError(
        Problem(
            says="the constraints leave nothing, or almost nothing: no set was found that satisfies them.",
            where="constraints",
            hint=f"Check them against the ranges: {'; '.join(map(str, space.constraints))}.",
        )
    )


def _fresh(keys: list[bytes], seen: set[bytes]) -> list[int]:
    """The rows whose keys were not seen before; notes them as seen."""
    rows = []
    for row, key in enumerate(keys):
        if key not in seen:
            seen.add(key)
            rows.append(row)
    return rows


def _left_over(space: Space, seen: set[bytes], seed: int) -> Iterator[Block]:
    """The sets of a finite space that were not seen, shuffled."""
    parts = []
    for block in space.grid_blocks(ordered=False):
        new = np.array([key not in seen for key in space.keys(block)], dtype=bool)
        parts.append(block.take(new))
    order = np.random.Generator(np.random.PCG64([seed, 1])).permutation(sum(part.n for part in parts))
    if not parts:
        return
    whole = joined(parts)
    for first in range(0, len(order), _LARGEST):
        yield whole.take(order[first : first + _LARGEST])
