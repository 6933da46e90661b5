"""The SQLite file of a run: how it is opened, what a transaction is, and what its errors say."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from admf.errors import RunError

APPLICATION = 0x41444D46
"""'ADMF' in the file's header (PRAGMA application_id): tells our files from other SQLite files."""

VERSION = 2
"""Layout of the file (PRAGMA user_version); 1 was that of ADMF before its first release."""

PAGE = 16_384
"""Bytes of a page: writing a batch costs a system call and a checksum per page, twice."""

BUSY_S = 30.0
"""How long a writer waits for another one; transactions take milliseconds."""

_SAYS = {
    "SQLITE_FULL": (
        "the disk is full; nothing that was written before is lost",
        "Free some space.",
    ),
    "SQLITE_READONLY": ("it cannot be written to", "Give yourself write permission, or copy the run folder."),
    "SQLITE_PERM": ("access to it is denied", "Check its permissions."),
    "SQLITE_CANTOPEN": ("it cannot be opened", "Check that its folder exists and can be written to."),
    "SQLITE_BUSY": (
        "another process keeps writing to it",
        "Wait for the other one to end; `admf status` shows it.",
    ),
    "SQLITE_IOERR": (
        "reading or writing it failed; nothing that was written before is lost",
        "Check the disk and its free space.",
    ),
    "SQLITE_CORRUPT": ("it is damaged", "Restore the run folder from a backup."),
    "SQLITE_NOTADB": ("it is not an SQLite database", "Name a run folder that ADMF made."),
}


def no_trials(path: Path) -> str:
    """What to say of a run that has its folder and nothing in it yet."""
    return f"{path.parent}: the run ended before its first trial. Go on with it: admf resume {path.parent}"


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turns what SQLite says about the file at `path` into a RunError; mistakes in our SQL pass."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "")
        for start, (says, hint) in _SAYS.items():
            if name.startswith(start):
                raise RunError(f"{path}: {says} ({error}). {hint}") from error
        raise


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing: what is written inside is there as a whole, also after a kill."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # on a full disk SQLite may have rolled back itself
            connection.execute("ROLLBACK")
        raise


def connect(path: Path, *, readonly: bool = False, create: bool = False) -> sqlite3.Connection:
    """A connection to the run's file at `path`; one process writes, any number read meanwhile.

    A power cut can lose the last batches (synchronous=NORMAL), a kill none, and neither tears one. Raises
    RunError where there is no such file, where it is none of ours, or where it is of another layout.
    """
    if not create and not path.is_file():
        if (path.parent / "provenance.json").is_file():
            raise RunError(no_trials(path))
        raise RunError(
            f"{path}: there must be a run here, there is none. Name the folder that `admf run` said."
        )
    with guarded(path):
        connection = _opened(path, "ro" if readonly else "rwc" if create else "rw")
        try:
            new = _is_new(connection, path)
            if new and create:
                connection.execute(f"PRAGMA page_size = {PAGE}")
            if not readonly:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
            if new and create:
                with transaction(connection):
                    connection.execute(f"PRAGMA application_id = {APPLICATION}")
                    connection.execute(f"PRAGMA user_version = {VERSION}")
        except BaseException:
            connection.close()
            raise
    return connection


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)
    if mode != "ro":
        return connection
    try:
        connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError:
        connection.close()
        waiting = path.with_name(path.name + "-wal")
        if waiting.exists() and waiting.stat().st_size:
            raise
        # A reader of a WAL file writes beside it, which a read-only folder forbids; with no log it need not.
        return sqlite3.connect(f"{uri}&immutable=1", uri=True, isolation_level=None)
    return connection


def _tables(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _is_new(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether nothing is in the file yet; RunError where it is none of ours, or of another layout."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = _tables(connection)
    if application != APPLICATION and (application or tables):  # a kill may leave an empty file
        raise RunError(f"{path}: it must be a database that ADMF made, it is another one. Name a run folder.")
    if version > VERSION:
        raise RunError(
            f"{path}: its layout must be {VERSION}, is {version}: a newer ADMF made this run. Update ADMF to read it."
        )
    if version < VERSION and tables:
        raise RunError(
            f"{path}: its layout must be {VERSION}, is {version}: an older ADMF made this run. Read it with that one, "
            f"or run it again: admf run {path.parent / 'config.yaml'}"
        )
    return not tables
