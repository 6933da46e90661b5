"""A search that begins with given sets: they are tried first, then the method goes on, told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from admf.model.param_sets import ParamSets
from admf.model.space import Space
from admf.search.draws import LISTED
from admf.search.listed import distinct_sets
from admf.search.protocol import (
    Floats,
    MakeSearch,
    Results,
    SearchMethod,
    Told,
    Turns,
    counts_of,
    hears_late,
    notes_of,
    takes_several,
)
from admf.search.without import Without, columns_of, widened


def fed(make: MakeSearch, first: Sequence[Mapping[str, Any]]) -> MakeSearch:
    """What makes a search that proposes `first`, those that are in its space, each once, and then what `make` makes.

    The budget counts them. A method that has `notice` hears of them as results from elsewhere; of another one that
    comes to one of them, the proposal is answered from memory. No set is proposed twice.
    """
    return Fed(make, tuple(map(dict, first)))


@dataclass(frozen=True, slots=True)
class Fed:
    """A maker of searches that are fed; called like any."""

    make: MakeSearch
    first: tuple[Mapping[str, Any], ...]

    def __call__(self, space: Space, seed: int = 0, budget: int | None = None) -> Feeding:
        """The search; SpaceError where the method cannot search the space."""
        method = self.make(space, seed, budget)
        inside = [one for one in self.first if space.contains(one)]
        limits = (method.total(None) if budget is None else budget, space.count(LISTED))
        return Feeding(
            method,
            space.rows(distinct_sets(space, inside)),
            limit=min((n for n in limits if n is not None), default=None),
            outside=len(self.first) - len(inside),
        )


class Feeding:
    """The search: the fed sets, then the method's proposals. `limit`: how many at most (None: no limit)."""

    def __init__(self, method: SearchMethod, first: ParamSets, *, limit: int | None, outside: int) -> None:
        self.generation = method.generation
        self.objectives = "several" if takes_several(method) else "one"
        self._method, self._limit, self._outside = method, limit, outside
        self._first = first if limit is None else first.take(slice(limit))
        self._turns = Turns()
        self._heard: list[tuple[Floats, Floats]] = []
        self._late: list[Sequence[Told]] = []
        """Of the fed sets: what became of those that had not ended when they were told."""
        self.notice = self._notice if hears_late(method) else None
        """As the method's, where it has one."""
        self._goes_on: Without | None = None
        if not len(self._first):
            self._go_on()

    @property
    def notes(self) -> tuple[str, ...]:
        """The method's."""
        return notes_of(self._method)

    @property
    def counts(self) -> dict[str, int]:
        """The method's; and how many sets were fed, and how many were given that are not in the space."""
        theirs = counts_of(self._method)
        if self._goes_on is not None and self._goes_on.answered:
            theirs["repeated"] = theirs.get("repeated", 0) + self._goes_on.answered
        return {
            **theirs,
            "fed": min(self._turns.asked, len(self._first)),
            "not in the space": self._outside,
        }

    def total(self, budget: int | None = None) -> int | None:
        """The budget, or the size of the space where that is known and smaller; None where neither is."""
        return min((n for n in (budget, self._limit) if n is not None), default=None)

    def ask(self, n: int) -> Sequence[Any]:
        """The next n sets; fewer where the fed ones end, and where the method must be told first."""
        self._turns.ask(n)
        asked = self._turns.asked
        n = n if self._limit is None else min(n, self._limit - asked)
        if n <= 0:
            return ParamSets(0, {})
        if self._goes_on is None:
            proposals: Sequence[Any] = self._first[asked : asked + n]
        else:
            proposals = self._goes_on.ask(n)
        self._turns.proposed(proposals)
        return proposals

    def tell(self, results: Sequence[Told]) -> None:
        """The results of all that was asked for, in order."""
        self._turns.tell(results)
        if self._goes_on is not None:
            self._goes_on.tell(results)
            return
        self._heard.append(columns_of(results))
        if self._turns.asked == len(self._first):
            self._go_on()

    def _notice(self, results: Sequence[Told]) -> None:
        """The method hears of it, as soon as it has its turn."""
        self._late.append(results)
        if self._goes_on is not None:
            self._pass_on()

    def _pass_on(self) -> None:
        late, self._late = self._late, []
        for results in late:
            self._method.notice(results)  # type: ignore[attr-defined] # it hears late

    def _go_on(self) -> None:
        """All fed sets were told: the method's turn."""
        known = self._first
        width = max((values.shape[1] for values, _ in self._heard), default=1)
        values = np.concatenate([np.zeros((0, width)), *(widened(one, width) for one, _ in self._heard)])
        violations = np.concatenate([np.zeros(0), *(one for _, one in self._heard)])
        if hears_late(self._method) and len(known):
            self._late.insert(0, Results(0, known, values, violations))
            self._pass_on()
            known = known.take(slice(0))
        self._goes_on = Without(self._method, known, values, violations)
