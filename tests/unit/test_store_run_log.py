"""The run log: append-only, exact, in order, in the same file as the trials."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from admf.errors import InputError, RunError
from admf.store.run_log import LogEvent, RunLog
from admf.store.trial_table import TrialTable


def test_events_come_back_in_order_and_exactly(tmp_path: Path) -> None:
    with RunLog.open(tmp_path / "run.db") as log:
        assert log.append("started", {"x": 0.1 + 0.2, "deep": {"none": None, "list": [1, "é"]}}, at="t1") == 1
        assert log.append("stage", {}) == 2
    with RunLog.open(tmp_path / "run.db") as log:
        first, second = log.events()
        assert first == LogEvent(
            seq=1, at="t1", kind="started", data={"x": 0.1 + 0.2, "deep": {"none": None, "list": [1, "é"]}}
        )
        assert second.at.endswith("+00:00")
        assert log.events(after=1) == log.events(kind="stage") == [second]


def test_nothing_can_be_changed_or_removed(tmp_path: Path) -> None:
    with RunLog.open(tmp_path / "run.db") as log:
        log.append("started", {})
        for change in ("UPDATE log SET kind = 'x'", "DELETE FROM log"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                log.connection.execute(change)
        assert [event.kind for event in log.events()] == ["started"]


def test_it_shares_the_file_with_the_trials(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    with RunLog.open(path) as log, TrialTable.create(path, ("sharpe",), {"ma": {}}):
        log.append("made", {})
    with TrialTable.open(path), RunLog.open(path, readonly=True) as log:
        assert [event.kind for event in log.events()] == ["made"]


def test_a_reader_finds_no_log_where_none_was_written(tmp_path: Path) -> None:
    TrialTable.create(tmp_path / "run.db", (), {}).close()
    with RunLog.open(tmp_path / "run.db", readonly=True) as log:
        assert log.events() == []


def test_a_reader_cannot_append(tmp_path: Path) -> None:
    RunLog.open(tmp_path / "run.db").close()
    with (
        RunLog.open(tmp_path / "run.db", readonly=True) as log,
        pytest.raises(RunError, match="be written to"),
    ):
        log.append("no", {})


def test_data_must_be_json(tmp_path: Path) -> None:
    with RunLog.open(tmp_path / "run.db") as log, pytest.raises(InputError, match="finite number"):
        log.append("odd", {"x": float("nan")})
