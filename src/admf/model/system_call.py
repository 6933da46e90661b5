"""One call of the C library by its name, whose failure is an OSError."""

from __future__ import annotations

import ctypes
import functools
import os
import sys


@functools.cache
def _library() -> ctypes.CDLL:
    if sys.platform != "linux":
        raise OSError("only Linux has this call")
    return ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> int:
    """What the C library's function gives; OSError where it gives a negative number or does not exist."""
    try:
        function = getattr(_library(), name)
    except AttributeError:
        raise OSError(f"the C library has no {name}") from None
    result = int(function(*arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result
