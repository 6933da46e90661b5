"""What a search method is: ask, tell; with the bookkeeping that catches their misuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Protocol, overload

import numpy as np
from numpy.typing import NDArray

from admf.errors import AdmfError, Problem, SpaceError
from admf.model.param_sets import ParamSets
from admf.model.space import Params, Space

GENERATION = 65_536
"""Of methods that learn nothing: so large that nobody waits for its end, small beside what a process takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a proposal.

    `number` counts proposals from 0. `values` holds the objectives, signed so that larger is better; None:
    the trial has no value (it failed, was killed, or is infeasible). `violation`: 0 where every constraint on results
    holds, else by how much they are broken, summed; infinite where a trial failed or was killed, for it has no
    results; NaN: it has not ended, which only a method hears that has `notice`, and later what became of it. Without
    values and with violation 0, constraints hold and an objective is undefined.
    """

    number: int
    params: Mapping[str, Any]
    values: tuple[float, ...] | None
    violation: float = 0.0


Floats = NDArray[np.float64]


class Results(Sequence[Told]):
    """What became of proposals `first`, `first` + 1 ...: each a Told as soon as somebody looks at it.

    `params` are what was handed out; `values` (n, K) float64, one column per objective, larger is better, a row of
    NaN: the trial has no value; `violations` (n,) float64 (None: all 0).
    """

    __slots__ = ("_judge", "_judged", "first", "params")

    def __init__(
        self, first: int, params: Sequence[Params], values: Floats, violations: Floats | None = None
    ) -> None:
        self.first, self.params = first, params
        found = values, np.zeros(len(values)) if violations is None else violations
        self._judge: Callable[[], tuple[Floats, Floats]] = lambda: found
        self._judged: tuple[Floats, Floats] | None = None

    @classmethod
    def late(
        cls, first: int, params: Sequence[Params], judge: Callable[[], tuple[Floats, Floats]]
    ) -> Results:
        """Results whose values and violations are found when somebody looks at them."""
        made = cls(first, params, np.empty((0, 1)))
        made._judge = judge
        return made

    @property
    def values(self) -> Floats:
        """The objectives, shape (n, K)."""
        return self._found()[0]

    @property
    def violations(self) -> Floats:
        """By how much constraints are broken, shape (n,)."""
        return self._found()[1]

    def _found(self) -> tuple[Floats, Floats]:
        if self._judged is None:
            self._judged = self._judge()
        return self._judged

    def __len__(self) -> int:
        return len(self.params)

    @overload
    def __getitem__(self, index: int) -> Told: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Told]: ...
    def __getitem__(self, index: int | slice) -> Told | Sequence[Told]:
        if isinstance(index, slice):
            return list(self)[index]
        row = range(len(self))[index]
        values, violations = self._found()
        return _told(self.first + row, self.params[row], values[row].tolist(), float(violations[row]))

    def __iter__(self) -> Iterator[Told]:
        values, violations = self._found()
        numbers = range(self.first, self.first + len(self))
        return map(_told, numbers, self.params, values.tolist(), violations.tolist())


def _told(number: int, params: Params, values: list[float], violation: float) -> Told:
    missing = any(value != value for value in values)
    return Told(number=number, params=params, values=None if missing else tuple(values), violation=violation)


class SearchMethod(Protocol):
    """Proposes parameter sets of a space, each at most once.

    Contract. Proposals come in generations of a fixed size. A driver asks for at most `generation` proposals,
    in one call or several, runs them, and tells all their results, in the order proposed, before it asks
    again; how it splits its calls of `ask` changes nothing. A method made again with the same space, seed and
    budget, asked and told the same, proposes the same. All randomness comes from the seed.

    A set that a method comes to a second time never leaves `ask`: the method answers itself, from its memory, and
    counts it. So a generation may have fewer proposals than `generation`: they are told, and the next one follows.

    A method may also have `notes`, a tuple of sentences about what it decided and why, and `counts`, what happened
    how often: `notes_of` and `counts_of` read them. And it may have `notice(results)`: what became of sets that others
    proposed, before it is first asked, or of its own of which it was told that they had not ended; it learns from them
    and never proposes them. Only such a method can be asynchronous.
    One that takes several objectives, or looks at none, says so by `objectives = "several"`: `takes_several` reads it.
    """

    @property
    def generation(self) -> int:
        """How many proposals come from the same knowledge; a constant of the method."""
        ...

    def ask(self, n: int) -> Sequence[Params]:
        """The next n proposals; fewer where the method must be told first; none, with nothing to tell: the end.

        A list of dicts, or ParamSets: columns, from which nobody makes a dict who does not need one.
        """
        ...

    def tell(self, results: Sequence[Told]) -> None:
        """The results of all proposals asked for and not told yet, in the order proposed.

        A driver may tell Results, of which a method that does not look has nothing to pay.
        """
        ...

    def total(self, budget: int | None = None) -> int | None:
        """At most how many proposals a budget (None: the method's own) leads to; None where unknown."""
        ...


def notes_of(method: SearchMethod) -> tuple[str, ...]:
    """What a method says of its decisions; nothing where it does not decide."""
    return tuple(getattr(method, "notes", ()))


def counts_of(method: SearchMethod) -> dict[str, int]:
    """What a method counted: `repeated`, answered from memory; `beside`, replaced by a new set next to it;
    `repaired`, moved to where the constraints hold; `drawn` evenly; `restarts`. Empty where it counts nothing."""
    return dict(getattr(method, "counts", {}))


def takes_several(method: SearchMethod) -> bool:
    """Whether a method can be told of several objectives."""
    return getattr(method, "objectives", "one") == "several"


def hears_late(method: SearchMethod) -> bool:
    """Whether a method can be told of a generation before all of it has ended."""
    return getattr(method, "notice", None) is not None


MakeSearch = Callable[[Space, int, int | None], SearchMethod]
"""make(space, seed, budget) -> SearchMethod; raises SpaceError where the method cannot search the space."""


@dataclass(slots=True)
class Turns:
    """Who is to speak: which proposals were asked for and not told yet. Misuse raises AdmfError."""

    asked: int = 0
    waiting: list[Sequence[Params]] = field(default_factory=list)
    """As they were handed out; nothing is kept of a single proposal."""

    def ask(self, n: int) -> None:
        """Checks the number of proposals asked for."""
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise AdmfError(f"ask(n): n must be a whole number of at least 1, was {n!r}.")

    def proposed(self, proposals: Sequence[Params]) -> None:
        """Notes what was handed out."""
        if len(proposals):
            self.asked += len(proposals)
            self.waiting.append(proposals if isinstance(proposals, ParamSets) else tuple(proposals))

    def tell(self, results: Sequence[Told]) -> None:
        """Checks that the results are those of all waiting proposals, in order, and notes them as told."""
        n = sum(map(len, self.waiting))
        if not n:
            raise AdmfError("tell(results): nothing waits to be told. Ask first, and tell each result once.")
        if len(results) != n:
            raise AdmfError(
                f"tell(results): the results must be those of all {n} proposals asked for, "
                f"were {len(results)}. Tell a generation when all its trials have ended."
            )
        if not self._is_ours(results):
            self._compare(results)
        self.waiting.clear()

    def _is_ours(self, results: Sequence[Told]) -> bool:
        """Whether they hold the very columns that were handed out: then there is nothing to compare."""
        if not isinstance(results, Results) or len(self.waiting) != 1:
            return False
        (handed_out,) = self.waiting
        return results.params is handed_out and results.first == self.asked - len(handed_out)

    def _compare(self, results: Sequence[Told]) -> None:
        proposals = chain.from_iterable(self.waiting)
        for number, (params, result) in enumerate(
            zip(proposals, results, strict=True), self.asked - len(results)
        ):
            if result.number != number:
                raise AdmfError(
                    f"tell(results): results must be in the order proposed: number {number} was due, "
                    f"number {result.number} came."
                )
            if result.params is not params and dict(result.params) != params:
                raise AdmfError(
                    f"tell(results): the parameters of result {number} must be those proposed, {params}, "
                    f"were {dict(result.params)}."
                )


def check_arguments(seed: int, budget: int | None) -> None:
    """Raises SpaceError where a seed is not a whole number of at least 0, or a budget none of at least 1."""
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise SpaceError(
            Problem(says=f"a seed must be a whole number of at least 0, was {seed!r}.", where="seed")
        )
    if budget is not None and (isinstance(budget, bool) or not isinstance(budget, int) or budget < 1):
        says = f"a budget must be a whole number of at least 1, was {budget!r}."
        raise SpaceError(Problem(says=says, where="budget"))
