"""Do something in a copy of this process, so that nothing it leaves behind is seen by what comes after."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

_PDEATHSIG = 1


def end_with_parent() -> None:
    """This process is killed when the one that started it ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)


def can_copy() -> bool:
    """Whether this process may be copied: Linux, and one thread only (a copy of a second one's locks would hang)."""
    return sys.platform == "linux" and len(list(Path("/proc/self/task").iterdir())) == 1


def in_copy(function: Callable[[], bytes]) -> bytes:
    """What `function` gives in a forked copy; where the copy dies without an answer, this process dies as it did."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _answer(function, reader, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if not answer or status:
        _die_alike(os.waitstatus_to_exitcode(status))
    return answer


def _answer(function: Callable[[], bytes], reader: int, writer: int) -> NoReturn:
    """The copy's whole life: compute, send, leave without cleaning up what is its parent's."""
    code = 1
    try:
        os.close(reader)
        end_with_parent()
        os.register_at_fork(
            after_in_child=lambda: os.close(writer)
        )  # else what it starts would keep us waiting
        answer = function()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):  # the job may have closed or replaced it
                stream.flush()
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(answer)
        code = 0
    finally:
        os._exit(code)


def _die_alike(code: int) -> NoReturn:
    if code < 0:
        if -code not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code or 1)
