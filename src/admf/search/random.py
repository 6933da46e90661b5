"""Random search: points drawn evenly over the space, each set once."""

from __future__ import annotations

import numpy as np

from admf.model.space import Space
from admf.search.draws import Drawing
from admf.search.protocol import check_arguments


def make(space: Space, seed: int, budget: int | None = None) -> Drawing:
    """A random search (PCG64). Without a budget, a finite space of up to 10,000 sets is searched whole.

    Raises SpaceError where a budget is needed, and where the constraints leave nothing.
    """
    check_arguments(seed, budget)
    generator = np.random.Generator(np.random.PCG64(seed))
    width = space.dimensions
    return Drawing(space, lambda n: generator.random((n, width)), seed, budget)
