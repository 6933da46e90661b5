"""Genetic search: a population that breeds, keeps its best, and starts anew where it stands still."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from admf.model.space import Space
from admf.search.axes import Axes, axes_of
from admf.search.learner import Points, Values, Violations, single, standing
from admf.search.learning import Learning
from admf.search.options import option
from admf.search.protocol import check_arguments
from admf.search.variation import crossed, mutated, tournament

BUDGET = 1000
_NONE = (-np.inf, -np.inf)
"""The best of nothing: by how much constraints are broken, as a negative number, and the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Genetic:
    """Options of `genetic`; an instance makes the search."""

    population: int = option(20, "how many sets live at once, and are proposed at once", least=2, most=10_000)
    elite: int | None = option(
        None, "how many of the best survive their children; null: a half of the population", kind=int, least=0
    )
    tournament: int = option(3, "of how many drawn sets the best becomes a parent", least=1)
    crossover: float = option(0.9, "how often a child has two parents", least=0.0, most=1.0)
    mutation: float | None = option(
        None,
        "how often a parameter of a child changes; null: 1 / parameters",
        kind=float,
        least=0.0,
        most=1.0,
    )
    patience: int = option(
        12, "after so many generations without a better set the population starts anew; 0: never", least=0
    )

    def __call__(self, space: Space, seed: int = 0, budget: int | None = None) -> Learning:
        """The search; 1,000 proposals without a budget."""
        check_arguments(seed, budget)
        learner = Population(axes_of(space), self, np.random.Generator(np.random.PCG64([seed, 10])))
        return Learning(space, learner, seed=seed, budget=budget or BUDGET, start=self.population)


class Population:
    """The learner: points, their values, and how long nothing got better."""

    steps_aside = True
    notes: tuple[str, ...] = ()

    def __init__(self, axes: Axes, options: Genetic, generator: np.random.Generator) -> None:
        self._axes, self._options, self._generator = axes, options, generator
        self.generation = options.population
        self._elite = options.population // 2 if options.elite is None else options.elite
        self._rate = 1.0 / max(axes.n, 1) if options.mutation is None else options.mutation
        self._points: Points = np.zeros((0, axes.n))
        self._values, self._violations = np.zeros(0), np.zeros(0)
        self._best, self._still, self._restarts = _NONE, 0, 0

    @property
    def counts(self) -> dict[str, int]:
        """How often the population started anew."""
        return {"restarts": self._restarts}

    def propose(self) -> Points:
        """Children of the population; points drawn evenly where there is none."""
        n, options, generator = self.generation, self._options, self._generator
        if not len(self._points):
            return self._axes.snapped(generator.random((n, self._axes.n)))
        ranks = standing(self._values, self._violations)
        mothers = self._points[tournament(ranks, n, options.tournament, generator)]
        fathers = self._points[tournament(ranks, n, options.tournament, generator)]
        both = generator.random((n, 1)) < options.crossover
        children = np.where(both, crossed(mothers, fathers, self._axes, generator), mothers)
        return self._axes.snapped(mutated(children, self._axes, self._rate, generator))

    def learn(self, points: Points, values: Values, violations: Violations) -> None:
        """The children and the elite of their parents are the next population; a restart where nothing improves."""
        before, ended = self._best, ~np.isnan(violations)
        self._join(points[ended], values[ended], violations[ended], elite=self._elite)
        self._still = 0 if self._best > before else self._still + 1
        if self._options.patience and self._still >= self._options.patience:
            self._points, self._values, self._violations = self._points[:0], np.zeros(0), np.zeros(0)
            self._best, self._still, self._restarts = _NONE, 0, self._restarts + 1

    def notice(self, points: Points, values: Values, violations: Violations) -> None:
        """Points from elsewhere join, and the best live."""
        self._join(points, values, violations, elite=None)

    def _join(self, points: Points, values: Values, violations: Violations, *, elite: int | None) -> None:
        """The population, best first: of the newcomers and of the `elite` best (None: all) of the old one."""
        told = np.concatenate([self._values[:elite], single(values, "genetic")])
        broken = np.concatenate([self._violations[:elite], violations])
        best = np.argsort(-standing(told, broken), kind="stable")[: self.generation]
        self._points = np.concatenate([self._points[:elite], points])[best]
        self._values, self._violations = told[best], broken[best]
        if len(best):
            self._best = max(self._best, (-float(self._violations[0]), float(self._values[0])))
