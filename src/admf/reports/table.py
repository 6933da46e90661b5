"""Reading a study's trial table: columns as arrays, and parameter values as places on an axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.analysis.columns import Floats, Ints, numbers_in, values_of
from admf.reports.facts import StudyFacts
from admf.reports.numbers import is_number, value_text

MOST_VALUES, BINS = 60, 24
"""Beyond so many values an axis is cut into bins: cells must be large enough to see, few enough to ship."""
OTHERS = "(other values)"


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
    places, drawn, whole = numbers_in(raw)
    found, at = np.unique(drawn, return_inverse=True)
    numbers = found if len(drawn) == len(raw) and len(found) <= most else None
    labels, at, binned = _labelled(found, at, most, whole)
    apart = np.ones(len(raw), dtype=np.bool_)
    apart[places] = False
    keys = [_key(raw[i]) for i in np.flatnonzero(apart).tolist()]
    words = sorted(dict.fromkeys(keys), key=_rank)
    before = sum(key[0] != "text" for key in words)
    spot = {key: i if i < before else i + len(labels) for i, key in enumerate(words)}
    codes = np.empty(len(raw), dtype=np.int64)
    codes[places] = at + before
    codes[apart] = [spot[key] for key in keys]
    shown = [key[1] for key in words]
    every = _distinct([*shown[:before], *labels, *shown[before:]])
    if len(every) > most and not binned:
        every, codes, binned = (*every[: most - 1], OTHERS), np.minimum(codes, most - 1), True
    return Axis(name=name, labels=every, codes=codes, numbers=numbers, binned=binned)


def _labelled(found: Floats, at: Ints, most: int, whole: bool) -> tuple[list[str], Ints, bool]:
    """Labels of the distinct numbers, and the label of each trial; bins where they are more than `most`."""
    if len(found) <= most:
        return list(_distinct([int(v) for v in found] if whole else found.tolist())), at, False
    # Bins of about equally many trials: they suit logarithmic ranges as well as linear ones.
    cuts = np.unique(np.quantile(found[at], np.linspace(0.0, 1.0, BINS + 1)[1:-1], method="lower"))
    used, bins = np.unique(np.searchsorted(cuts, found, side="right"), return_inverse=True)
    spans = [found[bins == i] for i in range(len(used))]
    return [_span_text(float(span[0]), float(span[-1]), whole) for span in spans], bins[at], True


def importance(codes: Ints, values: Floats) -> float:
    """Share of the variance of `values` that lies between the groups of `codes` (eta squared), in [0, 1]."""
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


def _key(value: Any) -> tuple[str, str]:
    """What is no number, as its kind and its text: None, false, true and texts."""
    kind = "bool" if isinstance(value, bool | np.bool_) else "none" if value is None else "text"
    text = value_text(value)
    return ("none", text) if kind == "text" and isinstance(value, float) else (kind, text)


def _rank(key: tuple[str, str]) -> tuple[int, str]:
    return ("none", "bool", "text").index(key[0]), key[1]


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


def _span_text(first: float, last: float, whole: bool) -> str:
    texts = [f"{value:.0f}" if whole else f"{float(f'{value:.3g}'):g}" for value in (first, last)]
    return texts[0] if texts[0] == texts[1] else "–".join(texts)
