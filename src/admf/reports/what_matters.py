"""What matters: bars of each parameter's importance, and what one step from the best set costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from admf.analysis.importance import Importance, importance_of
from admf.analysis.neighbours import DOWN, OTHER, UP, Step, Steps, steps_from
from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.importance_words import left_out_words, ped_words, sobol_words
from admf.reports.numbers import percent, value_text
from admf.reports.step_words import NO_VALUE, NOT_TRIED, change_text, worst_sentence
from admf.reports.table import best_row

MOST_OTHERS = 4
END = "end of the search"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One parameter: text and length in [0, 1] of its share, and of its first-order and total index; None: none."""

    name: str
    share: tuple[str, float] | None
    chance: bool
    """Whether its share is no more than shuffled scores give."""
    first: tuple[str, float] | None
    total: tuple[str, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCell:
    """What one step leads to and changes; `heat` is the loss in spreads, in [-1, 1], None where there is none."""

    to: str
    change: str
    heat: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatMatters:
    """`bars` by importance, none where neither measure says anything; `steps`: a row per parameter or other value."""

    bars: tuple[Bar, ...]
    ranked: bool
    indices: bool
    words: tuple[str, ...]
    steps: tuple[tuple[str, tuple[StepCell, ...]], ...]
    worst: str


def importance_in(facts: RunFacts, study: StudyFacts) -> Importance:
    """How much each parameter of a study matters."""
    return importance_of(
        study.columns,
        study.params,
        maximize=facts.maximize,
        scales=study.scales,
        constraints=study.constraints,
    )


def what_matters(facts: RunFacts, study: StudyFacts) -> WhatMatters | None:
    """The section of one study; None where no trial has a value, or there are no parameters."""
    row = best_row(study)
    if row is None or not study.params:
        return None
    found = importance_in(facts, study)
    steps = steps_from(study.columns, study.params, row, maximize=facts.maximize, scales=study.scales)
    told = steps is not None and any(one.row is not None for one in steps.steps)
    return WhatMatters(
        bars=tuple(_bars(found)),
        ranked=found.ranked.why is None,
        indices=found.indices.why is None,
        words=(*_of_first(facts), *_words(found, study.method)),
        steps=tuple(_rows(facts.objective, steps)) if told and steps is not None else (),
        worst=worst_sentence(facts.objective, steps, maximize=facts.maximize) if steps is not None else "",
    )


def largest_drop(facts: RunFacts, study: StudyFacts) -> str:
    """The step from the best set that costs most, in a sentence; '' where none was tried or none costs anything."""
    row = best_row(study)
    if row is None:
        return ""
    found = steps_from(study.columns, study.params, row, maximize=facts.maximize, scales=study.scales)
    return "" if found is None else worst_sentence(facts.objective, found, maximize=facts.maximize)


def _of_first(facts: RunFacts) -> tuple[str, ...]:
    """Of several objectives, which one it is about."""
    if not facts.several:
        return ()
    return (f"Of {len(facts.several)} objectives this is about the first, {facts.objective}.",)


def _words(found: Importance, method: str) -> tuple[str, ...]:
    same = found.ranked.why is not None and found.ranked.why is found.indices.why
    both = [ped_words(found).replace("No PED-ANOVA,", "Neither PED-ANOVA nor Sobol indices,")]
    words = [*(both if same else [ped_words(found), sobol_words(found)]), left_out_words(found, method)]
    return tuple(text for text in words if text)


def _bars(found: Importance) -> list[Bar]:
    share, first, total = found.ranked.share, found.indices.first, found.indices.total
    return [
        Bar(
            name=name,
            share=(percent(share[name]), _length(share[name])) if name in share else None,
            chance=name in found.ranked.chance,
            first=_index(first[name]) if name in first else None,
            total=_index(total[name]) if name in total else None,
        )
        for name in found.by_importance()
        if name in share or name in total
    ]


def _index(value: float) -> tuple[str, float]:
    """An estimate that lies a little below 0 is 0."""
    return f"{max(value, 0.0):.2f}", _length(value)


def _length(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 4)


def _rows(objective: str, found: Steps) -> list[tuple[str, tuple[StepCell, ...]]]:
    """Down and up of each number, one cell for each other value of a choice."""
    rows = []
    ends = {name for name, _ in found.ends}
    names = list(dict.fromkeys([*(one.parameter for one in found.steps), *ends]))
    for name in names:
        steps = [one for one in found.steps if one.parameter == name]
        others = [one for one in steps if one.step == OTHER]
        if others:
            rows += _choices(objective, name, others)
        else:
            by = {one.step: one for one in steps}
            rows.append((name, tuple(_cell(objective, by.get(way)) for way in (DOWN, UP))))
    return rows


def _choices(objective: str, name: str, others: Sequence[Step]) -> list[tuple[str, tuple[StepCell, ...]]]:
    told = sorted((one for one in others if one.loss is not None), key=lambda one: one.loss or 0.0)
    if not told:
        return [(name, (StepCell(to="other values", change=NOT_TRIED, heat=None),))]
    return [(name, (_cell(objective, one),)) for one in told[:MOST_OTHERS]]


def _cell(objective: str, step: Step | None) -> StepCell:
    if step is None:
        return StepCell(to="", change=END, heat=None)
    to = f"to {value_text(step.at)}"
    if step.row is None or step.change is None:
        return StepCell(to=to, change=NOT_TRIED if step.row is None else NO_VALUE, heat=None)
    heat = None if step.relative is None else round(min(max(step.relative, -1.0), 1.0), 3)
    return StepCell(to=to, change=change_text(objective, step.change), heat=heat)
