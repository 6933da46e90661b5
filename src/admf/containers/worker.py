"""A worker process: takes jobs from its driver one after the other, and answers each.

FD is its end of a socket pair, over which pickled messages go both ways: a job, then its answer. It ends when
the driver's end closes, however that came about.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from multiprocessing.connection import Connection

from admf.containers.copies import end_with_parent
from admf.containers.job import perform_packed


def main(fd: int) -> None:
    """Serve jobs until the driver is gone."""
    _end_with_driver()
    connection = _private(fd)
    with contextlib.suppress(EOFError, OSError):
        while True:
            answer = perform_packed(connection.recv_bytes())
            _flush()
            connection.send_bytes(answer)


def _private(fd: int) -> Connection:
    """The connection, closed in whatever a job starts: it would outlive the worker there, and could answer."""
    os.set_inheritable(fd, False)
    connection = Connection(fd)
    os.register_at_fork(after_in_child=connection.close)
    return connection


def _flush() -> None:
    """What a job printed is in the log before its answer: an idle worker may be killed at any time."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # a job may have closed or replaced it
            stream.flush()


def _end_with_driver() -> None:
    """A worker in the middle of a job ends with its driver too (Linux); Ctrl-C is the driver's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
