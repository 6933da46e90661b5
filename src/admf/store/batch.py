"""A batch of outcomes as the cells of the trial table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from admf.errors import RunError, nearest
from admf.model.same import Same
from admf.model.trial import Outcome, Outcomes, Params
from admf.store.batch_cells import NULLS, BatchCells, Coded, Numbers, coded, floats
from admf.store.cells import Cell, clean
from admf.store.own_metrics import OwnMetrics, undefined_cells
from admf.store.parameter_cells import parameter_cells
from admf.store.schema import Layout
from admf.store.studies import PROPOSAL

INFINITE_VALUE = "the value is infinite"
"""Why an infinite value is null."""


def batch_cells(
    layout: Layout,
    component: str,
    params: Sequence[Params],
    seeds: Sequence[int] | NDArray[np.int64],
    outcomes: Outcomes,
) -> BatchCells:
    """The rows of a batch as far as they do not depend on what is in the file: `trials` are the proposals' numbers.

    Raises RunError where lengths, metrics or parameters are not those of the table, InputError where a
    parameter's value cannot be kept.
    """
    n = len(outcomes)
    if len(params) != n or len(seeds) != n:
        raise RunError(
            f"a batch of {n} outcomes must have {n} sets and seeds, has {len(params)} and {len(seeds)}."
        )
    own = OwnMetrics.of(outcomes.extra, list(layout.metrics))
    metrics = own.merged(_metrics(outcomes, list(layout.metrics)))
    infinite, infinite_values = np.isinf(metrics), np.isinf(outcomes.values)
    reasons = _texts(outcomes.reasons, n)
    return BatchCells(
        trials=_proposals(outcomes.numbers),
        others={
            "outcome": _outcomes(outcomes.outcomes, n),
            "reason": reasons.filled(infinite_values, INFINITE_VALUE) if infinite_values.any() else reasons,
            "undefined": undefined_cells(outcomes.undefined, infinite, list(layout.metrics), own),
            "detail": _texts(outcomes.details, n),
            "extra": own.cells(),
            "value": floats(np.where(infinite_values, np.nan, outcomes.values)),
            "seed": Numbers(np.asarray(seeds, np.int64)),
            "duration_s": floats(np.asarray(outcomes.durations_s, np.float64)),
            "peak_memory_mb": floats(np.asarray(outcomes.peak_memory_mb, np.float64)),
            **parameter_cells(layout, component, params),
        },
        metrics=np.where(infinite, np.nan, metrics) if infinite.any() else metrics,
        own_metrics=own.names,
    )


def _proposals(numbers: Sequence[int]) -> NDArray[np.int64]:
    found: NDArray[np.int64]
    if isinstance(numbers, range):
        found = np.arange(numbers.start, numbers.stop, numbers.step, dtype=np.int64)
    else:
        found = np.asarray(numbers, dtype=np.int64)
    if found.min() < 0 or found.max() > PROPOSAL:
        raise RunError(f"a proposal's number must be 0 to {PROPOSAL}, was {found.min()} to {found.max()}.")
    return found


def _outcomes(outcomes: Sequence[Outcome], n: int) -> Coded:
    """NULL where scored: nearly all are."""
    if isinstance(outcomes, Same) or outcomes.count(outcomes[0]) == n:
        return Coded((_outcome(outcomes[0]),))
    return coded([_outcome(outcome) for outcome in outcomes])


def _outcome(outcome: Outcome) -> Cell:
    return None if outcome is Outcome.SCORED else outcome.value


def _texts(texts: Sequence[str], n: int) -> Coded:
    if isinstance(texts, Same):
        return Coded((clean(texts.value) or None,))
    if len(texts) < n or not any(texts):  # `details` may be left out
        return NULLS
    return coded([clean(text) or None for text in texts])


def _metrics(outcomes: Outcomes, names: list[str]) -> NDArray[np.float64]:
    """Metrics by the table's names, NaN where the batch is without one."""
    if list(outcomes.metric_names) == names:
        return np.asarray(outcomes.metrics, np.float64)
    unknown = [name for name in outcomes.metric_names if name not in names]
    if unknown:
        raise RunError(f"'{unknown[0]}' must be a metric of this run. {nearest(unknown[0], names)}")
    metrics = np.full((len(outcomes), len(names)), np.nan)
    metrics[:, [names.index(name) for name in outcomes.metric_names]] = outcomes.metrics
    return metrics
