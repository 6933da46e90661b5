"""Small trials with which the kit tries containers: each does one thing, and notes what it sees."""

from __future__ import annotations

import logging
import os
import random
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from admf.trials.scope import scope as current

_left: list[int] = []


def trial(bars: Any, n: int = 1, act: str = "") -> Any:
    """A signal that depends on `n` alone, after `act` was done."""
    if act:
        ACTS[act](bars, n)
    return bars.close > bars.close[n % len(bars)]


def draw(_: Any, __: int) -> None:
    """Note what the global generators give, and the scope's."""
    drawn = [random.random(), float(np.random.random()), float(current().rng.random())]  # noqa: NPY002
    current().note("drawn", numbers=drawn)


def speak(_: Any, n: int) -> None:
    """Say something in every way there is."""
    print(f"printed {n};")  # noqa: T201
    sys.stderr.write(f"complained {n};\n")
    logging.getLogger("trial").warning("logged %d;", n)
    os.write(1, f"written {n};\n".encode())


def scratch(_: Any, n: int) -> None:
    """Note where the scratch folder is and what is in it, and leave a file."""
    folder = current().scratch
    current().note("scratch", folder=str(folder), found=sorted(path.name for path in folder.iterdir()))
    (folder / f"left-by-{n}").write_text("x")


def leave(_: Any, n: int) -> None:
    """Note what earlier trials left in this module, and leave something."""
    current().note("left", seen=list(_left))
    _left.append(n)


def write_bars(bars: Any, _: int) -> None:
    """Try to change the prices that all trials see."""
    tries: dict[str, Callable[[], Any]] = {
        "set": lambda: bars.close.__setitem__(0, 1.0),
        "unlock": lambda: bars.close.setflags(write=True),
        "column": lambda: bars.columns.__setitem__("close", bars.open),
        "attribute": lambda: setattr(bars, "columns", {}),
        "service": lambda: current().services.__setitem__("bars", None),  # type: ignore[index]
        "services": lambda: setattr(current(), "services", {}),
    }
    for name, change in tries.items():
        try:
            change()
        except (ValueError, TypeError, AttributeError):
            continue
        current().note("changed", by=name)


def exit_now(_: Any, __: int) -> None:
    """End the process without a word."""
    os._exit(3)


def exit_politely(_: Any, __: int) -> None:
    """End the process as Python does."""
    sys.exit(5)


def stumble(_: Any, n: int) -> None:
    """Raise."""
    raise ZeroDivisionError(f"over {n}")


def hang(_: Any, __: int) -> None:
    """Wait for ever."""
    while True:
        time.sleep(60.0)


def flood(_: Any, __: int) -> None:
    """Print without end."""
    for _ in range(100_000):
        print("x" * 1000)  # noqa: T201


ACTS: dict[str, Callable[[Any, int], None]] = {
    "draw": draw,
    "speak": speak,
    "scratch": scratch,
    "leave": leave,
    "write_bars": write_bars,
    "exit_now": exit_now,
    "exit_politely": exit_politely,
    "stumble": stumble,
    "hang": hang,
    "flood": flood,
}
