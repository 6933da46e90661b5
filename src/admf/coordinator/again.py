"""How a trial ended, then and now: what of it must be equal, bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from admf.model.trial import Outcome, Outcomes
from admf.store.trial_table import StoredTrial


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
        named = zip(outcomes.metric_names, outcomes.metrics[row].tolist(), strict=True)
        metrics = {name: _finite(value) for name, value in named}
        scored = outcomes.outcomes[row] is Outcome.SCORED
        return cls(
            outcome=outcomes.outcomes[row].value,
            reason=outcomes.reasons[row],
            value=_finite(float(outcomes.values[row])),
            metrics={**metrics, **{n: _finite(v) for n, v in outcomes.extra[row].items()}} if scored else {},
        )


def ended_as(trial: StoredTrial) -> Ended:
    """A stored trial."""
    return Ended(
        outcome=trial.outcome.value,
        reason=trial.reason,
        value=trial.value,
        metrics=trial.metrics if trial.outcome is Outcome.SCORED else {},
    )


def differing(then: Ended, now: Ended) -> tuple[str, Any, Any] | None:
    """The first column that is not equal, with both its values; None where all are."""
    for name in ("outcome", "reason", "value"):
        before, after = getattr(then, name), getattr(now, name)
        if before != after and not (name == "reason" and then.outcome == now.outcome == "scored"):
            return name, before, after
    for name, before in then.metrics.items():
        if (after := now.metrics.get(name)) != before:
            return name, before, after
    return None


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
