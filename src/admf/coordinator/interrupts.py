"""Signals that end a run: delivered at once, but never while something is being stored."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_AT_ONCE_S = 1.0
"""What comes so soon after a signal is meant by the same press of keys."""


class Interrupts:
    """Within its block, Ctrl-C and SIGTERM wait while `held`; elsewhere they do what they did before.

    Only what a program has a handler for is taken over (Python's own of Ctrl-C, the command's of SIGTERM): what is
    ignored stays ignored, and what ends the process at once still does, which loses nothing stored. After the
    first one, another that comes at once, or while something is put away, is dropped: who presses a key three times
    means it once. Does nothing outside the main thread, where Python delivers no signals.
    """

    def __init__(self) -> None:
        self._before: dict[int, Callable[[int, FrameType | None], Any]] = {}
        self._holding = 0
        self._waiting: int | None = None
        self._delivered_at: float | None = None

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                handler = signal.getsignal(number)
                if callable(handler):
                    self._before[number] = handler
                    signal.signal(number, self._arrived)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """What is done in the block is done whole; a signal that came meanwhile is delivered after it."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
            if not self._holding and self._waiting is not None:
                number, self._waiting = self._waiting, None
                self._deliver(number, None)

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        if self._delivered_at is not None and time.monotonic() - self._delivered_at < _AT_ONCE_S:
            return
        if not self._holding:
            self._deliver(number, frame)
        elif self._delivered_at is None:
            self._waiting = number

    def _deliver(self, number: int, frame: FrameType | None) -> None:
        self._delivered_at = time.monotonic()
        self._before[number](number, frame)
