"""From a trial's metrics to the one value that the search compares, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.errors import ComponentError, ConfigError, Problem, TrialError, nearest
from admf.finance.metrics.table import METRICS
from admf.model.bars import Floats
from admf.model.space.expression import Expression, parse
from admf.model.trial import ComponentSpec, ObjectiveSpec
from admf.trials.component import load_component

METRIC_NAMES = tuple(metric.name for metric in METRICS)
RUINED = "ruined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """How metrics become a value; `maximize` says which way is better."""

    spec: ObjectiveSpec
    maximize: bool
    constraints: tuple[Expression, ...]
    custom: Callable[[Mapping[str, float | None]], Any] | None = None

    def values(
        self, names: Sequence[str], metrics: Floats, ruined: NDArray[np.bool_], asked: Floats | None = None
    ) -> tuple[Floats, dict[int, str]]:
        """Values (n,), NaN where null, and the reason of each null by its row.

        `names` are the columns of `metrics` (n, M); `asked` (n,) is what a custom objective answered, where it is one.
        A ruined trial, an unmet constraint or an undefined
        metric is infeasible: null, never 0 or infinity.
        """
        columns = {name: metrics[:, i] for i, name in enumerate(names)}
        values = asked.copy() if asked is not None else self._raw(columns, metrics)
        reasons = dict.fromkeys(ruined.nonzero()[0].tolist(), RUINED)
        for constraint in self.constraints:
            met = constraint.columns({name: columns[name] for name in constraint.names})
            for i in (~met).nonzero()[0].tolist():
                reasons.setdefault(i, f"constraint: {constraint}")
        for name, column in ((self.name, values), *((name, columns[name]) for name, _ in self.spec.several)):
            for i in (~np.isfinite(column)).nonzero()[0].tolist():
                reasons.setdefault(i, f"undefined: {name}")
        values[list(reasons)] = np.nan
        return values, reasons

    @property
    def name(self) -> str:
        """What is sought, in words; of several objectives the first, which is the value."""
        if self.custom is not None and self.spec.custom is not None:
            return self.spec.custom.use or self.spec.custom.name
        if self.spec.several:
            return self.spec.several[0][0]
        return self.spec.metric or " + ".join(f"{w:g} {m}" for m, w in self.spec.weighted)

    def _raw(self, columns: Mapping[str, Floats], metrics: Floats) -> Floats:
        if self.spec.weighted:
            total = np.zeros(len(metrics))
            for name, weight in self.spec.weighted:
                total += weight * columns[name]
            return total
        return columns[self.name].copy()

    def ask(self, row: Mapping[str, float]) -> float:
        """What the custom objective says of one trial's metrics (NaN: null); raises what it raises."""
        if self.custom is None:
            raise TrialError(f"{self.name} is a metric, not a function.")
        value = self.custom({k: v if isfinite(v) else None for k, v in row.items()})
        return float("nan") if value is None else float(value)


def named(spec: ObjectiveSpec) -> tuple[str, ...]:
    """The metrics that an objective names."""
    if spec.metric and spec.custom is None:
        return (spec.metric,)
    return tuple(name for name, _ in (*spec.weighted, *spec.several))


def make_objective(spec: ObjectiveSpec, extra: Sequence[str] = ()) -> Objective:
    """The objective behind `spec`; ConfigError names a metric that is none, with the nearest.

    `extra` are metrics that the component returns itself: they need a direction.
    """
    names = (*METRIC_NAMES, *extra)
    asked = named(spec)
    problems = [
        Problem(where="objective.metric", says=f"no metric is called '{name}'.", hint=nearest(name, names))
        for name in asked
        if name not in names
    ]
    problems += [
        Problem(
            where="objective.metric",
            says=f"the weight of {name} must be {'positive' if better else 'negative'}, was {weight:g}.",
            hint="The weighted sum is maximised.",
        )
        for name, weight in spec.weighted
        if (better := _direction(name)) is not None and (weight > 0) != better and spec.maximize is not False
    ]
    constraints = tuple(parse(text) for text in spec.constraints)
    problems += [
        Problem(
            where="objective.constraints",
            says=f"'{c}' names '{n}', which is no metric.",
            hint=nearest(n, names),
        )
        for c in constraints
        for n in c.names
        if n not in names
    ]
    maximize = spec.several[0][1] if spec.several else spec.maximize
    if maximize is None and not problems:
        if spec.metric and spec.custom is None:
            maximize = _direction(spec.metric)
        else:
            maximize = True
        if maximize is None:
            says = f"'{spec.metric}' has no better side."
            problems.append(
                Problem(where="objective.direction", says=says, hint="Say direction: maximize or minimize.")
            )
    if problems:
        raise ConfigError(*problems)
    custom = _custom(spec.custom) if spec.custom is not None else None
    return Objective(spec=spec, maximize=bool(maximize), constraints=constraints, custom=custom)


def _custom(spec: ComponentSpec) -> Callable[[Mapping[str, float | None]], Any]:
    """The user's own objective; what cannot be found is placed where the config names it."""
    try:
        made: Callable[[Mapping[str, float | None]], Any] = load_component(spec).make({})
    except ComponentError as error:
        use, where = f"{spec.name}.use", "objective.metric"
        raise ComponentError(
            *(replace(p, where=where if p.where in (use, "") else p.where) for p in error.problems)
        ) from error
    return made


def _direction(name: str) -> bool | None:
    return next((metric.maximize for metric in METRICS if metric.name == name), None)
