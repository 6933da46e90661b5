"""Which method suits a space, a budget, the cost of a trial and the first results, and when another one goes on.

The numbers are those of bench/search.py: on coarse grids, choices and conditions `bayesian` finds most in some hundred
trials; on numbers alone `cmaes`, until it stands still: then `genetic` goes on from all that was tried, which costs
next to nothing where the best was found and leaves a valley that is not the deepest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from admf.model.space import Space
from admf.search.axes import Axes
from admf.search.learner import Values

FEW = 20
"""With fewer trials there is nothing to learn from."""
CHEAP_S = 0.01
"""What a proposal of `bayesian` costs, about, in seconds."""
HANDOVER = 300
"""After so many trials `bayesian` hands over: its proposals cost more with each result."""
FINE = 100
"""A grid of so many points is as good as continuous."""
PER_AXIS = 50
"""The trials per parameter from which `cmaes` has time to adapt."""
STILL = 50
"""After so many trials without a rise `cmaes` stands still."""
RISE = 0.02
"""A rise that counts, as a share of the first results' range from the median to the best."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A method's name, and a sentence that says why."""

    method: str
    why: str


def at_once(space: Space, count: int | None, budget: int) -> Choice | None:
    """What needs no look at results: all sets, or too few trials; None where something can be learnt."""
    if count is not None and count <= budget:
        return Choice("grid", f"all {count:,} sets of the space fit into the budget of {budget:,}")
    if budget < FEW:
        return Choice("sobol", f"{budget} trials are too few to learn from, fewer than {FEW}")
    if not space.dimensions:
        return Choice("grid", "nothing varies")
    return None


def after_start(axes: Axes, conditions: bool, budget: int, trial_s: float | None) -> Choice:
    """What to go on with after the first sets."""
    if trial_s is not None and trial_s < CHEAP_S:
        why = f"a trial takes {trial_s:g} s, less than the {CHEAP_S:g} s that a proposal of bayesian takes"
        return Choice("genetic", why)
    coarse = np.flatnonzero((axes.sizes > 0) & (axes.sizes < FINE))
    if axes.unordered.any() or len(coarse) or conditions:
        what = (
            "has choices without an order"
            if axes.unordered.any()
            else "has conditions"
            if conditions
            else "has coarse grids"
        )
        return Choice("bayesian", f"the space {what}, which it models as they are")
    if budget < PER_AXIS * axes.n:
        why = f"{budget:,} trials are fewer than {PER_AXIS} per parameter, which cmaes needs to adapt"
        return Choice("bayesian", why)
    return Choice("cmaes", "the space consists of numbers, as good as continuous")


class Rises:
    """The best so far, trial by trial: whether a search stands still."""

    def __init__(self, first: Values) -> None:
        """`first`: the values of the first results, whose first objective says what a rise is worth."""
        known = first[~np.isnan(first[:, 0]), 0]
        self._least = RISE * float(known.max() - np.median(known)) if len(known) else 0.0
        self._bests: list[float] = [float(known.max(initial=-np.inf))]

    def note(self, values: Values) -> None:
        """Results that came after the first."""
        for value in values[:, 0].tolist():
            self._bests.append(max(self._bests[-1], -np.inf if value != value else value))

    @property
    def stands_still(self) -> bool:
        """Whether the last 50 results rose by less than counts; not before there is a value at all."""
        if len(self._bests) <= STILL or not np.isfinite(self._bests[-1]):
            return False
        return self._bests[-1] - self._bests[-1 - STILL] <= self._least
