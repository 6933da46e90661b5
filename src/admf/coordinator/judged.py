"""What a search is told of the trials that ended: noted as they end, worked out when the search looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.model.param_sets import Rows
from admf.model.same import Same
from admf.model.trial import Outcome, Outcomes
from admf.plan.plan import StudyPlan
from admf.search.protocol import Results
from admf.store.recorded import Found
from admf.trials.worth import Worth, worth_of

Floats = NDArray[np.float64]


class Judged:
    """The trials of one generation, by their places in it. Those that have not ended are as those that failed.

    The same bits whether a trial ended here (Outcomes) or was read back (Found), where the store has made NaN of an
    infinity: both are no value.
    """

    def __init__(self, worth: Worth, n: int) -> None:
        self._worth = worth
        self._values, self._scored = np.full(n, np.nan), np.zeros(n, np.bool_)
        self.ended = np.zeros(n, np.bool_)
        """Which have ended, (n,)."""
        self._columns = {name: np.full(n, np.nan) for name in worth.columns}

    @classmethod
    def of(cls, study: StudyPlan, n: int) -> Judged:
        """A generation of n proposals of a study."""
        return cls(worth_of(study.spec.objective, maximize=study.maximize), n)

    def note(self, rows: Rows, ended: Outcomes | Found) -> None:
        """Trials have ended, here or before."""
        self.ended[rows] = True
        self._values[rows] = ended.values
        self._scored[rows] = ended.scored if isinstance(ended, Found) else _scored(ended.outcomes)
        for name, column in self._columns.items():
            found = ended.metrics[name] if isinstance(ended, Found) else _metric(ended, name)
            column[rows] = found

    def results(self, first: int, proposals: Sequence[Any]) -> Results:
        """What the search is told of proposals `first`, `first` + 1 ...: nothing is computed before it looks."""
        return Results.late(first, proposals, self._worked_out)

    def so_far(self, known: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Values (n, K) and violations (n,) of those that are `known` (n,); of all others NaN."""
        values, violations = self._worked_out()
        return np.where(known[:, None], values, np.nan), np.where(known, violations, np.nan)

    def _worked_out(self) -> tuple[Floats, Floats]:
        columns: Mapping[str, Floats] = self._columns
        return self._worth.values(self._values, columns), self._worth.violations(self._scored, columns)


def _scored(outcomes: Sequence[Outcome]) -> NDArray[np.bool_] | bool:
    if isinstance(outcomes, Same):
        return outcomes.value is Outcome.SCORED
    return np.array([outcome is Outcome.SCORED for outcome in outcomes])


def _metric(outcomes: Outcomes, name: str) -> Floats:
    """One metric, (n,): a column, or what the components returned under a name of their own."""
    if name in outcomes.metric_names:
        return outcomes.metrics[:, outcomes.metric_names.index(name)]
    own = (one.get(name) for one in outcomes.extra)
    return np.array([np.nan if value is None else value for value in own], np.float64)
