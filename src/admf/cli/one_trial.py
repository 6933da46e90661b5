"""Find one trial of a run, and evaluate it again in a container."""

from __future__ import annotations

from contextlib import closing
from difflib import get_close_matches
from pathlib import Path

from admf import registry
from admf.containers.job import REPLAY_TRIAL, Job
from admf.coordinator.again import Ended
from admf.coordinator.evaluate_again import Again
from admf.coordinator.sample import study_of
from admf.errors import AdmfError, InputError, Problem
from admf.plan.studies_data import read_directions
from admf.plan.studies_file import read_containers, read_studies
from admf.store.run_folder import RunFolder, open_run
from admf.store.trial_table import StoredTrial, TrialLog, TrialTable
from admf.trials.replay_trial import TrialRecord, TrialSpec


def find(run: Path, trial: str) -> StoredTrial:
    """The trial called `trial`: its id, its proposal number where that is unique, or `best`."""
    folder = open_run(run)
    with TrialTable.open(folder.db, readonly=True) as table:
        if trial == "best":
            return _best(folder, table)
        matching = table.named(trial)
        if len(matching) == 1:
            return table.row(matching[0])
        says = f"no trial is called '{trial}'." if not matching else f"'{trial}' is {len(matching)} trials."
        hint = f"Say which: {', '.join(matching[:5])}." if matching else _near(run, table, trial)
        raise InputError(Problem(where=str(run), says=says, hint=hint))


def _near(run: Path, table: TrialTable, trial: str) -> str:
    """The nearest id where one is like it, and where all ids are."""
    ids = table.columns(["trial_id"], top=1000)["trial_id"]
    close = get_close_matches(trial, ids, 1)
    return f"{f'Did you mean {close[0]!r}? ' if close else ''}`admf trials {run}` lists them."


def log_of(run: Path, trial: StoredTrial) -> TrialLog:
    """What the trial printed and noted."""
    with TrialTable.open(open_run(run).db, readonly=True) as table:
        return table.log(trial.trial_id)


def again(run: Path, trial: StoredTrial) -> Ended:
    """How the trial ends when it is evaluated once more, in a container of its own with the limits of the run."""
    folder = open_run(run)
    studies, containers = read_studies(folder.path), read_containers(folder.path)
    with closing(registry.load("executors", "local")(workers=1)) as executor:
        evaluations = Again(executor=executor, studies=studies, containers=containers)
        return evaluations.alone([trial])[trial.trial_id]


def in_full(run: Path, trial: StoredTrial) -> TrialRecord:
    """The trial evaluated once more, with all that it leaves, in a process of its own."""
    folder = open_run(run)
    study = read_studies(folder.path)[study_of(trial)]
    with closing(registry.load("executors", "local")(workers=1)) as executor:
        spec = TrialSpec(study=study, params=trial.params, seed=trial.seed)
        executor.submit(0, Job(function=REPLAY_TRIAL, argument=spec))
        done = executor.next()
    if done.answer is None:
        raise AdmfError(f"{trial.trial_id} ended its container: {done.cause}.")
    if done.answer.error is not None:
        raise done.answer.error
    if done.answer.fault:
        raise InputError(f"{trial.trial_id} failed again: {done.answer.fault.strip().splitlines()[-1]}")
    record: TrialRecord = done.answer.result
    return record


def _best(folder: RunFolder, table: TrialTable) -> StoredTrial:
    studies = read_studies(folder.path)
    components = sorted({component for _, component, _ in studies})
    if len(components) > 1:
        hint = (
            f"`admf trials {folder.path} --component {components[0]} --sort value --top 1` shows one's best."
        )
        raise InputError(Problem(where=str(folder.path), says="the run has several components.", hint=hint))
    best = table.best(maximize=all(read_directions(folder.path)))
    if best is None:
        raise InputError(Problem(where=str(folder.path), says="no trial has a value."))
    return best
