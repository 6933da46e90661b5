"""A keeper that did not survive a component's import is the last that tries; one that did, or is at it, is none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from admf.containers.warming import Warming
from tests.some_study import STUDY


@pytest.fixture(autouse=True)
def alarms(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What was set, and not: a test's own time limit is an alarm too."""
    found: list[int] = []
    monkeypatch.setattr(signal, "alarm", found.append)
    return found


def test_an_alarm_is_set_until_a_container_is_there(tmp_path: Path, alarms: list[int]) -> None:
    one = Warming(str(tmp_path / "pool"))
    one.forked()
    assert alarms == []
    one.begins(STUDY)
    one.opened()
    assert len(alarms) == 2
    assert all(alarms)
    one.forked()
    assert alarms[-1] == 0, "its trial may take longer"
    one.over()
    assert list((tmp_path / "pool").iterdir()) == []


def test_only_the_note_of_a_dead_one_is_heeded(tmp_path: Path) -> None:
    one, another = Warming(str(tmp_path)), Warming(str(tmp_path))
    assert not another.ended_another(STUDY)
    one.begins(STUDY)
    assert not another.ended_another(STUDY), "it lives"
    (note,) = tmp_path.iterdir()
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    note.rename(note.with_suffix(f".{int(dead.stdout)}"))
    note.with_suffix(".nobody").touch()
    assert another.ended_another(STUDY)
    assert not another.ended_another(replace(STUDY, stop=8))
    assert note.suffix == f".{os.getpid()}"
