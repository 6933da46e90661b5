"""The layout of the trial table: a typed column per parameter and metric, and JSON made of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from admf.errors import InputError, Problem, nearest
from admf.store.cells import KINDS, Kind
from admf.store.studies import PROPOSAL, PROPOSAL_BITS

COLUMN_LIMIT = 1900
"""SQLite takes 2,000 columns by default; the fixed ones need some."""

FIXED = """
  trial INTEGER PRIMARY KEY, place, outcome, reason, undefined, detail, extra, value, seed, duration_s, peak_memory_mb
"""
"""Columns have no declared type: SQLite's REAL ones would turn -0.0 into 0.0. `trial` is the row's own number, so that
a row is in one tree, appended to it."""

VIEW = """
CREATE VIEW trials AS SELECT
  before || (trial & {proposal}) AS trial_id, stage_number, stage, component, regime, "window",
  trial & {proposal} AS proposal, {params} AS params, coalesce(outcome, 'scored') AS outcome, value,
  {metrics} AS metrics, undefined, reason, seed, container, path, duration_s, peak_memory_mb, detail
FROM typed_trials
LEFT JOIN studies ON studies.study = typed_trials.trial >> {bits}
LEFT JOIN places ON places.place = typed_trials.place
"""
"""A view: generated columns of a table are computed at every insert, wanted or not, which tripled its cost;
and PRAGMA table_info, by which tools find columns, hides them. Joins to the left: nothing is looked up in vain."""

CATALOGUE = """
CREATE TABLE studies (
  study INTEGER PRIMARY KEY, stage_number INTEGER NOT NULL, stage TEXT NOT NULL, component TEXT NOT NULL,
  regime TEXT NOT NULL, "window" TEXT NOT NULL, before TEXT NOT NULL UNIQUE);
CREATE TABLE places (place INTEGER PRIMARY KEY, container TEXT, path TEXT);
CREATE TABLE own_metrics (name TEXT NOT NULL PRIMARY KEY);
CREATE TABLE components (name TEXT NOT NULL PRIMARY KEY);
CREATE TABLE parameter_columns (
  component TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, "column" TEXT NOT NULL,
  PRIMARY KEY (component, name));
