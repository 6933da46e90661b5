"""What is between a keeper and a container is made once, for its limits, and let go of whole."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from admf.containers.container import Container, Place
from admf.containers.enforce.groups import Group
from admf.containers.folders import Folders
from admf.containers.line import Lines
from admf.model.container import Limits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="its descriptors are counted in /proc")

USUAL, OTHER = Limits(), Limits(output_mb=2.0)


def opened() -> set[str]:
    return set(os.listdir("/proc/self/fd"))  # noqa: PTH208


@pytest.fixture
def lines() -> Lines:
    return Lines(named=True)


def test_what_was_prepared_is_taken_once(lines: Lines) -> None:
    lines.prepare(USUAL)
    ready = lines._ready
    lines.prepare(USUAL)
    first, second = lines.take(USUAL), lines.take(USUAL)
    assert first is ready
    assert second is not first
    first.close()
    second.close()


def test_what_was_prepared_for_other_limits_is_let_go_of(lines: Lines) -> None:
    before = opened()
    lines.prepare(OTHER)
    line = lines.take(USUAL)
    assert line.limits == USUAL
    assert line.capture.size == 2**20
    line.close()
    assert opened() == before


def test_closing_twice_closes_nobody_elses(lines: Lines) -> None:
    before = opened()
    lines.prepare(USUAL)
    line = lines.take(USUAL)
    line.close()
    mine = os.open(os.devnull, os.O_RDONLY)
    line.close()
    os.close(mine)
    lines.prepare(USUAL)
    lines.close()
    lines.close()
    assert opened() == before


def test_a_container_that_cannot_be_started_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    place = Place(
        folders=Folders(str(tmp_path), "slot"),
        lines=Lines(named=False),
        memory_mb=100.0,
        group=Group.make("none"),
    )
    monkeypatch.setattr(os, "fork", refused)
    before = opened()
    for _ in range(3):
        with pytest.raises(BlockingIOError):
            Container(place, USUAL, shared=False)
    assert opened() == before
    assert len(list(tmp_path.glob("*/*"))) == 1, "the folder is used again"
    place.group.close()
