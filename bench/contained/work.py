"""What runs inside containers while they are measured: components, and jobs that are named 'contained.work:...'."""

from __future__ import annotations

import ctypes
import gc
import mmap
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from admf.model.bars import Bars


class Empty:
    """A trial that does nothing: what it takes is what surrounds it."""

    def __init__(self, x: int = 0) -> None:
        self.x = x

    def evaluate(self, _bars: Bars) -> Mapping[str, float]:
        """One metric of its own."""
        return {"x": 1.0}


def plain(bars: Bars, x: int = 0) -> Any:
    """A plain NumPy function."""
    return bars.close > bars.close[x]


class Reads:
    """A trial that reads every column of its bars, whole."""

    def __init__(self, x: int = 0) -> None:
        self.x = x

    def evaluate(self, bars: Bars) -> Mapping[str, float]:
        """The sum of everything."""
        columns = (bars.time.astype(np.int64), bars.session, *bars.columns.values())
        return {"x": float(sum(float(column.sum()) for column in columns))}


class Crashes:
    """A trial that segfaults where x is 1."""

    def __init__(self, x: int = 0) -> None:
        self.x = x

    def evaluate(self, _bars: Bars) -> Mapping[str, float]:
        """One metric, or no more."""
        if self.x:
            ctypes.string_at(0)
        return {"x": time.monotonic()}


class Eats:
    """A trial that takes 800 MB, 10 at a time: x is 0 NumPy's, 1 mapped and shared, 2 files in /dev/shm."""

    def __init__(self, x: int = 0) -> None:
        self.x = x

    def evaluate(self, _bars: Bars) -> Mapping[str, float]:
        """How many MB it got, where it was not killed."""
        held: list[Any] = []
        for _ in range(80):
            held.append(_TAKE[self.x]())
        return {"x": 10.0 * len(held)}


def _private() -> Any:
    return np.ones(10 * 2**17)


def _mapped() -> Any:
    memory = mmap.mmap(-1, 10 * 2**20)
    memory.write(b"x" * (10 * 2**20))
    return memory


def _file() -> Any:
    path = Path("/dev/shm") / f"eaten-{time.monotonic_ns()}"
    path.write_bytes(b"x" * (10 * 2**20))
    return path


_TAKE = {0: _private, 1: _mapped, 2: _file}


def bare_forks(count: int) -> list[int]:
    """Nanoseconds of each of `count` forks of a process as large as a keeper, that send one byte and end.

    The floor for a container of its own: no limits, no output, no capture, no reply but a byte.
    """
    gc.collect()
    gc.freeze()
    took = []
    for _ in range(count):
        began = time.perf_counter_ns()
        ours, theirs = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.write(theirs, b"x")
            os._exit(0)
        os.close(theirs)
        os.read(ours, 1)
        os.waitpid(pid, 0)
        os.close(ours)
        took.append(time.perf_counter_ns() - began)
    return took


def burn(until: float) -> float:
    """Compute until a time of the monotonic clock; CPU seconds that this took. Both of a pair stop together."""
    began = time.process_time()
    while time.monotonic() < until:
        sum(range(2000))
    return time.process_time() - began


def rest(seconds: float) -> tuple[int, float]:
    """Hold a container for a while: its process id, and the page count of its bars."""
    time.sleep(seconds)
    return os.getpid(), seconds
