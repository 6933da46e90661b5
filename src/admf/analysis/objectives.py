"""Several objectives as a study's trial table has them: the values of each trial, and the front of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from admf.analysis.columns import Floats, values_of
from admf.analysis.pareto import Front, front_of

Objectives = Sequence[tuple[str, bool]]
"""Metrics, each with whether more of it is better; the value of a trial is the first of them."""


def objective_values(columns: Mapping[str, Any], objectives: Objectives) -> Floats:
    """The objectives of each trial as they are, shape (n, K); a row of NaN where the trial has no value.

    `columns` are those of a trial table; a metric whose name something else has is under 'metrics.NAME'.
    """
    first = values_of(columns, "value")
    others = [values_of(columns, metric_key(columns, name)) for name, _ in objectives[1:]]
    values = np.column_stack([first, *others])
    values[~np.isfinite(values).all(axis=1)] = np.nan
    return values


def metric_key(names: Mapping[str, Any], metric: str) -> str:
    """Under which of `names` a metric is found."""
    return f"metrics.{metric}" if f"metrics.{metric}" in names else metric


def signs(objectives: Objectives) -> Floats:
    """What makes larger better, shape (K,)."""
    return np.array([1.0 if better else -1.0 for _, better in objectives])


def trial_front(columns: Mapping[str, Any], objectives: Objectives) -> Front | None:
    """The front of a study's trials; its `worst`, `best` and reference are signed so that larger is better."""
    return front_of(objective_values(columns, objectives) * signs(objectives))
