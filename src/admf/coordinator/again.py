"""How a trial ended, then and now: what of it must be equal, bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite, isinf
from typing import Any

from admf.model.container import Limit
from admf.model.trial import Outcome, Outcomes
from admf.store.batch import INFINITE_VALUE
from admf.store.cells import clean
from admf.store.trial_table import StoredTrial

_MEASURED = frozenset({Outcome.SCORED.value, Outcome.FAILED.value})
"""Outcomes of trials that came to their end: others have no numbers that mean anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The deterministic columns of one trial."""

    outcome: str
    reason: str
    value: float | None
    metrics: Mapping[str, float | None] = field(repr=False)

    @classmethod
    def of(cls, outcomes: Outcomes, row: int) -> Ended:
        """One row of outcomes, as the store would give it back."""
        value, reason = float(outcomes.values[row]), outcomes.reasons[row]
        named = zip(outcomes.metric_names, outcomes.metrics[row].tolist(), strict=True)
        return cls(
            outcome=outcomes.outcomes[row].value,
            reason=clean(reason or (INFINITE_VALUE if isinf(value) else "")),
            value=_finite(value),
            metrics={name: _finite(one) for name, one in [*named, *outcomes.extra[row].items()]},
        )

    @property
    def of_machine(self) -> bool:
        """Whether another machine, or this one under another load, might have ended it in another way."""
        if self.outcome == Outcome.KILLED.value:
            return self.reason.startswith(Limit.TIME.value) or self.reason.endswith("auto")
        return self.is_lost

    @property
    def is_lost(self) -> bool:
        """Whether somebody else may have ended it."""
        return self.outcome == Outcome.LOST.value


def ended_as(trial: StoredTrial) -> Ended:
    """A stored trial."""
    return Ended(outcome=trial.outcome.value, reason=trial.reason, value=trial.value, metrics=trial.metrics)


def differing(then: Ended, now: Ended) -> tuple[str, Any, Any] | None:
    """The first column that is not equal, with both its values; None where all are."""
    for name in ("outcome", "reason", "value"):
        before, after = getattr(then, name), getattr(now, name)
        if not _same(before, after):
            return name, before, after
    if then.outcome not in _MEASURED:
        return None
    for name in dict.fromkeys([*then.metrics, *now.metrics]):
        before, after = then.metrics.get(name), now.metrics.get(name)
        if not _same(before, after):
            return name, before, after
    return None


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, str) or before is None or after is None:
        return bool(before == after)
    return float(before).hex() == float(after).hex()  # 0.0 and -0.0 are not the same bits


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
