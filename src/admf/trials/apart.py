"""Call a function in a copy of this process, so that nothing it leaves behind is seen by what comes after."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from admf.errors import TrialError

R = TypeVar("R")


def can_call_apart() -> bool:
    """Whether this process may be copied: Linux, and one thread only (a copy of a second one's locks would hang)."""
    return sys.platform == "linux" and len(list(Path("/proc/self/task").iterdir())) == 1


def call_apart(function: Callable[[], R]) -> R:
    """What `function` gives, computed in a forked copy; TrialError with its words where it raises or dies."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _answer(function, reader, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        sent = pipe.read()
    _, status = os.waitpid(child, 0)
    if not sent:
        raise TrialError(f"its process ended with status {os.waitstatus_to_exitcode(status)}.")
    good, value = pickle.loads(sent)
    if not good:
        raise TrialError(value)
    result: R = value
    return result


def _answer(function: Callable[[], R], reader: int, writer: int) -> None:
    """The copy's whole life: compute, send, leave without cleaning up what is its parent's."""
    os.close(reader)
    try:
        sent = pickle.dumps((True, function()))
    except BaseException as error:
        sent = pickle.dumps((False, f"{type(error).__name__}: {error}"))
    with os.fdopen(writer, "wb") as pipe:
        pipe.write(sent)
    os._exit(0)
