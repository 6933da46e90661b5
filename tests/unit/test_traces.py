"""What a trial changes in a process that others share is taken back, however soon after the last one it does so."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from admf.trials.traces import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    before = World.now()
    yield World.now(tmp_path / "scratch")
    before.restore()


def test_a_scratch_folder_is_there_from_the_first_trial_and_empty(world: World) -> None:
    assert world.scratch is not None
    assert list(world.scratch.iterdir()) == []


def test_what_is_made_in_scratch_goes_again_and_again(world: World) -> None:
    assert world.scratch is not None
    for number in range(50):  # faster than the clock of a file system ticks
        (world.scratch / f"left-{number}").write_text("x")
        world.restore()
        assert list(world.scratch.iterdir()) == []


def test_a_scratch_folder_that_was_removed_is_back(world: World) -> None:
    assert world.scratch is not None
    shutil.rmtree(world.scratch)
    world.restore()
    assert list(world.scratch.iterdir()) == []


def test_the_environment_is_as_it_was_bytes_that_are_no_text_included(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(os.environb, b"ADMF_ODD", b"\xff\xfe")
    world, before = World.now(), dict(os.environb)
    os.environ["ADMF_NEW"] = "1"
    del os.environ["ADMF_ODD"]
    world.restore()
    assert dict(os.environb) == before


def test_signal_handlers_umask_and_folder_are_as_they_were(world: World, tmp_path: Path) -> None:
    before = [signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGUSR1), Path.cwd()]
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGUSR1, lambda *_: None)
    os.umask(0o007)
    os.chdir(tmp_path)
    world.restore()
    assert [signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGUSR1), Path.cwd()] == before
    now = os.umask(world.mask)
    assert now == world.mask
