"""Whether a run's trials give the same numbers again: evaluated in another order, each in a container of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from admf.config.config import Config
from admf.containers.job import SOURCE, Job
from admf.coordinator.again import Ended, differing, ended_as
from admf.coordinator.carry_out import Watcher, warmed
from admf.coordinator.configured_executor import make_executor
from admf.coordinator.evaluate_again import Again
from admf.coordinator.kept import provenance_of
from admf.coordinator.read_again import config_as_run, mined_again
from admf.coordinator.sample import Sample, Study, draw, study_of
from admf.errors import AdmfError, InputError
from admf.executors.protocol import Executor
from admf.model.container import ContainerSpec, Kind
from admf.model.trial import StudySpec
from admf.plan.studies_file import read_containers, read_kept, read_studies, study_key
from admf.store.changed import inputs_changed
from admf.store.provenance import read_provenance
from admf.store.run_folder import open_run
from admf.store.trial_table import StoredTrial, TrialTable

SAMPLE = 100


class Cause(Enum):
    """Why a trial gave something else."""

    LEAK = "leak"
    """Alone it gives the same each time, and something else in the run, where it shared its container."""
    LEAK_IN_ORDER = "leak in another order"
    """In the run it gave what it gives alone; after other trials in one container it does not."""
    RANDOM = "random"
    """Alone it gives something else each time."""
    CHANGED = "changed"
    """Alone it gives the same each time, and in the run, where it was alone too, it gave something else."""
    MACHINE = "machine"
    """It was lost, or killed for what depends on the machine and its load, once and not the other time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first trial of a study, in the table's order, that gave something else."""

    stage: str
    component: str
    trial: str
    what: str
    """`outcome`, `reason`, or a metric's name; the objective's where the value differs."""
    then: Any
    """In the run; of LEAK_IN_ORDER after other trials in one container."""
    now: Any
    """Alone in a fresh container."""
    count: int
    """How many of the study's sample differ."""
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What came of it: of `trials` in the run `sample` were evaluated again."""

    trials: int
    sample: int
    left_out: int
    """Trials that were lost: nobody knows what they give."""
    timed: int
    """Those of the sample whose end depends on the machine's load: killed by their timeout, say."""
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifying:
    """How much is looked at again, in which order, in how many containers at once (None: as in the run)."""

    sample: int = SAMPLE
    seed: int = 0
    workers: int | None = None


def verify(
    path: Path,
    verifying: Verifying | None = None,
    *,
    watcher: Watcher | None = None,
    watch: Callable[[int, int], None] = lambda *_: None,
) -> Verified:
    """Evaluate a seeded sample of the run at `path` again; the run is not written to.

    `watch` is told how many of how many evaluations have ended. InputError where config, code, versions or data
    are not what they were: then a difference says nothing. RunError where there is no run.
    """
    verifying, watcher = verifying or Verifying(), watcher or Watcher()
    folder = open_run(path)
    with TrialTable.open(folder.db, readonly=True) as table:
        sample = draw(table, verifying.sample, verifying.seed)
    watcher.doing("Reading the data.")
    before, kept = read_provenance(folder.provenance), read_kept(folder.path)
    config = config_as_run(folder, kept, before)
    mined = mined_again(folder, config, kept)
    with closing(_executor(config, verifying.workers)) as executor:
        warmed(executor, watcher)
        watcher.doing("Comparing everything with what it was when the run began.")
        specs = {key: replace(s, bars=str(mined.folder)) for key, s in read_studies(folder.path).items()}
        sources = _sources(executor, specs)
        if problems := inputs_changed(before, provenance_of(config, mined, sources)):
            raise InputError(*problems)
        watcher.doing("Evaluating trials again.")
        containers = read_containers(folder.path)
        again = Again(executor=executor, studies=specs, containers=containers, watch=watch)
        return _Comparison(
            again=again,
            shared=_shared(config, containers),
            objectives={study_key(raw): raw["objective"] for raw in kept.studies},
            sample=sample,
            seed=verifying.seed,
        ).verified()


def _executor(config: Config, workers: int | None) -> Executor:
    """Containers on this machine, whatever the run was begun with: inline there are none."""
    execution = config.execution
    return make_executor(
        replace(config, execution=replace(execution, executor="local", workers=workers or execution.workers))
    )


