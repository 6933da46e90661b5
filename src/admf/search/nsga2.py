"""NSGA-II: several objectives, a population that spreads along their front (Deb et al., 2002)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from admf.model.space import Space
from admf.search.axes import axes_of
from admf.search.fronts import Indices, crowding, ranked
from admf.search.learner import Values, Violations
from admf.search.learning import Learning
from admf.search.options import option
from admf.search.pareto import Fronts
from admf.search.protocol import check_arguments

BUDGET = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Nsga2:
    """Options of `nsga2`; an instance makes the search."""

    population: int = option(40, "how many sets live at once, and are proposed at once", least=4, most=10_000)
    crossover: float = option(0.9, "how often a child has two parents", least=0.0, most=1.0)
    mutation: float | None = option(
        None,
        "how often a parameter of a child changes; null: 1 / parameters",
        kind=float,
        least=0.0,
        most=1.0,
    )

    def __call__(self, space: Space, seed: int = 0, budget: int | None = None) -> Learning:
        """The search; 1,000 proposals without a budget."""
        check_arguments(seed, budget)
        learner = Fronts(
            axes_of(space),
            population=self.population,
            crossover=self.crossover,
            mutation=self.mutation,
            survivors=_crowded,
            generator=np.random.Generator(np.random.PCG64([seed, 30])),
        )
        return Learning(space, learner, seed=seed, budget=budget or BUDGET, start=self.population)


def _crowded(
    values: Values,
    violations: Violations,
    n: int,
    generator: np.random.Generator,  # noqa: ARG001 - nothing is drawn
) -> Indices:
    """The n survivors, best first: by front, in a front those most alone."""
    ranks = ranked(values, violations)
    alone = np.zeros(len(values))
    for front in range(ranks.max(initial=0) + 1):
        rows = np.flatnonzero(ranks == front)
        if len(rows) and not np.isnan(values[rows]).any():
            alone[rows] = crowding(values[rows])
    return np.lexsort((np.arange(len(values)), -alone, ranks))[:n]
