"""The population of a search with several objectives: parents and children together, the best survive."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from admf.search.axes import Axes
from admf.search.fronts import Indices
from admf.search.learner import Points, Values, Violations
from admf.search.variation import crossed, mutated, tournament

Survivors = Callable[[Values, Violations, int, np.random.Generator], Indices]
"""survivors(values, violations, n, generator) -> n rows, best first."""


class Fronts:
    """The learner of NSGA-II and NSGA-III, which differ in who survives."""

    steps_aside = True
    objectives = "several"
    counts: Mapping[str, int] = {}
    notes: tuple[str, ...] = ()

    def __init__(
        self,
        axes: Axes,
        *,
        population: int,
        crossover: float,
        mutation: float | None,
        survivors: Survivors,
        generator: np.random.Generator,
    ) -> None:
        self.generation = population
        self._axes, self._crossover, self._generator = axes, crossover, generator
        self._rate = 1.0 / max(axes.n, 1) if mutation is None else mutation
        self._survivors = survivors
        self._points: Points = np.zeros((0, axes.n))
        self._values: Values = np.zeros((0, 1))
        self._violations: Violations = np.zeros(0)

    def propose(self) -> Points:
        """Children of parents found by tournaments of two."""
        n, generator = self.generation, self._generator
        if not len(self._points):
            return self._axes.snapped(generator.random((n, self._axes.n)))
        order = -np.arange(len(self._points), dtype=np.float64)  # survivors are kept best first
        mothers = self._points[tournament(order, n, 2, generator)]
        fathers = self._points[tournament(order, n, 2, generator)]
        both = generator.random((n, 1)) < self._crossover
        children = np.where(both, crossed(mothers, fathers, self._axes, generator), mothers)
        return self._axes.snapped(mutated(children, self._axes, self._rate, generator))

    def learn(self, points: Points, values: Values, violations: Violations) -> None:
        """Parents and children compete; those children that have not ended, later."""
        ended = ~np.isnan(violations)
        points, values, violations = points[ended], values[ended], violations[ended]
        if (
            self._values.shape[1] != values.shape[1]
        ):  # so far nothing had a value, and the width was not known
            self._values = np.full((len(self._points), values.shape[1]), np.nan)
        every = np.concatenate([self._points, points])
        scores = np.concatenate([self._values, values])
        broken = np.concatenate([self._violations, violations])
        rows = self._survivors(scores, broken, self.generation, self._generator)
        self._points, self._values, self._violations = every[rows], scores[rows], broken[rows]

    def notice(self, points: Points, values: Values, violations: Violations) -> None:
        """Points from elsewhere compete as well."""
        self.learn(points, values, violations)
