"""The folder that trials share is there and empty for each, whether it is looked at or told of."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from admf.trials import scratch as module
from admf.trials.scratch import MANY, Scratch
from tests import forked

ELSEWHERE = "elsewhere"
HELD: list[int] = []


def fill(folder: Path) -> None:
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "file").write_text("x")
    (folder / ".hidden").write_text("x")


def replace_by_file(folder: Path) -> None:
    folder.rmdir()
    folder.write_text("a file")


def point_elsewhere(folder: Path) -> None:
    folder.rmdir()
    folder.symlink_to(folder.parent / ELSEWHERE)


def replace_by_another(folder: Path) -> None:
    folder.rmdir()
    folder.mkdir()
    fill(folder)


def move_in(folder: Path) -> None:
    made = folder.parent / "made"
    made.write_text("x")
    made.rename(folder / "moved")


def remove_what_is_open(folder: Path) -> None:
    HELD.append(os.open(folder, os.O_RDONLY))  # the folder itself is not gone while it is
    folder.rmdir()


def from_another_process(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", f"open({str(folder / 'x')!r}, 'w')"], check=True)


SPOILS: list[Callable[[Path], object]] = [
    fill,
    shutil.rmtree,
    replace_by_file,
    point_elsewhere,
    replace_by_another,
    move_in,
    remove_what_is_open,
    from_another_process,
    lambda folder: folder.rename(folder.parent / "away"),
]


@pytest.fixture(params=["looked at", "told of"])
def scratch(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scratch]:
    (tmp_path / ELSEWHERE).mkdir()
    (tmp_path / ELSEWHERE / "kept").write_text("x")
    made = Scratch(str(tmp_path / "scratch"))
    for _ in range(MANY if request.param == "told of" else 3):
        made.restore()
    assert (made._told is not None) == (request.param == "told of" and sys.platform == "linux")
    yield made
    while HELD:
        os.close(HELD.pop())


@pytest.mark.parametrize("spoil", SPOILS)
def test_it_is_there_and_empty_again(scratch: Scratch, spoil: Callable[[Path], object]) -> None:
    folder = Path(scratch.folder)
    for _ in range(3):
        spoil(folder)
        scratch.restore()
        assert folder.is_dir()
        assert not folder.is_symlink()
        assert list(folder.iterdir()) == []
        shutil.rmtree(folder.parent / "away", ignore_errors=True)
    assert (folder.parent / ELSEWHERE / "kept").exists(), "what is not the container's own is not cleared"


def test_what_is_made_goes_again_and_again(scratch: Scratch) -> None:
    folder = Path(scratch.folder)
    for number in range(50):  # faster than the clock of a file system ticks
        (folder / f"left-{number}").write_text("x")
        scratch.restore()
        assert list(folder.iterdir()) == []


def test_who_is_told_looks_only_when_something_was_done(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    real = module._is_touched

    def looked(folder: str) -> bool:
        looks.append(folder)
        return real(folder)

    monkeypatch.setattr(module, "_is_touched", looked)
    for _ in range(5):
        scratch.restore()
    assert len(looks) == (0 if scratch._told is not None else 5)
    (Path(scratch.folder) / "x").write_text("x")
    for _ in range(5):
        scratch.restore()
    assert len(looks) in ({1, 2} if scratch._told is not None else {10})


@pytest.mark.skipif(os.name == "nt", reason="a copy of the process is changed")
def test_it_is_looked_at_again_where_a_trial_closed_everything(scratch: Scratch) -> None:
    def closed() -> tuple[list[Path], bool]:
        if scratch._told is not None:
            os.close(scratch._told.fileno())
        (Path(scratch.folder) / "x").write_text("x")
        scratch.restore()
        return list(Path(scratch.folder).iterdir()), scratch._told is None

    assert forked.result(closed) == ([], True)


def test_it_is_looked_at_where_the_system_tells_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(name: str, *_: object) -> int:
        raise OSError(24, name)

    monkeypatch.setattr(module, "call", refused)
    made = Scratch(str(tmp_path / "scratch"))
    for _ in range(MANY + 1):
        made.restore()
    (tmp_path / "scratch" / "x").write_text("x")
    made.restore()
    assert list((tmp_path / "scratch").iterdir()) == []
