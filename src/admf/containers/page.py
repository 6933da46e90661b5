"""Where a container tells its keeper how far it is: a page of memory that both have."""

from __future__ import annotations

import mmap
import os
import struct
from time import monotonic  # by this name: a component may put another clock in its place

_RECORD = struct.Struct("qqd")
_PLACES = (8, 8 + _RECORD.size)
OPENING, CLOSING = -1, 2**62
"""The rows of a container that has begun no trial yet, and of one whose trials are over."""


class Page:
    """Written by the container, read by its keeper at any time, also after the container's death.

    Two records lie on it, written in turn; the first byte counts the writes, and by that says which one holds. What
    holds is never written to, so no moment of a writer, its last one included, shows a record in pieces.
    """

    __slots__ = ("_memory", "fd")

    def __init__(self, fd: int | None = None, *, named: bool = True) -> None:
        """Map it; a page that is not `named` is made for copies of this process only, and made sooner."""
        if fd is None and named and hasattr(os, "memfd_create"):
            fd = os.memfd_create("admf-page")
            os.ftruncate(fd, mmap.PAGESIZE)
        self.fd = fd
        """What another program maps it by; None: only copies of this process can."""
        self._memory = mmap.mmap(-1 if fd is None else fd, mmap.PAGESIZE)

    def write(self, row: int, printed_before: int) -> None:
        """A trial begins; what lies in the capture before `printed_before` is not its own."""
        memory = self._memory
        count = (memory[0] + 1) & 0xFF
        _RECORD.pack_into(memory, _PLACES[count & 1], row, printed_before, monotonic())
        memory[0] = count

    def read(self) -> tuple[int, int, float]:
        """The row under way, where its output begins, and when it began on the monotonic clock."""
        memory = self._memory
        while True:
            count = memory[0]
            row, printed_before, began = _RECORD.unpack_from(memory, _PLACES[count & 1])
            if memory[0] == count:
                return row, printed_before, began

    def close(self) -> None:
        """Let go of it."""
        self._memory.close()
        if self.fd is not None:
            os.close(self.fd)
