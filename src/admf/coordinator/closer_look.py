"""A closer look at the best trial of a study: replayed in full, and traded at other costs, in a container."""

from __future__ import annotations

from typing import Any

from admf.containers.job import COST_SENSITIVITY, REPLAY_TRIAL, Job
from admf.coordinator.facts import StudyOutline, study_facts
from admf.executors.protocol import Executor
from admf.model.trial import StudySpec
from admf.model.window import WHOLE
from admf.reports.facts import StudyFacts
from admf.store.trial_table import StoredTrial, TrialTable
from admf.trials.cost_sensitivity import CostRecord
from admf.trials.replay_trial import TrialRecord, TrialSpec


def has_begun(table: TrialTable, stage: str, component: str) -> bool:
    """Whether a study has trials over all bars of its window."""
    return any(table.count(stage=stage, component=component, window=WHOLE).values())


def look_closer(
    study: StudyOutline, spec: StudySpec, table: TrialTable, executor: Executor
) -> tuple[StudyFacts, str]:
    """The facts of a study, and what is odd about its best trial now ('' where nothing is)."""
    best = table.best(study.component, stage=study.stage, maximize=study.maximize)
    if best is None:
        return study_facts(study, table, None, None, None), ""
    trial = TrialSpec(study=spec, params=best.params, seed=best.seed)
    record, costs = replay(executor, trial), at_other_costs(executor, trial)
    return study_facts(study, table, best, record, costs), _oddity(best, record)


def replay(executor: Executor, spec: TrialSpec) -> TrialRecord | None:
    """One trial again, in full; None where it does not come back."""
    record: TrialRecord | None = _asked(executor, REPLAY_TRIAL, spec)
    return record


def at_other_costs(executor: Executor, spec: TrialSpec) -> CostRecord | None:
    """What one trial earns at other costs; None where it does not come back."""
    record: CostRecord | None = _asked(executor, COST_SENSITIVITY, spec)
    return record


def _asked(executor: Executor, function: str, spec: TrialSpec) -> Any:
    executor.submit(0, Job(function=function, argument=spec))
    done = executor.next()
    return done.answer.result if done.answer is not None and not done.answer.fault else None


def _oddity(best: StoredTrial, record: TrialRecord | None) -> str:
    if record is None:
        return (
            f"{best.trial_id} could not be evaluated again, so there are no curves of it: its code or its"
            " data are not there any more."
        )
    moved = [name for name, value in best.metrics.items() if record.metrics.get(name) != value]
    if not moved:
        return ""
    return (
        f"{best.trial_id}, evaluated again for this page, gives other numbers than in the run"
        f" ({', '.join(moved[:3])}): its code or its data have changed, or it draws what is not seeded."
        " Its curves and its costs are those of now."
    )
