"""Any sampler of Optuna as a search method, by its name: `optuna:TPESampler`.

One study in memory, asked in generations of a fixed size by one thread: the same seed, told the same, proposes the
same. Optuna searches the unit cube of our space (steps as whole numbers, choices as categories), so that forms,
constraints and conditions mean what they mean everywhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from admf.search.axes import Axes
from admf.search.extra import needed
from admf.search.learner import Floor, Points, Values, Violations, missing

_STEPS_MOST = 2**31
INSTALL = "pip install optuna"

MakeSampler = Callable[[], Any]
"""A new sampler, seeded."""
_CONSTRAINED = ("TPESampler", "NSGAIISampler", "NSGAIIISampler")
"""They are told of constraints. To others, and before Optuna 5, what breaks one has a value below all that do not."""
_BROKEN = 1e300
"""By how much constraints are broken where nothing is known, as a finite number."""


class Sampling:
    """The learner: a study, and which of its trials wait. `objectives`: the sampler takes 'one', or 'several'."""

    steps_aside = True
    counts: Mapping[str, int] = {}
    notes: tuple[str, ...] = ()

    def __init__(self, axes: Axes, make: MakeSampler, generation: int, objectives: str = "one") -> None:
        self.generation, self.objectives = generation, objectives
        self._optuna = needed("optuna", "this method", INSTALL)
        self._axes, self._make, self._floor = axes, make, Floor()
        self._distributions = _distributions(self._optuna, axes)
        self._asked: list[Any] = []
        self._given: Points = np.zeros((0, axes.n))
        self._objectives = 1
        self._past: list[tuple[Points, Violations]] | None = []
        """What was heard before anything had a value: then it is not known how many objectives there are."""
        self._study = self._new_study()

    def propose(self) -> Points:
        """The next trials of the study."""
        with quiet(self._optuna):
            self._asked = [
                self._study.ask(fixed_distributions=self._distributions) for _ in range(self.generation)
            ]
        self._given = np.array([self._point(trial.params) for trial in self._asked])
        return self._given

    def learn(self, points: Points, values: Values, violations: Violations) -> None:
        """Each trial is told its values; where its point was moved, the study is told of the point that was tried.

        One that has not ended is given up: what became of it is added when that is known.
        """
        if values.shape[1] != self._objectives:
            self._begin_again(values.shape[1])
            self.propose()  # the same trials, where nothing had been told
        ended = ~np.isnan(violations)
        filled = self._floor.filled(values, np.where(ended, violations, 0.0))
        same = (points == self._given).all(axis=1) & ended
        with quiet(self._optuna):
            for trial, stays, told, broken in zip(
                self._asked, same, filled.tolist(), violations.tolist(), strict=True
            ):
                if stays:
                    self._constrain(trial, broken)
                    self._study.tell(trial, told)
                else:
                    self._study.tell(trial, state=self._optuna.trial.TrialState.FAIL)
            moved = ended & ~same
            self._add(points[moved], filled[moved], violations[moved])
        self._keep(points[ended], values[ended], violations[ended])

    def notice(self, points: Points, values: Values, violations: Violations) -> None:
        """Trials from elsewhere are added to the study."""
        if values.shape[1] != self._objectives:
            self._begin_again(values.shape[1])
        with quiet(self._optuna):
            self._add(points, self._floor.filled(values, violations), violations)
        self._keep(points, values, violations)

    def _keep(self, points: Points, values: Values, violations: Violations) -> None:
        if self._past is not None and missing(values).all():
            self._past.append((points, violations))
        else:
            self._past = None

    def _begin_again(self, objectives: int) -> None:
        """Only the first values say how many objectives there are: a new study, told of all that had none."""
        self._objectives = objectives
        self._study = self._new_study()
        with quiet(self._optuna):
            for points, violations in self._past or ():
                nothing = np.full((len(points), objectives), np.nan)
                self._add(points, self._floor.filled(nothing, violations), violations)

    def _constrain(self, trial: Any, broken: float) -> None:
        """Optuna 5 has constraints of trials; what holds all needs none."""
        if broken > 0 and self._constrained:
            trial.set_constraint("results", min(broken, _BROKEN))

    def _new_study(self) -> Any:
        with quiet(self._optuna):
            directions, sampler = ["maximize"] * self._objectives, self._make()
            knows = hasattr(self._optuna.trial.Trial, "set_constraint")
            self._constrained = knows and type(sampler).__name__ in _CONSTRAINED
            return self._optuna.create_study(directions=directions, sampler=sampler)

    def _add(self, points: Points, values: Values, violations: Violations) -> None:
        for point, told, broken in zip(points, values.tolist(), violations.tolist(), strict=True):
            trial = self._optuna.trial.create_trial(
                params=self._params(point), distributions=self._distributions, values=told
            )
            self._constrain(trial, broken)
            self._study.add_trial(trial)

    def _point(self, params: Mapping[str, Any]) -> list[float]:
        sizes = self._axes.sizes
        return [
            (params[name] + 0.5) / sizes[i] if _whole(self._axes, i) else params[name]
            for i, name in enumerate(self._distributions)
        ]

    def _params(self, point: Points) -> dict[str, Any]:
        sizes = self._axes.sizes
        return {
            name: min(int(point[i] * sizes[i]), int(sizes[i]) - 1)
            if _whole(self._axes, i)
            else float(point[i])
            for i, name in enumerate(self._distributions)
        }


def _whole(axes: Axes, i: int) -> bool:
    return bool(axes.even[i]) and int(axes.sizes[i]) <= _STEPS_MOST


def _distributions(optuna: Any, axes: Axes) -> dict[str, Any]:
    kinds = optuna.distributions
    made: dict[str, Any] = {}
    for i in range(axes.n):
        size = int(axes.sizes[i])
        if axes.unordered[i]:
            made[f"x{i}"] = kinds.CategoricalDistribution(tuple(range(size)))
        elif _whole(axes, i):
            made[f"x{i}"] = kinds.IntDistribution(0, size - 1)
        else:
            made[f"x{i}"] = kinds.FloatDistribution(0.0, 1.0)
    return made


@contextmanager
def quiet(optuna: Any) -> Iterator[None]:
    """Without Optuna's log lines and its warnings that something is experimental: we pin its version."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)
