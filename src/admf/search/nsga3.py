"""NSGA-III: many objectives, a population spread over reference directions (Deb and Jain, 2014)."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
import numpy.typing as npt

from admf.model.space import Space
from admf.search.axes import axes_of
from admf.search.fronts import Indices, directions, nearest_direction, ranked
from admf.search.learner import Values, Violations
from admf.search.learning import Learning
from admf.search.options import option
from admf.search.pareto import Fronts
from admf.search.protocol import check_arguments

BUDGET = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Nsga3:
    """Options of `nsga3`; an instance makes the search."""

    population: int = option(40, "how many sets live at once, and are proposed at once", least=4, most=10_000)
    divisions: int | None = option(
        None,
        "parts of each objective's axis between reference directions; null: as many as directions fit the population",
        kind=int,
        least=1,
        most=100,
    )
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
            survivors=self._spread,
            generator=np.random.Generator(np.random.PCG64([seed, 40])),
        )
        return Learning(space, learner, seed=seed, budget=budget or BUDGET, start=self.population)

    def _spread(
        self, values: Values, violations: Violations, n: int, generator: np.random.Generator
    ) -> Indices:
        """The n survivors: whole fronts, then of the last front who stands where few stand (niching)."""
        ranks = ranked(values, violations)
        order = np.argsort(ranks, kind="stable")
        if len(order) <= n:
            return order
        last = ranks[order[n - 1]]
        sure, maybe = np.flatnonzero(ranks < last), np.flatnonzero(ranks == last)
        sure = sure[np.argsort(ranks[sure], kind="stable")]
        if np.isnan(values[maybe]).any():
            return np.concatenate([sure, maybe])[:n]
        both = np.concatenate([sure, maybe])
        ideal, worst = values[both].max(axis=0), values[both].min(axis=0)
        towards = directions(values.shape[1], self._divisions(values.shape[1], n))
        niche, away = nearest_direction(values[both], ideal, worst, towards)
        crowd = np.bincount(niche[: len(sure)], minlength=len(towards))
        chosen = _niched(niche[len(sure) :], away[len(sure) :], crowd, n - len(sure), generator)
        return np.concatenate([sure, maybe[chosen]])

    def _divisions(self, objectives: int, n: int) -> int:
        if self.divisions is not None:
            return self.divisions
        fitting = 1
        while objectives > 1 and comb(fitting + objectives, objectives - 1) <= n:
            fitting += 1
        return fitting


def _niched(
    niche: Indices,
    away: npt.NDArray[np.float64],
    crowd: Indices,
    n: int,
    generator: np.random.Generator,
) -> Indices:
    """n rows of the last front, one after the other for the direction that has the fewest (section IV.E)."""
    left = np.ones(len(niche), dtype=bool)
    chosen: list[int] = []
    crowd = crowd.copy()
    while len(chosen) < n:
        open_ = np.unique(niche[left])
        fewest = open_[crowd[open_] == crowd[open_].min()]
        at = fewest[generator.integers(len(fewest))]
        rows = np.flatnonzero(left & (niche == at))
        row = int(rows[away[rows].argmin()]) if crowd[at] == 0 else int(rows[generator.integers(len(rows))])
        left[row] = False
        crowd[at] += 1
        chosen.append(row)
    return np.array(chosen, dtype=np.intp)
