"""What happened in a run, in order: the append-only table `log` of `run.db`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from admf.store.cells import to_json
from admf.store.database import connect, guarded, transaction

_TABLE = """CREATE TABLE IF NOT EXISTS log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL)"""
_APPEND_ONLY = """CREATE TRIGGER IF NOT EXISTS log_refuses_{change} BEFORE {change} ON log
  BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"""
_STATEMENTS = (_TABLE, _APPEND_ONLY.format(change="UPDATE"), _APPEND_ONLY.format(change="DELETE"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEvent:
    """One thing that happened. `seq` counts from 1; `at` is UTC, ISO 8601 with microseconds."""

    seq: int
    at: str
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class RunLog:
    """The log of one file. Not for several threads: each opens its own."""

    file: Path
    connection: sqlite3.Connection

    @classmethod
    def open(cls, path: Path, *, readonly: bool = False) -> RunLog:
        """The log of the run's file, made where it is not there (unless `readonly`). Raises RunError."""
        connection = connect(path, readonly=readonly, create=not readonly)
        if readonly:
            return cls(path, connection)
        try:
            return cls.within(path, connection)
        except BaseException:
            connection.close()
            raise

    @classmethod
    def within(cls, path: Path, connection: sqlite3.Connection) -> RunLog:
        """The log, made where it is not there, by a connection that others use too: to close either closes both."""
        with guarded(path), transaction(connection):
            for statement in _STATEMENTS:
                connection.execute(statement)
        return cls(path, connection)

    def append(self, kind: str, data: Mapping[str, Any], at: str | None = None) -> int:
        """Writes one event and returns its `seq`; `at`: now where None.

        Raises InputError for data that JSON cannot hold (NaN too), RunError where it cannot be written.
        """
        row = (at or datetime.now(UTC).isoformat(timespec="microseconds"), kind, to_json(dict(data)))
        with guarded(self.file), transaction(self.connection):
            seq = self.connection.execute("INSERT INTO log (at, kind, data) VALUES (?, ?, ?)", row).lastrowid
        assert seq is not None
        return seq

    def events(self, after: int = 0, kind: str | None = None) -> list[LogEvent]:
        """The events with `seq` above `after`, oldest first; of one kind, or of all."""
        with guarded(self.file):
            if not self.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'log'").fetchone():
                return []
            where = "seq > ?1 AND (?2 IS NULL OR kind = ?2)"
            sql = f"SELECT seq, at, kind, data FROM log WHERE {where} ORDER BY seq"
            rows = self.connection.execute(sql, (after, kind)).fetchall()
        return [LogEvent(seq=seq, at=at, kind=name, data=json.loads(data)) for seq, at, name, data in rows]

    def close(self) -> None:
        """Closes the file; may be called twice."""
        self.connection.close()

    def __enter__(self) -> RunLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
