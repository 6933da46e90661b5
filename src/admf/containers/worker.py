"""A worker process: takes jobs from its driver one after the other, and answers each.

Started as `python -m admf.containers.worker FD`: FD is its end of a socket pair, over which pickled messages
go both ways. It ends when the driver's end closes, however that came about.
"""

from __future__ import annotations

import contextlib
import ctypes
import signal
import sys
from multiprocessing.connection import Connection

from admf.containers.job import Answer, Job, perform

_PDEATHSIG = 1


def main(fd: int) -> None:
    """Serve jobs until the driver is gone."""
    _end_with_driver()
    connection = Connection(fd)
    while True:
        try:
            ticket, job = connection.recv()
        except (EOFError, OSError):
            return
        connection.send((ticket, _answer(job)))


def _answer(job: Job) -> Answer:
    with contextlib.suppress(ValueError):
        sys.stdout.flush()
    return perform(job)


def _end_with_driver() -> None:
    """A worker in the middle of a job ends with its driver too (Linux); Ctrl-C is the driver's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]))
