"""A study's search at work: what it proposed, what of that has ended, and what it was told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.coordinator.books import Telling
from admf.coordinator.judged import Judged
from admf.coordinator.state import Slice
from admf.model.param_sets import ParamSets, Rows
from admf.model.seeds import seeds_of
from admf.model.trial import Batch, Outcomes, Params
from admf.plan.plan import StudyPlan
from admf.plan.stopping import Course, told
from admf.search.protocol import Results, SearchMethod
from admf.store.recorded import Found, Recorded


@dataclass(slots=True, eq=False)
class Generation:
    """Proposals `first`, `first` + 1 ... of a study, asked for together."""

    first: int
    proposals: Sequence[Any]
    """As the search handed them out."""
    params: ParamSets
    seeds: NDArray[np.int64]
    judged: Judged
    """What those are worth that have ended."""
    owed: NDArray[np.bool_]
    """Those of which the search was told that they have not ended, and nothing more."""

    @property
    def stop(self) -> int:
        """The number behind its last."""
        return self.first + len(self.params)

    def rows(self, numbers: Sequence[int]) -> Rows:
        """Where proposals are in it: a slice where they follow one another."""
        if isinstance(numbers, range):
            return slice(numbers.start - self.first, numbers.stop - self.first)
        return np.array(numbers, np.intp) - self.first

    def which(self, rows: NDArray[np.bool_]) -> tuple[int, ...]:
        """The numbers of some of its rows."""
        return tuple((np.flatnonzero(rows) + self.first).tolist())

    def among(self, numbers: Sequence[int]) -> NDArray[np.intp]:
        """Its rows that are among some proposals."""
        return np.array([n - self.first for n in numbers if self.first <= n < self.stop], np.intp)

    def since(self, numbers: Sequence[int]) -> Results:
        """What became of those of it that are among some proposals; they are owed no more."""
        rows = self.among(numbers)
        self.owed[rows] = False
        values, violations = self.judged.so_far(self.judged.ended)
        return Results(self.first, self.params.take(rows), values[rows], violations[rows])


@dataclass(slots=True, eq=False)
class Searching:
    """The search of an open study. `asynchronous`: it is told of a generation before all of it has ended."""

    study: StudyPlan
    method: SearchMethod
    recorded: Recorded
    began: float
    """When it began in this process, on the monotonic clock, less what it had taken before."""
    asynchronous: bool = False
    tellings: Mapping[int, Telling] = field(default_factory=dict)
    """Of an asynchronous one: what it was told in earlier sessions, by how much it had proposed."""
    asked: int = 0
    """How much it has proposed."""
    generations: list[Generation] = field(default_factory=list)
    """The last one, and those before it of which something is owed."""
    course: Course = field(default_factory=Course)
    best: tuple[float, Params] | None = None
    """Larger is better in it, whatever the study's direction."""
    why: str = ""
    """What ended it before it was exhausted."""

    def propose(self, proposals: Sequence[Any]) -> tuple[Generation, Found]:
        """The next generation, with what is recorded of it; InputError where something else is."""
        study, first = self.study, self.asked
        params = ParamSets.of(proposals)
        n = len(params)
        numbers = range(first, first + n)
        seeds = seeds_of(study.run_seed, study.stage, study.component, study.regime, study.window, numbers)
        owed = np.zeros(n, np.bool_)
        made = Generation(first, proposals, params, seeds, Judged.of(study, n), owed)
        if n:
            self.generations.append(made)
            self.asked += n
        return made, self.recorded.take(first, params, seeds)

    def of(self, first: int) -> Generation:
        """The generation of proposal `first`."""
        return next(one for one in self.generations if one.first <= first < one.stop)

    def batch(self, piece: Slice) -> Batch:
        """What a container is sent."""
        made = self.of(piece.first)
        rows = slice(piece.first - made.first, piece.stop - made.first)
        return Batch(
            study=self.study.spec,
            numbers=range(piece.first, piece.stop),
            params=made.params[rows],
            seeds=made.seeds[rows],
        )

    def note(self, made: Generation, ended: Outcomes | Found) -> None:
        """Trials have ended, here or before. The best of them is the first of equals that were noted together."""
        rows = made.rows(ended.numbers)
        made.judged.note(rows, ended)
        known = np.isfinite(ended.values)  # the store keeps no infinity
        if known.any():
            worth = np.where(known, ended.values if self.study.maximize else -ended.values, -np.inf)
            place = int(worth.argmax())
            if self.best is None or worth[place] > self.best[0]:
                self.best = (float(worth[place]), made.params.take(rows)[place])

    @property
    def signed(self) -> tuple[float | None, Params | None]:
        """The best value as its objective has it, and its set."""
        if self.best is None:
            return None, None
        worth, params = self.best
        return (worth if self.study.maximize else -worth), params

    def tell(self) -> None:
        """The search learns from its last generation, of which all has ended."""
        made = self.generations.pop()
        results = made.judged.results(made.first, made.proposals)
        self.method.tell(results)
        if self.study.stop:
            self.course = told(self.course, results.values[:, 0])

    def due(self) -> Telling:
        """What an asynchronous search is to be told now: as in an earlier session, or what has ended since."""
        *before, last = self.generations
        return self.tellings.get(self.asked) or Telling(
            asked=self.asked,
            pending=last.which(~last.judged.ended),
            late=tuple(n for one in before for n in one.which(one.owed & one.judged.ended)),
        )

    def tell_early(self, telling: Telling) -> None:
        """The search learns from what of its last generation has ended, and of those before it since it was told."""
        *before, last = self.generations
        last.owed[last.among(telling.pending)] = True
        late = [results for one in before if len(results := one.since(telling.late))]
        for results in late:
            self.method.notice(results)  # type: ignore[attr-defined] # it hears late
        now = Results(last.first, last.proposals, *last.judged.so_far(~last.owed))
        self.method.tell(now)
        self.generations = [one for one in self.generations if one.owed.any()]
        if self.study.stop:
            self.course = told(
                self.course, np.concatenate([results.values[:, 0] for results in (now, *late)])
            )
