"""One trial as it was written: a row of the trial table."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from admf.model.trial import Outcome
from admf.store.published import Shared, fields_of
from admf.store.schema import Layout
from admf.store.trial_query import rows_of


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


def read_trial(
    connection: sqlite3.Connection, layout: Layout, shared: Shared, key: int
) -> StoredTrial | None:
    """The trial of a key; None where there is none."""
    known = fields_of(layout, replace(shared, own_metrics=()))
    wanted = [known[field.name] for field in fields(StoredTrial)]
    columns = [one for field in wanted for one in field.sql]
    rows = next(iter(rows_of(connection, columns, [key], 1)), None)
    if not rows:
        return None
    cells = iter(rows[0])
    read = {field.name: field.decode([(next(cells),) for _ in field.sql])[0] for field in wanted}
    texts = {name: read[name] or "" for name in ("reason", "container", "path", "detail")}
    return StoredTrial(**read | texts | {"outcome": Outcome(read["outcome"])})
