"""Do something in a forked copy of the test's process: what cannot be undone, and what may kill."""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Callable
from typing import Any, NoReturn


def start(function: Callable[[], Any]) -> tuple[int, int]:
    """The copy's process id, and a descriptor from which its pickled answer is read."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, which a copy does not have
        child = os.fork()
    if child == 0:
        os.close(reader)
        _answer(function, writer)
    os.close(writer)
    return child, reader


def result(function: Callable[[], Any]) -> Any:
    """What it gives in a copy; the exception where it raises, the negative number of the signal that kills it."""
    child, reader = start(function)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code < 0 else pickle.loads(said)


def _answer(function: Callable[[], Any], writer: int) -> NoReturn:
    code = 1
    try:
        try:
            said = function()
        except BaseException as error:
            said = error
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(pickle.dumps(said))
        code = 0
    finally:
        os._exit(code)
