"""One study looked at once, for all who write about it: its plateau, its benchmark, its edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from admf.analysis.columns import numbers_in
from admf.analysis.plateau import Plateau, params_of, plateau_of
from admf.reports.comparison import benchmark_metrics
from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.numbers import is_number, value_text

STANDS, FALLS = 0.5, 0.25
"""How much of its lead over the median a plateau keeps among its neighbours, and a spike does not: our own
convention, not a test."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """`held`: the benchmark's metrics, empty where there is none. `edges`: (parameter, 'lowest' or 'highest')
    where the best set lies at the end of what was tried."""

    study: StudyFacts
    plateau: Plateau | None
    held: Mapping[str, float | None]
    edges: tuple[tuple[str, str], ...]

    @property
    def firm(self) -> bool:
        """Whether there is a plateau at all: three in four of its centre's neighbours beat the median set."""
        standing = self.plateau.standing if self.plateau is not None else None
        return standing is not None and standing > 0.0

    @property
    def on_top(self) -> bool:
        """Whether the best set is itself the centre of the plateau."""
        return self.plateau is not None and self.plateau.row == self.plateau.best_row


def look(facts: RunFacts, study: StudyFacts) -> Look:
    """A look at one study."""
    plateau = None
    if study.params and study.best is not None:
        plateau = plateau_of(
            study.columns, study.params, maximize=facts.maximize, method=study.method, scales=study.scales
        )
    return Look(
        study=study,
        plateau=plateau,
        held=benchmark_metrics(study.record, facts.benchmark),
        edges=tuple(_edges(study)),
    )


def best_value(study: StudyFacts) -> float | None:
    """The value of a study's best trial."""
    value = None if study.best is None else study.best.get("value")
    return None if value is None or value != value else float(value)


def best_study(studies: Sequence[StudyFacts], maximize: bool) -> StudyFacts | None:
    """The study with the best value, the first of equals; None where no trial has one."""
    found = [(value, study) for study in studies if (value := best_value(study)) is not None]
    if not found:
        return None
    values = [value for value, _ in found]
    return found[values.index(max(values) if maximize else min(values))][1]


def set_words(study: StudyFacts) -> str:
    """The best parameter set as 'fast 20, slow 100'; what is absent from the set is left out."""
    named = {name: study.parameter(name, study.best) for name in study.params}
    return set_text({name: value for name, value in named.items() if value is not None})


def plateau_params(found: Look) -> Mapping[str, object]:
    """The parameters of the plateau's centre; empty where there is none."""
    plateau, study = found.plateau, found.study
    return params_of(study.columns, study.params, plateau.row) if plateau is not None else {}


def trial_at(study: StudyFacts, row: int) -> str:
    """The id of the trial in a row."""
    ids = study.columns.get("trial_id", study.columns.get("proposal", ()))
    return str(ids[row]) if len(ids) > row else ""


def set_text(params: Mapping[str, object]) -> str:
    """A parameter set as 'fast 20, slow 100'."""
    return ", ".join(f"{name} {value_text(value)}" for name, value in params.items()) or "no parameters"


def _edges(study: StudyFacts) -> list[tuple[str, str]]:
    """Parameters whose best value is the least or greatest tried: the range may have cut off a better one."""
    found = []
    for name in study.params if study.best is not None else ():
        column, value = study.parameter(name), study.parameter(name, study.best)
        tried = np.unique(numbers_in(column if column is not None else ())[1])
        if len(tried) < 4 or not is_number(value):
            continue
        for edge, word in ((tried[0], "lowest"), (tried[-1], "highest")):
            if value == edge:
                found.append((name, word))
    return found
