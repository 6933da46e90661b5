"""Trials of a run evaluated again: each alone in a fresh container, or those of a study in one that they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from admf.containers.job import EVALUATE, Job
from admf.coordinator.again import Ended
from admf.coordinator.sample import Study, study_of
from admf.coordinator.state import LOSSES_MOST, lost_reason
from admf.errors import AdmfError
from admf.executors.protocol import Executor
from admf.model.container import ContainerSpec, Kind
from admf.model.trial import Batch, StudySpec
from admf.store.trial_table import StoredTrial

Trials = Sequence[StoredTrial]
Endings = dict[str, Ended]
"""How trials ended, by their ids."""


@dataclass(slots=True, kw_only=True)
class Again:
    """`watch` is told how many of the evaluations that are expected have ended."""

    executor: Executor
    studies: Mapping[Study, StudySpec]
    containers: Mapping[Study, ContainerSpec]
    watch: Callable[[int, int], None] = lambda *_: None
    _ended: int = field(default=0, init=False)
    _expected: int = field(default=0, init=False)
    _tickets: int = field(default=0, init=False)

    def expect(self, evaluations: int) -> None:
        """So many will be asked for; what is asked for beyond is not told."""
        self._expected += evaluations

    def alone(self, trials: Trials) -> Endings:
        """Each in a container in which nothing else has been, in the order given."""
        return self._gathered([([trial], Kind.ISOLATED) for trial in trials])

    def in_company(self, trials: Trials) -> Endings:
        """Those of each study one after the other in one container, in the order given.

        No container sees two studies. One whose trial takes the container with it goes on in another.
        """
        studies: dict[Study, list[StoredTrial]] = {}
        for trial in trials:
            studies.setdefault(study_of(trial), []).append(trial)
        groups, found = list(studies.values()), Endings()
        for first in range(0, len(groups), self.executor.slots):
            self.executor.renew()
            found |= self._gathered(
                [(own, Kind.MINIMAL) for own in groups[first : first + self.executor.slots]]
            )
        return found

    def _gathered(self, groups: Sequence[tuple[Trials, Kind]]) -> Endings:
        """How they ended. AdmfError where a container fails outside of any trial, or is lost again and again."""
        sent = {self._submit(trials, kind): (trials, kind, 1) for trials, kind in groups}
        found = Endings()
        while sent:
            done = self.executor.next()
            trials, kind, times = sent.pop(done.ticket)
            if done.answer is None:
                if times == LOSSES_MOST:
                    raise AdmfError(f"{trials[0].trial_id} could not be evaluated again: {done.cause}.")
                sent[self._submit(trials, kind)] = trials, kind, times + 1
                continue
            if done.answer.error is not None or done.answer.fault:
                raise done.answer.error or AdmfError(
                    f"a container failed outside of any trial:\n{done.answer.fault}"
                )
            if (outcomes := done.answer.result) is not None:
                for row, number in enumerate(outcomes.numbers):
                    one, ended = trials[number], Ended.of(outcomes, row)
                    if ended.is_lost and times < LOSSES_MOST:
                        sent[self._submit([one], Kind.ISOLATED)] = [one], Kind.ISOLATED, times + 1
                        continue
                    reason = lost_reason(ended.reason) if ended.is_lost else ended.reason
                    found[one.trial_id] = replace(ended, reason=reason)
                    self._tell()
            for start, stop, alone in done.answer.left:
                rest, how = trials[start:stop], Kind.ISOLATED if alone else kind
                sent[self._submit(rest, how)] = rest, how, 1
        return found

    def _submit(self, trials: Trials, kind: Kind) -> int:
        study = study_of(trials[0])
        batch = Batch(
            study=self.studies[study],
            numbers=range(len(trials)),
            params=tuple(trial.params for trial in trials),
            seeds=np.array([trial.seed for trial in trials], np.int64),
        )
        container = replace(self.containers[study], kind=kind, trials=1, recycle=None)
        self._tickets += 1
        self.executor.submit(self._tickets, Job(function=EVALUATE, argument=batch, container=container))
        return self._tickets

    def _tell(self) -> None:
        self._ended += 1
        if self._ended <= self._expected:
            self.watch(self._ended, self._expected)
