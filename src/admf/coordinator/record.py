"""Between the driver and the store: where outcomes go, and what of a study is there already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admf.model.space import Choice, Domain, Integer, Parameter
from admf.model.trial import Outcomes, Params
from admf.plan.plan import Plan, StudyPlan
from admf.store.cells import Kind
from admf.store.recorded import Recorded
from admf.store.trial_table import TrialTable
from admf.trials.worth import worth_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """A Record: writes batches to the table, each whole whatever signal comes."""

    table: TrialTable
    whole: Callable[[], AbstractContextManager[None]]

    def __call__(
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

    def recall(self, study: StudyPlan) -> Recorded:
        """What the table holds of a study."""
        return Recorded(
            table=self.table,
            stage_number=study.stage_number,
            component=study.component,
            regime=study.regime,
            window=study.window,
            metrics=worth_of(study.spec.objective, maximize=study.maximize).columns,
        )


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
