"""A batch of outcomes as the columns of the trial table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf.errors import RunError, nearest
from admf.model.space.value import plain
from admf.model.trial import Outcome, Outcomes, Params, trial_id
from admf.store.cells import Cell, clean, encode, to_json
from admf.store.schema import Layout, ParameterColumn, quoted

Columns = Mapping[str, Iterable[Cell]]

IDENTITY = ("stage_number", "stage", "component", "regime", "window", "proposal")
"""What a trial is; its trial_id derives from it."""

INFINITE = "infinite"
"""Why an infinite metric is undefined."""

INFINITE_VALUE = f"the value is {INFINITE}"
"""Why an infinite value is null."""


def batch_columns(
    layout: Layout,
    shared: Mapping[str, Any],
    params: Sequence[Params],
    seeds: Sequence[int] | NDArray[np.int64],
    outcomes: Outcomes,
) -> Columns:
    """Column name to n cells (or endlessly many equal ones, for what the batch shares).

    Raises RunError where lengths, metrics or parameters are not those of the table.
    """
    n = len(outcomes)
    if len(params) != n or len(seeds) != n:
        raise RunError(
            f"a batch of {n} outcomes must have {n} sets and seeds, has {len(params)} and {len(seeds)}."
        )
    values, metrics, reasons, undefined, extra = _finite(outcomes, layout.metrics)
    before = trial_id(shared["stage_number"], shared["component"], shared["regime"], shared["window"], 0)[:-1]
    return {
        "trial_id": [f"{before}{number}" for number in outcomes.numbers],
        **{name: repeat(value) for name, value in shared.items()},
        "proposal": outcomes.numbers,
        "outcome": _texts_of(outcomes.outcomes),
        "value": values.tolist(),  # SQLite binds NaN as NULL
        "reason": _texts(reasons),
        "undefined": _texts_of_mappings(undefined),
        "seed": seeds.tolist() if isinstance(seeds, np.ndarray) else seeds,
        "duration_s": outcomes.durations_s.tolist(),
        "peak_memory_mb": outcomes.peak_memory_mb.tolist(),
        "detail": _texts(outcomes.details),
        "extra": extra,
        **_parameter_columns(layout, shared["component"], params),
        **dict(zip(layout.metrics.values(), metrics.T.tolist(), strict=True)),
    }


def upsert(columns: Iterable[str]) -> str:
    """The statement that writes these columns; another trial's row of the same id is left alone."""
    names = [quoted(name) for name in columns]
    same = " AND ".join(f"typed_trials.{quoted(name)} = excluded.{quoted(name)}" for name in IDENTITY)
    new = ", ".join(f"{name} = excluded.{name}" for name in names)
    return (
        f"INSERT INTO typed_trials ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) "
        f"ON CONFLICT (trial_id) DO UPDATE SET {new} WHERE {same}"
    )


def _texts(texts: Sequence[str]) -> Iterable[Cell]:
    return [clean(text) or None for text in texts] if any(texts) else repeat(None)


def _texts_of_mappings(mappings: Sequence[Mapping[str, str]]) -> list[Cell]:
    """JSON of each; of trials that share one mapping, made once."""
    texts: dict[int, Cell] = {id(one): to_json(dict(one)) if one else None for one in _distinct(mappings)}
    return [texts[id(one)] for one in mappings]


def _distinct(mappings: Sequence[Mapping[str, str]]) -> Iterable[Mapping[str, str]]:
    return {id(one): one for one in mappings}.values()


def _texts_of(outcomes: Sequence[Outcome]) -> Iterable[Cell]:
    if outcomes.count(outcomes[0]) == len(outcomes):
        return repeat(outcomes[0].value)
    return [outcome.value for outcome in outcomes]


def parameter_cells(layout: Layout, component: str, params: Sequence[Params]) -> list[Sequence[Cell]]:
    """A column of cells per parameter of the component, in the layout's order, as they are stored."""
    return list(_parameter_columns(layout, component, params).values())


def _parameter_columns(layout: Layout, component: str, params: Sequence[Params]) -> dict[str, Sequence[Cell]]:
    if component not in layout.components:
        raise RunError(
            f"'{component}' must be a component of this run. {nearest(component, layout.components)}"
        )
    own = layout.components[component]
    unknown = set[str]().union(*params) - own.keys()
    if unknown:
        name = min(unknown)
        raise RunError(f"'{name}' must be a parameter of component '{component}'. {nearest(name, own)}")
    return {one.column: _cells(one, params) for one in own.values()}


def _cells(one: ParameterColumn, params: Sequence[Params]) -> Sequence[Cell]:
    name = one.name
    try:
        return encode([values[name] for values in params], one.kind)
    except KeyError:  # a conditional parameter: absent from some sets
        there = [name in values for values in params]
        cells = iter(encode([values[name] for values in params if name in values], one.kind))
        return [next(cells) if is_there else None for is_there in there]


def _finite(
    outcomes: Outcomes, names: Mapping[str, str]
) -> tuple[
    NDArray[np.float64],
    NDArray[np.float64],
    Sequence[str],
    Sequence[Mapping[str, str]],
    Sequence[str | None],
]:
    """Values, metrics in the table's order, reasons, undefined, extra; the infinite made undefined."""
    metrics, own = _with_own(outcomes, list(names))
    values, reasons = np.asarray(outcomes.values, dtype=np.float64), list(outcomes.reasons)
    undefined: list[Mapping[str, str]] = list(outcomes.undefined)
    for i in np.flatnonzero(np.isinf(values)).tolist():
        reasons[i] = reasons[i] or INFINITE_VALUE
    for i, j in np.argwhere(np.isinf(metrics)).tolist():
        undefined[i] = {list(names)[j]: INFINITE, **undefined[i]}
    for i, one in enumerate(own):
        without = {name: INFINITE for name, value in one.items() if value is not None and math.isinf(value)}
        if without:
            undefined[i] = {**without, **undefined[i]}
    extra = [_extra_json(one) if one else None for one in own]
    return _no_infinity(values), _no_infinity(metrics), reasons, undefined, extra


def _with_own(
    outcomes: Outcomes, names: list[str]
) -> tuple[NDArray[np.float64], list[Mapping[str, float | None]]]:
    """Metrics by the table's names, and what only the component returned; of two of one name, the latter."""
    unknown = [name for name in outcomes.metric_names if name not in names]
    if unknown:
        raise RunError(f"'{unknown[0]}' must be a metric of this run. {nearest(unknown[0], names)}")
    metrics = np.full((len(outcomes), len(names)), np.nan)
    metrics[:, [names.index(name) for name in outcomes.metric_names]] = outcomes.metrics
    own: list[Mapping[str, float | None]] = list(outcomes.extra)
    for i, one in enumerate(own):
        shared = [name for name in one if name in names] if one else []
        for name in shared:
            value = one[name]
            metrics[i, names.index(name)] = np.nan if value is None else value
        if shared:
            own[i] = {name: value for name, value in one.items() if name not in shared}
    return metrics, own


def _no_infinity(array: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isinf(array), np.nan, array)


def _extra_json(metrics: Mapping[str, float | None]) -> str:
    finite = {name: plain(value) if _is_finite(value) else None for name, value in metrics.items()}
    if all(
        type(value) is float for value in finite.values()
    ):  # nearly always; as `to_json` writes them, sooner
        return "{" + ",".join([_key(name) + float.__repr__(finite[name]) for name in sorted(finite)]) + "}"
    return to_json(finite)


@lru_cache(maxsize=1024)
def _key(name: str) -> str:
    return f"{to_json(name)}:"


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
