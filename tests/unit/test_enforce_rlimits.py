"""What a container limits of itself: private memory ends in an exception, files are held, nice weighs as shares do."""

from __future__ import annotations

import os
import resource
from functools import partial
from pathlib import Path

import pytest

from admf.containers.enforce.rlimits import limit_self, nice_of, oom_first, private_bytes, steps_of
from admf.model.container import Limits
from tests import forked

MB = 2**20


def filled(size_mb: int, memory_mb: float) -> int:
    """How much could be had of it, in MB."""
    freed = held_until_it_grows()
    assert "memory" in limit_self(Limits(), memory_mb)
    held = []
    try:
        for _ in range(size_mb):
            held.append(bytearray(b"x" * MB))
    except MemoryError:
        pass
    assert freed
    return len(held)


def held_until_it_grows() -> list[bytearray]:
    """What tests before this one have freed is private memory that is there already: taken, so that it is not had."""
    held: list[bytearray] = []
    while True:
        before = private_bytes() or 0
        held.append(bytearray(b"x" * MB))
        if (private_bytes() or 0) > before + MB // 2:
            return held


@pytest.mark.parametrize("memory_mb", [100, 300])
def test_private_memory_ends_in_an_exception_a_little_below_the_limit(memory_mb: int) -> None:
    had = forked.result(partial(filled, memory_mb + 100, memory_mb))
    assert memory_mb * 0.9 - 5 < had < memory_mb


def test_what_is_private_already_does_not_count() -> None:
    held = bytearray(b"x" * 200 * MB)
    assert (private_bytes() or 0) > 200 * MB
    assert forked.result(partial(filled, 90, 100)) == 90
    assert len(held) == 200 * MB


def test_open_files_are_limited_and_there_is_no_core() -> None:
    def open_all() -> tuple[int, tuple[int, int]]:
        assert "files" in limit_self(Limits(open_files=500), 300)
        opened = []
        try:
            while True:
                opened.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            return max(opened), resource.getrlimit(resource.RLIMIT_CORE)

    assert forked.result(open_all) == (499, (0, 0))


def test_no_limit_is_raised() -> None:
    def twice() -> tuple[int, int]:
        limit_self(Limits(open_files=500), 300)
        limit_self(Limits(open_files=900), 3000)
        return resource.getrlimit(resource.RLIMIT_NOFILE)

    assert forked.result(twice) == (500, 500)


def test_a_container_is_the_first_to_die() -> None:
    def after() -> str:
        assert oom_first()
        return Path("/proc/self/oom_score_adj").read_text()

    assert forked.result(after) == "1000\n"
    assert Path("/proc/self/oom_score_adj").read_text() != "1000\n"


@pytest.mark.parametrize(
    ("shares", "largest", "steps"),
    [(1, 1, 0), (1, 4, 6), (4, 4, 0), (0.25, 1, 6), (4, 1, -6), (1e-9, 1, 19), (1e9, 1, -20)],
)
def test_a_step_of_nice_is_a_quarter_more(shares: float, largest: float, steps: int) -> None:
    """1.25 to the 6th is 3.8 (man 7 sched)."""
    assert steps_of(shares, largest) == steps


def test_being_less_nice_needs_a_privilege() -> None:
    def try_it() -> tuple[bool, int, bool, int]:
        if os.getuid() == 0:
            os.setuid(65534)
        return nice_of(4.0), os.nice(0), nice_of(1.0, 4.0), os.nice(0)

    assert forked.result(try_it) == (False, 0, True, 6)
