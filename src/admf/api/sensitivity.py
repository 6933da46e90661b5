"""Importance and sensitivity of a study as frames: a row per parameter, a row per step from a set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from admf.analysis.neighbours import Step, Steps, steps_from
from admf.analysis.plateau import selected_row
from admf.api.frames import frame
from admf.errors import InputError, Problem, nearest
from admf.reports.facts import RunFacts, StudyFacts
from admf.reports.importance_words import notes_of
from admf.reports.step_words import end_sentence, step_sentence
from admf.reports.what_matters import importance_in

AROUND = ("best", "plateau")


def importance_frame(facts: RunFacts, study: StudyFacts, *, polars: bool) -> Any:
    """See `Study.importance`."""
    found = importance_in(facts, study)
    notes, names = notes_of(found), found.by_importance()
    numbers = {
        "ped_anova": found.ranked.share, "sobol_first": found.indices.first, "sobol_total": found.indices.total,
    }  # fmt: skip
    columns = {key: _floats([of.get(name) for name in names], polars) for key, of in numbers.items()}
    return frame({"parameter": names, **columns, "note": [notes[name] for name in names]}, polars=polars)


def sensitivity_frame(facts: RunFacts, study: StudyFacts, around: str, *, polars: bool) -> Any:
    """See `Study.sensitivity`."""
    if around not in AROUND:
        raise InputError(
            Problem(
                says=f"around must be best or plateau, was {around!r}.", hint=nearest(str(around), AROUND)
            )
        )
    row = selected_row(
        study.columns, study.params, around, maximize=facts.maximize, method=study.method, scales=study.scales
    )
    found = None
    if row is not None:
        found = steps_from(study.columns, study.params, row, maximize=facts.maximize, scales=study.scales)
    if found is None:
        return None
    return _steps_frame(facts, study, found, polars=polars)


def _steps_frame(facts: RunFacts, study: StudyFacts, found: Steps, *, polars: bool) -> Any:
    rows = [_row(facts, study, one) for one in found.steps]
    rows += [
        {"parameter": name, "step": step, "to": None, "says": end_sentence(name, step)}
        for name, step in found.ends
    ]
    place = {name: i for i, name in enumerate(study.params)}
    rows.sort(key=lambda row: place[row["parameter"]])
    texts = {key: [row.get(key) for row in rows] for key in ("parameter", "step", "to")}
    numbers = {
        key: _floats([row.get(key) for row in rows], polars) for key in ("value", "change", "relative")
    }
    ends = {key: [row.get(key) for row in rows] for key in ("trial_id", "says")}
    # Values of several parameters share a column: Polars gives it one type, pandas would make whole numbers floats.
    to: Any = [None if one is None else str(one) for one in texts["to"]]
    if not polars:
        to = np.empty(len(rows), dtype=object)
        to[:] = texts["to"]
    return frame({**texts, "to": to, **numbers, **ends}, polars=polars)


def _row(facts: RunFacts, study: StudyFacts, one: Step) -> Mapping[str, Any]:
    return {
        "parameter": one.parameter,
        "step": one.step,
        "to": one.at,
        "value": one.value,
        "change": one.change,
        "relative": None if one.relative is None else 0.0 - one.relative,
        "trial_id": None if one.row is None else str(study.columns["trial_id"][one.row]),
        "says": step_sentence(facts.objective, one, maximize=facts.maximize),
    }


def _floats(values: Sequence[float | None], polars: bool) -> Any:
    """Numbers as a frame has them: NaN for none in pandas, null in Polars."""
    return list(values) if polars else np.array(values, dtype=np.float64)
