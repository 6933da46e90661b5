"""What goes wrong with run.db: kills in mid-write, a full disk, files that are no runs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from admf.errors import RunError
from admf.model.trial import Outcome, Outcomes
from admf.store.trial_table import TrialTable

BATCH = 200

WRITER = f"""
import sys, numpy as np
from pathlib import Path
from admf.model.trial import Outcome, Outcomes
from admf.store.trial_table import TrialTable
with TrialTable.open(Path(sys.argv[1])) as table:
    first = sum(table.count().values())
    while True:
        n = {BATCH}
        told = Outcomes(
            numbers=tuple(range(first, first + n)), outcomes=(Outcome.SCORED,) * n,
            values=np.arange(first, first + n) / 7, metrics=np.ones((n, 1)), metric_names=("sharpe",),
            reasons=("",) * n, undefined=({{}},) * n, extra=({{}},) * n, durations_s=np.ones(n),
            peak_memory_mb=np.full(n, 1.0))
        params = [{{"fast": i}} for i in range(first, first + n)]
        table.write(stage_number=1, stage="s", component="ma", params=params, seeds=range(n), outcomes=told)
        first += n
        print(first, flush=True)
"""


def write(table: TrialTable, first: int, n: int) -> None:
    told = Outcomes(
        numbers=tuple(range(first, first + n)), outcomes=(Outcome.SCORED,) * n, values=np.ones(n),
        metrics=np.ones((n, 1)), metric_names=("sharpe",), reasons=("",) * n, undefined=({},) * n,
        extra=({},) * n, durations_s=np.ones(n), peak_memory_mb=np.full(n, 1.0), details=("x" * 2_000,) * n,
    )  # fmt: skip
    params = [{"fast": i} for i in range(n)]
    table.write(stage_number=1, stage="s", component="ma", params=params, seeds=range(n), outcomes=told)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    TrialTable.create(tmp_path / "run.db", ("sharpe",), {"ma": {"fast": "int"}}).close()
    return tmp_path / "run.db"


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_kills_in_mid_write_lose_and_tear_nothing(file: Path) -> None:
    for kill in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        assert writer.stdout is not None
        for _ in range(2 + kill):
            told = int(writer.stdout.readline())
        time.sleep(0.003 * kill)  # at another point of a batch each time
        writer.kill()
        rest = writer.communicate()[0].split()
        told = int(rest[-1]) if rest else told
        with TrialTable.open(file) as table:
            there = table.columns(["proposal", "value", "fast"])
            assert table.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        n = len(there["proposal"])
        assert n >= told  # what was reported as written is there
        assert n % BATCH == 0  # in whole batches
        assert there["proposal"].tolist() == there["fast"] == list(range(n))
        assert np.array_equal(there["value"], np.arange(n) / 7)


def test_a_full_disk_keeps_what_was_written(file: Path) -> None:
    with TrialTable.open(file) as table:
        write(table, 0, 10)
        pages = table.connection.execute("PRAGMA page_count").fetchone()[0]
        table.connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(RunError, match=r"run\.db: the disk is full.*Free some space"):
            write(table, 10, 100)
        assert table.columns(["proposal"])["proposal"].tolist() == list(range(10))
        table.connection.execute("PRAGMA max_page_count = 100000")
        write(table, 10, 100)
        assert table.count()[Outcome.SCORED] == 110


def test_a_reader_cannot_write(file: Path) -> None:
    with TrialTable.open(file, readonly=True) as table, pytest.raises(RunError, match="cannot be written to"):
        write(table, 0, 1)


def test_a_reader_sees_whole_batches_while_another_writes(file: Path) -> None:
    with TrialTable.open(file) as writer, TrialTable.open(file, readonly=True) as reader:
        write(writer, 0, 10)
        assert reader.count()[Outcome.SCORED] == 10
        write(writer, 10, 10)
        assert reader.count()[Outcome.SCORED] == 20


def test_no_file_no_folder_and_strangers(tmp_path: Path, file: Path) -> None:
    with pytest.raises(RunError, match="there must be a run here"):
        TrialTable.open(tmp_path / "none.db")
    with pytest.raises(RunError, match="cannot be opened"):
        TrialTable.create(tmp_path / "none" / "run.db", (), {})
    (tmp_path / "text.db").write_text("hello " * 1_000)
    with pytest.raises(RunError, match="not an SQLite database"):
        TrialTable.open(tmp_path / "text.db")
    stranger = sqlite3.connect(tmp_path / "other.db")
    stranger.execute("CREATE TABLE t (x)")
    stranger.close()
    for use in (TrialTable.open, lambda path: TrialTable.create(path, (), {})):
        with pytest.raises(RunError, match="must be a database that ADMF made"):
            use(tmp_path / "other.db")


def test_a_newer_layout_is_refused(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(RunError, match="must be 2, is 99: a newer ADMF"):
        TrialTable.open(file)


def test_damage_is_named(file: Path) -> None:
    with TrialTable.open(file) as table:
        write(table, 0, 50)
    content = bytearray(file.read_bytes())
    content[4096 * 2 :] = b"\xff" * (len(content) - 4096 * 2)
    file.write_bytes(content)
    with pytest.raises(RunError, match="it is damaged"), TrialTable.open(file) as table:
        table.columns()


def test_a_run_that_was_copied_can_be_read(file: Path, tmp_path: Path) -> None:
    with TrialTable.open(file) as table:
        write(table, 0, 5)
    shutil.copy(file, tmp_path / "copy.db")
    with TrialTable.open(tmp_path / "copy.db", readonly=True) as copy:
        assert copy.count()[Outcome.SCORED] == 5
