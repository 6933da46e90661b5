"""Grid search: every set of a finite space, in odometer order, the last parameter fastest."""

from __future__ import annotations

from admf.errors import Problem, SpaceError
from admf.model.space import Space
from admf.search.in_order import InOrder
from admf.search.protocol import check_arguments


def make(space: Space, seed: int = 0, budget: int | None = None) -> InOrder:
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
    return InOrder(space, space.grid_blocks(), count)
