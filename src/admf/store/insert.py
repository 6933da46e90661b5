"""Rows into the trial table: a batch at once where its rows are alike, else cell by cell."""

from __future__ import annotations

import sqlite3
from contextlib import suppress

import numpy as np

from admf.store.batch_cells import BatchCells
from admf.store.page_image import image_of
from admf.store.records import slots_of

_FEW = 64
"""Rows below which binding them is sooner."""
_BOUND_AT_ONCE = 512
"""Rows whose cells are Python objects at one time: more fall out of the processor's cache."""
_INCOMING = "incoming"


def prepare(connection: sqlite3.Connection, batch: BatchCells) -> bool:
    """Lays the rows beside the file, outside of any transaction; False where they are to be bound one by one."""
    if len(batch) < _FEW or not hasattr(connection, "deserialize") or not (np.diff(batch.trials) > 0).all():
        return False
    slots = slots_of(batch)
    image = None if slots is None else image_of(slots, _definition(connection))
    if image is None:
        return False
    if not any(name == _INCOMING for _, name, _ in connection.execute("PRAGMA database_list")):
        connection.execute(f"ATTACH ':memory:' AS {_INCOMING}")
    connection.deserialize(image, name=_INCOMING)
    return True


def insert(connection: sqlite3.Connection, batch: BatchCells, prepared: bool) -> bool:
    """Writes the rows, inside the caller's transaction; whether all are new. One that is there is replaced."""
    if prepared:
        with suppress(sqlite3.IntegrityError):  # some are there
            connection.execute(f"INSERT INTO main.typed_trials SELECT * FROM {_INCOMING}.typed_trials")
            return True
    _bind(connection, batch)
    return False


def _bind(connection: sqlite3.Connection, batch: BatchCells) -> None:
    columns = 1 + len(batch.others) + batch.metrics.shape[1]
    sql = f"INSERT OR REPLACE INTO main.typed_trials VALUES ({', '.join('?' * columns)})"
    for first in range(0, len(batch), _BOUND_AT_ONCE):
        rows = slice(first, min(first + _BOUND_AT_ONCE, len(batch)))
        connection.executemany(sql, zip(*batch.listed(rows), strict=True))


def _definition(connection: sqlite3.Connection) -> str:
    (found,) = connection.execute("SELECT sql FROM main.sqlite_master WHERE name = 'typed_trials'").fetchone()
    return str(found)
