"""Who may write below some folders only is refused every change anywhere else, and nothing else is."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from admf.containers.enforce.landlock import version, write_only_below
from admf.containers.enforce.means import means
from admf.containers.enforce.namespaces import own_shared_memory
from tests import forked

pytestmark = pytest.mark.skipif(version() < 1, reason="the kernel offers no landlock")

CHANGES: dict[str, Callable[[Path], object]] = {
    "create": lambda folder: (folder / "new").write_text("x"),
    "write": lambda folder: (folder / "old").open("r+").write("x"),
    "append": lambda folder: (folder / "old").open("a").write("x"),
    "truncate": lambda folder: os.truncate(folder / "old", 0),
    "remove": lambda folder: (folder / "old").unlink(),
    "rename": lambda folder: (folder / "old").rename(folder / "new"),
    "make a folder": lambda folder: (folder / "new").mkdir(),
    "remove a folder": lambda folder: (folder / "empty").rmdir(),
    "link": lambda folder: (folder / "new").symlink_to("old"),
    "link hard": lambda folder: (folder / "new").hardlink_to(folder / "old"),
    "make a pipe": lambda folder: os.mkfifo(folder / "new"),
}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("mine", "other"):
        (tmp_path / name / "empty").mkdir(parents=True)
        (tmp_path / name / "old").write_text("text")
    return tmp_path / "mine", tmp_path / "other"


@pytest.mark.parametrize("change", CHANGES)
def test_changes_are_refused_elsewhere_and_allowed_below(folders: tuple[Path, Path], change: str) -> None:
    mine, other = folders

    def attempt(folder: Path) -> bool:
        assert write_only_below([mine])
        try:
            CHANGES[change](folder)
        except PermissionError:
            return False
        return True

    assert forked.result(lambda: attempt(mine)) is True
    if change == "truncate" and version() < 3:
        pytest.skip("landlock knows truncation since version 3")
    assert forked.result(lambda: attempt(other)) is False
    assert sorted(other.iterdir()) == [other / "empty", other / "old"]
    assert (other / "old").read_text() == "text"


def test_nothing_is_moved_out(folders: tuple[Path, Path]) -> None:
    mine, other = folders

    def move() -> None:
        assert write_only_below([str(mine)])
        (mine / "old").rename(other / "moved")

    assert isinstance(forked.result(move), OSError)
    assert (mine / "old").exists()


def test_reading_running_and_null_devices_stay(folders: tuple[Path, Path]) -> None:
    mine, other = folders

    def use() -> tuple[str, int, str]:
        assert write_only_below([mine, other / "missing"])
        Path("/dev/null").write_text("x")
        Path("/dev/zero").write_bytes(b"x")
        code = subprocess.run([sys.executable, "-c", "import json"], check=False, stdout=subprocess.DEVNULL)
        listed = " ".join(sorted(path.name for path in other.iterdir()))
        return (other / "old").read_text(), code.returncode, listed

    assert forked.result(use) == ("text", 0, "empty old")


def test_it_counts_for_what_is_started_too(folders: tuple[Path, Path]) -> None:
    mine, other = folders

    def start() -> int:
        assert write_only_below([mine])
        write = f"open({str(other / 'new')!r}, 'w')"
        return subprocess.run(
            [sys.executable, "-c", write], check=False, stderr=subprocess.DEVNULL
        ).returncode

    assert forked.result(start) == 1
    assert not (other / "new").exists()


@pytest.mark.skipif(not means().can("shared_memory"), reason="this user may mount nothing, not even apart")
def test_shared_memory_of_ones_own_stays(tmp_path: Path) -> None:
    def lock() -> bool:
        assert own_shared_memory(1)
        assert write_only_below([tmp_path])
        return bool(multiprocessing.Lock().acquire(timeout=1))

    assert forked.result(lock) is True
