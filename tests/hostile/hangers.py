"""Acts that do not end."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import threading
import time
from collections import deque
from contextlib import suppress
from itertools import repeat
from multiprocessing import Pipe
from typing import Any

from tests.hostile.act import FOR_EVER, Act, timed_out


def loops(_bars: Any) -> None:
    while True:
        pass


def loops_in_c(_bars: Any) -> None:
    """Never comes back to the interpreter, not even to ask for signals."""
    deque(repeat(1), maxlen=0)


def backtracks(_bars: Any) -> None:
    """A pattern whose time doubles with every letter."""
    re.match("(a+)+$", "a" * 200 + "b")


def sleeps(_bars: Any) -> None:
    time.sleep(FOR_EVER)


def sleeps_holding_the_interpreter(_bars: Any) -> None:
    """No other thread of its process can run meanwhile."""
    ctypes.PyDLL(None).sleep(FOR_EVER)


def deadlocks(_bars: Any) -> None:
    lock = threading.Lock()
    with lock:
        lock.acquire()


def waits_for_itself(_bars: Any) -> None:
    """For words that nobody will say."""
    ours, _theirs = Pipe()
    ours.recv_bytes()


def waits_for_a_child(_bars: Any) -> None:
    pid = os.fork()
    if pid == 0:
        time.sleep(FOR_EVER)
        os._exit(0)
    os.waitpid(pid, 0)


def ignores_signals(_bars: Any) -> None:
    for number in signal.valid_signals():
        with suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    while True:
        with suppress(BaseException):
            time.sleep(FOR_EVER)


def leaves_its_group(_bars: Any) -> None:
    """Hangs where a kill of the group does not reach: itself in the group of a child that is a leader."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        time.sleep(FOR_EVER)
        os._exit(0)
    time.sleep(0.05)
    with suppress(OSError):
        os.setpgid(0, child)
    time.sleep(FOR_EVER)


HANGERS: dict[str, Act] = {
    act.__name__: timed_out(act)
    for act in (
        loops,
        loops_in_c,
        backtracks,
        sleeps,
        sleeps_holding_the_interpreter,
        deadlocks,
        waits_for_itself,
        waits_for_a_child,
        ignores_signals,
        leaves_its_group,
    )
}
