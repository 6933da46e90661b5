"""What a keeper and one container have between them: a pair of sockets, a page and a capture."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from multiprocessing.connection import Connection

from admf.containers.capture import Capture
from admf.containers.page import Page
from admf.model.container import Limits

_STUCK_S = 60
"""How long a message may take to be taken or sent whole."""


class Line:
    """For a container of these limits; `named`: for one that is another program, not a copy of this one."""

    __slots__ = ("_closed", "capture", "connection", "limits", "page", "theirs")

    def __init__(self, limits: Limits, *, named: bool) -> None:
        self.limits, self._closed = limits, False
        self.page = Page(named=named)
        self.capture = Capture(int(limits.output_mb * 2**20))
        ours, self.theirs = socket.socketpair()
        for end in (ours, self.theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(_STUCK_S))
        stuck = min(_STUCK_S, limits.timeout_s or _STUCK_S)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(stuck))
        self.connection = Connection(ours.detach())

    def close(self) -> None:
        """Let go of it. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self.theirs.close()
        self.connection.close()
        self.page.close()
        self.capture.close()


class Lines:
    """One for each container of a keeper; the next may be made while its keeper has nothing else to do."""

    __slots__ = ("_named", "_ready")

    def __init__(self, *, named: bool) -> None:
        self._named = named
        self._ready: Line | None = None

    def prepare(self, limits: Limits) -> None:
        """Have one ready for a container that may come next."""
        if self._ready is None:
            with suppress(OSError):  # `take` will say so
                self._ready = Line(limits, named=self._named)

    def take(self, limits: Limits) -> Line:
        """One that nobody had; OSError where none can be made."""
        line, self._ready = self._ready, None
        if line is not None and line.limits == limits:
            return line
        if line is not None:
            line.close()
        return Line(limits, named=self._named)

    def close(self) -> None:
        """Let go of the one that is ready."""
        if self._ready is not None:
            self._ready.close()
            self._ready = None


def _timeval(seconds: float) -> bytes:
    return struct.pack("ll", int(seconds), int(seconds % 1 * 1e6))
