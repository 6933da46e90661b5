"""What a container prints: memory of a fixed size that takes the place of its standard output and error.

It is kept by the keeper, so that the last words of a container that died are there; more than fits is refused
by the kernel (Linux), so that a flood fills nothing.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from mmap import PAGESIZE

_ADD_SEALS, _SEALS, _ALLOW_SEALING = 1033, 2 | 4, 2
"""F_SEAL_SHRINK and F_SEAL_GROW: what ran in the container cannot change its size either."""


class Capture:
    """A file without a name that keeps `size` bytes; both ends share its position."""

    __slots__ = ("fd", "size")

    def __init__(self, size: int, fd: int | None = None) -> None:
        self.size = size
        self.fd = _sealed(size) if fd is None else fd

    def written(self) -> int:
        """How many bytes were written since `rewind`; 0 where a trial closed it."""
        try:
            return os.lseek(self.fd, 0, os.SEEK_CUR)
        except OSError:
            return 0

    def is_full(self) -> bool:
        """Whether more was written than is kept."""
        return self.written() > self.size

    def text(self, first: int, stop: int) -> str:
        """What was written between two positions, as far as it is kept."""
        first = max(0, min(first, self.size))
        return os.pread(self.fd, max(0, min(stop, self.size) - first), first).decode(errors="replace")

    def rewind(self) -> None:
        """Begin again at the front; what was written is forgotten."""
        os.lseek(self.fd, 0, os.SEEK_SET)

    def take_over(self) -> None:
        """In the container: become its standard output and error; there is no input."""
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(self.fd, 1)
        os.dup2(self.fd, 2)

    def close(self) -> None:
        """Let go of it."""
        os.close(self.fd)


def _sealed(size: int) -> int:
    if not hasattr(os, "memfd_create"):
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())
    fd = os.memfd_create("admf-output", os.MFD_CLOEXEC | _ALLOW_SEALING)
    os.ftruncate(fd, (size // PAGESIZE + 2) * PAGESIZE)  # one page more shows that there was too much
    fcntl.fcntl(fd, _ADD_SEALS, _SEALS)
    return fd
