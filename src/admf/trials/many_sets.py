"""Many parameter sets of a component that makes them all at once."""

from __future__ import annotations

import time

import numpy as np

from admf.finance.indicators.memo import remembering
from admf.finance.simulation.targets import outside, values_of
from admf.finance.strategies.sets import Sets
from admf.model.bars import Floats
from admf.model.param_sets import ParamSets
from admf.model.trial import Batch
from admf.trials.answer import simulation_params
from admf.trials.plain import must_agree, sampled
from admf.trials.sheet import Sheet
from admf.trials.study import Study, answered

_TOGETHER = 512
"""Sets that are scored together."""


def sets_of(study: Study, batch: Batch) -> Sets | None:
    """All sets at once as the component makes them; None where it does not, or not for all of these."""
    make, defaults = study.columns, study.component.defaults
    if make is None:
        return None
    sets = ParamSets.of(batch.params)
    if simulation_params(sets.columns) or any(column.there is not None for column in sets.columns.values()):
        return None
    given = {
        name: column.values if column.options is None else column.tolist()
        for name, column in sets.columns.items()
    }
    others = {name: [value] * len(batch) for name, value in defaults.items() if name not in given}
    try:
        with remembering(study.memo):
            return make(**given, **others)
    except Exception:  # one set that is refused would take the others with it: one by one, then
        return None


def score_sets(study: Study, sets: Sets, batch: Batch, sheet: Sheet) -> None:
    """Score all sets of a batch into its sheet; sampled ones are asked and scored the plain way too."""
    n = len(batch)
    for first in range(0, n, _TOGETHER):
        rows = slice(first, min(first + _TOGETHER, n))
        began = time.perf_counter()
        sheet.around.begins(first)
        scores = study.scorer.score_sets(sets, rows.start, rows.stop, study.simulation, study.spec.warmup)
        for place in np.flatnonzero(scores.outside >= 0).tolist():
            signal = np.empty(study.bars.close.size)
            sets.write(first + place, signal)
            sheet.fail(
                first + place, outside(signal.reshape(study.bars.close.shape), int(scores.outside[place]))
            )
        for place in sampled(batch.numbers[rows]):
            if scores.outside[place] < 0:
                _compare(study, batch, first + place, scores.metrics[place])
        sheet.take_scores(rows, scores)
        sheet.durations_s[rows] = (time.perf_counter() - began) / (rows.stop - first)


def _compare(study: Study, batch: Batch, row: int, found: Floats) -> None:
    """Ask the component for one set alone, stream its signal, and hold what was found against that."""
    answer, options = answered(study, batch.params[row], int(batch.seeds[row]))
    signal = values_of(answer.signal, study.bars.close.shape).reshape(1, -1)
    plain = study.scorer.streamed.score(signal, options, study.spec.warmup)
    must_agree(found, plain.metrics[0], study, batch.numbers[row], batch.params[row])
