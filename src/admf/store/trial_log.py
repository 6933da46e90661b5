"""What single trials printed and noted: a row only for those that did."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from admf.errors import InputError
from admf.model.space.value import shown
from admf.model.trial import Outcomes, ScopeEvent
from admf.store.cells import Cell, clean, to_json

_LOGS = "CREATE TABLE logs (trial_id TEXT NOT NULL PRIMARY KEY, output TEXT, events TEXT)"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLog:
    """The standard output and error of one trial with what it logged, in order; and the events of its scope."""

    output: str = ""
    events: tuple[ScopeEvent, ...] = ()


def create_logs(connection: sqlite3.Connection) -> None:
    """Make the table, inside the caller's transaction."""
    connection.execute(_LOGS)


def log_rows(ids: Sequence[str], outcomes: Outcomes) -> list[tuple[Cell, ...]]:
    """The rows of those that printed or noted something."""
    n = len(outcomes)
    outputs, events = outcomes.outputs or ("",) * n, outcomes.events or ((),) * n
    return [
        (trial, clean(output) or None, _json(noted))
        for trial, output, noted in zip(ids, outputs, events, strict=True)
        if output or noted
    ]


def write_logs(connection: sqlite3.Connection, ids: Iterable[str], outcomes: Outcomes, *, new: bool) -> None:
    """Keep what the trials of a batch said, and forget what they had said before; in the caller's transaction.

    A trial that is `new` has said nothing yet; a run whose trials say nothing pays nothing.
    """
    said = any(outcomes.outputs) or any(outcomes.events)
    if not said and (new or not connection.execute("SELECT 1 FROM logs LIMIT 1").fetchone()):
        return
    listed = list(ids)
    if not new:
        connection.executemany("DELETE FROM logs WHERE trial_id = ?", ((trial,) for trial in listed))
    connection.executemany("INSERT OR REPLACE INTO logs VALUES (?, ?, ?)", log_rows(listed, outcomes))


def read_log(connection: sqlite3.Connection, trial_id: str) -> TrialLog:
    """One trial's; empty where there is none."""
    row = connection.execute("SELECT output, events FROM logs WHERE trial_id = ?", (trial_id,)).fetchone()
    output, events = row or (None, None)
    return TrialLog(
        output=output or "", events=tuple(ScopeEvent(*event) for event in json.loads(events or "[]"))
    )


def _json(events: Sequence[ScopeEvent]) -> str | None:
    return f"[{','.join(map(_event, events))}]" if events else None


def _event(event: ScopeEvent) -> str:
    """An event as JSON. A value that JSON cannot hold, such as NaN, is kept in words: a trial's notes stop no run."""
    data = {str(name): value if _holds(value) else shown(value) for name, value in event.data.items()}
    return to_json([event.at_s, event.kind, data])


def _holds(value: Any) -> bool:
    try:
        to_json(value)
    except (InputError, RecursionError):
        return False
    return True
