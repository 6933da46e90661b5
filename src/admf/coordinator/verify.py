"""Whether a run's trials give the same numbers again: evaluated in another order, each in a container of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from admf import registry
from admf.containers.job import EVALUATE, SOURCE, Job
from admf.coordinator.again import Ended, differing, ended_as
from admf.errors import AdmfError, InputError
from admf.executors.protocol import Executor
from admf.model.container import ContainerSpec, Kind, Limit
from admf.model.trial import Batch, Outcome, StudySpec
from admf.plan.studies_file import read_containers, read_studies
from admf.store.changed import inputs_changed
from admf.store.provenance import code_hash, read_provenance, versions
from admf.store.run_folder import RunFolder, open_run
from admf.store.trial_table import StoredTrial, TrialTable

SAMPLE = 100
Study = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first trial of a study, in the order of its proposals, that gave something else."""

    stage: str
    component: str
    trial: str
    what: str
    """The column, such as `value` or a metric's name."""
    then: Any
    now: Any
    count: int
    """How many of the study's sample differ."""
    random: bool
    """It gives other numbers each time, also alone; else what ran before it in its container is seen in it."""
    order: bool = False
    """The run gave what it gives alone; in another order in one container it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What came of it; `timed` trials were killed by their timeout, which depends on the machine's load."""

    trials: int
    sample: int
    left_out: int
    """Trials that were lost: nobody knows what they give."""
    timed: int
    differences: tuple[Difference, ...]


def verify(
    path: Path,
    *,
    sample: int = SAMPLE,
    seed: int = 0,
    workers: int = 1,
    watch: Callable[[int, int], None] = lambda *_: None,
) -> Verified:
    """Evaluate a seeded sample of the run at `path` again; the run is not written to.

    `watch` is told how many of how many evaluations have ended. InputError where code, versions or data are not
    what they were: then a difference says nothing.
    """
    folder = open_run(path)
    studies, containers = read_studies(folder.path), read_containers(folder.path)
    with TrialTable.open(folder.db, readonly=True) as table:
        ids = table.columns(["trial_id", "stage", "component", "outcome"])
        chosen, left_out = _chosen(ids, sample, np.random.default_rng(seed))
        trials = [table.row(trial) for trial in chosen]
    make = registry.load("executors", "local")
    with closing(make(workers=workers)) as executor:
        _check_inputs(folder, studies, executor)
        return _Verifying(executor, studies, containers, trials, seed, watch).run(
            len(ids["trial_id"]), left_out
        )


def _chosen(ids: Mapping[str, Sequence[Any]], sample: int, rng: np.random.Generator) -> tuple[list[str], int]:
    """The ids of the sample, of each study its share and one at least; and how many trials were lost."""
    studies: dict[Study, list[str]] = {}
    lost = 0
    for trial, stage, component, outcome in zip(*ids.values(), strict=True):
        if outcome == Outcome.LOST.value:
            lost += 1
        else:
            studies.setdefault((stage, component), []).append(trial)
    total = sum(map(len, studies.values()))
    chosen: list[str] = []
    for own in studies.values():
        share = min(len(own), max(1, round(sample * len(own) / total))) if total > sample else len(own)
        chosen += [own[i] for i in sorted(rng.permutation(len(own))[:share].tolist())]
    return chosen, lost


def _check_inputs(folder: RunFolder, studies: Mapping[Study, StudySpec], executor: Executor) -> None:
    before = read_provenance(folder.provenance)
    was = before["inputs"]
    sources = {spec.component.name: spec for spec in studies.values()}
    for ticket, spec in enumerate(sources.values()):
        executor.submit(ticket, Job(function=SOURCE, argument=spec.component))
    names, found = list(sources), dict(was["code"]["components"])
    for _ in names:
        done = executor.next()
        if done.answer is None or done.answer.error is not None:
            raise (
                done.answer.error
                if done.answer and done.answer.error
                else InputError(f"components.{names[done.ticket]} cannot be loaded: {done.cause}.")
            )
        found[names[done.ticket]] = done.answer.result
    code = {"admf": code_hash(), "components": found}
    if problems := inputs_changed(
        before, {**before, "inputs": {**was, "code": code, "versions": versions()}}
    ):
        raise InputError(*problems)


