"""Two processes and one run: Ctrl-C and SIGTERM save, a second driver is refused, readers read, disks fill up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from admf.cli.app import run_app
from admf.errors import AdmfError
from admf.store.run_folder import RunFolder
from admf.store.run_log import RunLog
from tests.chaos.session import Session, admf, csv_of, session
from tests.chaos.study import write_config

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")


def until(reached: Callable[[], bool], running: Session) -> None:
    while not reached():
        assert running.process.poll() is None, running.process.communicate()[1]
        time.sleep(0.02)


def trials_of(run: Path, capfd: pytest.CaptureFixture[str]) -> int:
    capfd.readouterr()
    with suppress(AdmfError):
        if run_app(["status", str(run), "--json"]) == 0:
            return int(json.loads(capfd.readouterr().out)["ended"])
    return 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_config(tmp_path, "grid")
    return tmp_path


def test_interrupted_twice_and_met_by_a_second_driver_a_run_ends_in_the_same_bytes(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMF_TEST_SLEEP_S", "0.1")  # long enough for all that is asked meanwhile
    run, seen = folder / "run", [0]
    for signals in ((signal.SIGINT,), (signal.SIGTERM, signal.SIGINT, signal.SIGINT)):
        arguments = ("resume", "run") if seen[1:] else ("run", "--out", "run")
        with session(folder, *arguments) as running:
            before = seen[-1]
            until(lambda before=before: trials_of(run, capfd) > before, running)  # type: ignore[misc]
            assert RunFolder(run).running() == running.process.pid
            assert run_app(["resume", str(run)]) == 2
            assert f"process {running.process.pid} does already" in capfd.readouterr().err
            assert run_app(["status", str(run)]) == 0
            assert f"running (process {running.process.pid})" in capfd.readouterr().out
            for reader in (
                ["trials", str(run), "--top", "1"],
                ["note", str(run), "hello"],
                ["runs", str(folder)],
            ):
                assert run_app(reader) == 0
            for number in signals:
                running.process.send_signal(number)
            _, said = running.process.communicate()
            assert running.process.returncode == 130
            (line,) = [line for line in said.splitlines() if "interrupted" in line]
            assert line == "interrupted; all that had ended is stored. To go on: admf resume run"
            assert running.left_behind() == []
            seen.append(trials_of(run, capfd))
    assert 0 < seen[1] < seen[2] < 1_500
    assert RunFolder(run).running() is None
    monkeypatch.delenv("ADMF_TEST_SLEEP_S")
    admf(folder, "resume", "run")
    with RunLog.open(run / "run.db", readonly=True) as log:
        kinds = [event.kind for event in log.events() if not event.kind.startswith(("note", "study"))]
    assert kinds == ["started", "interrupted", "resumed", "interrupted", "resumed", "finished"]
    admf(folder, "run", "--out", "whole")
    assert csv_of(folder, "run") == csv_of(folder, "whole")


def test_interrupted_before_anything_was_written(folder: Path) -> None:
    with session(folder, "run", "--out", "run") as running:
        until(lambda: len(running.others()) > 0, running)  # workers are being asked what the component is
        running.process.send_signal(signal.SIGINT)
        _, said = running.process.communicate()
        assert running.process.returncode == 130
        assert said.splitlines()[-1] in (
            "interrupted before anything was run",
            "interrupted; all that had ended is stored. To go on: admf resume run",  # it was faster
        )
        assert running.left_behind() == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", str(place)]
    if os.name == "nt" or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a file system is not allowed here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.slow
def test_a_full_disk_leaves_a_run_that_goes_on(folder: Path, small_disk: Path) -> None:
    admf(folder, "run", "--out", "whole")
    run = str(small_disk / "run")
    for arguments in (("run", "--out", run), ("resume", run)):
        with session(folder, *arguments) as running:
            _, said = running.process.communicate()
            assert running.process.returncode == 2, said
            (line,) = [line for line in said.splitlines() if "full" in line or "No space left" in line]
            assert line.endswith(f"To go on: admf resume {run}")
            assert "Traceback" not in said
            assert running.left_behind() == []
    before = csv_of(folder, run).splitlines()
    whole = csv_of(folder, "whole")
    assert 0 < len(before) - 1 < 1_500
    assert set(before) <= set(whole.splitlines())
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    admf(folder, "resume", run)
    assert csv_of(folder, run) == whole
    assert (small_disk / "run" / "reports" / "report.html").is_file()
