"""Differential evolution and particle swarms (pymoo, the extra `evolution`)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from admf.model.space import Space
from admf.search.axes import Axes, axes_of
from admf.search.extra import needed
from admf.search.learner import Floor, Points, Values, Violations, single, standing
from admf.search.learning import Learning
from admf.search.options import option
from admf.search.protocol import check_arguments

BUDGET = 1000
INSTALL = "pip install 'admf[evolution]'"
_BROKEN = 1e300
"""By how much constraints are broken where nothing is known, as a finite number."""
_VARIANTS = ("DE/rand/1/bin", "DE/best/1/bin", "DE/rand/1/exp", "DE/best/1/exp")


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferentialEvolution:
    """Options of `differential_evolution`; an instance makes the search."""

    population: int = option(20, "how many sets live at once, and are proposed at once", least=4, most=10_000)
    variant: str = option("DE/best/1/bin", "which differences are added to whom", one_of=_VARIANTS)
    weight: float | None = option(
        None, "weight of a difference; null: drawn anew each time", kind=float, above=0.0, most=2.0
    )
    crossover: float = option(0.7, "how often a parameter comes from the mutant", least=0.0, most=1.0)

    def __call__(self, space: Space, seed: int = 0, budget: int | None = None) -> Learning:
        """The search; 1,000 proposals without a budget. SpaceError where pymoo is missing."""
        check_arguments(seed, budget)
        library = needed("pymoo.algorithms.soo.nonconvex.de", "differential_evolution", INSTALL)

        def make(sampling: Points) -> Any:
            weight = {} if self.weight is None else {"F": self.weight}
            return library.DE(
                pop_size=self.population, sampling=sampling, variant=self.variant, CR=self.crossover, **weight
            )

        return _search(space, seed, budget, self.population, make, "differential_evolution")


@dataclass(frozen=True, slots=True, kw_only=True)
class Swarm:
    """Options of `swarm`; an instance makes the search."""

    population: int = option(
        20, "how many particles, and how many sets are proposed at once", least=4, most=10_000
    )
    inertia: float = option(0.9, "how much of its velocity a particle keeps, at first", above=0.0, most=2.0)
    own: float = option(2.0, "how strongly its own best attracts a particle, at first", least=0.0, most=4.0)
    shared: float = option(2.0, "how strongly the swarm's best attracts it, at first", least=0.0, most=4.0)
    adaptive: bool = option(True, "these three follow the state of the swarm")

    def __call__(self, space: Space, seed: int = 0, budget: int | None = None) -> Learning:
        """The search; 1,000 proposals without a budget. SpaceError where pymoo is missing."""
        check_arguments(seed, budget)
        library = needed("pymoo.algorithms.soo.nonconvex.pso", "swarm", INSTALL)

        def make(sampling: Points) -> Any:
            return library.PSO(
                pop_size=self.population,
                sampling=sampling,
                w=self.inertia,
                c1=self.own,
                c2=self.shared,
                adaptive=self.adaptive,
            )

        return _search(space, seed, budget, self.population, make, "swarm")


MakeAlgorithm = Callable[[Points], Any]
"""make(first points) -> an algorithm of pymoo."""


def _search(
    space: Space, seed: int, budget: int | None, population: int, make: MakeAlgorithm, name: str
) -> Learning:
    learner = Evolving(axes_of(space), make, population, seed, name)
    return Learning(space, learner, seed=seed, budget=budget or BUDGET, start=population)


class Evolving:
    """The learner: an algorithm of pymoo, asked and told."""

    steps_aside = False  # a value must belong to the individual that was asked
    counts: Mapping[str, int] = {}
    notes: tuple[str, ...] = ()

    def __init__(self, axes: Axes, make: MakeAlgorithm, population: int, seed: int, name: str) -> None:
        self.generation = population
        self._axes, self._make, self._seed, self._name = axes, make, seed, name
        self._floor, self._generator = Floor(), np.random.Generator(np.random.PCG64([seed, 50]))
        self._pool: list[tuple[Points, Values, Violations]] = []
        """What others tried before there is a population."""
        self._algorithm: Any = None
        self._asked: Any = None

    def propose(self) -> Points:
        """The offspring; points drawn evenly where nothing was tried yet."""
        if self._algorithm is None and not self._pool:
            return self._generator.random((self.generation, self._axes.n))
        if self._algorithm is None:
            self._begin()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._asked = self._algorithm.ask()
        points: Points = np.clip(np.asarray(self._asked.get("X"), dtype=np.float64), 0.0, 1.0)
        return points

    def learn(self, points: Points, values: Values, violations: Violations) -> None:
        """The offspring's values, in the order proposed. One that has not ended does not take its parent's place."""
        single(values, self._name)
        ended = ~np.isnan(violations)
        if self._algorithm is None:
            self.notice(points[ended], values[ended], violations[ended])
            return
        self._tell(self._asked, values, np.where(ended, violations, np.inf))

    def notice(self, points: Points, values: Values, violations: Violations) -> None:
        """The best of the first points are the first population; later ones are none of its business."""
        single(values, self._name)
        if self._algorithm is None:
            self._pool.append((points, values, violations))

    def _begin(self) -> None:
        """The first population: the best of the pool, and points drawn evenly where the space has fewer sets."""
        points, values, violations = (np.concatenate(part) for part in zip(*self._pool, strict=True))
        ranks = standing(single(values, self._name), violations)
        best = np.argsort(-ranks, kind="stable")[: self.generation]
        missing = self.generation - len(best)
        first = np.concatenate([points[best], self._generator.random((missing, self._axes.n))])
        told = np.concatenate([values[best], np.full((missing, 1), np.nan)])
        broken = np.concatenate([violations[best], np.full(missing, np.inf)])
        problem = needed("pymoo.core.problem", self._name, INSTALL).Problem(
            n_var=self._axes.n, n_obj=1, n_ieq_constr=1, xl=0.0, xu=1.0
        )
        termination = needed("pymoo.termination.max_gen", self._name, INSTALL).MaximumGenerationTermination(
            2**31
        )
        self._algorithm = self._make(first)
        self._algorithm.setup(problem, termination=termination, seed=self._seed % 2**32)
        self._tell(self._algorithm.ask(), told, broken)
        self._pool.clear()

    def _tell(self, individuals: Any, values: Values, violations: Violations) -> None:
        """pymoo ranks what holds its constraints before what does not, and the latter by how much they are broken."""
        broken = np.minimum(violations, _BROKEN)[:, None]
        individuals.set("F", -self._floor.filled(values, violations))
        individuals.set("G", broken)
        individuals.set("CV", broken)
        for individual in individuals:
            individual.evaluated.update(("F", "G"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._algorithm.tell(infills=individuals)
