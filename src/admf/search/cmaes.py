"""CMA-ES search: a normal distribution that moves, widens and turns toward what is better (the library `cmaes`).

Grids are searched with margin (CMA-ES with Margin: Hamano et al., 2022), so that no grid point becomes unreachable.
Choices without an order are treated as if they had the order in which they are written.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from math import log
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
INSTALL = "pip install cmaes"
_FINEST = 1000
"""Grids of more points are treated as continuous."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cmaes:
    """Options of `cmaes`; an instance makes the search."""

    population: int | None = option(
        None, "how many sets are proposed at once; null: 4 + 3 ln(parameters)", kind=int, least=4, most=10_000
    )
    sigma: float = option(0.25, "first standard deviation, as a share of each range", above=0.0, most=1.0)
    restarts: bool = option(True, "start anew, with twice the population, where it has converged (IPOP)")

    def __call__(self, space: Space, seed: int = 0, budget: int | None = None) -> Learning:
        """The search; 1,000 proposals without a budget. SpaceError where the library is missing."""
        check_arguments(seed, budget)
        needed("cmaes", "cmaes", INSTALL)
        learner = Distribution(axes_of(space), self, seed)
        return Learning(space, learner, seed=seed, budget=budget or BUDGET)


class Distribution:
    """The learner: one run of CMA-ES after another."""

    steps_aside = False  # a value must belong to the point that was drawn
    notes: tuple[str, ...] = ()

    def __init__(self, axes: Axes, options: Cmaes, seed: int) -> None:
        self._axes, self._options, self._seed = axes, options, seed
        self.generation = options.population or 4 + int(3 * log(max(axes.n, 1)))
        self._steps = np.where(axes.even & (axes.sizes <= _FINEST), 1.0 / np.maximum(axes.sizes - 1, 1), 0.0)
        self._generator = np.random.Generator(np.random.PCG64([seed, 20]))
        self._floor, self._restarts = Floor(), 0
        self._run: Any = None
        self._asked: list[Points] = []
        self._heard: list[tuple[list[Points], Values, Violations]] = []
        """What the distribution has not been told yet: as many points as its population are told at once."""
        self._owed: dict[bytes, Points] = {}
        """Of the points that had not ended when they were told, by their bytes: as they were drawn."""
        self._noticed: list[tuple[Points, Values, Violations]] = []
        self._centre, self._sigma = np.full(axes.n, 0.5), options.sigma

    @property
    def counts(self) -> dict[str, int]:
        """How often it started anew."""
        return {"restarts": self._restarts}

    def propose(self) -> Points:
        """Points of the current distribution."""
        if self._run is None:
            self._run = self._begun()
        drawn = [self._run.ask() for _ in range(self.generation)]
        self._asked = [for_tell for _, for_tell in drawn]
        return self._to_unit(np.array([x for x, _ in drawn]))

    def learn(self, points: Points, values: Values, violations: Violations) -> None:
        """The distribution moves when as many points as its population are told, at the points that were drawn."""
        ended = ~np.isnan(violations)
        for row in np.flatnonzero(~ended).tolist():
            self._owed[points[row].tobytes()] = self._asked[row]
        rows = np.flatnonzero(ended).tolist()
        self._hear([self._asked[row] for row in rows], values[ended], violations[ended])

    def _hear(self, asked: list[Points], values: Values, violations: Violations) -> None:
        single(values, "cmaes")
        self._heard.append((asked, values, violations))
        if sum(len(asked) for asked, _, _ in self._heard) < self._run.population_size:
            return
        drawn, told, broken = zip(*self._heard, strict=True)
        every, values, violations = list(chain(*drawn)), np.concatenate(told), np.concatenate(broken)
        n = self._run.population_size
        filled = self._floor.filled(values[:n], violations[:n])[:, 0]  # one floor for all
        self._run.tell(list(zip(every[:n], (-filled).tolist(), strict=True)))
        self._heard = [(every[n:], values[n:], violations[n:])]
        if self._options.restarts and self._run.should_stop():
            self._restarts, self._run = self._restarts + 1, None
            self._heard, self._owed = [], {}
            self._centre = self._generator.random(self._axes.n)
            self._sigma = self._options.sigma

    def notice(self, points: Points, values: Values, violations: Violations) -> None:
        """The first distribution begins at the best of what others tried; later only its own points count."""
        told = single(values, "cmaes")
        self._floor.filled(values, violations)
        for row, point in enumerate(points):
            drawn = self._owed.pop(point.tobytes(), None)
            if drawn is not None:
                self._hear([drawn], values[row : row + 1], violations[row : row + 1])
        if self._run is not None or self._restarts:
            return
        self._noticed.append((points, told, violations))
        points, told, violations = (np.concatenate(part) for part in zip(*self._noticed, strict=True))
        best = int(standing(told, violations).argmax()) if len(told) else -1
        if best >= 0 and np.isfinite(violations[best]):
            self._centre = points[best]

    def _begun(self) -> Any:
        library = needed("cmaes", "cmaes", INSTALL)
        n = self._axes.n
        discrete = self._steps > 0
        centre = np.where(discrete, self._from_unit(self._centre), np.clip(self._centre, 0.0, 1.0))
        size = self.generation * 2 ** min(self._restarts, 4)
        return library.CMAwM(
            mean=centre,
            sigma=self._sigma,
            bounds=np.tile([0.0, 1.0], (n, 1)),
            steps=self._steps,
            population_size=size,
            seed=(self._seed * 1009 + self._restarts) % 2**32,
        )

    def _to_unit(self, points: Points) -> Points:
        """Grid coordinates 0, step, ..., 1 become the middles of bins."""
        sizes = np.maximum(self._axes.sizes, 1)
        codes = np.rint(points * (sizes - 1))
        return np.where(self._steps > 0, (codes + 0.5) / sizes, np.clip(points, 0.0, 1.0))

    def _from_unit(self, points: Points) -> Points:
        sizes = np.maximum(self._axes.sizes, 1)
        codes = np.clip(np.floor(points * sizes), 0, sizes - 1)
        grid: Points = codes / np.maximum(sizes - 1, 1)
        return grid
