"""Which rows of the trial table, in which order: keys are found first, then the rows that are shown."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from admf.errors import InputError, Problem, nearest
from admf.model.trial import Outcome
from admf.store.published import Selection
from admf.store.studies import StoredStudy, in_table_order, keys_named, within

Rows = list[tuple[Any, ...]]


def chosen(studies: Sequence[StoredStudy], selection: Selection) -> list[StoredStudy]:
    """The studies whose trials are selected, in the order given."""
    stage = None if selection.stage is None else str(selection.stage)
    return [
        one
        for one in studies
        if (stage is None or stage in (one.stage, str(one.stage_number)))
        and (selection.component is None or one.component == selection.component)
        and (selection.window is None or one.window == selection.window)
    ]


def selected(
    studies: Sequence[StoredStudy], components: Iterable[str], selection: Selection
) -> list[StoredStudy]:
    """The same; InputError for a stage or component that is none of the run's."""
    name, stage = selection.component, selection.stage
    if name is not None and name not in components:
        hint = nearest(name, components)
        raise InputError(Problem(says="must be a component of this run.", where=f"'{name}'", hint=hint))
    if stage is not None and studies and not chosen(studies, Selection(stage=stage)):
        hint = nearest(str(stage), list(dict.fromkeys(one.stage for one in studies)))
        raise InputError(
            Problem(says="must be a stage with trials in this run.", where=f"'{stage}'", hint=hint)
        )
    return chosen(studies, selection)


def rows_in_order(
    connection: sqlite3.Connection,
    columns: Sequence[str],
    studies: Sequence[StoredStudy],
    top: int | None,
    size: int,
) -> Iterator[Rows]:
    """These expressions of all trials of the studies, or of the first `top`, `size` or fewer at a time."""
    left = -1 if top is None else top
    for one in studies:
        if left == 0:
            return
        where, values = within([one])
        sql = f"SELECT {', '.join(columns)} FROM typed_trials WHERE {where} ORDER BY trial LIMIT ?"
        cursor = connection.execute(sql, (*values, left))
        while rows := cursor.fetchmany(size):
            left -= len(rows) if left > 0 else 0
            yield rows


def sorted_keys(
    connection: sqlite3.Connection,
    sort: str,
    studies: Sequence[StoredStudy],
    *,
    descending: bool,
    top: int | None,
    where: str = "true",
) -> Sequence[int]:
    """The keys of trials by an expression, nulls last and ties in the table's order; the first `top` of them."""
    within_studies, values = within(studies)
    direction = "DESC" if descending else "ASC"
    sql = (
        f"SELECT trial FROM typed_trials WHERE {within_studies} AND {where} "
        f"ORDER BY ({sort}) IS NULL, {sort} {direction}, {in_table_order(studies)} LIMIT ?"
    )
    found = connection.execute(sql, (*values, -1 if top is None else top))
    return array("q", (key for (key,) in found))


def rows_of(
    connection: sqlite3.Connection, columns: Sequence[str], keys: Sequence[int], size: int
) -> Iterator[Rows]:
    """These expressions of the trials of these keys, in the order of the keys, `size` at a time."""
    sql = (
        f"SELECT {', '.join(columns)} FROM (SELECT key AS wanted_at, value AS wanted FROM json_each(?)) "
        "CROSS JOIN typed_trials ON trial = wanted ORDER BY wanted_at"
    )
    for first in range(0, len(keys), size):
        listed = json.dumps(list(keys[first : first + size]))
        if rows := connection.execute(sql, (listed,)).fetchall():
            yield rows


def keys_of(
    connection: sqlite3.Connection, studies: Sequence[StoredStudy], selection: Selection, sort: str | None
) -> Sequence[int]:
    """The keys of the trials that a selection names by their ids, in its order."""
    known = {one.trial_id(key): key for name in selection.ids or () for one, key in keys_named(studies, name)}
    keys = [known[name] for name in selection.ids or () if name in known]
    if sort is not None:
        wanted, down = set(keys), selection.descending
        every = sorted_keys(connection, sort, studies, descending=down, top=None)
        keys = [key for key in every if key in wanted]
    return keys if selection.top is None else keys[: selection.top]


def outcomes_of(connection: sqlite3.Connection, studies: Sequence[StoredStudy]) -> dict[str, int]:
    """How many trials of the studies ended how."""
    where, values = within(studies)
    sql = f"SELECT count(*), count(outcome) FROM typed_trials WHERE {where}"
    ended, odd = connection.execute(sql, values).fetchone()
    if not odd:  # mostly, and grouping takes three times as long
        return {Outcome.SCORED.value: ended}
    sql = f"SELECT outcome, count(*) FROM typed_trials WHERE outcome IS NOT NULL AND {where} GROUP BY outcome"
    return {Outcome.SCORED.value: ended - odd, **dict(connection.execute(sql, values).fetchall())}


def is_there(connection: sqlite3.Connection, key: int) -> bool:
    """Whether there is a trial of this key."""
    found = connection.execute("SELECT 1 FROM typed_trials WHERE trial = ?", (key,)).fetchone()
    return found is not None
