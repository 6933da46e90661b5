"""What can be read from the trial table: names, the SQL behind each, and how cells become values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from admf.errors import InputError, Problem, nearest
from admf.store.cells import Kind, decode
from admf.store.schema import Layout, ParameterColumn, literal, quoted
from admf.store.studies import PROPOSAL, PROPOSAL_BITS, Place, StoredStudy, read_places, read_studies

_FIXED: dict[str, tuple[Kind, str | None]] = {
    "trial_id": ("text", None), "stage_number": ("int", "int64"), "stage": ("text", None),
    "component": ("text", None), "regime": ("text", None), "window": ("text", None),
    "proposal": ("int", "int64"), "outcome": ("text", None), "reason": ("text", None),
    "value": ("float", "float64"), "seed": ("int", "int64"), "container": ("text", None),
    "path": ("text", None), "duration_s": ("float", "float64"), "peak_memory_mb": ("float", "float64"),
    "detail": ("text", None),
}  # fmt: skip

_WHOLE = ("params", "metrics", "undefined")

IDS = ("trial_id", "stage", "component", "regime", "window", "proposal")
MEASURED = ("container", "duration_s", "peak_memory_mb")

Decode = Callable[[Sequence[Sequence[Any]]], Sequence[Any]]
Role = Literal["fixed", "parameter", "metric", "whole"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """Something to read, under the name that exports use.

    `decode` makes values of the cells of the expressions `sql`; None stands for null and for absent. `dtype`
    is set where the values make an array, with NaN for None.
    """

    name: str
    role: Role
    kind: Kind
    sql: tuple[str, ...]
    decode: Decode
    sort: str | None
    dtype: str | None = None
    components: frozenset[str] = frozenset()
    """Whose parameter it is; empty for all else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which trials, in which order; `sort` puts nulls last and breaks ties by the table's own order.

    `stage` is a stage's name or number. `ids`: only these trials, in this order where nothing is sorted by.
    """

    stage: str | int | None = None
    component: str | None = None
    window: str | None = None
    sort: str | None = None
    descending: bool = False
    top: int | None = None
    ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shared:
    """What rows refer to by number: studies (in the table's order) and places; and the names of own metrics."""

    studies: Sequence[StoredStudy] = ()
    places: Mapping[int, Place] = field(default_factory=dict)
    own_metrics: Sequence[str] = ()


def read_shared(connection: sqlite3.Connection) -> Shared:
    """What the file holds of it."""
    names = connection.execute("SELECT name FROM own_metrics ORDER BY name").fetchall()
    return Shared(
        studies=read_studies(connection),
        places=read_places(connection),
        own_metrics=[name for (name,) in names],
    )


def fields_of(layout: Layout, shared: Shared) -> dict[str, Field]:
    """Every field by name.

    A parameter keeps its own name; it is `component.NAME` where two components give one name different
    kinds, and `params.NAME` where something else has its name already.
    """
    fields = {name: _fixed(name, kind, dtype, shared) for name, (kind, dtype) in _FIXED.items()}
    fields |= {name: _whole(name, layout) for name in _WHOLE}
    for name, column in layout.metrics.items():
        free = _free(fields, name, f"metrics.{name}")
        fields[free] = _metric(free, quoted(column))
    for name, sql, one, components in _parameters(layout, shared.studies):
        free = _free(fields, name, f"params.{name}")
        fields[free] = _parameter(free, sql, one, components)
    for name in shared.own_metrics:
        free = _free(fields, name, f"metrics.{name}")
        fields[free] = _extra(free, name)
    return fields


def deterministic_names(
    fields: Mapping[str, Field], *, component: str | None = None, measured: bool = False
) -> list[str]:
    """The columns that are equal in equal runs, in the order of exports; `measured` adds those that are not.

    With a component, parameters of the others are left out.
    """
    parameters = [
        name
        for name, field in fields.items()
        if field.role == "parameter" and (component is None or component in field.components)
    ]
    metrics = [name for name, field in fields.items() if field.role == "metric"]
    also = MEASURED if measured else ()
    return [*IDS, *parameters, "outcome", "reason", "value", *metrics, "seed", *also]


def pick(fields: Mapping[str, Field], name: str) -> Field:
    """A field by name; InputError with the nearest one where there is none."""
    if name not in fields:
        hint = nearest(name, fields)
        raise InputError(Problem(says="must be a column of the trial table.", where=f"'{name}'", hint=hint))
    return fields[name]


def _free(taken: Mapping[str, Field], *wanted: str) -> str:
    for name in wanted:
        if name not in taken:
            return name
    number = 2
    while f"{wanted[-1]}~{number}" in taken:
        number += 1
    return f"{wanted[-1]}~{number}"


def _as_read(cells: Sequence[Sequence[Any]]) -> Sequence[Any]:
    return cells[0]


def _fixed(name: str, kind: Kind, dtype: str | None, shared: Shared) -> Field:
    sql, sort = quoted(name), quoted(name)
    read: Decode = _as_read
    if name in ("stage_number", "stage", "component", "regime", "window", "trial_id"):
        sql, sort = "trial", _of_study(name)
        read = _ids(shared.studies) if name == "trial_id" else _same_in_study(name, shared.studies)
    elif name == "proposal":
        sql = sort = f"trial & {PROPOSAL}"
    elif name == "outcome":
        sql, sort = "outcome", "coalesce(outcome, 'scored')"
        read = lambda cells: ["scored" if cell is None else cell for cell in cells[0]]  # noqa: E731
    elif name in ("container", "path"):
        sql, sort = "place", f"(SELECT {name} FROM places WHERE places.place = typed_trials.place)"
        read = _of_place(("container", "path").index(name), shared.places)
    return Field(name=name, role="fixed", kind=kind, sql=(sql,), decode=read, sort=sort, dtype=dtype)


def _of_study(name: str) -> str:
    value = f"before || (trial & {PROPOSAL})" if name == "trial_id" else quoted(name)
    return f"(SELECT {value} FROM studies WHERE study = trial >> {PROPOSAL_BITS})"


def _ids(studies: Sequence[StoredStudy]) -> Decode:
    before = {one.study: one.before for one in studies}
    return lambda cells: [f"{before[key >> PROPOSAL_BITS]}{key & PROPOSAL}" for key in cells[0]]


def _same_in_study(name: str, studies: Sequence[StoredStudy]) -> Decode:
    values = {one.study: getattr(one, name) for one in studies}

    def read(cells: Sequence[Sequence[Any]]) -> list[Any]:
        keys = cells[0]
        if (study := min(keys) >> PROPOSAL_BITS) == max(keys) >> PROPOSAL_BITS:
            return [values[study]] * len(keys)
        return [values[key >> PROPOSAL_BITS] for key in keys]

    return read


def _of_place(which: int, places: Mapping[int, Place]) -> Decode:
    values = {key: place[which] for key, place in places.items()}
    return lambda cells: [values.get(place) for place in cells[0]]


def _metric(name: str, sql: str) -> Field:
    return Field(
        name=name, role="metric", kind="float", sql=(sql,), decode=_as_read, sort=sql, dtype="float64"
    )


def _extra(name: str, key: str) -> Field:
    def values(cells: Sequence[Sequence[Any]]) -> list[Any]:
        whole = json.loads(f"[{','.join(['{}' if cell is None else cell for cell in cells[0]])}]")
        return [one.get(key) for one in whole]

    sort = f"(SELECT value FROM json_each(extra) WHERE key = {literal(key)})"
    return Field(
        name=name, role="metric", kind="float", sql=("extra",), decode=values, sort=sort, dtype="float64"
    )


def _parameters(
    layout: Layout, studies: Sequence[StoredStudy]
) -> Iterable[tuple[str, str, ParameterColumn, frozenset[str]]]:
    """Name, SQL, column and components of every parameter to show."""
    owners: dict[ParameterColumn, list[str]] = {one: [] for one in layout.parameters}
    kinds: dict[str, set[Kind]] = {one.name: set() for one in layout.parameters}
    for component, own in layout.components.items():
        for one in own.values():
            owners[one].append(component)
            kinds[one.name].add(one.kind)
    for one, components in owners.items():
        if len(kinds[one.name]) == 1:
            yield one.name, quoted(one.column), one, frozenset(components)
            continue
        for component in components:
            keys = ", ".join(str(study.study) for study in studies if study.component == component)
            sql = f"CASE WHEN trial >> {PROPOSAL_BITS} IN ({keys}) THEN {quoted(one.column)} END"
            yield f"{component}.{one.name}", sql, one, frozenset({component})


def _parameter(name: str, sql: str, one: ParameterColumn, components: frozenset[str]) -> Field:
    def values(cells: Sequence[Sequence[Any]]) -> Sequence[Any]:
        if one.kind in ("int", "float", "text") and bytes not in map(type, cells[0]):
            return cells[0]
        return [decode(cell, one.kind) for cell in cells[0]]

    return Field(
        name=name, role="parameter", kind=one.kind, sql=(sql,), decode=values, sort=sql, components=components
    )


def _whole(name: str, layout: Layout) -> Field:
    """A dict per trial, from the typed columns: the generated JSON is not exact in every last bit."""
    sql: tuple[str, ...]
    read: Decode
    if name == "params":
        columns = layout.parameters
        sql = tuple(quoted(one.column) for one in columns)
        read = lambda cells: _param_sets(columns, cells)  # noqa: E731
    elif name == "metrics":
        names = tuple(layout.metrics)
        sql = (*map(quoted, layout.metrics.values()), "extra")
        read = lambda cells: _metric_sets(names, cells)  # noqa: E731
    else:
        sql, read = ("undefined",), lambda cells: [json.loads(cell) if cell else {} for cell in cells[0]]
    return Field(name=name, role="whole", kind="json", sql=sql or ("NULL",), decode=read, sort=None)


def decoded_params(columns: Iterable[ParameterColumn], cells: Sequence[Any]) -> dict[str, Any]:
    """One trial's parameters, of a cell per column; absent ones are left out."""
    return {
        one.name: decode(cell, one.kind)
        for one, cell in zip(columns, cells, strict=False)
        if cell is not None
    }


def _param_sets(columns: Sequence[ParameterColumn], cells: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    return [decoded_params(columns, row) for row in zip(*cells, strict=True)]


def _metric_sets(names: Sequence[str], cells: Sequence[Sequence[Any]]) -> list[dict[str, float | None]]:
    return [
        dict(zip(names, row[:-1], strict=True)) | (json.loads(row[-1]) if row[-1] else {})
        for row in zip(*cells, strict=True)
    ]
