"""The front of a study with several objectives, read from the trial table of its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from admf.analysis.objectives import Objectives, metric_key, objective_values, trial_front
from admf.analysis.pareto import Front
from admf.errors import InputError, Problem
from admf.plan.studies_data import read_objectives, read_study_data
from admf.store.trial_table import TrialTable


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyFront:
    """The front of one study: `ids` are its trials in the front's order, `values` the objectives of each as they are.

    `knee` is one of `ids`, `knee_params` its parameters; None where no trial stands out.
    """

    stage: str
    component: str
    objectives: Objectives
    front: Front
    ids: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    knee: str | None
    knee_params: Mapping[str, Any] | None

    @property
    def knee_values(self) -> tuple[float, ...]:
        """The objectives of the knee; empty where there is none."""
        return self.values[self.ids.index(self.knee)] if self.knee is not None else ()


def front_in(table: TrialTable, objectives: Objectives, stage: str, component: str) -> StudyFront | None:
    """The front of a study; None where no trial has a value."""
    fields = table.fields()
    names = ["trial_id", "value", *(metric_key(fields, name) for name, _ in objectives[1:])]
    columns = table.columns(list(dict.fromkeys(names)), stage=stage, component=component)
    front = trial_front(columns, objectives)
    if front is None:
        return None
    values, ids = objective_values(columns, objectives), columns["trial_id"]
    knee = ids[front.knee] if front.knee is not None else None
    return StudyFront(
        stage=stage,
        component=component,
        objectives=objectives,
        front=front,
        ids=tuple(ids[row] for row in front.rows.tolist()),
        values=tuple(map(tuple, values[front.rows].tolist())),
        knee=knee,
        knee_params=table.row(knee).params if knee is not None else None,
    )


def fronts_of(
    table: TrialTable, run: Path, *, stage: str | None = None, component: str | None = None
) -> Sequence[StudyFront]:
    """The fronts of a run's studies in their order, of those that have one; `stage` by name or number.

    InputError where the run has one objective: its best trials are found by sorting.
    """
    objectives = read_objectives(run)
    if not objectives:
        says = "a front must be one of several objectives, this run has one."
        hint = f"`admf trials {run} --sort value --top 20` shows its best trials."
        raise InputError(Problem(where=str(run), says=says, hint=hint))
    found = [
        front_in(table, objectives, one["stage"], one["component"])
        for one in read_study_data(run)
        if stage in (None, one["stage"], str(one["stage_number"])) and component in (None, one["component"])
    ]
    return [one for one in found if one is not None]
