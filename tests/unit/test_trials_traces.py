"""What one trial changes in the process that others share with it is taken back."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from admf.trials.traces import World
from tests import forked


def handler() -> Any:
    return signal.getsignal(signal.SIGUSR1)


def mask() -> int:
    now = os.umask(0)
    os.umask(now)
    return now


CHANGES: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "working folder": (lambda: os.chdir("/"), Path.cwd),
    "variable set": (lambda: os.environ.update(ADMF_TRACE="1"), lambda: dict(os.environ)),
    "variables gone": (lambda: os.environ.clear(), lambda: dict(os.environ)),
    "umask": (lambda: os.umask(0o123), mask),
    "path": (lambda: sys.path.insert(0, "nowhere"), lambda: list(sys.path)),
    "another path": (lambda: setattr(sys, "path", []), lambda: list(sys.path)),
    "handler": (lambda: signal.signal(signal.SIGUSR1, lambda *_: None), handler),
    "ignored": (
        lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN),
        lambda: signal.getsignal(signal.SIGTERM),
    ),
    "timer": (
        lambda: signal.setitimer(signal.ITIMER_REAL, 50.0),
        lambda: signal.getitimer(signal.ITIMER_REAL)[0],
    ),
}


@pytest.mark.skipif(os.name == "nt", reason="a copy of the process is changed")
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_taken_back(name: str) -> None:
    change, look = CHANGES[name]

    def changed() -> tuple[bool, bool]:
        before, world = look(), World.now()
        change()
        seen = look() != before
        world.restore()
        return seen, look() == before

    assert forked.result(changed) == (True, True)


@pytest.mark.skipif(os.name == "nt", reason="a folder that is used cannot be removed there")
def test_it_is_left_when_the_working_folder_is_gone(tmp_path: Path) -> None:
    def removed() -> bool:
        world, gone = World.now(), tmp_path / "gone"
        gone.mkdir()
        os.chdir(gone)
        gone.rmdir()
        world.restore()
        return str(Path.cwd()) == world.folder

    assert forked.result(removed) is True


def test_an_undisturbed_world_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World.now()
    called: list[str] = []
    for name in ("chdir", "umask"):
        real = getattr(os, name)

        def noted(*arguments: Any, name: str = name, real: Any = real) -> Any:
            called.append(name)
            return real(*arguments)

        monkeypatch.setattr(os, name, noted)
    world.restore()
    assert "chdir" not in called


def test_bytes_of_the_environment_that_are_no_text_are_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environb, b"ADMF_ODD", b"\xff\xfe")
    world, before = World.now(), dict(os.environb)
    os.environ["ADMF_NEW"] = "1"
    del os.environ["ADMF_ODD"]
    world.restore()
    assert dict(os.environb) == before


@pytest.mark.skipif(os.name == "nt", reason="a folder that is used cannot be removed there")
def test_a_world_whose_own_working_folder_is_gone_hinders_no_trial(tmp_path: Path) -> None:
    def removed() -> bool:
        gone = tmp_path / "gone"
        gone.mkdir()
        os.chdir(gone)
        world = World.now()
        gone.rmdir()
        os.chdir(tmp_path)
        world.restore()
        gone.mkdir()
        os.chdir(gone)
        gone.rmdir()
        World.now().restore()
        return True

    assert forked.result(removed) is True
