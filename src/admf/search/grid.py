"""Grid search: every set of a finite space, in odometer order."""

from __future__ import annotations

from collections.abc import Sequence

from admf.errors import Problem, SpaceError
from admf.model.param_sets import ParamSets
from admf.model.space import Space
from admf.search.protocol import GENERATION, Told, Turns, check_arguments
from admf.search.supply import Supply


class Grid:
    """The whole grid, the last parameter fastest; nothing is learnt from results."""

    generation = GENERATION
    objectives = "several"

    def __init__(self, space: Space, count: int | None) -> None:
        self._count = count
        self._supply = Supply(space, space.grid_blocks())
        self._turns = Turns()

    def ask(self, n: int) -> ParamSets:
        """The next n sets of the grid; fewer at its end."""
        self._turns.ask(n)
        proposals = self._supply.take(n)
        self._turns.proposed(proposals)
        return proposals

    def tell(self, results: Sequence[Told]) -> None:
        """Checks the order of results."""
        self._turns.tell(results)

    def total(self, budget: int | None = None) -> int | None:  # noqa: ARG002 - a grid is never cut
        """The number of sets, whatever the budget; None where counting them takes too long."""
        return self._count


def make(space: Space, seed: int = 0, budget: int | None = None) -> Grid:
    """A grid search. `seed` is not used; `budget` is not a cut: a grid that exceeds it is refused.

    Raises SpaceError where a parameter is continuous, where the grid exceeds the budget, and where the
    constraints leave nothing.
    """
    check_arguments(seed, budget)
    if space.size is None:
        space.grid_blocks()  # raises, naming what has no grid
    count = space.count()
    if count == 0:
        hint = f"Check them against the ranges: {'; '.join(map(str, space.constraints))}."
        raise SpaceError(
            Problem(says="the constraints leave nothing of the grid.", where="constraints", hint=hint)
        )
    if budget is not None and (count is None or count > budget):
        shown = f"{count:,}" if count is not None else f"up to {space.size:,}"
        raise SpaceError(
            Problem(
                says=f"a grid must fit into the budget, has {shown} sets for a budget of {budget:,}.",
                where="budget",
                hint="Raise the budget, coarsen the steps, or use the method random or sobol.",
            )
        )
    return Grid(space, count)
