"""Traces of a trial in the process that others share with it: taken back where that is possible and cheap."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from admf.trials.scratch import Scratch, scratch_at

_SIGNALS = tuple(
    number
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGPIPE")
    if (number := getattr(signal, name, None)) is not None
)

try:
    from _signal import getsignal as _handler  # type: ignore[import-not-found]  # signal's makes enums of numbers
except ImportError:
    _handler = signal.getsignal
_HAS_ALARM = hasattr(signal, "alarm")


@dataclass(frozen=True, slots=True)
class World:
    """What of a process one trial could change for the next, and how it was."""

    folder: str
    """'' where it was gone already."""
    variables: Any
    mask: int
    path: list[str]
    handlers: tuple[Any, ...]
    scratch: Scratch | None

    @classmethod
    def now(cls, scratch: str | None = None) -> World:
        """As it is, and a folder `scratch` that is there and empty."""
        kept = scratch_at(scratch) if scratch is not None else None
        if kept is not None:
            kept.restore()
        handlers = tuple(map(_handler, _SIGNALS))
        return cls(_folder(), dict(_variables()), _mask(), list(sys.path), handlers, kept)

    def restore(self) -> None:
        """Working folder, environment, umask, sys.path, signal handlers, timers and scratch as they were.

        Nothing else is: what a trial leaves in modules, in open files and in threads stays.
        """
        if _folder() != self.folder:
            with suppress(OSError):  # it may be gone itself, by what another trial did
                os.chdir(self.folder)
        if _variables() != self.variables:
            _set_variables(self.variables)
        os.umask(self.mask)
        if sys.path != self.path:
            sys.path[:] = self.path
        if tuple(map(_handler, _SIGNALS)) != self.handlers:
            for number, handler in zip(_SIGNALS, self.handlers, strict=True):
                if handler is not None and _handler(number) is not handler:
                    signal.signal(number, handler)
        if _HAS_ALARM:
            signal.alarm(0)  # the timer of setitimer too
        if self.scratch is not None:
            self.scratch.restore()


def _variables() -> Any:
    """The environment as it is encoded: comparing it as texts would take most of a small trial's time."""
    return getattr(os.environ, "_data", os.environ)


def _set_variables(variables: Any) -> None:
    os.environ.clear()
    if hasattr(os.environ, "_data"):
        decoded = {os.environ.decodekey(k): os.environ.decodevalue(v) for k, v in variables.items()}
        os.environ.update(decoded)
    else:
        os.environ.update(variables)


def _mask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:  # it was removed
        return ""
