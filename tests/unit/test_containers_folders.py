"""Folders of containers: one that nothing was done to comes again, any other is gone."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from admf.containers.folders import Folders


def test_a_folder_that_nobody_touched_is_used_again(tmp_path: Path) -> None:
    folders = Folders(str(tmp_path), "slot")
    first = folders.take()
    folders.give_back(first)
    assert folders.take() == first
    assert list(Path(first).iterdir()) == []


def _made_and_removed(folder: Path) -> None:
    (folder / "x").touch()
    (folder / "x").unlink()


def _other(folder: Path) -> None:
    folder.rmdir()
    folder.mkdir(mode=0o700)


def _gone(folder: Path) -> None:
    folder.rmdir()


def _a_file(folder: Path) -> None:
    folder.rmdir()
    folder.touch()


def _denied(folder: Path) -> None:
    folder.chmod(0o500)


def _hidden(folder: Path) -> None:
    before = folder.stat()
    (folder / ".left").touch()
    os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("harm", [_made_and_removed, _other, _gone, _a_file, _denied, _hidden])
def test_one_that_was_touched_is_not(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    folders = Folders(str(tmp_path), "slot")
    first = folders.take()
    time.sleep(0.02)  # the clock of older file systems
    harm(Path(first))
    folders.give_back(first)
    second = folders.take()
    assert second != first
    assert list(Path(second).iterdir()) == []
    assert not os.path.lexists(first) or harm is _a_file


def test_each_that_was_not_given_back_is_another(tmp_path: Path) -> None:
    folders = Folders(str(tmp_path), "slot")
    assert folders.take() != folders.take()


def _removed(pool: Path) -> None:
    shutil.rmtree(pool)


def _moved(pool: Path) -> None:
    (slot,) = pool.iterdir()
    slot.rename(pool / "moved")


def _linked(pool: Path) -> None:
    (slot,) = pool.iterdir()
    slot.rename(pool / "moved")
    slot.symlink_to(pool.parent / "precious")


@pytest.mark.parametrize("harm", [_removed, _moved, _linked])
def test_where_the_folder_of_all_is_gone_another_is_made(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    pool, precious = tmp_path / "pool", tmp_path / "precious"
    (precious / "0").mkdir(parents=True)
    (precious / "0" / "kept").touch()
    folders = Folders(str(pool), "slot")
    first = folders.take()
    harm(pool)
    folders.give_back(first)
    second = folders.take()
    assert Path(second).is_dir()
    assert not Path(second).is_symlink()
    assert Path(second).resolve().is_relative_to(pool.resolve())
    folders.close()
    assert (precious / "0" / "kept").exists()