CREATE TABLE metric_columns (name TEXT NOT NULL PRIMARY KEY, "column" TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterColumn:
    """A column of the file: what parameters of this name and kind are stored in, whatever their component."""

    name: str
    kind: Kind
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which column holds what. `metrics` maps names to columns, `components` each component's parameters."""

    metrics: Mapping[str, str]
    components: Mapping[str, Mapping[str, ParameterColumn]]

    @property
    def parameters(self) -> tuple[ParameterColumn, ...]:
        """Every parameter column once, in the order declared."""
        return tuple(dict.fromkeys(one for own in self.components.values() for one in own.values()))


def layout_of(metric_names: Sequence[str], parameters: Mapping[str, Mapping[str, Kind]]) -> Layout:
    """A column per metric, and one per parameter name and kind, shared by the components that have it.

    Raises InputError for names given twice, unknown kinds, and more columns than SQLite takes.
    """
    _check(metric_names, parameters)
    taken: set[str] = set()
    metrics = {name: _column(f"metrics.{name}", taken) for name in metric_names}
    known: dict[tuple[str, Kind], ParameterColumn] = {}
    for own in parameters.values():
        for name, kind in own.items():
            if (name, kind) not in known:
                column = _column(f"params.{name}", taken)
                known[name, kind] = ParameterColumn(name=name, kind=kind, column=column)
    if len(taken) > COLUMN_LIMIT:
        raise InputError(
            f"a run can keep {COLUMN_LIMIT} different parameters and metrics, this one has {len(taken)}. "
            "Optimize fewer components in one run, or search fewer of their parameters."
        )
    return Layout(
        metrics=metrics,
        components={
            component: {name: known[name, kind] for name, kind in own.items()}
            for component, own in parameters.items()
        },
    )


def _check(metric_names: Sequence[str], parameters: Mapping[str, Mapping[str, Kind]]) -> None:
    problems: list[Problem | str] = [
        Problem(
            says=f"a parameter's kind must be known, was '{kind}'.",
            where=f"{one}.{name}",
            hint=nearest(kind, KINDS),
        )
        for one, own in parameters.items()
        for name, kind in own.items()
        if kind not in KINDS
    ]
    names = [*metric_names, *parameters, *(name for own in parameters.values() for name in own)]
    problems += [
        Problem(says="a name must be text without a NUL character.", where=ascii(name))
        for name in names
        if not name or "\0" in name
    ]
    problems += [
        Problem(says="a metric must be named once, is there twice.", where=name)
        for name in dict.fromkeys(metric_names)
        if metric_names.count(name) > 1
    ]
    if problems:
        raise InputError(*problems)


def _column(wanted: str, taken: set[str]) -> str:
    # SQLite's column names ignore the case of ASCII letters; Python's parameters do not.
    name, number = wanted, 2
    while name.lower() in taken:
        name, number = f"{wanted}~{number}", number + 1
    taken.add(name.lower())
    return name


def create_tables(connection: sqlite3.Connection, layout: Layout) -> None:
    """Makes the tables, inside the caller's transaction."""
    metrics = _joined([_metric_json(name, column) for name, column in layout.metrics.items()])
    params = _joined([_parameter_json(one) for one in layout.parameters])
    columns = [one.column for one in layout.parameters] + list(layout.metrics.values())
    connection.execute(f"CREATE TABLE typed_trials ({', '.join([FIXED, *map(quoted, columns)])})")
    whole = {"params": _object(params), "metrics": _object(f"{metrics} || {_extra_json()}")}
    connection.execute(VIEW.format(**whole, proposal=PROPOSAL, bits=PROPOSAL_BITS))
    for statement in CATALOGUE.split(";"):
        connection.execute(statement)
    connection.executemany("INSERT INTO components VALUES (?)", ((name,) for name in layout.components))
    connection.executemany(
        "INSERT INTO parameter_columns VALUES (?, ?, ?, ?)",
        (
            (component, one.name, one.kind, one.column)
            for component, own in layout.components.items()
            for one in own.values()
        ),
    )
    connection.executemany("INSERT INTO metric_columns VALUES (?, ?)", layout.metrics.items())


def stored_layout(connection: sqlite3.Connection) -> Layout:
    """The layout that the file was made with."""
    metrics = dict(connection.execute('SELECT name, "column" FROM metric_columns ORDER BY rowid').fetchall())
    rows = connection.execute('SELECT component, name, kind, "column" FROM parameter_columns ORDER BY rowid')
    names = connection.execute("SELECT name FROM components ORDER BY rowid")
    components: dict[str, dict[str, ParameterColumn]] = {name: {} for (name,) in names}
    for component, name, kind, column in rows:
        components[component][name] = ParameterColumn(name=name, kind=kind, column=column)
    return Layout(metrics=metrics, components=components)


def quoted(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def _key(name: str) -> str:
    return literal(f",{json.dumps(name)}:")


def _parameter_json(one: ParameterColumn) -> str:
    """`,"name":value`; '' where the parameter is absent: NULL || anything is NULL."""
    column = quoted(one.column)
    # 17 digits and '!': json_object and plain text keep 15, which changes most doubles.
    value = {
        "json": column,
        "bool": f"CASE {column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE {column} END",
    }.get(
        one.kind,
        f"CASE typeof({column}) WHEN 'real' THEN printf('%!.17g', {column}) "
        f"WHEN 'text' THEN json_quote({column}) ELSE {column} END",
    )
    return f"coalesce({_key(one.name)} || {value}, '')"


def _metric_json(name: str, column: str) -> str:
    column = quoted(column)
    return f"{_key(name)} || CASE WHEN {column} IS NULL THEN 'null' ELSE printf('%!.17g', {column}) END"


def _object(members: str) -> str:
    return f"'{{' || substr({members}, 2) || '}}'"  # each member starts with a comma


def _extra_json() -> str:
    return "coalesce(',' || substr(extra, 2, length(extra) - 2), '')"


def _joined(parts: Iterable[str]) -> str:
    """`a || b || c ...` as a balanced tree: SQLite takes 127 arguments and an expression depth of 1,000."""
    layer = list(parts) or ["''"]
    while len(layer) > 1:
        pairs = [layer[i : i + 2] for i in range(0, len(layer), 2)]
        layer = [f"({' || '.join(pair)})" if len(pair) > 1 else pair[0] for pair in pairs]
    return layer[0]
