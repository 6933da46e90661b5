"""Call a function in a copy of this process, so that nothing it leaves behind is seen by what comes after."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from admf.errors import AdmfError, TrialError
from admf.trials.source import place_of, words_of

R = TypeVar("R")


class RaisedApartError(TrialError):
    """What the function raised that is not ours, in words; `place` is the user's line that did."""

    def __init__(self, words: str, place: str = "") -> None:
        super().__init__(words, place)
        self.words, self.place = words, place

    def __str__(self) -> str:
        return self.words


def can_call_apart() -> bool:
    """Whether this process may be copied: Linux, and one thread only (a copy of a second one's locks would hang)."""
    return sys.platform == "linux" and len(list(Path("/proc/self/task").iterdir())) == 1


def call_apart(function: Callable[[], R]) -> R:
    """What `function` gives, computed in a forked copy.

    Raises what it raises where that is ours, else RaisedApartError with its words; TrialError where it dies.
    """
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
        raise value
    result: R = value
    return result


def _answer(function: Callable[[], R], reader: int, writer: int) -> None:
    """The copy's whole life: compute, send, leave without cleaning up what is its parent's."""
    os.close(reader)
    try:
        sent = pickle.dumps((True, function()))
    except BaseException as error:
        ours = isinstance(error, AdmfError) and type(error).__module__.startswith("admf.")
        sent = pickle.dumps((False, error if ours else RaisedApartError(words_of(error), place_of(error))))
    with os.fdopen(writer, "wb") as pipe:
        pipe.write(sent)
    os._exit(0)
