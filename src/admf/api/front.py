"""The front of several objectives as a frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from admf.api.frames import frame
from admf.coordinator.study_front import fronts_of
from admf.store.export import deterministic_columns
from admf.store.trial_table import TrialTable


def front_frame(table: TrialTable, run: Path, component: str | None, *, polars: bool) -> Any:
    """The fronts of a run's studies (of `component` alone where one is named), one after the other.

    The columns of the trial table, then `crowding` and `knee`. InputError where the run has one objective.
    """
    fronts = fronts_of(table, run, component=component)
    ids = tuple(name for one in fronts for name in one.ids)
    columns = deterministic_columns(table, component=component, ids=ids)
    crowding = [alone for one in fronts for alone in one.front.crowding.tolist()]
    knee = [name == one.knee for one in fronts for name in one.ids]
    return frame({**columns, "crowding": crowding, "knee": knee}, polars=polars)