def _shared(config: Config, containers: Mapping[Study, ContainerSpec]) -> frozenset[Study]:
    """The studies in which one trial ran where another had been."""
    inline = config.execution.executor == "inline"
    return frozenset(
        study for study, spec in containers.items() if inline or spec.kind is Kind.MINIMAL or spec.trials > 1
    )


def _sources(executor: Executor, specs: Mapping[Study, StudySpec]) -> dict[str, str]:
    """The hash of each component's code as it is now."""
    components = {spec.component.name: spec.component for spec in specs.values()}
    for ticket, component in enumerate(components.values()):
        executor.submit(ticket, Job(function=SOURCE, argument=component))
    names, found = list(components), {}
    for _ in names:
        done = executor.next()
        name = names[done.ticket]
        if done.answer is None:
            raise InputError(f"the container of '{name}' died while it was loaded: {done.cause}.")
        if done.answer.error is not None:
            raise done.answer.error
        if done.answer.fault:
            raise AdmfError(f"components.{name} could not be loaded:\n{done.answer.fault}")
        found[name] = done.answer.result
    return found


Moved = tuple[StoredTrial, str, Any, Any]
"""A trial, the column that is not equal, and what it was and is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    again: Again
    shared: frozenset[Study]
    objectives: Mapping[Study, str]
    sample: Sample = field(repr=False)
    seed: int

    def verified(self) -> Verified:
        """Everything alone and shuffled; what shared a container, once more in company."""
        trials = self.sample.trials
        order = np.random.default_rng([self.seed, 1]).permutation(len(trials)).tolist()
        shuffled = [trials[i] for i in order]
        in_company = [t for t in shuffled if study_of(t) in self.shared]
        self.again.expect(len(shuffled) + len(in_company))
        alone, company = self.again.alone(shuffled), self.again.in_company(in_company)
        found = []
        for study in dict.fromkeys(map(study_of, trials)):
            own = [trial for trial in trials if study_of(trial) == study]
            in_run = self._moved(own, {t.trial_id: ended_as(t) for t in own}, alone)
            if moved := in_run or self._moved(own, company, alone):
                found.append(self._difference(study, moved, alone, in_order=not in_run))
        return Verified(
            trials=self.sample.total,
            sample=len(trials),
            left_out=self.sample.lost,
            timed=sum(ended_as(trial).of_machine for trial in trials),
            differences=tuple(found),
        )

    def _moved(
        self, trials: Sequence[StoredTrial], then: Mapping[str, Ended], alone: Mapping[str, Ended]
    ) -> list[Moved]:
        """What is not equal; last what the machine may be why of."""
        moved, of_machine = list[Moved](), list[Moved]()
        for trial in trials:
            before, now = then.get(trial.trial_id), alone[trial.trial_id]
            if before is not None and (difference := differing(before, now)) is not None:
                some = of_machine if before.of_machine or now.of_machine else moved
                some.append((trial, *difference))
        return moved + of_machine

    def _difference(
        self, study: Study, moved: Sequence[Moved], alone: Mapping[str, Ended], *, in_order: bool
    ) -> Difference:
        trial, what, then, now = moved[0]
        return Difference(
            stage=study[0],
            component=study[1],
            trial=trial.trial_id,
            what=self.objectives[study] if what == "value" else what,
            then=then,
            now=now,
            count=len(moved),
            cause=self._cause(trial, alone[trial.trial_id], in_order=in_order),
        )

    def _cause(self, trial: StoredTrial, first: Ended, *, in_order: bool) -> Cause:
        """Asked alone twice more: what differs then depends on no other trial."""
        endings = [first, *(self.again.alone([trial])[trial.trial_id] for _ in range(2))]
        if ended_as(trial).of_machine or any(ended.of_machine for ended in endings):
            return Cause.MACHINE
        if any(differing(first, other) is not None for other in endings[1:]):
            return Cause.RANDOM
        if in_order:
            return Cause.LEAK_IN_ORDER
        return Cause.LEAK if study_of(trial) in self.shared else Cause.CHANGED
