"""Adaptive search: looks at the space, the budget and the first results, chooses a method, and says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from admf.model.space import Space
from admf.search import grid, sobol
from admf.search.axes import Axes, axes_of
from admf.search.bayesian import Bayesian
from admf.search.choosing import HANDOVER, RISE, STILL, Choice, Rises, after_start, at_once
from admf.search.cmaes import Cmaes, Distribution
from admf.search.draws import LISTED
from admf.search.explained import Explained
from admf.search.genetic import Genetic, Population
from admf.search.learner import Learner, Points, Values, Violations
from admf.search.learning import Learning
from admf.search.options import option
from admf.search.protocol import SearchMethod, check_arguments

BUDGET = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptive:
    """Options of `adaptive`; an instance makes the search."""

    trial_seconds: float | None = option(
        None,
        "what a trial costs; null: not known, and taken for more than a proposal costs",
        kind=float,
        least=0.0,
    )
    startup: int | None = option(
        None,
        "how many sets are drawn evenly before it chooses; null: 4 per parameter, 16 to 64",
        kind=int,
        least=8,
    )

    def __call__(self, space: Space, seed: int = 0, budget: int | None = None) -> SearchMethod:
        """The search; 1,000 proposals without a budget."""
        check_arguments(seed, budget)
        wanted = budget or BUDGET
        choice = at_once(space, space.count(LISTED), wanted)
        if choice is not None:
            method = grid.make(space, seed) if choice.method == "grid" else sobol.make(space, seed, wanted)
            return Explained(method, (_said(choice),))
        axes = axes_of(space)
        conditions = bool(space.rules.conditional)
        choosing = Choosing(
            lambda name: _learner(name, axes, seed),
            after_start(axes, conditions, wanted, self.trial_seconds),
            long=wanted > HANDOVER,
        )
        start = self.startup or min(max(16, 4 * axes.n), 64)
        return Learning(space, choosing, seed=seed, budget=wanted, start=min(start, wanted // 2))


class Choosing:
    """The learner: the chosen one, told of the first results; then `genetic`, where it costs more or stands still."""

    generation = 20

    def __init__(self, make: Callable[[str], Learner], choice: Choice, *, long: bool) -> None:
        self._make, self._choice, self._long = make, choice, long
        self._learner: Learner | None = None
        self._rises: Rises | None = None
        self._tried: list[tuple[Points, Values, Violations]] = []
        self.notes: tuple[str, ...] = ()

    @property
    def steps_aside(self) -> bool:
        """As the chosen one."""
        return self._learner is not None and self._learner.steps_aside

    @property
    def counts(self) -> Mapping[str, int]:
        """As the chosen one."""
        return {} if self._learner is None else self._learner.counts

    def propose(self) -> Points:
        """What the chosen one proposes."""
        why = self._why_not_on()
        if why:
            self._take(Choice("genetic", why))
        assert self._learner is not None, "the first results come before the first proposal"
        return self._learner.propose()

    def learn(self, points: Points, values: Values, violations: Violations) -> None:
        """The chosen one learns."""
        assert self._learner is not None, "only what was proposed is learnt"
        ended = ~np.isnan(violations)
        self._keep(points[ended], values[ended], violations[ended])
        self._learner.learn(points, values, violations)

    def notice(self, points: Points, values: Values, violations: Violations) -> None:
        """After the first results the chosen one begins."""
        self._keep(points, values, violations)
        if self._learner is None:
            self._take(self._choice)
        else:
            self._learner.notice(points, values, violations)

    def _why_not_on(self) -> str:
        """Why another one goes on; '' where none does."""
        tried = sum(len(points) for points, _, _ in self._tried)
        if self._choice.method == "bayesian" and self._long and tried >= HANDOVER:
            return (
                f"after {tried} trials a proposal of bayesian costs more and more; it goes on from the best"
            )
        if self._choice.method == "cmaes" and self._rises is not None and self._rises.stands_still:
            least = f"{RISE:.0%} of the first results' range from the median to the best"
            return f"after {tried} trials the last {STILL} of cmaes rose by less than {least}; it goes on from the best"
        return ""

    def _keep(self, points: Points, values: Values, violations: Violations) -> None:
        if self._choice.method == "genetic" and self._learner is not None:
            return  # it is the last one
        self._tried.append((points, values, violations))
        if self._rises is None:
            self._rises = Rises(values)
        else:
            self._rises.note(values)

    def _take(self, choice: Choice) -> None:
        """The chosen one is told all that was tried."""
        self.notes = (*self.notes, _said(choice))
        self._choice, self._learner = choice, self._make(choice.method)
        points, values, violations = zip(*self._tried, strict=True)
        self._learner.notice(np.concatenate(points), _stacked(values), np.concatenate(violations))
        if choice.method == "genetic":
            self._tried.clear()


def _stacked(values: Sequence[Values]) -> Values:
    """All values, with as many columns as there are objectives, which is not known before one of them has a value."""
    width = max(one.shape[1] for one in values)
    wide = [one if one.shape[1] == width else np.full((len(one), width), np.nan) for one in values]
    return np.concatenate(wide)


def _learner(name: str, axes: Axes, seed: int) -> Learner:
    match name:
        case "genetic":
            return Population(axes, Genetic(), np.random.Generator(np.random.PCG64([seed, 10])))
        case "cmaes":
            return Distribution(axes, Cmaes(), seed)
        case _:
            return Bayesian().learner(axes, seed)


def _said(choice: Choice) -> str:
    return f"{choice.method}: {choice.why}."
