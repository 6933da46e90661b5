"""Folders are removed with whatever lies in them, and nothing beside them is."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from admf.model.clear_away import clear_away


def deep(folder: Path, levels: int) -> None:
    """A tree that is too deep for a path, with a file at the bottom."""
    here = Path.cwd()
    os.chdir(folder)
    for _ in range(levels):
        Path("d").mkdir()
        os.chdir("d")
    Path("file").touch()
    os.chdir(here)


@pytest.mark.parametrize("levels", [3, 3 * sys.getrecursionlimit()])
def test_however_deep(tmp_path: Path, levels: int) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    deep(folder, levels)
    assert clear_away(folder)
    assert list(tmp_path.iterdir()) == []


def test_two_deep_ones_and_what_nobody_may_read(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for name in ("a", "b"):
        (folder / name / "in").mkdir(parents=True)
        deep(folder / name / "in", 2 * sys.getrecursionlimit())
    (folder / "closed").mkdir()
    (folder / "closed" / "file").touch()
    (folder / "closed").chmod(0)
    os.mkfifo(folder / "fifo")
    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(folder)
        one.bind("socket")
        os.chdir(here)
    assert clear_away(folder)
    assert not folder.exists()


def test_links_are_removed_and_not_followed(tmp_path: Path) -> None:
    precious, folder = tmp_path / "precious", tmp_path / "folder"
    precious.mkdir()
    (precious / "file").touch()
    folder.mkdir()
    (folder / "link").symlink_to(precious)
    deep(folder, 2 * sys.getrecursionlimit())
    assert clear_away(folder)
    assert (precious / "file").exists()


def test_what_is_no_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "precious")
    assert not clear_away(link)
    assert link.is_symlink()
    assert clear_away(tmp_path / "nowhere"), "it is gone"
