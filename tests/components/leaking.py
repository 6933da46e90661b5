"""Strategies that do not give what they were asked for alone: they keep state, draw, or read what changes."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

calls: list[int] = []
seen: list[int] = []
"""Globals of this module: the sets of all trials of a class that this process has seen."""


def honest(bars: Any, n: int = 5) -> Any:
    """Depends on what it is asked, and on its seed."""
    noise = np.random.normal(size=len(bars))  # noqa: NPY002 (seeded before every trial)
    return (np.arange(len(bars)) % (n + 2) == 0) & (noise > -1.0)


class Counting:
    """The number of trials that its process has seen."""

    def __init__(self, n: int = 5) -> None:
        calls.append(n)

    def evaluate(self, _bars: Any) -> Mapping[str, float]:
        return {"sharpe": float(len(calls))}


class Remembering:
    """Whether its process has seen a larger set than this one: never where sets ascend, as on a grid."""

    def __init__(self, n: int = 5) -> None:
        self.n = n
        seen.append(n)

    def evaluate(self, _bars: Any) -> Mapping[str, float]:
        return {"sharpe": float(max(seen) > self.n)}


class Clocked:
    """The time of day."""

    def __init__(self, n: int = 5) -> None:
        self.n = n

    def evaluate(self, _bars: Any) -> Mapping[str, float]:
        return {"sharpe": float(time.time_ns() % 2**53)}


class Reading:
    """What a file of the working folder says."""

    def __init__(self, n: int = 5) -> None:
        self.n = n

    def evaluate(self, _bars: Any) -> Mapping[str, float]:
        return {"sharpe": float(Path("number.txt").read_text(encoding="utf-8"))}


def ending(bars: Any, n: int = 5) -> Any:
    """Ends in every way that there is."""
    if n == 2:
        raise ValueError("a message with \x1b[31m colour")
    if n == 3:
        os.abort()
    if n == 4:
        time.sleep(60)
    return honest(bars, n)
