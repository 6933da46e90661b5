"""What a container tells its keeper is never seen in pieces."""

from __future__ import annotations

import os
import signal

from admf.containers.page import OPENING, Page

READS = 100_000
"""Of which some five thousand met a record under way, where there was one place for it."""


def test_a_record_is_read_whole_while_another_is_written() -> None:
    page = Page()
    page.write(7, 3)
    first = page.read()[2]
    writer = os.fork()
    if writer == 0:
        while True:
            page.write(7, 3)
    try:
        for _ in range(READS):
            row, printed, began = page.read()
            assert (row, printed) == (7, 3)
            assert began >= first
    finally:
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        page.close()


def test_the_last_record_holds() -> None:
    page = Page()
    for row in (OPENING, 0, 1, 2, 1_000):
        page.write(row, row + 5)
        assert page.read()[:2] == (row, row + 5)
    page.close()
