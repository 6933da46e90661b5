"""A row of the table: what was measured beside what, its figure in each round, its target, and whether that is met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

TIMES = "x"
"""The unit of ratios, the only figures that are compared between machines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How much is measured. `quick` does everything once and small: a trial of the programs, not of the speed."""

    quick: bool = False
    long: bool = False
    rounds: int = 3
    minutes: str | None = None

    def size(self, whole: int, quick: int) -> int:
        """`whole`, or `quick` in a quick run."""
        return quick if self.quick else whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`limit` is reached at or above it (`more` is better), else at or below; `text` says so in words."""

    text: str
    limit: float
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One figure. `name` tells it from all others, in baselines too; the median of `rounds` is what counts."""

    name: str
    what: str
    rounds: tuple[float, ...]
    unit: str = TIMES
    target: Target | None = None
    more_is_better: bool = True
    ours: str = ""
    beside: str = ""
    also_met: bool = False
    """The target is met another way, which `target.text` says."""
    waited: float = 1.0
    """Wall over CPU time of what was to compute without a pause."""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def figure(self) -> float:
        """The median of the rounds."""
        return median(self.rounds)

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        reached = self.figure >= self.target.limit if self.target.more else self.figure <= self.target.limit
        return reached or self.also_met

    @property
    def noise(self) -> float:
        """Half the span of the rounds, as a share of their median."""
        return (max(self.rounds) - min(self.rounds)) / 2 / max(abs(self.figure), 1e-12)


def at_least(limit: float, unit: str = TIMES) -> Target:
    """A target that more than `limit` meets."""
    return Target(text=f"at least {limit:,.10g} {unit}", limit=limit, more=True)


def at_most(limit: float, unit: str = TIMES) -> Target:
    """A target that less than `limit` meets."""
    return Target(text=f"at most {limit:,.10g} {unit}", limit=limit, more=False)


def ratios(theirs: Sequence[float], ours: Sequence[float]) -> tuple[float, ...]:
    """Round by round: both were measured in turn."""
    return tuple(one / other for one, other in zip(theirs, ours, strict=True))