@dataclass(slots=True)
class _Verifying:
    executor: Executor
    studies: Mapping[Study, StudySpec]
    containers: Mapping[Study, ContainerSpec]
    trials: Sequence[StoredTrial]
    seed: int
    watch: Callable[[int, int], None]
    _ended: int = 0

    def run(self, total: int, left_out: int) -> Verified:
        """Everything alone and shuffled; what shares a container, once more in company."""
        order = np.random.default_rng([self.seed, 1]).permutation(len(self.trials)).tolist()
        fresh = self._alone([self.trials[i] for i in order])
        company = self._in_company([self.trials[i] for i in order])
        found = []
        for study in dict.fromkeys((trial.stage, trial.component) for trial in self.trials):
            own = [trial for trial in self.trials if (trial.stage, trial.component) == study]
            if difference := self._difference(study, own, fresh, company):
                found.append(difference)
        timed = sum(trial.reason.startswith(Limit.TIME.value) for trial in self.trials)
        return Verified(
            trials=total,
            sample=len(self.trials),
            left_out=left_out,
            timed=timed,
            differences=tuple(found),
        )

    def _difference(
        self,
        study: Study,
        trials: Sequence[StoredTrial],
        fresh: Mapping[str, Ended],
        company: Mapping[str, Ended],
    ) -> Difference | None:
        moved = [(t, *d) for t in trials if (d := differing(ended_as(t), fresh[t.trial_id])) is not None]
        order = not moved
        if order:
            pairs = [(t, fresh[t.trial_id], company.get(t.trial_id, fresh[t.trial_id])) for t in trials]
            moved = [(t, *d) for t, alone, among in pairs if (d := differing(alone, among)) is not None]
        if not moved:
            return None
        first, what, then, now = moved[0]
        once, twice = (self._alone([first])[first.trial_id] for _ in range(2))
        return Difference(
            stage=study[0],
            component=study[1],
            trial=first.trial_id,
            what=what,
            then=then,
            now=now,
            count=len(moved),
            random=differing(once, twice) is not None,
            order=order,
        )

    def _alone(self, trials: Sequence[StoredTrial]) -> dict[str, Ended]:
        for ticket, trial in enumerate(trials):
            self.executor.submit(ticket, self._job([trial], Kind.ISOLATED))
        return self._gathered({ticket: [trial] for ticket, trial in enumerate(trials)})

    def _in_company(self, trials: Sequence[StoredTrial]) -> dict[str, Ended]:
        """What shares a container in the run, shuffled through one, a message a study."""
        groups: dict[Study, list[StoredTrial]] = {}
        for trial in trials:
            groups.setdefault((trial.stage, trial.component), []).append(trial)
        sent = {}
        for ticket, (study, own) in enumerate(groups.items()):
            if self.containers[study].kind is Kind.MINIMAL:
                self.executor.submit(ticket, self._job(own, Kind.MINIMAL))
                sent[ticket] = own
        return self._gathered(sent)

    def _job(self, trials: Sequence[StoredTrial], kind: Kind) -> Job:
        study = trials[0].stage, trials[0].component
        batch = Batch(
            study=self.studies[study],
            numbers=tuple(range(len(trials))),
            params=tuple(trial.params for trial in trials),
            seeds=tuple(trial.seed for trial in trials),
        )
        return Job(
            function=EVALUATE, argument=batch, container=replace(self.containers[study], kind=kind, trials=1)
        )

    def _gathered(self, sent: Mapping[int, Sequence[StoredTrial]]) -> dict[str, Ended]:
        """How each trial that was sent ended; one whose keeper was lost is left out, and so is what is handed back."""
        found: dict[str, Ended] = {}
        for _ in sent:
            done = self.executor.next()
            trials = sent[done.ticket]
            self._ended += len(trials)
            self.watch(self._ended, len(self.trials))
            if done.answer is None:
                raise AdmfError(f"{trials[0].trial_id} could not be evaluated again: {done.cause}.")
            if done.answer.error is not None or done.answer.fault:
                raise done.answer.error or AdmfError(done.answer.fault)
            if done.answer.result is not None:
                for row, number in enumerate(done.answer.result.numbers):
                    found[trials[number].trial_id] = Ended.of(done.answer.result, row)
        return found
