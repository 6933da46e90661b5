"""The run folder: new names, folders that are taken, one process at a time; files whole or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from admf.errors import InputError, RunError
from admf.store.files import write_text, writing
from admf.store.run_folder import RunFolder, new_run, open_run, run_at
from admf.store.trial_table import TrialTable


def test_new_runs_are_numbered(tmp_path: Path) -> None:
    made = [new_run(tmp_path / "runs", "sp500").path.name for _ in range(3)]
    assert made == ["sp500", "sp500-2", "sp500-3"]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "../x", "-x", ".hidden", "x ", "a\nb", "x" * 201]
)
def test_names_that_are_no_folders_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="a run's name"):
        new_run(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_named_folder_is_made_or_taken_when_empty(tmp_path: Path) -> None:
    assert run_at(tmp_path / "a" / "b").path == tmp_path / "a" / "b"
    assert run_at(tmp_path / "a" / "b").path.is_dir()


def test_a_folder_that_holds_a_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.db").write_bytes(b"")
    with pytest.raises(RunError, match="Name another folder with --out"):
        run_at(tmp_path)


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("mine")
    with pytest.raises(InputError, match=r"holds config\.yaml.*--out"):
        run_at(tmp_path)
    with pytest.raises(InputError, match="is a file"):
        run_at(tmp_path / "config.yaml")
    assert (tmp_path / "config.yaml").read_text() == "mine"


def test_a_run_killed_at_its_start_can_be_started_again(tmp_path: Path) -> None:
    with run_at(tmp_path).writer():
        write_text(RunFolder(tmp_path).config, "name: x\n")
    assert run_at(tmp_path).path == tmp_path


def test_opening_what_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "run.db").write_bytes(b"")
    assert open_run(tmp_path / "good").db == tmp_path / "good" / "run.db"
    with pytest.raises(RunError, match=r"no such folder\. Runs in .*: good"):
        open_run(tmp_path / "god")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunError, match="holds none"):
        open_run(tmp_path / "empty")


def test_one_process_at_a_time(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from admf.store.run_folder import RunFolder\n"
        "with RunFolder(Path(sys.argv[1])).writer(): print('mine', flush=True); input()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "mine\n"
    assert RunFolder(tmp_path).running() == other.pid
    with pytest.raises(RunError, match=f"process {other.pid} does"), RunFolder(tmp_path).writer():
        pass
    other.kill()  # no goodbye
    other.communicate()
    assert RunFolder(tmp_path).running() is None
    with RunFolder(tmp_path).writer():
        assert RunFolder(tmp_path).running() == os.getpid()
    assert RunFolder(tmp_path / "nowhere").running() is None


def test_who_asks_whether_a_run_is_running_does_not_stop_it_from_being_run(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from admf.store.run_folder import RunFolder\n"
        "print('asking', flush=True)\nwhile True: RunFolder(Path(sys.argv[1])).running()"
    )
    with RunFolder(tmp_path).writer():
        pass
    other = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "asking\n"
        for _ in range(3_000):
            with RunFolder(tmp_path).writer():
                pass
    finally:
        other.kill()
        other.communicate()


def test_what_a_kill_left_half_written_is_no_stranger_and_is_removed(tmp_path: Path) -> None:
    folder = run_at(tmp_path)
    with folder.writer():
        folder.reports.mkdir()
        left = [tmp_path / ".config.yaml.ab12.writing", folder.reports / ".report.html.77"]
        for path in left:
            path.write_text("half")
        (folder.reports / "report.html").write_text("whole")
        folder.tidy()
        assert [path.exists() for path in left] == [False, False]
        assert (folder.reports / "report.html").exists()
    (folder.reports / "report.html").unlink()
    folder.reports.rmdir()
    left[0].write_text("half")
    assert run_at(tmp_path) == folder


def test_a_run_without_a_trial_can_be_opened(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert not folder.begun
    write_text(folder.provenance, "{}")
    assert open_run(tmp_path) == folder
    with pytest.raises(RunError, match=r"before its first trial\. Go on with it: admf resume"):
        TrialTable.open(folder.db)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")
    with (tmp_path / "a.txt").open() as reader:
        write_text(tmp_path / "a.txt", "new\r\né")
        assert reader.read() == "old"  # a new file under the name, not new content in the old file
    assert (tmp_path / "a.txt").read_bytes() == "new\r\né".encode()
    with suppress(KeyError), writing(tmp_path / "a.txt") as file:
        file.write(b"half")
        raise KeyError
    assert (tmp_path / "a.txt").read_bytes() == "new\r\né".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_text(tmp_path / "a.txt", "old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match=r"a\.txt.*No space left.*Free some space"):
        write_text(tmp_path / "a.txt", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "old")]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root writes to read-only folders")
def test_a_read_only_folder_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(RunError, match="write permission"):
            new_run(tmp_path, "x")
    finally:
        tmp_path.chmod(0o700)


def test_a_path_through_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="A part of the path is a file"):
        new_run(tmp_path / "file" / "runs", "x")
