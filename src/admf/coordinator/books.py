"""What a run writes down and reads again, and what it tells whoever watches: without how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from admf.coordinator.begin import Begun
from admf.model.param_sets import ParamSets
from admf.model.trial import Outcomes, Params
from admf.plan.opening import Standing
from admf.plan.plan import StudyPlan
from admf.store.recorded import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a run is, for whoever watches: trials ended of `total` (None: unknown), and the best so far."""

    study: StudyPlan
    ended: int
    recorded: int
    """How many of these had ended before this process began: they say nothing about its rate."""
    total: int | None
    best: float | None
    best_params: Params | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyEnd:
    """What a study came to; `why` it ended before it was exhausted ('': it was not ended)."""

    trials: int
    why: str
    best: float | None
    best_params: Params | None
    notes: tuple[str, ...]
    """What its search decided, and why."""
    counts: Mapping[str, int]
    """What its search counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What an asynchronous search was told when it had proposed `asked` sets: proposals, by number."""

    asked: int
    pending: tuple[int, ...]
    """Those of its last generation that had not ended."""
    late: tuple[int, ...]
    """Those of earlier generations that had ended since."""


class Books(Protocol):
    """What a run writes down, and what is written there already: the store and the log."""

    def record(
        self, study: StudyPlan, params: ParamSets, seeds: NDArray[np.int64], outcomes: Outcomes, /
    ) -> None:
        """Keep the outcomes of some trials, whole or not at all."""
        ...

    def recall(self, study: StudyPlan, /) -> Recorded:
        """What is there of a study's trials."""
        ...

    def standing(self, studies: Sequence[StudyPlan], /) -> Standing:
        """What some studies came to."""
        ...

    def top(self, study: StudyPlan, n: int, /) -> Sequence[Params]:
        """A study's best sets, the best first; fewer where fewer have a value."""
        ...

    def begun(self, study: StudyPlan, how: Begun, /) -> None:
        """Note that a study begins, or why it does not."""
        ...

    def over(self, study: StudyPlan, end: StudyEnd, /) -> None:
        """Note that a study is over."""
        ...

    def tellings(self, study: StudyPlan, /) -> Mapping[int, Telling]:
        """What the search of an asynchronous study was told, by how much it had proposed."""
        ...

    def told(self, study: StudyPlan, telling: Telling, /) -> None:
        """Note what an asynchronous search is told, before anything follows from it."""
        ...

    def stopped_at(self, study: StudyPlan, /) -> int | None:
        """After how many proposals the clock ended a study before; None: it did not."""
        ...

    def stop(self, study: StudyPlan, told: int, /) -> None:
        """Note that the clock ends a study after so many proposals, before anything follows from it."""
        ...
