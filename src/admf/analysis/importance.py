"""Which parameters matter to a study's scores: PED-ANOVA and Sobol indices side by side, or why there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from admf.analysis.columns import Floats, values_of
from admf.analysis.indices import Indices, indices_of
from admf.analysis.inputs import Input, input_of
from admf.analysis.ped_anova import Ranked, quantile_of, ranked
from admf.analysis.why_none import Why

_LIBRARIES = ("optuna.importance", "scipy.stats")


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """Both measures of one study. `single`: parameters of which one value was tried, in neither of them."""

    parameters: tuple[str, ...]
    single: tuple[str, ...]
    absent: tuple[str, ...]
    """Parameters that some trials do not have."""
    trials: int
    scored: int
    ranked: Ranked
    indices: Indices

    def by_importance(self) -> list[str]:
        """The parameters, the most important first: by their total index, else by their share, else as they are."""
        measure = self.indices.total or self.ranked.share
        return sorted(self.parameters, key=lambda name: -measure.get(name, -1.0))


def importance_of(
    columns: Mapping[str, Any],
    params: Sequence[str],
    *,
    maximize: bool,
    scales: Mapping[str, str] | None = None,
    constraints: Sequence[str] = (),
    seed: int = 0,
) -> Importance:
    """Which parameters matter in a trial table with a column `value`; trials without a value are left out.

    PED-ANOVA asks which parameters decide whether a set is among the best tenth. Sobol indices ask which make
    the differences between all scores, each alone (first) and with its interactions (total), with parameters
    that vary independently over what was tried: where every combination was tried, of the scores themselves;
    else of a surrogate, if it predicts well (indices.GOOD) and most combinations are known. The same answer for the
    same table and seed.
    """
    values = values_of(columns, "value")
    rows = np.flatnonzero(np.isfinite(values))
    inputs = [input_of(columns, name, len(values), (scales or {}).get(name), rows) for name in params]
    varying = [one for one in inputs if len(one) > 1]
    score = values[rows] if maximize else -values[rows]
    why = _without(params, score, varying)
    none: dict[str, float] = {}
    return Importance(
        parameters=tuple(params),
        single=tuple(one.name for one in inputs if len(one) < 2),
        absent=tuple(one.name for one in inputs if not one.present.all()),
        trials=len(values),
        scored=len(rows),
        ranked=Ranked(why=why, share=none, quantile=quantile_of(len(rows)), trials=len(rows))
        if why
        else ranked(varying, score, seed),
        indices=Indices(why=why, first=none, total=none)
        if why
        else indices_of(varying, score, len(values), constraints, seed),
    )


def load_libraries() -> None:
    """Import what this needs, which takes a second or two: for whoever waits for something else meanwhile."""
    for name in _LIBRARIES:
        import_module(name)


def _without(params: Sequence[str], score: Floats, varying: Sequence[Input]) -> Why | None:
    """Why neither measure says anything."""
    if not params:
        return Why.NO_PARAMETERS
    if not len(score):
        return Why.NO_VALUE
    if not varying:
        return Why.NONE_VARIES
    if len(varying) == 1:
        return Why.ONE_VARIES
    return Why.ALIKE if score.min() == score.max() else None
