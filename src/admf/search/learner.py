"""What a learning method is inside: points of the unit cube out, their values in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from admf.errors import AdmfError

Points = npt.NDArray[np.float64]
"""Points of the unit cube, shape (n, dimensions)."""
Values = npt.NDArray[np.float64]
"""Objectives, larger is better, shape (n, objectives); a row of NaN: no value."""
Violations = npt.NDArray[np.float64]
"""By how much constraints on results are broken, shape (n,): 0 for all that have values, above 0 for all others;
infinite where nothing is known, as of trials that failed; NaN, of points that it proposed: they have not ended yet."""


class Learner(Protocol):
    """Proposes points, knows nothing of budgets, repeats and constraints: `Learning` sees to these."""

    @property
    def generation(self) -> int:
        """How many points it proposes at once."""
        ...

    @property
    def steps_aside(self) -> bool:
        """Whether a point that was tried before may be replaced by a new one beside it."""
        ...

    @property
    def counts(self) -> Mapping[str, int]:
        """What it wants to be known: `{"restarts": 2}`."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What it decided and why, a sentence each."""
        ...

    def propose(self) -> Points:
        """The next `generation` points."""
        ...

    def learn(self, points: Points, values: Values, violations: Violations) -> None:
        """What became of the points proposed last, in order; `points` as they were tried: some may have been moved.

        Of those that have not ended, `notice` tells later, with the same points to the bit.
        """
        ...

    def notice(self, points: Points, values: Values, violations: Violations) -> None:
        """What became of other points, before it proposes or between."""
        ...


def missing(values: Values) -> npt.NDArray[np.bool_]:
    """Which rows have no value, shape (n,)."""
    return np.asarray(np.isnan(values).any(axis=1))


def single(values: Values, method: str) -> npt.NDArray[np.float64]:
    """The one objective, shape (n,), -inf where there is no value; AdmfError where there are several."""
    if values.shape[1] != 1:
        raise AdmfError(
            f"{method} searches one objective, was told {values.shape[1]}. Use nsga2, nsga3 or a weighted objective."
        )
    return np.where(np.isnan(values[:, 0]), -np.inf, values[:, 0])


def standing(told: npt.NDArray[np.float64], violations: Violations) -> npt.NDArray[np.float64]:
    """Ranks of one objective's points, shape (n,), larger is better, the same for equals.

    What holds all constraints before what does not, there by `told` (n,), here by the smaller violation
    (Deb, 2000: An efficient constraint handling method for genetic algorithms).
    """
    worth = np.where(violations > 0, 0.0, told)
    order = np.lexsort((worth, -violations))
    keys = np.stack([violations[order], worth[order]])
    rises = np.r_[False, (keys[:, 1:] != keys[:, :-1]).any(axis=0)][: len(order)]
    ranks = np.empty(len(order))
    ranks[order] = np.cumsum(rises)
    return ranks


class Floor:
    """A finite number for what has no value: below all that was ever told, so that every library can rank it."""

    def __init__(self) -> None:
        self.low: npt.NDArray[np.float64] | None = None
        self.high: npt.NDArray[np.float64] | None = None
        self._most = 0.0

    def filled(self, values: Values, violations: Violations) -> Values:
        """`values` with a number in every row: the lower, the more a constraint is broken."""
        known = values[~missing(values)]
        if len(known):
            low, high = known.min(axis=0), known.max(axis=0)
            self.low = low if self.low is None else np.minimum(self.low, low)
            self.high = high if self.high is None else np.maximum(self.high, high)
        amounts = self.amounts(violations)[:, None]
        if self.low is None or self.high is None:
            return np.broadcast_to(-amounts, values.shape).copy()
        below = self.low - np.maximum(self.high - self.low, 1e-9 * np.abs(self.low)) - 1e-300
        scale = np.maximum(np.maximum(np.abs(self.low), np.abs(self.high)), 1.0)
        return np.where(missing(values)[:, None], below - amounts * scale, values)

    def amounts(self, violations: Violations) -> Violations:
        """Finite violations: infinite ones become twice the largest that was ever told (0 where none was)."""
        finite = np.isfinite(violations)
        self._most = max(self._most, violations[finite].max(initial=0.0))
        return np.where(finite, violations, 2.0 * self._most)
