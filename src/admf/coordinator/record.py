"""A run's books: where outcomes and decisions go, and what of a study is there already."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.coordinator.begin import Begun
from admf.coordinator.books import StudyEnd, Telling
from admf.coordinator.sessions import BEGINS, CLOCK, OVER, SKIPPED, TOLD
from admf.coordinator.study_front import front_in
from admf.model.space import Choice, Domain, Integer, Parameter
from admf.model.trial import Outcome, Outcomes, Params
from admf.plan.opening import Standing
from admf.plan.plan import Plan, StudyPlan
from admf.store.cells import Kind
from admf.store.recorded import Recorded
from admf.store.run_log import RunLog
from admf.store.trial_table import StoredTrial, TrialTable
from admf.trials.worth import worth_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBooks:
    """Books in the run's file. `whole`: lets no signal in between; `say` hears of every study that is over."""

    table: TrialTable
    log: RunLog
    whole: Callable[[], AbstractContextManager[None]]
    say: Callable[[StudyPlan, StudyEnd], None] = lambda *_: None

    def record(
        self, study: StudyPlan, params: Sequence[Params], seeds: NDArray[np.int64], outcomes: Outcomes, /
    ) -> None:
        """Keep the outcomes of some trials, whole or not at all."""
        with self.whole():
            self.table.write(
                stage_number=study.stage_number,
                stage=study.stage,
                component=study.component,
                regime=study.regime,
                window=study.window,
                params=params,
                seeds=seeds,
                outcomes=outcomes,
                container=study.container.kind.value,
                path="plain",
            )

    def recall(self, study: StudyPlan, /) -> Recorded:
        """What the table holds of a study."""
        return Recorded(
            table=self.table,
            stage_number=study.stage_number,
            component=study.component,
            regime=study.regime,
            window=study.window,
            metrics=worth_of(study.spec.objective, maximize=study.maximize).columns,
        )

    def standing(self, studies: Sequence[StudyPlan], /) -> Standing:
        """What some studies came to; `best` in the direction of the first."""
        bests = [best for study in studies if (best := self._best(study)) is not None]
        counts = [self.table.count(**_of(study)) for study in studies]
        trials = sum(sum(count.values()) for count in counts)
        values = [best.value for best in bests if best.value is not None]
        pick = max if not studies or studies[0].maximize else min
        return Standing(
            passed=len(bests),
            trials=trials,
            failed=trials - sum(count[Outcome.SCORED] for count in counts),
            best=pick(values) if values else None,
        )

    def top(self, study: StudyPlan, n: int, /) -> list[Params]:
        """A study's best sets, the best first; of several objectives those of the front."""
        if several := study.spec.objective.several:
            front = front_in(self.table, several, study.stage, study.component)
            return [self.table.row(one).params for one in front.ids[:n]] if front is not None else []
        return [one.params for one in self.table.top(n, maximize=study.maximize, **_of(study))]

    def begun(self, study: StudyPlan, how: Begun, /) -> None:
        """Note that a study begins, or why it does not."""
        kind = BEGINS if how.searching is not None else SKIPPED
        method = {"method": how.searching.method} if how.searching is not None else {}
        self._note(kind, study, why=list(how.why), **method)

    def over(self, study: StudyPlan, end: StudyEnd, /) -> None:
        """Note that a study is over."""
        self._note(
            OVER,
            study,
            trials=end.trials,
            best=end.best,
            params=dict(end.best_params) if end.best_params is not None else None,
            why=end.why,
            notes=list(end.notes),
            counts=dict(end.counts),
        )
        self.say(study, end)

    def tellings(self, study: StudyPlan, /) -> Mapping[int, Telling]:
        """What the search of an asynchronous study was told, by how much it had proposed."""
        said = [event.data for event in self.log.events(kind=TOLD) if _names(event.data, study)]
        return {
            data["asked"]: Telling(
                asked=data["asked"], pending=tuple(data["pending"]), late=tuple(data["late"])
            )
            for data in said
        }

    def told(self, study: StudyPlan, telling: Telling, /) -> None:
        """Note what an asynchronous search is told."""
        with self.whole():
            self.log.append(TOLD, {**_of(study), **asdict(telling)})

    def stopped_at(self, study: StudyPlan, /) -> int | None:
        """After how many proposals the clock ended a study before; None: it did not."""
        found = [event.data["told"] for event in self.log.events(kind=CLOCK) if _names(event.data, study)]
        return int(found[-1]) if found else None

    def stop(self, study: StudyPlan, told: int, /) -> None:
        """Note that the clock ends a study after so many proposals."""
        self._note(CLOCK, study, told=told)

    def _best(self, study: StudyPlan) -> StoredTrial | None:
        return self.table.best(maximize=study.maximize, **_of(study))

    def _note(self, kind: str, study: StudyPlan, **more: Any) -> None:
        """Once, however often a run is resumed."""
        if any(_names(event.data, study) for event in self.log.events(kind=kind)):
            return
        with self.whole():
            self.log.append(kind, {**_of(study), **more})


def _of(study: StudyPlan) -> dict[str, Any]:
    return {"stage": study.stage, "component": study.component, "window": study.window}


def _names(data: Any, study: StudyPlan) -> bool:
    return all(data[name] == value for name, value in _of(study).items())


def parameter_kinds(plan: Plan) -> dict[str, dict[str, Kind]]:
    """The type of each component's parameters in the trial table."""
    kinds: dict[str, dict[str, Kind]] = {}
    for study in plan.studies:
        kinds.setdefault(study.component, {}).update({p.name: _kind(p) for p in study.space.parameters})
    return kinds


def _kind(parameter: Parameter) -> Kind:
    domain: Domain = parameter.domain
    if isinstance(domain, Integer):
        return "int"
    if not isinstance(domain, Choice):
        return "float"
    types = {type(value) for value in domain.options}
    names: dict[type, Kind] = {bool: "bool", int: "int", float: "float", str: "text"}
    return names.get(types.pop(), "json") if len(types) == 1 else "json"
