"""One trial as it was written: a row of the trial table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from admf.model.trial import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTrial:
    """One trial as it was written. `metrics` holds None where undefined, and the component's own too."""

    trial_id: str
    stage_number: int
    stage: str
    component: str
    regime: str
    window: str
    proposal: int
    params: Mapping[str, Any]
    outcome: Outcome
    value: float | None
    metrics: Mapping[str, float | None]
    undefined: Mapping[str, str]
    reason: str
    seed: int
    container: str
    path: str
    duration_s: float
    peak_memory_mb: float
    detail: str
