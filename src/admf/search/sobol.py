"""Sobol search: scrambled low-discrepancy points, which cover a space more evenly than random ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from admf.errors import Problem, SpaceError
from admf.model.space import Space
from admf.search.draws import Drawing
from admf.search.protocol import check_arguments

MOST_DIMENSIONS = 21_201
_BITS = 53  # a double's; SciPy's default of 30 would end after 2^30 points


def make(space: Space, seed: int, budget: int | None = None) -> Drawing:
    """A search along Owen-scrambled Sobol points (SciPy; direction numbers of Joe and Kuo, 2008).

    Where constraints reject points, or discrete sets repeat, the next points follow. Without a budget, a
    finite space of up to 10,000 sets is searched whole. Raises SpaceError where a budget is needed, where the
    constraints leave nothing, and above 21,201 parameters.
    """
    from scipy.stats import qmc  # half a second that other methods should not pay

    check_arguments(seed, budget)
    width = space.dimensions
    if width > MOST_DIMENSIONS:
        says = f"a Sobol search must have at most {MOST_DIMENSIONS} parameters that vary, has {width}."
        raise SpaceError(Problem(says=says, hint="Use the method random."))
    generator = np.random.Generator(np.random.PCG64(seed))
    points = qmc.Sobol(max(width, 1), scramble=True, bits=_BITS, seed=generator)

    def draw(n: int) -> npt.NDArray[np.float64]:
        return np.asarray(points.random(n), dtype=np.float64)[:, :width]

    return Drawing(space, draw, seed, budget)
