"""What a container prints and how far it is: kept by its keeper, bounded by the kernel, read after its death."""

from __future__ import annotations

import mmap
import os
import sys
import time
from collections.abc import Iterator

import pytest

from admf.containers.capture import Capture
from admf.containers.page import OPENING, Page
from tests import forked


@pytest.fixture
def capture() -> Iterator[Capture]:
    one = Capture(5 * mmap.PAGESIZE // 2)
    yield one
    one.close()


def test_what_was_written_is_read_between_two_positions(capture: Capture) -> None:
    os.write(capture.fd, b"first ")
    before = capture.written()
    os.write(capture.fd, "zwöite".encode())
    assert (before, capture.written()) == (6, 13)
    assert capture.text(before, capture.written()) == "zwöite"
    assert capture.text(0, before) == "first "
    assert not capture.is_full()


def test_rewound_it_begins_at_the_front(capture: Capture) -> None:
    os.write(capture.fd, b"first and long")
    capture.rewind()
    assert capture.written() == 0
    os.write(capture.fd, b"new")
    assert capture.text(0, capture.written()) == "new"


def test_bytes_that_are_no_text_are_shown_as_such(capture: Capture) -> None:
    os.write(capture.fd, b"\xff\xfe ok")
    assert capture.text(0, capture.written()) == "\ufffd\ufffd ok"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing can be sealed")
def test_a_flood_is_refused_and_seen(capture: Capture) -> None:
    def flood() -> None:
        for _ in range(100):
            os.write(capture.fd, b"x" * 1000)

    with pytest.raises(OSError, match="Operation not permitted"):
        flood()
    assert capture.is_full()
    assert os.fstat(capture.fd).st_size <= capture.size + 2 * mmap.PAGESIZE
    assert len(capture.text(0, capture.written())) == capture.size, "what is kept is what may be printed"
    with pytest.raises(PermissionError):
        os.ftruncate(capture.fd, 2**24)
    capture.rewind()
    assert not capture.is_full()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing can be sealed")
@pytest.mark.parametrize("size", [0, 1, mmap.PAGESIZE - 1, mmap.PAGESIZE, 2**20])
def test_exactly_what_may_be_printed_fits(size: int) -> None:
    capture = Capture(size)
    os.write(capture.fd, b"x" * size)
    assert not capture.is_full()
    assert capture.text(0, capture.written()) == "x" * size
    os.write(capture.fd, b"x")
    assert capture.is_full()
    capture.close()


def test_it_takes_the_place_of_output_and_error_and_there_is_no_input(capture: Capture) -> None:
    def speak() -> bytes:
        capture.take_over()
        os.write(1, b"out ")
        os.write(2, b"err ")
        os.system("echo child")
        return os.read(0, 10)

    assert forked.result(speak) == b""
    assert capture.text(0, capture.written()) == "out err child\n"


def test_a_capture_that_a_trial_closed_says_nothing() -> None:
    capture = Capture(100)
    os.close(capture.fd)
    assert capture.written() == 0


def test_a_page_is_read_after_the_death_of_who_wrote_it() -> None:
    page = Page()
    page.write(OPENING, 0)
    assert page.read()[:2] == (OPENING, 0)
    before = time.monotonic()

    def die() -> None:
        page.write(17, 345)
        os.kill(os.getpid(), 9)

    assert forked.result(die) == -9
    row, printed_before, began = page.read()
    assert (row, printed_before) == (17, 345)
    assert before <= began <= time.monotonic()
    page.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only copies of a process have its page")
def test_another_program_maps_a_page_by_its_descriptor() -> None:
    page = Page()
    assert page.fd is not None
    other = Page(os.dup(page.fd))
    other.write(3, 9)
    assert page.read()[:2] == (3, 9)
    other.close()
    page.close()


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="a file could be cut short")
@pytest.mark.parametrize("size", [0, 10**6])
def test_what_prints_cannot_change_its_size(size: int) -> None:
    capture = Capture(100)
    with pytest.raises(OSError, match="not permitted"):
        os.ftruncate(capture.fd, size)
    os.write(capture.fd, b"said after all")
    assert capture.text(0, capture.written()) == "said after all"
    capture.close()
