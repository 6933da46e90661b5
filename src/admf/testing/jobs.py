"""Small jobs with which the kits try executors and containers."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

from admf.errors import ComponentError, TrialError

_remembered: list[Any] = []


class OwnError(ComponentError):
    """An error as a user may write one: made with other arguments than ours."""

    def __init__(self, says: str, number: int) -> None:
        super().__init__(f"{says} {number}")


class Unreadable:
    """Something that can be pickled, but not read back."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return stumble, ("over its own pickle",)


def echo(value: Any) -> Any:
    """Give `value` back."""
    return value


def nap(seconds: float) -> float:
    """Sleep, so that jobs end in another order than they were sent."""
    time.sleep(seconds)
    return seconds


def refuse(says: str) -> None:
    """Raise one of our errors."""
    raise ComponentError(says)


def stumble(says: str) -> None:
    """Raise an error that is not ours."""
    raise ZeroDivisionError(says)


def vanish(code: int) -> None:
    """End the process without a word."""
    os._exit(code)


def say_and_vanish(words: str) -> NoReturn:
    """Print, and end the process."""
    print(words)  # noqa: T201
    os._exit(4)


def refuse_in_own_words(says: str) -> None:
    """Raise a user's subclass of one of our errors."""
    raise OwnError(says, 7)


def refuse_with_luggage(says: str) -> None:
    """Raise one of our errors with an attribute that cannot be pickled."""
    error = TrialError(says)
    error.luggage = lambda: None  # type: ignore[attr-defined]
    raise error


def give_function(_: Any) -> Callable[[], None]:
    """Give what cannot be pickled."""
    return lambda: None


def give_unreadable(_: Any) -> Unreadable:
    """Give what cannot be read back."""
    return Unreadable()


def vanish_behind_fork(code: int) -> None:
    """End the process; a copy of it lives on, and would answer in its place."""
    if os.fork():
        time.sleep(0.1)
        os._exit(code)


def vanish_behind_child(code: int) -> NoReturn:
    """End the process; one that it started lives on, and with it all that it had open."""
    for fd in range(3, 64):
        with contextlib.suppress(OSError):
            os.set_inheritable(fd, True)
    start_child(None)
    os._exit(code)


def start_child(_: Any) -> int:
    """Start a process that outlives the job, and give its id."""
    return subprocess.Popen(["sleep", "60"], close_fds=False).pid


def hang_up(_: Any) -> None:
    """Close every connection, and stay."""
    os.closerange(3, 64)
    time.sleep(60.0)


def vanish_later(seconds: float) -> None:
    """End well; the process ends without a word a little later."""
    threading.Timer(seconds, os._exit, (7,)).start()


def remember(value: Any) -> None:
    """Leave something behind in this process."""
    _remembered.append(value)


def recall(_: Any) -> list[Any]:
    """What was left behind in this process."""
    return list(_remembered)


def order_of(names: list[str]) -> list[str]:
    """Names in the order of their hashes, as a set may give them."""
    return sorted(names, key=hash)


def modules(_: Any) -> list[str]:
    """What this process has imported."""
    return sorted(sys.modules)


def wait_for(path: str) -> str:
    """Wait until there is a file."""
    while not os.path.exists(path):  # noqa: PTH110
        time.sleep(0.01)
    return path


def start_child_and_nap(seconds: float) -> None:
    """Start a process that outlives the job, and sleep."""
    start_child(None)
    time.sleep(seconds)
