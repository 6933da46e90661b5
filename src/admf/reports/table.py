"""Reading a study's trial table: columns as arrays, and parameter values as places on an axis."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.reports.facts import StudyFacts
from admf.reports.numbers import is_number, value_text

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_VALUES, BINS = 60, 24
"""Beyond so many values an axis is cut into bins: cells must stay large enough to see, and few enough to ship."""
OTHERS = "(other values)"


def values_of(columns: Mapping[str, Any], name: str) -> Floats:
    """A column of numbers, shape (n,), NaN where null; empty where there is no such column."""
    column = columns.get(name, ())
    if isinstance(column, np.ndarray) and column.dtype.kind in "fiub":
        return column.astype(np.float64)
    return np.array([math.nan if value is None else float(value) for value in column], dtype=np.float64)


def scored(study: StudyFacts) -> NDArray[np.bool_]:
    """Which trials scored, shape (n,); all with a value where the table has no outcomes."""
    if "outcome" not in study.columns:
        return np.isfinite(values_of(study.columns, "value"))
    texts = (getattr(outcome, "value", outcome) for outcome in study.columns["outcome"])
    return np.array([text == "scored" for text in texts], dtype=np.bool_)


def best_row(study: StudyFacts) -> int | None:
    """Which row of the table the best trial is; None where there is none."""
    if study.best is None:
        return None
    name = "trial_id" if "trial_id" in study.columns else "proposal"
    ids = _listed(study.columns.get(name, ()))
    wanted = study.best.get(name)
    return ids.index(wanted) if wanted in ids else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Axis:
    """A parameter's values in order. `codes` (n,) says which of `labels` each trial has.

    `numbers` are the values themselves where all of them are numbers and none were binned, else None.
    """

    name: str
    labels: tuple[str, ...]
    codes: Ints
    numbers: Floats | None
    binned: bool = False

    def __len__(self) -> int:
        return len(self.labels)


def axis_of(study: StudyFacts, name: str, most: int = MOST_VALUES) -> Axis:
    """A parameter's axis: none and false before true, numbers by size, then texts; bins beyond `most`."""
    column = study.parameter(name)
    raw = [None] * len(study.columns.get("value", ())) if column is None else _listed(column)
    places: dict[Any, int] = {}
    first: list[Any] = []
    codes = np.empty(len(raw), dtype=np.int64)
    for i, value in enumerate(raw):
        key = _key(value)
        place = places.get(key)
        if place is None:
            place = places[key] = len(first)
            first.append(value)
        codes[i] = place
    order = sorted(range(len(first)), key=lambda j: _rank(first[j]))
    rank = np.empty(len(first), dtype=np.int64)
    rank[order] = np.arange(len(first))
    codes = rank[codes] if len(first) else codes
    ordered = [first[j] for j in order]
    numeric = bool(ordered) and all(is_number(value) for value in ordered)
    numbers = np.array(ordered, dtype=np.float64) if numeric else None
    axis = Axis(name=name, labels=_distinct(ordered), codes=codes, numbers=numbers)
    return axis if len(axis) <= most else _shortened(axis, most)


def importance(codes: Ints, values: Floats) -> float:
    """The share of the variance of `values` that lies between the groups of `codes` (eta squared), in [0, 1]."""
    held = np.isfinite(values)
    codes, values = codes[held], values[held]
    total = float(((values - values.mean()) ** 2).sum()) if values.size else 0.0
    if total <= 0.0:
        return 0.0
    sizes = np.maximum(np.bincount(codes), 1)
    means = np.bincount(codes, weights=values) / sizes
    between = float((np.bincount(codes) * (means - values.mean()) ** 2).sum())
    return between / total


def _listed(column: Any) -> list[Any]:
    listed: list[Any] = column.tolist() if isinstance(column, np.ndarray) else list(column)
    return listed


def _key(value: Any) -> Any:
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, bool):
        return "bool", value
    if isinstance(value, Mapping | list | tuple):
        return "json", json.dumps(value, sort_keys=True, default=str)
    return value


def _rank(value: Any) -> tuple[int, float, str]:
    if value is None or (isinstance(value, float) and value != value):
        return 0, 0.0, ""
    if isinstance(value, bool):
        return 1, float(value), ""
    if is_number(value):
        return 2, float(value), ""
    return 3, 0.0, value_text(value)


def _distinct(values: Sequence[Any]) -> tuple[str, ...]:
    """Labels that differ: a category axis would draw two values with one label on top of each other."""
    taken: dict[str, int] = {}
    labels = []
    for value in values:
        text = value_text(value)
        if text in taken and is_number(value):
            text = repr(value)
        taken[text] = taken.get(text, 0) + 1
        labels.append(text if taken[text] == 1 else f"{text} ({taken[text]})")
    return tuple(labels)


def _shortened(axis: Axis, most: int) -> Axis:
    if axis.numbers is None:
        labels = (*axis.labels[: most - 1], OTHERS)
        codes = np.minimum(axis.codes, most - 1)
        return Axis(name=axis.name, labels=labels, codes=codes, numbers=None, binned=True)
    # Bins of about equally many trials: they suit logarithmic ranges as well as linear ones.
    drawn = axis.numbers[axis.codes]
    cuts = np.unique(np.quantile(drawn, np.linspace(0.0, 1.0, BINS + 1)[1:-1], method="lower"))
    bins = np.searchsorted(cuts, axis.numbers, side="right")
    used, bins = np.unique(bins, return_inverse=True)
    spans = [axis.numbers[bins == i] for i in range(len(used))]
    labels = _distinct([_span_text(span) for span in spans])
    return Axis(name=axis.name, labels=labels, codes=bins[axis.codes], numbers=None, binned=True)


def _span_text(span: Floats) -> str:
    first, last = value_text(float(span[0])), value_text(float(span[-1]))
    return first if first == last else f"{first} – {last}"
