"""Successive halving: many sets on a short window first, the best of them on longer ones (Jamieson, Talwalkar 2016)."""

from __future__ import annotations

from dataclasses import dataclass

from admf.model.space import Space
from admf.search import random, sobol
from admf.search.explained import Explained
from admf.search.options import option
from admf.search.protocol import SearchMethod, check_arguments

BUDGET = 81
"""Sets that are drawn where no budget says how many."""
NAME = "successive_halving"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessiveHalving:
    """Options of `successive_halving`; an instance makes the search of the shortest window.

    What comes after it is laid out by the plan (plan/halving.py): windows are a stage's to choose, not a search's.
    """

    eta: int = option(
        3, "a share of 1 / eta of the sets goes on to a window that is eta times as long", least=2
    )
    rungs: int = option(3, "how many windows there are, the whole one included", least=2, most=10)
    start: str = option("sobol", "how the first sets are drawn", one_of=("random", "sobol"))

    def __call__(self, space: Space, seed: int = 0, budget: int | None = None) -> SearchMethod:
        """The sets of the shortest window; 81 without a budget."""
        check_arguments(seed, budget)
        make = random.make if self.start == "random" else sobol.make
        why = f"the best of these sets go on to windows {self.eta} times as long, {self.rungs} in all"
        return Explained(make(space, seed, budget or BUDGET), (why,))

    def counts(self, drawn: int) -> tuple[int, ...]:
        """How many sets are tried on each window, the shortest first."""
        return tuple(max(1, drawn // self.eta**rung) for rung in range(self.rungs))

    def shares(self) -> tuple[int, ...]:
        """Each window as a part of the whole, the shortest first: 9 is a ninth."""
        return tuple(self.eta**rung for rung in reversed(range(self.rungs)))
