"""The file of a trial table: made, opened, and whether there is one."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from admf.errors import RunError
from admf.store.cells import Kind
from admf.store.database import connect, guarded, no_trials, transaction
from admf.store.schema import Layout, create_tables, layout_of, stored_layout
from admf.store.trial_log import create_logs


def created(
    path: Path, metric_names: Sequence[str], parameters: Mapping[str, Mapping[str, Kind]]
) -> tuple[sqlite3.Connection, Layout]:
    """A new table's connection and layout.

    Raises RunError where the file holds trials already, InputError where names or kinds do not hold.
    """
    layout = layout_of(metric_names, parameters)
    connection = connect(path, create=True)
    try:
        with guarded(path), transaction(connection):
            if _has_trials(connection):
                raise RunError(
                    f"{path}: a new run needs a new file, this one holds trials. Name another folder with --out."
                )
            create_tables(connection, layout)
            create_logs(connection)
    except BaseException:
        connection.close()
        raise
    return connection, layout


def opened(path: Path, *, readonly: bool) -> tuple[sqlite3.Connection, Layout]:
    """Connection and layout of a table that exists; RunError where it does not, or is none of ours."""
    connection = connect(path, readonly=readonly)
    try:
        with guarded(path):
            if not _has_trials(connection):
                raise RunError(no_trials(path))
            return connection, stored_layout(connection)
    except BaseException:
        connection.close()
        raise


def has_trials(path: Path) -> bool:
    """Whether the file at `path` has a trial table yet; one of a run that was killed at its start has none."""
    if not path.is_file():
        return False
    with guarded(path), closing(connect(path, readonly=True)) as connection:
        return _has_trials(connection)


def _has_trials(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'typed_trials'").fetchone()
    return found is not None
